import { readdir } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { applyPlan } from '../../../src/apply/apply-plan.ts';
import type { ApplyRequest } from '../../../src/apply/apply-plan.ts';
import { noJournal } from '../../../src/apply/journal.ts';
import type { Journal } from '../../../src/apply/journal.ts';
import type { ApplyResult } from '../../../src/apply/result.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import type { SyncEvent } from '../../../src/events.ts';
import type { LockPackage } from '../../../src/lockfile/lock.ts';
import type { SavedProject } from '../../../src/plan/plan-file.ts';
import { filenameOf } from '../../../src/plan/diff.ts';
import type { Action } from '../../../src/plan/plan.ts';
import { digestsOf, directoryConfig, entry, existing, facts, locked, manifest, nameOf } from '../../support/builders.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import type { FakeDestination } from '../../support/fake-destination.ts';
import { fakeSource } from '../../support/fake-source.ts';
import type { FakeSource } from '../../support/fake-source.ts';
import { each } from '../../support/plans.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();

const upload = (filename: string, overrides: Partial<Action> = {}): Action =>
  ({
    destination: 'default',
    name: facts(filename).filename.split('-')[0],
    kind: 'upload',
    reason: 'missing',
    file: facts(filename),
    ...overrides,
  }) as Action;
const removal = (filename: string, overrides: Partial<Action> = {}): Action =>
  ({
    destination: 'default',
    name: filename.split('-')[0],
    kind: 'remove',
    reason: 'tombstone',
    existing: facts(filename),
    ...overrides,
  }) as Action;
const register = (filename: string, destination = 'default'): Action =>
  ({ destination, name: filename.split('-')[0], kind: 'register', reason: 'project-missing', file: facts(filename) }) as Action;

interface Given extends Partial<Omit<ApplyRequest, 'projects' | 'lock' | 'destinations' | 'sources'>> {
  /** Actions by project. */
  readonly actions: Readonly<Record<string, readonly Action[]>>;
  readonly source?: FakeSource;
  readonly destinations?: readonly FakeDestination[];
  /** By default: every file that is uploaded. */
  readonly lock?: readonly LockPackage[];
}

interface Applied {
  readonly result: ApplyResult;
  readonly events: readonly SyncEvent[];
  readonly waits: readonly number[];
  /** Files left in the staging folder. */
  readonly left: readonly string[];
  /** `filename: message` of what failed or was not started. */
  readonly told: readonly string[];
}

async function apply({ actions, source, destinations, lock, ...rest }: Given): Promise<Applied> {
  const stagingFolder = await folder();
  const events: SyncEvent[] = [];
  const waits: number[] = [];
  const live = destinations ?? [fakeDestination()];
  const wanted = Object.entries(actions).map(([name, all]): LockPackage => {
    const files = new Set(all.flatMap((action) => (action.kind === 'upload' || action.kind === 'replace' ? [action.file.filename] : [])));
    return locked(name, [...files]);
  });
  const all = Object.fromEntries(wanted.map(({ name, files }) => [name, files.map(({ filename }) => filename)]));
  const projects = Object.entries(actions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]): SavedProject => ({ name: nameOf(name), actions: own, lock: [], ruleChanged: false, locked: undefined }));
  const result = await applyPlan({
    manifest: manifest({}, { destinations: live.map(({ name }) => directoryConfig({ name })) }),
    sources: new Map([['default', source ?? fakeSource(all)]]),
    destinations: live.map((one) => ({ config: directoryConfig({ name: one.name }), live: one })),
    projects: each(projects),
    lock: each(lock ?? wanted),
    concurrency: 4,
    stagingFolder,
    onEvent: (event) => void events.push(event),
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      await Promise.resolve();
    },
    ...rest,
  });
  const told = result.failures.map(({ action, message }) => `${filenameOf(action) || action.kind}: ${message ?? ''}`);
  return { result, events, waits, left: await readdir(stagingFolder), told };
}

const one = 'a-1.0.tar.gz';
const two = 'a-2.0.tar.gz';
const down = new PkgsyncError('UNREACHABLE', 'down', { retryable: true });

