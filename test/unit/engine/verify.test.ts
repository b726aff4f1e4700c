import { describe, expect, it } from '@jest/globals';
import { verify } from '../../../src/engine/verify.ts';
import type { Verification, VerifyRequest } from '../../../src/engine/verify.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import type { SyncEvent } from '../../../src/events.ts';
import type { LockPackage } from '../../../src/lockfile/lock.ts';
import type { DestinationConfig, DirectoryConfig } from '../../../src/manifest/manifest.ts';
import type { Finding } from '../../../src/verify/verify-package.ts';
import { directoryConfig, entry, existing, locked } from '../../support/builders.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import type { FakeDestination, FakeDestinationOptions } from '../../support/fake-destination.ts';
import { each } from '../../support/plans.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const files = ['alpha-1.0.tar.gz', 'alpha-1.1.tar.gz'];
const lock = [locked('alpha', files), locked('beta', ['beta-1.0.tar.gz'])];

function destination(options: FakeDestinationOptions = {}): FakeDestination {
  const made = fakeDestination({ type: 'upload', ...options });
  for (const { name, files: there } of lock) for (const { filename } of there) made.place(name, filename);
  return made;
}

interface Run {
  readonly verification: Verification;
  readonly findings: readonly Finding[];
  readonly events: readonly SyncEvent[];
}

type RunOptions = Partial<VerifyRequest> & { readonly config?: Partial<DestinationConfig> };

async function run(live: FakeDestination, { config, ...request }: RunOptions = {}, approved: readonly LockPackage[] = lock): Promise<Run> {
  const findings: Finding[] = [];
  const events: SyncEvent[] = [];
  const [verification] = await verify({
    manifest: { folder: '/srv' },
    connection: { destinations: [{ config: directoryConfig(config as Partial<DirectoryConfig>), live }] },
    lock: { packages: () => each(approved) },
    onProject: (_, found) => void findings.push(...found),
    ...request,
    onEvent: (event) => {
      events.push(event);
      request.onEvent?.(event);
    },
  });
  return { verification: verification!, findings, events };
}
const found = ({ findings }: Run): readonly string[] => findings.map(({ class: one, filename, name }) => `${one} ${filename ?? name}`);

