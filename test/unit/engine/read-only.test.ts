import { describe, expect, it } from '@jest/globals';
import { drift } from '../../../src/engine/drift.ts';
import type { DriftedProject } from '../../../src/engine/drift.ts';
import { inspect } from '../../../src/engine/inspect.ts';
import { resolve } from '../../../src/engine/resolve.ts';
import { writeLockOf } from '../../../src/engine/write-lock.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import { existing } from '../../support/builders.ts';
import { collect } from '../../support/collect.ts';
import { engineRun } from '../../support/engine-run.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const newRun = async () => engineRun({ folder: await folder() });

describe('drift', () => {
  const applied = async () => {
    const run = await newRun();
    await run.apply();
    return run;
  };
  const look = async (run: Awaited<ReturnType<typeof newRun>>) => {
    const seen: DriftedProject[] = [];
    const { manifest, connection, lockPath: lock } = run;
    const report = await drift({ manifest, connection, lock, onProject: (project) => void seen.push(project) });
    return { report, seen };
  };

  it('finds nothing after an apply', async () => {
    const { report, seen } = await look(await applied());
    expect([...report.findings]).toEqual([]);
    expect(report.approved).toBe(3);
    expect(seen.map(({ name, findings }) => [name, findings.length])).toEqual([
      ['alpha', 0],
      ['beta', 0],
    ]);
  });

  it('counts what has moved, and tells it project by project', async () => {
    const run = await applied();
    run.destination.take('beta', 'beta-0.5.tar.gz');
    run.destination.place('alpha', existing('alpha-1.0.tar.gz', { content: 'other bytes' }));
    run.source.setProject('alpha', ['alpha-1.0.tar.gz', 'alpha-1.1.tar.gz', 'alpha-2.0.tar.gz']);
    const calls = run.destination.calls.length;
    const { report, seen } = await look(run);
    expect([...report.findings].sort()).toEqual([
      ['digest-mismatch', 1],
      ['missing', 1],
    ]);
    expect([...report.news]).toEqual([['newer-release', 1]]);
    expect(report.approved).toBe(1);
    expect(seen[0]?.findings).toEqual([expect.objectContaining({ class: 'digest-mismatch', filename: 'alpha-1.0.tar.gz' })]);
    expect(run.destination.calls.slice(calls).filter((call) => !call.startsWith('list'))).toEqual([]);
  });

  it('says where credentials were the reason, and that what cannot be listed is unreachable', async () => {
    const run = await applied();
    run.destination.failList('alpha', new PkgsyncError('UNAUTHORIZED', 'who are you'));
    const { report } = await look(run);
    expect([...report.findings]).toEqual([['unreachable', 1]]);
    expect(report.credentialsFailed).toBe(true);
  });

  it('needs a lock', async () => {
    await expect(look(await newRun())).rejects.toMatchObject({ code: 'LOCK_MISSING' });
  });

  it('can be aborted', async () => {
    const { manifest, connection, lockPath: lock } = await applied();
    await expect(drift({ manifest, connection, lock, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('inspect', () => {
  it('lists everything that a destination holds, in name order', async () => {
    const run = await newRun();
    run.destination.place('beta', 'beta-0.5.tar.gz');
    run.destination.place('alpha', 'alpha-1.0.tar.gz');
    const found = await collect(inspect({ connection: run.connection }));
    expect(found.map(({ destination, name, listing }) => [destination, name, listing?.files.map(({ filename }) => filename)])).toEqual([
      ['default', 'alpha', ['alpha-1.0.tar.gz']],
      ['default', 'beta', ['beta-0.5.tar.gz']],
    ]);
  });

  it('looks only at the names that are given, also at those that are not there', async () => {
    const run = await newRun();
    run.destination.place('beta', 'beta-0.5.tar.gz');
    const found = await collect(inspect({ connection: run.connection, names: ['Nobody', 'BETA', 'beta'] }));
    expect(found.map(({ name, listing }) => [name, listing?.present])).toEqual([
      ['beta', true],
      ['nobody', false],
    ]);
  });

  it('gives a failed listing as what it is, and goes on', async () => {
    const run = await newRun();
    run.destination.failList('alpha', new PkgsyncError('UNREACHABLE', 'gone'));
    const found = await collect(inspect({ connection: run.connection, names: ['alpha', 'beta'] }));
    expect(found.map(({ failed, listing }) => [failed?.code, listing === undefined])).toEqual([
      ['UNREACHABLE', true],
      [undefined, false],
    ]);
  });

  it('refuses a name that is none, and a signal that is aborted', async () => {
    const { connection } = await newRun();
    await expect(collect(inspect({ connection, names: ['a b'] }))).rejects.toMatchObject({ code: 'NAME_INVALID' });
    await expect(collect(inspect({ connection, names: ['a'], signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

describe('resolve', () => {
  it('tells what a manifest selects, without a look at any destination', async () => {
    const run = await newRun();
    run.manifest = { ...run.manifest, packages: run.manifest.packages.map((one) => ({ ...one, rule: { latest: 1 } })) };
    const selected = await collect(resolve({ manifest: run.manifest, connection: run.connection }));
    expect(selected.map(({ name, files, changes }) => [name, files.map(({ filename }) => filename), changes.length])).toEqual([
      ['alpha', ['alpha-1.1.tar.gz'], 1],
      ['beta', ['beta-0.5.tar.gz'], 1],
    ]);
    expect(run.destination.calls).toEqual([]);
  });

  it('keeps what is locked, and names what cannot be had', async () => {
    const run = await newRun();
    await run.apply();
    run.source.setProject('alpha', ['alpha-1.0.tar.gz', 'alpha-1.1.tar.gz', 'alpha-2.0.tar.gz']);
    run.source.failPage('beta', new PkgsyncError('UNREACHABLE', 'gone'));
    const { manifest, connection, lockPath: lock } = run;
    const selected = await collect(resolve({ manifest, connection, lock }));
    expect(selected.map(({ files, problems }) => [files.length, problems.map(({ reason }) => reason)])).toEqual([
      [2, []],
      [1, ['listing-failed']],
    ]);
    const upgraded = await collect(resolve({ manifest, connection, lock, options: { upgrade: ['alpha'] } }));
    expect(upgraded[0]?.files).toHaveLength(3);
  });

  it('can be aborted', async () => {
    const { manifest, connection } = await newRun();
    await expect(collect(resolve({ manifest, connection, signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('writeLockOf', () => {
  it('writes the lock of a plan, and tells whether it changed', async () => {
    const run = await newRun();
    await using made = await run.plan();
    expect([await writeLockOf(made, run.lockPath), await writeLockOf(made, run.lockPath)]).toEqual([true, false]);
    expect(await run.files()).toEqual(['pkgsync.lock']);
  });

  it('refuses a plan that was made with locked', async () => {
    const run = await newRun();
    await run.apply();
    await using made = await run.plan({ options: { locked: true } });
    await expect(writeLockOf(made, run.lockPath)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