describe('applyPlan', () => {
  it('registers, uploads, lists, publishes and finishes, in this order', async () => {
    const to = fakeDestination();
    const { result, left } = await apply({ actions: { a: [register(one), upload(one), upload(two)] }, destinations: [to] });
    expect(result).toMatchObject({ done: 3, already: 0, failed: 0, skipped: 0, interrupted: false });
    expect([...to.calls.slice(2, 4)].sort()).toEqual([`put ${one}`, `put ${two}`]);
    expect(to.calls.filter((call) => !call.startsWith('put'))).toEqual(['list a', 'register a a', 'list a', 'publish a', 'finish']);
    expect(to.stored('a')).toEqual([one, two]);
    expect(left).toEqual([]);
  });

  it('learns digests and sizes of what passed where the lock lacks any of them, and counts the bytes', async () => {
    const content = `content of ${one}`;
    const { sha256 } = digestsOf(content);
    const actions = { a: [upload(one)] };
    const known = await apply({ actions, lock: [locked('a', [entry(one, { size: content.length, hashes: { sha256 } })])] });
    expect(known.result.lessons.get('a')?.learnt.get(one)).toEqual({ size: content.length, hashes: digestsOf(content) });
    expect(known.result.bytes).toBe(content.length);
    const { result } = await apply({ actions, lock: [locked('a', [entry(one, { size: undefined, hashes: {} })])] });
    expect(result.lessons.get('a')?.learnt.get(one)).toEqual({ size: content.length, hashes: digestsOf(content) });
    expect(result.bytes).toBe(content.length);
  });

  it('reads a file once for several destinations', async () => {
    const source = fakeSource({ a: [one] });
    const destinations = [fakeDestination({ name: 'x' }), fakeDestination({ name: 'y' }), fakeDestination({ name: 'z' })];
    const actions = destinations.flatMap(({ name }) => [register(one, name), upload(one, { destination: name })]);
    const { result } = await apply({ actions: { a: actions }, source, destinations });
    expect(result.done).toBe(6);
    expect([...source.reads]).toEqual([[one, 1]]);
    expect(destinations.map((to) => to.stored('a'))).toEqual([[one], [one], [one]]);
  });

  it('keeps a file on disk only until its last destination has it', async () => {
    const stagingFolder = await folder();
    const seen: number[] = [];
    const to = fakeDestination();
    to.beforePut = async () => void seen.push((await readdir(stagingFolder)).length);
    const names = ['a-1.0.tar.gz', 'a-2.0.tar.gz', 'a-3.0.tar.gz'];
    await apply({ actions: { a: names.map((name) => upload(name)) }, destinations: [to], concurrency: 1, stagingFolder });
    expect(seen).toEqual([1, 1, 1]);
  });

  it('does nothing twice: what is as wanted is success without a write', async () => {
    const to = fakeDestination();
    const source = fakeSource({ a: [one] });
    to.place('a', one);
    const { result } = await apply({ actions: { a: [register(one), upload(one), removal(two)] }, destinations: [to], source });
    expect(result).toMatchObject({ done: 0, already: 3, failed: 0 });
    expect(to.calls.filter((call) => /put|register|remove/.test(call))).toEqual([]);
    expect(source.reads.size).toBe(0);
  });

  it('takes the same file under another spelling for done', async () => {
    const to = fakeDestination({ spell: (filename) => filename.replace('a-', 'A-') });
    const first = await apply({ actions: { a: [upload(one)] }, destinations: [to] });
    expect(first.result).toMatchObject({ done: 1, failed: 0 });
    expect((await apply({ actions: { a: [upload(one)] }, destinations: [to] })).result).toMatchObject({ already: 1, failed: 0 });
  });

  it('ends with one file at a time, whatever the order', async () => {
    const actions = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, [register(`${name}-1.0.tar.gz`), upload(`${name}-1.0.tar.gz`), upload(`${name}-2.0.tar.gz`)]]),
    );
    const both = [fakeDestination({ name: 'default' }), fakeDestination({ name: 'y' })];
    expect((await apply({ actions, destinations: both, concurrency: 1 })).result).toMatchObject({ done: 9, failed: 0, skipped: 0 });
  });

  it('registers nothing where there is nothing to call: the project comes with its first file', async () => {
    const to = fakeDestination({ traits: { register: 'not-needed' } });
    expect((await apply({ actions: { a: [register(one), upload(one)] }, destinations: [to] })).result.done).toBe(2);
    expect(to.calls.some((call) => call.startsWith('register'))).toBe(false);
    const brought = fakeDestination({ traits: { register: 'not-needed', overwritesSilently: false } });
    brought.beforePut = () => {
      brought.place('a', one);
    };
    expect((await apply({ actions: { a: [register(one), upload(one)] }, destinations: [brought] })).result).toMatchObject({
      already: 2,
      skipped: 0,
      failed: 0,
    });
    const lying = fakeDestination({ traits: { register: 'not-needed' } });
    lying.failPut(one, 'lie');
    expect((await apply({ actions: { a: [register(one), upload(one)] }, destinations: [lying] })).result).toMatchObject({
      failed: 1,
      skipped: 1,
    });
  });

  describe('where a registration gets no clear answer', () => {
    it.each([
      ['unclear-done', 0],
      ['unclear-lost', 1],
    ] as const)('%s: the listing decides', async (fault, failed) => {
      const to = fakeDestination();
      to.failRegister(fault);
      const { result } = await apply({ actions: { a: [register(one), upload(one)] }, destinations: [to] });
      expect(result).toMatchObject({ failed, done: 2 - failed });
      expect(to.stored('a')).toEqual([one]);
    });
  });

  describe('where the answer to an upload is not what it seems', () => {
    it('does not believe a 200 that the listing does not show', async () => {
      const to = fakeDestination();
      to.failPut(one, 'lie');
      const { result, told, waits } = await apply({ actions: { a: [upload(one), upload(two)] }, destinations: [to] });
      expect(result).toMatchObject({ done: 1, failed: 1 });
      expect(told).toEqual([`${one}: the destination answered '200 OK', but its listing does not show the file`]);
      expect(result.failures[0]).toMatchObject({ errorCode: 'UNREACHABLE', retryable: true });
      expect(waits).toEqual([200, 400, 800, 1600]);
    });

    it.each(['unclear-stored', 'thrown-stored'] as const)('finds what arrived: %s', async (fault) => {
      const to = fakeDestination();
      to.failPut(one, fault);
      expect((await apply({ actions: { a: [upload(one)] }, destinations: [to] })).result).toMatchObject({ done: 1, failed: 0 });
      expect(to.calls.filter((call) => call.startsWith('put'))).toHaveLength(1);
    });

    it('reports what was lost, and never sends it twice', async () => {
      const to = fakeDestination();
      to.failPut(one, 'unclear-lost');
      const { told } = await apply({ actions: { a: [upload(one)] }, destinations: [to] });
      expect(told).toEqual([`${one}: the destination answered '503 Busy', but its listing does not show the file`]);
      expect(to.calls.filter((call) => call.startsWith('put'))).toHaveLength(1);
    });

    it('waits for a listing that lags', async () => {
      const { result, waits } = await apply({ actions: { a: [upload(one)] }, destinations: [fakeDestination({ lag: 2 })] });
      expect(result).toMatchObject({ done: 1, failed: 0 });
      expect(waits).toEqual([200, 400]);
    });

    it('is an integrity failure where other bytes are listed', async () => {
      const to = fakeDestination();
      to.failPut(one, 'other-bytes');
      const { result, told } = await apply({ actions: { a: [upload(one)] }, destinations: [to] });
      expect(result).toMatchObject({ done: 0, failed: 1 });
      expect([...result.errorCodes]).toEqual(['INTEGRITY']);
      expect(told[0]).toMatch(
        /^a-1\.0\.tar\.gz: .*accepted, but the listing shows other bytes: sent sha256:[0-9a-f]{64}, listed sha256:ffff/,
      );
    });

    it('says where nothing can be compared', async () => {
      const { events, result } = await apply({ actions: { a: [upload(one)] }, destinations: [fakeDestination({ shows: 'none' })] });
      expect(result.done).toBe(1);
      expect(events.find(({ type }) => type === 'action-finished')).toMatchObject({
        message: 'the destination offers no digest to compare',
      });
    });

    it('compares by md5 where that is all the listing has', async () => {
      const to = fakeDestination({ shows: 'md5' });
      expect((await apply({ actions: { a: [upload(one)] }, destinations: [to] })).result.done).toBe(1);
    });

    it('fails, retryable, where the listing cannot be read again', async () => {
      const to = fakeDestination();
      to.failList('a', down, [2]);
      const { result, told } = await apply({ actions: { a: [upload(one), upload(two)] }, destinations: [to] });
      expect(result.failed).toBe(2);
      expect(told[0]).toBe(`${one}: the listing could not be read: down`);
    });
  });

  describe('where one file is bad', () => {
    it('brings its siblings all the same', async () => {
      const source = fakeSource({ a: [one, two, 'a-3.0.tar.gz'], b: ['b-1.0.tar.gz'] });
      source.serve(two, 'something else of the same siz');
      const to = fakeDestination();
      const actions = { a: [upload(one), upload(two), upload('a-3.0.tar.gz')], b: [upload('b-1.0.tar.gz')] };
      const { result, left } = await apply({ actions, source, destinations: [to] });
      expect(result).toMatchObject({ done: 3, failed: 1 });
      expect([...result.errorCodes]).toEqual(['INTEGRITY']);
      expect(to.stored('a')).toEqual([one, 'a-3.0.tar.gz']);
      expect(to.shown('a')).toEqual([one, 'a-3.0.tar.gz']);
      expect(left).toEqual([]);
    });

    it('registers the project by another of its files', async () => {
      const source = fakeSource({ a: [one, two] });
      source.serve(one, 'bad');
      const to = fakeDestination();
      expect((await apply({ actions: { a: [register(one), upload(one), upload(two)] }, source, destinations: [to] })).result).toMatchObject(
        {
          done: 2,
          failed: 1,
        },
      );
    });

    it('learns nothing from bytes that did not pass', async () => {
      const source = fakeSource({ a: [one] });
      source.serve(one, 'bad');
      expect((await apply({ actions: { a: [upload(one)] }, source })).result.lessons.size).toBe(0);
    });

    it('fetches no file whose digest at the source has changed', async () => {
      const source = fakeSource({ a: [{ filename: one, content: 'other' }] });
      const { told, result } = await apply({ actions: { a: [upload(one)] }, source });
      expect(told[0]).toMatch(/^a-1\.0\.tar\.gz: a-1\.0\.tar\.gz: approved sha256:.*, the source now has sha256:/);
      expect([...result.errorCodes]).toEqual(['INTEGRITY']);
      expect(source.reads.size).toBe(0);
    });

    it('says where the source lost it', async () => {
      const gone = fakeSource({ a: [two] });
      expect((await apply({ actions: { a: [upload(one)] }, source: gone })).told).toEqual([`${one}: the source no longer lists ${one}`]);
      const { told, result } = await apply({ actions: { a: [register(one), upload(one)] }, source: fakeSource({}) });
      expect(told).toEqual([`${one}: the source no longer has a`, 'register: none of its files can be had']);
      expect(result.failures[1]).toMatchObject({ outcome: 'skipped' });
    });
  });

  describe('after a run that was cut off', () => {
    const hinting = (...filenames: readonly string[]): Journal => ({
      ...noJournal,
      hints: {
        fetched: new Map(),
        sent: new Set(
          filenames.map((filename) => JSON.stringify(['./default', filename, `sha256:${digestsOf(`content of ${filename}`).sha256}`])),
        ),
      },
    });

    it('looks for an upload that was sent until the listing shows it, and neither fetches nor sends it again', async () => {
      const source = fakeSource({ a: [one] });
      const late = fakeDestination({ lag: 3 });
      await late.put({ file: { ...facts(one), name: nameOf('a') }, content: { size: 1, hashes: digestsOf(`content of ${one}`) } as never });
      const { result, waits } = await apply({ actions: { a: [upload(one)] }, source, destinations: [late], journal: hinting(one) });
      expect(result).toMatchObject({ already: 1, done: 0, failed: 0 });
      expect(waits).toEqual([200, 400, 800]);
      expect(source.reads.size).toBe(0);
    });

    it('sends it again where the listing never shows it', async () => {
      const to = fakeDestination();
      const { result, waits } = await apply({ actions: { a: [upload(one)] }, destinations: [to], journal: hinting(one) });
      expect(result).toMatchObject({ done: 1, failed: 0 });
      expect(waits.reduce((sum, wait) => sum + wait, 0)).toBe(3000);
    });

    it('waits for nothing else', async () => {
      const { result, waits } = await apply({ actions: { a: [upload(one)] }, journal: hinting(two) });
      expect(result).toMatchObject({ done: 1 });
      expect(waits).toEqual([]);
    });

    it('notes what is sent and what became of it, for servers only', async () => {
      const notes: string[] = [];
      const journal: Journal = {
        ...noJournal,
        fetched: (part) => void notes.push(`fetched ${part.slice(1, 1 + one.length)}`),
        sent: ({ filename }) => void notes.push(`sent ${filename}`),
        settled: ({ filename }) => void notes.push(`settled ${filename}`),
      };
      await apply({ actions: { a: [upload(one)] }, journal });
      expect(notes).toEqual([`fetched ${one}`, `sent ${one}`, `settled ${one}`]);
      notes.length = 0;
      await apply({ actions: { a: [upload(one)] }, destinations: [fakeDestination({ stagingFolder: await folder() })], journal });
      expect(notes).toEqual([`fetched ${one}`]);
    });
  });

  describe('where a download breaks off', () => {
    const broken = (times: number, error: Error = down) => {
      const source = fakeSource({ a: [one] });
      source.failReads(
        one,
        Array.from({ length: times }, () => ({ error, afterBytes: 10 })),
      );
      return source;
    };
    const sum = (events: readonly SyncEvent[]) => events.reduce((total, event) => total + (event.type === 'bytes' ? event.count : 0), 0);

    it('goes on where it ended, up to three tries in all, and counts each byte once', async () => {
      const source = broken(2);
      const { result, waits, events, left } = await apply({ actions: { a: [upload(one)] }, source });
      expect(result).toMatchObject({ done: 1, failed: 0, bytes: `content of ${one}`.length });
      expect(waits).toEqual([500, 1000]);
      expect(source.reads.get(one)).toBe(3);
      expect(sum(events)).toBe(`content of ${one}`.length);
      expect(events.filter((event) => event.type === 'bytes' && event.count <= 0)).toEqual([]);
      expect(left).toEqual([]);
    });

    it('gives up after that', async () => {
      const { result, told, left } = await apply({ actions: { a: [upload(one)] }, source: broken(3) });
      expect(told).toEqual([`${one}: down`]);
      expect(result.failures[0]?.retryable).toBe(true);
      expect(left).toEqual([]);
    });

    it('does not try again what cannot heal', async () => {
      const source = broken(1, new PkgsyncError('NOT_FOUND', 'gone'));
      expect((await apply({ actions: { a: [upload(one)] }, source })).told).toEqual([`${one}: gone`]);
      expect(source.reads.get(one)).toBe(1);
    });

    it('does not wait where the run was interrupted', async () => {
      const stop = new AbortController();
      const source = broken(3);
      const interrupting = async () => {
        stop.abort(new PkgsyncError('INTERRUPTED', 'interrupted'));
        await Promise.resolve();
      };
      const { result } = await apply({ actions: { a: [upload(one)] }, source, signal: stop.signal, sleep: interrupting });
      expect(result).toMatchObject({ skipped: 1, failed: 0, interrupted: true });
      expect(source.reads.get(one)).toBe(1);
    });
  });

  describe('where the world has moved since the plan', () => {
    it('does not touch other bytes that appeared under the name', async () => {
      const to = fakeDestination();
      to.place('a', existing(one, { content: 'theirs' }));
      const { result, told } = await apply({ actions: { a: [upload(one)] }, destinations: [to] });
      expect(result.failures[0]).toMatchObject({ outcome: 'stale', errorCode: 'PLAN_STALE' });
      expect(told[0]).toMatch(/it appeared there meanwhile with sha256:.*, approved is sha256:/);
      expect(to.calls).not.toContain(`put ${one}`);
    });

    it('does not replace what is not what the plan saw', async () => {
      const to = fakeDestination();
      to.place('a', existing(one, { content: 'third' }));
      const replace = upload(one, {
        kind: 'replace',
        reason: 'digest-differs',
        existing: facts(one, { content: 'second' }),
      });
      expect((await apply({ actions: { a: [replace] }, destinations: [to] })).told[0]).toMatch(
        /planned on sha256:.*, there is now sha256:/,
      );
      to.take('a', one);
      expect((await apply({ actions: { a: [replace] }, destinations: [to] })).told[0]).toMatch(/it is no longer there/);
    });

    it('replaces what the plan saw', async () => {
      const to = fakeDestination();
      to.place('a', existing(one, { content: 'second' }));
      const replace = upload(one, {
        kind: 'replace',
        reason: 'digest-differs',
        existing: facts(one, { content: 'second' }),
      });
      expect((await apply({ actions: { a: [replace] }, destinations: [to] })).result).toMatchObject({ done: 1, failed: 0 });
    });

    it('does not remove other bytes', async () => {
      const to = fakeDestination();
      to.place('a', existing(one, { content: 'theirs' }));
      expect((await apply({ actions: { a: [removal(one)] }, destinations: [to] })).result.failures[0]).toMatchObject({ outcome: 'stale' });
      expect(to.stored('a')).toEqual([one]);
    });

    it('writes nothing that the lock no longer approves, and removes nothing that it approves again', async () => {
      const to = fakeDestination();
      to.place('a', two);
      const other = locked('a', [entry(one, { content: 'other' }), two]);
      const { told } = await apply({ actions: { a: [upload(one), removal(two)] }, destinations: [to], lock: [other] });
      expect(told).toEqual([
        expect.stringMatching(/^a-1\.0\.tar\.gz: planned with sha256:.*, the lock approves sha256:/),
        `${two}: the lock approves it again`,
      ]);
      const dead = locked('a', [entry(one, { removed: 'superseded' })]);
      expect((await apply({ actions: { a: [upload(one)] }, lock: [dead] })).told).toEqual([`${one}: the lock does not approve it`]);
      expect(to.stored('a')).toEqual([two]);
    });
  });

  describe('with removals', () => {
    const actions = { a: [upload(two), removal(one)] };
    const dead = [locked('a', [entry(one, { removed: 'superseded' }), two])];
    const holding = (options = {}) => {
      const to = fakeDestination(options);
      to.place('a', one);
      return to;
    };

    it('removes last, and says which tombstones are finished', async () => {
      const to = holding();
      const { result } = await apply({ actions, destinations: [to], lock: dead });
      expect(result).toMatchObject({ done: 2, failed: 0 });
      expect(to.calls.indexOf(`remove ${one}`)).toBeGreaterThan(to.calls.indexOf('publish a'));
      expect([...(result.lessons.get('a')?.finished ?? [])]).toEqual([one]);
      expect(to.stored('a')).toEqual([two]);
    });

    it('lists once before and once after them, however many there are', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `a-${index}.0.tar.gz`);
      const to = fakeDestination();
      for (const name of names) to.place('a', name);
      const { result } = await apply({ actions: { a: names.map((name) => removal(name)) }, destinations: [to], lock: [] });
      expect(result.done).toBe(20);
      expect(to.calls.filter((call) => call.startsWith('list'))).toHaveLength(3);
    });

    it('finishes no tombstone while another destination still shows the file', async () => {
      const other = fakeDestination({ name: 'y' });
      other.place('a', one);
      const { result } = await apply({ actions, destinations: [holding(), other], lock: dead });
      expect(result.lessons.get('a')?.finished.size).toBe(0);
    });

    it('does not believe an answer that the listing contradicts', async () => {
      const to = holding();
      to.failRemove(one, 'lie');
      const { result, told } = await apply({ actions, destinations: [to], lock: dead });
      expect(told).toEqual([`${one}: the destination answered '200 OK', but its listing still shows the file`]);
      expect(result.failures[0]?.retryable).toBe(true);
      expect(result.lessons.get('a')?.finished.size).toBe(0);
    });

    it('waits for a listing that lags', async () => {
      const to = holding({ lag: 2 });
      const { result } = await apply({ actions: { a: [removal(one)] }, destinations: [to], lock: [] });
      expect(result).toMatchObject({ done: 1, failed: 0 });
    });

    it.each<[string, (to: FakeDestination) => void]>([
      ['an upload failed', (to) => to.failPut(two, new PkgsyncError('REFUSED', 'no'))],
      ['an upload was lost', (to) => to.failPut(two, 'lie')],
      ['its page could not be written', (to) => to.failPublish(new PkgsyncError('DISK_FULL', 'full'))],
    ])('removes nothing where %s', async (_, spoil) => {
      const to = holding();
      spoil(to);
      const { result } = await apply({ actions, destinations: [to], lock: dead });
      expect(to.stored('a')).toContain(one);
      expect(result.skipped).toBe(1);
      expect(to.calls).not.toContain(`remove ${one}`);
    });

    it.each(['blocked', 'mismatch'] as const)('removes nothing where a wanted file is %s', async (kind) => {
      const to = holding();
      const bad = { ...upload('a-3.0.tar.gz'), kind, reason: 'digest-differs', existing: facts('a-3.0.tar.gz') } as Action;
      const { told } = await apply({ actions: { a: [removal(one), bad] }, destinations: [to], lock: [] });
      expect(told).toEqual([`${one}: nothing is removed from a project while a wanted file of it is blocked or differs`]);
    });

    it('removes what can go beside what the destination cannot remove', async () => {
      const to = fakeDestination();
      to.place('a', one);
      to.place('a', two);
      const kept = removal(two, { kind: 'blocked', reason: 'destination-refuses' });
      await apply({ actions: { a: [removal(one), kept] }, destinations: [to], lock: [] });
      expect(to.stored('a')).toEqual([two]);
    });

    it('removes a whole version at once, telling every file that is to go', async () => {
      const to = fakeDestination({ wholeVersions: true });
      const wheel = 'a-1.0-py3-none-any.whl';
      for (const filename of [one, wheel, two]) to.place('a', filename);
      const { result } = await apply({ actions: { a: [removal(one), removal(wheel)] }, destinations: [to], lock: [] });
      expect(to.calls).toContain(`leaving ${one} ${wheel}`);
      expect(to.stored('a')).toEqual([two]);
      expect(result).toMatchObject({ done: 2, failed: 0 });
    });

    it('removes elsewhere where only another destination failed', async () => {
      const good = holding({ name: 'y' });
      const bad = holding();
      bad.failPut(two, new PkgsyncError('REFUSED', 'no'));
      const both = ['default', 'y'].flatMap((destination) => [upload(two, { destination }), removal(one, { destination })]);
      await apply({ actions: { a: both }, destinations: [bad, good], lock: dead });
      expect(good.stored('a')).toEqual([two]);
      expect(bad.stored('a')).toEqual([one]);
    });

    it('removes where the listing offers no digest only what was never locked', async () => {
      const to = fakeDestination({ shows: 'none' });
      to.place('a', one);
      const bare = facts(one, { hashes: {} });
      const unlisted = removal(one, { reason: 'not-selected', existing: bare });
      const tombstone = removal(one, { existing: bare });
      expect((await apply({ actions: { a: [tombstone] }, destinations: [to], lock: [] })).result.failures[0]?.outcome).toBe('stale');
      expect((await apply({ actions: { a: [unlisted] }, destinations: [to], lock: [] })).result.done).toBe(1);
    });
  });

  describe('where a run was cut off before the pages', () => {
    it('publishes what lies there without a page, and finishes', async () => {
      const to = fakeDestination({ pages: true });
      to.failPublish(new PkgsyncError('DISK_FULL', 'full'));
      await apply({ actions: { a: [upload(one)] }, destinations: [to] });
      expect([to.stored('a'), to.shown('a')]).toEqual([[one], []]);
      to.failPublish(undefined);
      const { result } = await apply({ actions: { a: [upload(one)] }, destinations: [to] });
      expect(result).toMatchObject({ already: 1, done: 0, failed: 0 });
      expect(to.shown('a')).toEqual([one]);
      expect(to.calls.at(-1)).toBe('finish');
    });

    it('reports a list of projects that cannot be written', async () => {
      const to = fakeDestination();
      to.failFinish(new PkgsyncError('FILE_SYSTEM', 'read-only'));
      const { result, told } = await apply({ actions: { a: [upload(one)] }, destinations: [to] });
      expect(result).toMatchObject({ done: 1, failed: 1 });
      expect(told).toEqual(['update: read-only']);
      expect([...result.errorCodes]).toEqual(['FILE_SYSTEM']);
    });
  });

  describe('when it is interrupted', () => {
    const interrupted = new PkgsyncError('INTERRUPTED', 'interrupted');

    it('starts nothing more, but publishes what arrived', async () => {
      const stop = new AbortController();
      const to = fakeDestination();
      to.beforePut = (filename) => {
        if (filename === two) stop.abort(interrupted);
      };
      const files = [one, two, 'a-3.0.tar.gz'];
      const actions = { a: files.map((filename) => upload(filename)), b: [upload('b-1.0.tar.gz')] };
      const { result, told, left } = await apply({ actions, destinations: [to], signal: stop.signal, concurrency: 1 });
      expect(result).toMatchObject({ done: 1, failed: 0, skipped: 3, interrupted: true });
      expect([...told].sort()).toEqual([`${two}: interrupted`, 'a-3.0.tar.gz: interrupted', 'b-1.0.tar.gz: interrupted']);
      expect(to.shown('a')).toEqual([one]);
      expect(to.calls.at(-1)).toBe('finish');
      expect(left).toEqual([]);
    });

    it('counts an upload that arrived although it was cut off', async () => {
      const stop = new AbortController();
      const to = fakeDestination();
      const put = to.put.bind(to);
      const cut = Object.assign(to, {
        put: async (request: Parameters<typeof put>[0]) => {
          await put(request);
          stop.abort(interrupted);
          throw interrupted;
        },
      });
      expect((await apply({ actions: { a: [upload(one)] }, destinations: [cut], signal: stop.signal })).result).toMatchObject({
        done: 1,
        skipped: 0,
      });
    });

    it('removes nothing more and waits no longer', async () => {
      const stop = new AbortController();
      const to = fakeDestination({ lag: 3 });
      to.place('a', two);
      to.beforePut = () => stop.abort(interrupted);
      const { result, waits } = await apply({ actions: { a: [upload(one), removal(two)] }, destinations: [to], signal: stop.signal });
      expect(result).toMatchObject({ done: 0, skipped: 2, failed: 0 });
      expect(waits).toEqual([]);
      expect(to.stored('a')).toContain(two);
    });

    it('contacts nobody where it was interrupted before', async () => {
      const stop = new AbortController();
      stop.abort(interrupted);
      const to = fakeDestination();
      expect((await apply({ actions: { a: [upload(one)] }, destinations: [to], signal: stop.signal })).result.skipped).toBe(1);
      expect(to.calls).toEqual([]);
    });

    it('survives an interruption between removal and the last look', async () => {
      const stop = new AbortController();
      const to = fakeDestination();
      to.place('a', one);
      const list = to.list.bind(to);
      let looks = 0;
      Object.assign(to, {
        list: (...given: Parameters<typeof list>) => {
          looks += 1;
          if (looks === 4) stop.abort(interrupted);
          return list(...given);
        },
      });
      const lock = [locked('a', [entry(one, { removed: 'superseded' })])];
      const { result } = await apply({ actions: { a: [removal(one)] }, destinations: [to], lock, signal: stop.signal });
      expect(result).toMatchObject({ done: 1, failed: 0 });
      expect(result.lessons.get('a')?.finished.size ?? 0).toBe(0);
    });
  });

  describe('where a destination forbids', () => {
    it('stops the project, not the others', async () => {
      const to = fakeDestination();
      to.failPut(one, new PkgsyncError('FORBIDDEN', 'not yours'));
      const actions = { a: [upload(one), upload(two), upload('a-3.0.tar.gz')], b: [upload('b-1.0.tar.gz')] };
      const { result, told } = await apply({ actions, destinations: [to], concurrency: 1 });
      expect(result).toMatchObject({ done: 1, failed: 1, skipped: 2 });
      expect([...told].sort()).toEqual(
        [
          `${one}: not yours`,
          `${two}: the destination forbade another file of this project`,
          'a-3.0.tar.gz: the destination forbade another file of this project',
        ].sort(),
      );
    });

    it('stops the run at rejected credentials, and says why', async () => {
      const to = fakeDestination();
      to.failPut(one, new PkgsyncError('UNAUTHORIZED', 'wrong password'));
      const actions = { a: [upload(one), upload(two)], b: [upload('b-1.0.tar.gz')] };
      const { result } = await apply({ actions, destinations: [to], concurrency: 1 });
      expect(result).toMatchObject({ done: 0, failed: 1, skipped: 2, stopped: 'the credentials were not accepted' });
    });
  });

  it('takes a listing that fails for one failure, not for one per file', async () => {
    const to = fakeDestination();
    to.failList('a', down);
    const many = Array.from({ length: 30 }, (_, index) => upload(`a-${index}.0.tar.gz`));
    const { result } = await apply({ actions: { a: many, b: [upload('b-1.0.tar.gz')] }, destinations: [to] });
    expect(result).toMatchObject({ done: 1, failed: 30 });
    expect(result.stopped).toBeUndefined();
  });

  it('keeps what was not started from hiding why, however much it is', async () => {
    const to = fakeDestination();
    const names = Array.from({ length: 1200 }, (_, index) => `a-${index}.0.tar.gz`);
    to.failPut('z-1.0.tar.gz', new PkgsyncError('INTEGRITY', 'bad'));
    to.failList('a', new PkgsyncError('REFUSED', 'no'), [1]);
    const { result } = await apply({
      actions: { a: names.map((name) => upload(name)), z: [upload('z-1.0.tar.gz')] },
      destinations: [to],
      concurrency: 1,
    });
    expect(result.failed).toBe(1201);
    expect(result.failures).toHaveLength(1000);
    expect([...result.errorCodes].sort()).toEqual(['INTEGRITY', 'REFUSED']);
  });

  it('passes on a fault of its own, leaving no files and no rejection behind', async () => {
    const to = fakeDestination();
    const stagingFolder = await folder();
    to.failPut(one, new TypeError('oops'));
    const running = apply({ actions: { a: [upload(one), upload(two)], b: [upload('b-1.0.tar.gz')] }, destinations: [to], stagingFolder });
    await expect(running).rejects.toThrow('oops');
    expect(await readdir(stagingFolder)).toEqual([]);
  });

  it('tells every action once, its start before its end', async () => {
    const { events } = await apply({ actions: { a: [register(one), upload(one), upload(two)] } });
    const told = events.flatMap((event) =>
      event.type === 'action-started' || event.type === 'action-finished' ? [`${event.type} ${event.kind} ${event.filename ?? ''}`] : [],
    );
    expect(new Set(told).size).toBe(told.length);
    for (const what of ['register ', `upload ${one}`, `upload ${two}`])
      expect(told.indexOf(`action-started ${what}`)).toBeLessThan(told.indexOf(`action-finished ${what}`));
  });
});