describe('verify', () => {
  it('compares listings of a server, and opens no file', async () => {
    const live = destination();
    const { verification } = await run(live);
    expect(verification).toMatchObject({ by: 'listing', of: 3, checked: 3, bytes: 0, complete: true, interrupted: false });
    expect(live.calls.filter((call) => !call.startsWith('list'))).toEqual([]);
  });

  it('reads a directory in any case, and a server where it is asked to', async () => {
    expect((await run(destination({ type: 'directory' }))).verification).toMatchObject({ by: 'bytes', checked: 3 });
    expect((await run(destination(), { deep: true })).verification).toMatchObject({ by: 'bytes', checked: 3 });
  });

  it('writes to no destination, whatever it finds', async () => {
    const live = destination({ type: 'directory' });
    live.bytes.set('alpha-1.0.tar.gz', 'evil');
    live.take('beta', 'beta-1.0.tar.gz');
    const result = await run(live, { deep: true });
    expect(found(result)).toEqual(['size-mismatch alpha-1.0.tar.gz', 'missing beta-1.0.tar.gz']);
    expect(result.verification).toMatchObject({ checked: 2, missing: 1, differing: 1, complete: true });
    expect([...new Set(live.calls.map((call) => call.split(' ')[0]))].sort()).toEqual(['list', 'open']);
  });

  it('counts every file once, whatever becomes of it', async () => {
    const live = destination({ shows: 'md5' });
    live.place('alpha', existing('alpha-1.1.tar.gz', { hashes: { md5: 'f'.repeat(32) } }));
    live.failList('beta', new PkgsyncError('UNREACHABLE', 'down', { status: 500 }));
    const { verification } = await run(live);
    const { of, checked, missing, unverifiable, unreadable, notReached, complete } = verification;
    expect({ checked, missing, unverifiable, unreadable, notReached }).toEqual({
      checked: 0,
      missing: 0,
      unverifiable: 2,
      unreadable: 1,
      notReached: 0,
    });
    expect(of).toBe(3);
    expect(complete).toBe(false);
  });

  it('leaves tombstones, and what does not belong there, out', async () => {
    const approved = [locked('alpha', [entry('alpha-1.0.tar.gz'), entry('alpha-0.9.tar.gz', { removed: 'superseded' })]), lock[1]!];
    const live = destination();
    live.place('alpha', 'alpha-0.9.tar.gz');
    const { verification } = await run(live, { config: { exclude: ['beta'] } }, approved);
    // 1.1 is in no lock here; 0.9 is named by it.
    expect(verification).toMatchObject({ of: 1, checked: 1, notInLock: 1 });
    expect(live.calls).toEqual(['list alpha']);
  });

  it('finds a file under another spelling of its name', async () => {
    const live = fakeDestination({ type: 'upload' });
    const listed = existing('Foo_Bar-1.0.tar.gz', { content: 'same' });
    live.place('foo-bar', listed);
    const { verification } = await run(live, {}, [locked('foo-bar', [entry('foo-bar-1.0.tar.gz', { content: 'same' })])]);
    expect(verification).toMatchObject({ checked: 1, missing: 0, notInLock: 0 });
  });

  it('narrows to packages, and warns where none matches', async () => {
    expect((await run(destination(), { packages: ['b*'] })).verification.of).toBe(1);
    const { events, verification } = await run(destination(), { packages: ['z*'] });
    expect(verification).toMatchObject({ of: 0, complete: true });
    expect(events).toContainEqual({ type: 'warning', message: 'nothing that is locked for default matches z*' });
  });

  it('throws LOCK_MISSING where there is none', async () => {
    const request = { manifest: { folder: '/srv' }, connection: { destinations: [] }, lock: '/nowhere/pkgsync.lock' };
    await expect(verify(request)).rejects.toMatchObject({ code: 'LOCK_MISSING' });
  });

  it('says which files cannot be read and why, and checks the others', async () => {
    const live = destination();
    live.bytes.set('alpha-1.0.tar.gz', new PkgsyncError('FORBIDDEN', 'not for you', { status: 403 }));
    const result = await run(live, { deep: true });
    expect(result.findings).toMatchObject([
      { class: 'unreadable', filename: 'alpha-1.0.tar.gz', detail: 'its bytes cannot be read: not for you', errorCode: 'FORBIDDEN' },
    ]);
    expect(result.verification).toMatchObject({ checked: 2, unreadable: 1, credentialsFailed: true, complete: false });
  });

  it('passes a fault of its own on', async () => {
    const live = destination();
    live.bytes.set('alpha-1.0.tar.gz', new TypeError('a fault'));
    await expect(run(live, { deep: true })).rejects.toThrow('a fault');
  });

  it('stops where nobody answers any more, and counts the rest as not reached', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${String(index).padStart(2, '0')}`);
    const live = fakeDestination({ type: 'upload' });
    for (const name of names) live.failList(name, new PkgsyncError('UNREACHABLE', 'refused', { retryable: true }));
    const approved = names.map((name) => locked(name, [`${name}-1.0.tar.gz`]));
    const { verification } = await run(live, { concurrency: 1 }, approved);
    expect(verification).toMatchObject({
      unreadable: 5,
      notReached: 15,
      complete: false,
      stopped: '5 requests in a row found nobody there',
    });
    expect(live.calls).toHaveLength(5);
  });

  it('goes on where a server answers with errors', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${String(index).padStart(2, '0')}`);
    const live = fakeDestination({ type: 'upload' });
    for (const name of names) live.failList(name, new PkgsyncError('UNREACHABLE', '503', { retryable: true, status: 503 }));
    const approved = names.map((name) => locked(name, [`${name}-1.0.tar.gz`]));
    expect((await run(live, { concurrency: 1 }, approved)).verification).toMatchObject({ unreadable: 20, notReached: 0 });
  });

  describe('that is interrupted', () => {
    /** Stops the run as soon as this many files are done. */
    async function interrupted(live: FakeDestination, after: number, recordFolder: string): Promise<Run> {
      const controller = new AbortController();
      let done = 0;
      const onEvent = (event: SyncEvent): void => {
        if (event.type !== 'file-verified') return;
        done += 1;
        if (done === after) controller.abort();
      };
      return await run(live, { deep: true, concurrency: 1, recordFolder, signal: controller.signal, onEvent });
    }
    const opened = ({ calls }: FakeDestination): readonly string[] => calls.filter((call) => call.startsWith('open'));

    it('says how far it came, and the next run does only the rest', async () => {
      const folder = await newFolder();
      const live = destination();
      expect((await interrupted(live, 1, folder)).verification).toMatchObject({
        checked: 1,
        notReached: 2,
        interrupted: true,
        complete: false,
      });
      const next = await run(live, { deep: true, recordFolder: folder });
      expect(next.verification).toMatchObject({ checked: 3, resumed: 1, interrupted: false, complete: true });
      expect([...opened(live)].sort()).toEqual(['open alpha-1.0.tar.gz', 'open alpha-1.1.tar.gz', 'open beta-1.0.tar.gz']);
      await run(live, { deep: true, recordFolder: folder });
      expect(opened(live)).toHaveLength(6);
    });

    it.each<[string, Partial<VerifyRequest>]>([
      ['--fresh', { fresh: true }],
      ['a record that is too old', { trustedFor: -1 }],
    ])('is begun anew with %s', async (_, options) => {
      const folder = await newFolder();
      const live = destination();
      await interrupted(live, 1, folder);
      expect((await run(live, { deep: true, recordFolder: folder, ...options })).verification.resumed).toBe(0);
    });

    it('checks a file again that is listed otherwise now', async () => {
      const folder = await newFolder();
      const live = destination();
      await interrupted(live, 1, folder);
      live.place('alpha', existing('alpha-1.0.tar.gz', { uploadTime: '2026-01-01T00:00:00Z' }));
      expect((await run(live, { deep: true, recordFolder: folder })).verification.resumed).toBe(0);
    });

    it('does not take what differed for checked', async () => {
      const folder = await newFolder();
      const live = destination();
      live.bytes.set('alpha-1.0.tar.gz', 'evil');
      await interrupted(live, 1, folder);
      expect((await run(live, { deep: true, recordFolder: folder })).verification).toMatchObject({ resumed: 0, differing: 1 });
    });

    it('before it began has reached nothing', async () => {
      const { verification } = await run(destination(), { signal: AbortSignal.abort() });
      expect(verification).toMatchObject({ of: 3, checked: 0, notReached: 3, interrupted: true });
    });
  });

  it('verifies all the same where the record cannot be kept', async () => {
    const { verification, events } = await run(destination(), { deep: true, recordFolder: '/dev/null/cache' });
    expect(verification.complete).toBe(true);
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([
      { message: expect.stringContaining('an interrupted run could not be taken up') as unknown },
    ]);
  });
});
