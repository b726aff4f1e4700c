import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openPlan } from '../../../src/engine/plan.ts';
import type { MadePlan } from '../../../src/engine/plan.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import { readLock } from '../../../src/lockfile/lockfile.ts';
import { existing } from '../../support/builders.ts';
import { collect } from '../../support/collect.ts';
import { engineRun } from '../../support/engine-run.ts';
import type { EngineRun, EngineRunOptions } from '../../support/engine-run.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const newRun = async (options: Partial<EngineRunOptions> = {}) => engineRun({ folder: await folder(), ...options });
const writes = ({ destination }: EngineRun) => destination.calls.filter((call) => !/^(list|projects)/.test(call));
const lockedNames = async (run: EngineRun) =>
  (await collect(readLock(run.lockPath))).map(({ name, files }) => `${name}: ${files.map(({ filename }) => filename).join(' ')}`);

/** Saved and opened again, so that the world may have moved since. */
async function saved(run: EngineRun): Promise<MadePlan> {
  const path = join(await folder(), 'plan.jsonl');
  const made = await run.plan();
  await made.save(path);
  await made.discard();
  return await openPlan(path);
}

describe('apply', () => {
  it('carries the plan out, writes the lock before and completes it after', async () => {
    const run = await newRun();
    let lockBefore: readonly string[] = [];
    run.destination.beforePut = async () => {
      lockBefore = await lockedNames(run);
    };
    const { refused, result, lockWritten, summary } = await run.apply();
    expect(refused).toEqual([]);
    expect(result).toMatchObject({ done: 5, failed: 0, skipped: 0, interrupted: false });
    expect(lockWritten).toBe(true);
    expect(summary.actions).toBe(5);
    expect(run.destination.stored('alpha')).toEqual(['alpha-1.0.tar.gz', 'alpha-1.1.tar.gz']);
    expect(lockBefore).toEqual(['alpha: alpha-1.0.tar.gz alpha-1.1.tar.gz', 'beta: beta-0.5.tar.gz']);
    const [alpha] = await collect(readLock(run.lockPath));
    expect(Object.keys(alpha?.files[0]?.hashes ?? {})).toEqual(['sha256', 'md5']);
    expect(await run.temporary()).toEqual([]);
  });

  it('asks nobody where nothing is to be written', async () => {
    const run = await newRun();
    await run.apply();
    let asked = 0;
    const { refused, result, lockWritten } = await run.apply({ approve: () => ++asked > 1 });
    expect({ asked, refused, lockWritten, done: result.done }).toEqual({ asked: 0, refused: [], lockWritten: false, done: 0 });
  });

  it('asks with what the plan comes to, and writes nothing where the answer is no', async () => {
    const run = await newRun();
    const seen: number[] = [];
    const { refused, lockWritten } = await run.apply({
      approve: async ({ actions }) => {
        await Promise.resolve();
        seen.push(actions);
        return false;
      },
    });
    expect(seen).toEqual([5]);
    expect(refused.map(({ code }) => code)).toEqual(['DECLINED']);
    expect(lockWritten).toBe(false);
    expect(await run.files()).toEqual([]);
    expect(writes(run)).toEqual([]);
  });

  describe('without a lock', () => {
    it('carries out the same and writes none', async () => {
      const run = await newRun();
      const { result, lockWritten } = await run.apply({ lock: undefined });
      expect(result).toMatchObject({ done: 5, failed: 0 });
      expect(lockWritten).toBe(false);
      expect((await run.files()).filter((name) => !name.startsWith('.pkgsync'))).toEqual([]);
      expect(run.destination.shown('alpha')).toEqual(run.destination.stored('alpha'));
    });

    it('keeps nothing of what was transferred in memory', async () => {
      const run = await newRun();
      const { result } = await run.apply({ lock: undefined });
      expect(result.lessons.size).toBe(0);
      expect(result.bytes).toBeGreaterThan(0);
    });

    it('does not ask where only a lock would gain', async () => {
      const run = await newRun();
      await run.apply({ lock: undefined });
      let asked = 0;
      expect((await run.apply({ lock: undefined, approve: () => ++asked > 0 })).refused).toEqual([]);
      expect(asked).toBe(0);
    });
  });

  describe('the checks before the first write', () => {
    const limits = { maxRemove: {}, maxReplace: {}, maxUpload: { files: 1 } };

    it('come in the order of the exit codes, all at once', async () => {
      const run = await newRun({ config: { limits }, manifest: { policy: { deny: ['alpha==1.1'], requireSha256: false } } });
      const { refused } = await run.apply({ expect: '0'.repeat(12) });
      expect(refused.map(({ code }) => code)).toEqual(['PLAN_STALE', 'POLICY_VIOLATED', 'LIMIT_EXCEEDED']);
      run.manifest = { ...run.manifest, policy: { deny: [], requireSha256: false } };
      expect((await run.apply()).refused.map(({ code }) => code)).toEqual(['LIMIT_EXCEEDED']);
      run.source.setProject('beta', undefined);
      run.source.setProject('alpha', ['alpha-1.0.tar.gz', 'alpha-1.1.tar.gz']);
      expect((await run.apply({ expect: '0'.repeat(12) })).refused.map(({ code }) => code)).toEqual([
        'MANIFEST_INVALID',
        'PLAN_STALE',
        'LIMIT_EXCEEDED',
      ]);
      expect(await run.files()).toEqual([]);
      expect(writes(run)).toEqual([]);
    });

    it('put the fault of a manifest before a plan that is stale', async () => {
      const run = await newRun();
      run.source.setProject('beta', undefined);
      await using made = await saved(run);
      run.manifest = { ...run.manifest, onMismatch: 'replace' };
      expect((await run.apply({}, made)).refused.map(({ code }) => code)).toEqual(['MANIFEST_INVALID']);
    });

    it('let a limit pass up to the count that was approved', async () => {
      const run = await newRun({ config: { limits } });
      expect((await run.apply({ approvals: { upload: 2 } })).refused.map(({ code }) => code)).toEqual(['LIMIT_EXCEEDED']);
      expect((await run.apply({ approvals: { upload: 3 } })).refused).toEqual([]);
    });

    it('take the first digits of an id for the plan, and nothing that is none', async () => {
      const run = await newRun();
      await using made = await run.plan();
      await expect(run.apply({ expect: 'HEAD' }, made)).rejects.toMatchObject({ code: 'USAGE' });
      expect((await run.apply({ expect: made.planId.slice(0, 12).toUpperCase() }, made)).refused).toEqual([]);
    });

    it.each([
      ['the manifest', (run: EngineRun) => void (run.manifest = { ...run.manifest, onMismatch: 'replace' })],
      ['the destination', (run: EngineRun) => run.destination.place('alpha', existing('alpha-1.0.tar.gz', { content: 'other bytes' }))],
    ])('refuse a saved plan where %s has changed since', async (what, change) => {
      const run = await newRun();
      await using made = await saved(run);
      change(run);
      const message: unknown = expect.stringContaining(`${what} has changed since`);
      await expect(run.apply({}, made)).rejects.toMatchObject({ code: 'PLAN_STALE', message });
      expect(writes(run)).toEqual([]);
    });

    it('refuse where the lock has changed since, also for a plan just made', async () => {
      const run = await newRun();
      await using made = await run.plan();
      const other = await newRun({ manifest: {} });
      other.source.setProject('alpha', ['alpha-7.0.tar.gz']);
      await other.apply();
      await writeFile(run.lockPath, await readFile(other.lockPath));
      await expect(run.apply({}, made)).rejects.toMatchObject({ code: 'PLAN_STALE', message: expect.stringContaining(run.lockPath) });
      expect(writes(run)).toEqual([]);
    });

    it('refuse where another apply is running, and give back the lease otherwise', async () => {
      const run = await newRun();
      const key = createHash('sha256').update(run.destination.address).digest('hex').slice(0, 16);
      const expires = new Date(Date.now() + 60_000).toISOString();
      const holder = { id: '00000000-0000-0000-0000-000000000000', pid: process.pid, host: hostname(), started: expires, expires };
      const lease = join(run.manifest.folder, '.pkgsync', `lease-${key}.json`);
      await mkdir(join(run.manifest.folder, '.pkgsync'));
      await writeFile(lease, JSON.stringify(holder));
      await expect(run.apply()).rejects.toMatchObject({ code: 'APPLY_RUNNING' });
      expect(writes(run)).toEqual([]);
      await rm(lease);
      await run.apply();
      expect((await run.files()).filter((name) => name.endsWith('.json'))).toEqual([]);
    });
  });

  it('reports failures of single files and goes on', async () => {
    const run = await newRun();
    run.source.failReads('alpha-1.0.tar.gz', [{ error: new PkgsyncError('NOT_FOUND', 'it is gone') }]);
    const { result, refused } = await run.apply();
    expect(refused).toEqual([]);
    expect(result).toMatchObject({ done: 4, failed: 1 });
    expect(run.destination.stored('beta')).toEqual(['beta-0.5.tar.gz']);
    expect((await run.apply()).result).toMatchObject({ done: 1, failed: 0 });
  });

  it('brings an aborted run to an end in order, whatever the reason of the abort is', async () => {
    const run = await newRun({ destination: fakeDestination() });
    const controller = new AbortController();
    run.destination.beforePut = () => controller.abort(new DOMException('enough', 'AbortError'));
    const { result } = await run.apply({ signal: controller.signal, concurrency: 1 });
    expect(result.interrupted).toBe(true);
    expect(result.failed).toBe(0);
    expect(result.done + result.skipped).toBe(5);
    expect(result.skipped).toBeGreaterThan(0);
    run.destination.beforePut = () => undefined;
    const again = await run.apply();
    expect(again.result.skipped + again.result.failed).toBe(0);
    expect(run.destination.stored('beta')).toEqual(['beta-0.5.tar.gz']);
  });

  it('refuses a signal that has been aborted before', async () => {
    const run = await newRun();
    await using made = await run.plan();
    await expect(run.apply({ signal: AbortSignal.abort() }, made)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(await run.files()).toEqual([]);
  });

  it('stops listening to a signal that outlives it', async () => {
    const run = await newRun();
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = new Proxy(signal, {
      get: (target, key) => {
        if (key === 'addEventListener') return () => void (listeners += 1);
        if (key === 'removeEventListener') return () => void (listeners -= 1);
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      },
    });
    await using made = await run.plan({ signal: counted });
    await run.apply({ signal: counted }, made);
    expect(listeners).toBe(0);
  });
});
