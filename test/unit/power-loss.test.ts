import { createHash } from 'node:crypto';
import type { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { EffectiveRule } from '../../src/manifest/manifest.ts';
import { CrashingDisk, everything, onlySynced, seededChooser } from '../support/crash-model.ts';
import type { DiskOperation, DiskStart } from '../support/crash-model.ts';
import { directoryConfig, exactPrune, manifest as manifestOf } from '../support/builders.ts';
import { fakeSource } from '../support/fake-source.ts';
import { recordingFiles } from '../support/recording-files.ts';
import { listedFiles, problemsOf, servedOf, treeOf } from '../support/served-tree.ts';
import type { Tree } from '../support/served-tree.ts';
import { demoSdist, demoWheel } from '../support/small-index.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

/*
 * Real applies, with a record of every change that they make to the disk; then the power goes after each of these changes, in several ways that differ
 * in what of the not yet synced ones is found afterwards.
 */

const files = recordingFiles();
jest.unstable_mockModule('node:fs/promises', () => files.module);
const { apply } = await import('../../src/engine/apply.ts');
const { plan } = await import('../../src/engine/plan.ts');
const { staticDirectory } = await import('../../src/destinations/static-directory.ts');

const folder = temporaryFolders();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const changedBeta = demoWheel('beta', '0.5', { requires: ['alpha'] });
const before = {
  alpha: [demoWheel('alpha', '1.0'), demoSdist('alpha', '1.0'), demoWheel('alpha', '1.1')],
  beta: [demoWheel('beta', '0.5')],
  gamma: [demoWheel('gamma', '1.0'), demoSdist('gamma', '1.0')],
};
const after = {
  alpha: [...before.alpha, demoWheel('alpha', '2.0')],
  beta: [changedBeta],
  gamma: before.gamma,
  delta: [demoWheel('delta', '1.0'), demoSdist('delta', '1.0')],
};
const contents = new Map<string, Set<string>>();
for (const { filename, bytes } of [before, after].flatMap((index) => Object.values(index).flat())) {
  contents.set(filename, (contents.get(filename) ?? new Set()).add(sha256(bytes)));
}
const known = (filename: string): ReadonlySet<string> => contents.get(filename) ?? new Set();

interface Given {
  readonly index: Readonly<Record<string, readonly { readonly filename: string; readonly bytes: Uint8Array }[]>>;
  readonly packages: Readonly<Record<string, EffectiveRule>>;
}
const first: Given = { index: before, packages: { alpha: {}, beta: {}, gamma: {} } };
const second: Given = { index: after, packages: { alpha: { version: '>=1.1' }, beta: {}, delta: {} } };

/** An apply of everything that there is: a directory in `mirror`, the lock beside it. */
async function applied(root: string, { index, packages }: Given, lockName: string): Promise<void> {
  const config = directoryConfig({ prune: exactPrune });
  const manifest = manifestOf(packages, { folder: root, destinations: [config], onMismatch: 'replace' });
  const offered = Object.entries(index).map(
    ([name, all]) => [name, all.map(({ filename, bytes }) => ({ filename, content: bytes }))] as const,
  );
  const source = fakeSource(Object.fromEntries(offered));
  const live = staticDirectory({ name: 'default', path: join(root, 'mirror'), address: './mirror' });
  const connection = { sources: new Map([['default', source]]), destinations: [{ config, live }] };
  const lock = join(root, lockName);
  const accept = new Set([changedBeta.filename]);
  await using made = await plan({ manifest, connection, lock, options: { accept } });
  const { result, refused } = await apply(made, { manifest, connection, lock, approve: () => true, concurrency: 2 });
  expect(refused).toEqual([]);
  expect(result.failures).toEqual([]);
}

interface Recorded {
  readonly start: DiskStart;
  readonly operations: readonly DiskOperation[];
  /** What lay there before and after. */
  readonly old: Tree;
  readonly now: Tree;
}

async function recorded(earlier: readonly Given[], given: Given, lockName = 'pkgsync.lock'): Promise<Recorded> {
  const root = await folder();
  for (const one of earlier) await applied(root, one, lockName);
  const old = await treeOf(root);
  const start = files.start(root);
  await applied(root, given, lockName);
  return { start, operations: [...files.operations], old, now: await treeOf(root) };
}

/** The cases that more than one test looks at are run once. */
const recordings = new Map<Given, Promise<Recorded>>();
function recordedOnce(earlier: readonly Given[], given: Given): Promise<Recorded> {
  const recording = recordings.get(given) ?? recorded(earlier, given);
  recordings.set(given, recording);
  return recording;
}

const below = (tree: Tree, name: string): Tree =>
  new Map([...tree].flatMap(([path, bytes]) => (path.startsWith(`${name}/`) ? [[path.slice(name.length + 1), bytes] as const] : [])));

/**
 * Checks what is found when the power goes after each operation; the first few faults, each with the operation.
 * @param check of what lies there under names that are no hidden ones: every such state is looked at once
 */
function faults({ start, operations }: Recorded, check: (tree: Tree) => readonly string[], since = 0): readonly string[] {
  const disk = new CrashingDisk(start);
  const found = new Set<string>();
  const isNew = unseen();
  for (const [at, operation] of operations.entries()) {
    disk.do(operation);
    if (at < since) continue;
    const ways = [onlySynced, everything, ...[1, 2, 3].map((seed) => seededChooser(seed * 7919 + at))];
    for (const choose of ways) {
      const tree = servedOf(disk.after(choose));
      if (!isNew(tree)) continue;
      for (const problem of check(tree)) if (found.size < 10) found.add(`after ${operation.what}: ${problem}`);
    }
  }
  return [...found];
}

/** Whether a tree with these very contents under these names has not been asked about before. */
function unseen(): (tree: Tree) => boolean {
  const numbers = new Map<Uint8Array, number>();
  const seen = new Set<string>();
  return (tree) => {
    const state = [...tree]
      .map(([path, bytes]) => {
        const number = numbers.get(bytes) ?? numbers.size;
        numbers.set(bytes, number);
        return `${path} ${number}`;
      })
      .sort()
      .join('\n');
    const before = seen.size;
    return seen.add(state).size > before;
  };
}

/** The lock is the old or a new one; nothing new is listed under the old one; nothing that it has forgotten is left. */
function lockCheck(run: Recorded): (tree: Tree) => readonly string[] {
  const lockOf = (tree: Tree): string | undefined =>
    tree.has('pkgsync.lock') ? Buffer.from(tree.get('pkgsync.lock')!).toString() : undefined;
  const oldFiles = new Set(listedFiles(below(run.old, 'mirror')));
  const approvals = (text: string | undefined): string => (text ?? '').replace(/,"md5":"[0-9a-f]+"/g, '');
  const [old, now] = [lockOf(run.old), lockOf(run.now)];
  // Retired files stay in it until they are gone.
  const retired = [...oldFiles].filter((filename) => now?.includes(filename) !== true);
  return (tree) => {
    const lock = lockOf(tree);
    const listed = listedFiles(below(tree, 'mirror'));
    const isOld = lock === old;
    if (!isOld && (lock === undefined || !lock.endsWith('}\n'))) return ['the lock is not whole'];
    if (isOld && listed.some((filename) => !oldFiles.has(filename))) return ['something new is listed under the old lock'];
    if (!isOld && approvals(lock) === approvals(now)) {
      const there = [...below(tree, 'mirror').keys()].map((path) => path.split('/').at(-1));
      return retired
        .filter((filename) => there.includes(filename))
        .map((filename) => `${filename} is there, and the lock has forgotten it`);
    }
    return [];
  };
}

describe('when the power goes', () => {
  const cases = [
    ['during the first apply', [], first],
    ['during an apply that adds, replaces, retires and removes whole projects', [first], second],
  ] as const;

  it.each(cases)('%s, pages list only files that are there, whole, with the digests that they say', async (_what, earlier, given) => {
    const run = await recordedOnce(earlier, given);
    expect(run.operations.length).toBeGreaterThan(100);
    expect(faults(run, (tree) => problemsOf(below(tree, 'mirror'), known))).toEqual([]);
  });

  it.each(cases)('%s, the lock is the old or a new one, and new before anything new is listed', async (_what, earlier, given) => {
    const run = await recordedOnce(earlier, given);
    expect(faults(run, lockCheck(run))).toEqual([]);
  });

  it('while a lock of one file per project is written, each of them is an old or a new one', async () => {
    const run = await recorded([first], second, 'locks/');
    const [old, now] = [below(run.old, 'locks'), below(run.now, 'locks')];
    const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
      Buffer.compare(a ?? Buffer.of(), b ?? Buffer.of()) === 0;
    const check = (tree: Tree): readonly string[] =>
      [...servedOf(below(tree, 'locks'))].flatMap(([path, bytes]) => {
        if (same(bytes, old.get(path)) || same(bytes, now.get(path))) return [];
        const lock = Buffer.from(bytes).toString();
        return lock.startsWith('{\n') && lock.endsWith('}\n') ? [] : [`${path} is not whole`];
      });
    expect(faults(run, check)).toEqual([]);
  });

  it.each([
    ['the lock', /^rename to pkgsync\.lock/],
    ['a file', /^link mirror\/packages\/alpha/],
    ['a page', /^rename to mirror\/simple\/delta\/index\.html/],
    ['the list of all projects', /^rename to mirror\/simple\/index\.html/],
  ])('after an apply was killed that had just named %s, the next one makes that safe before it goes on', async (_what, last) => {
    const root = await folder();
    await applied(root, first, 'pkgsync.lock');
    const old = await treeOf(root);
    const start = files.start(root);
    files.killAfter(last);
    await expect(applied(root, second, 'pkgsync.lock')).rejects.toThrow();
    files.killAfter(undefined);
    const since = files.operations.length;
    // The process that holds it is this one, which lives on.
    await (files.module['rm'] as typeof rm)(join(root, 'mirror', '.pkgsync', 'lease.json'), { force: true });
    await applied(root, second, 'pkgsync.lock');
    const run = { start, operations: [...files.operations], old, now: await treeOf(root) };
    expect(faults(run, (tree) => [...problemsOf(below(tree, 'mirror'), known), ...lockCheck(run)(tree)], since)).toEqual([]);
  });

  it('after an apply was killed that had just named a page and was removing another project, the next one makes the page safe', async () => {
    const root = await folder();
    await applied(root, first, 'pkgsync.lock');
    const start = files.start(root);
    files.killAfter(/^rename to mirror\/simple\/delta\/index\.html/);
    await expect(applied(root, second, 'pkgsync.lock')).rejects.toThrow();
    files.killAfter(undefined);
    const since = files.operations.length;
    const own = join(root, 'mirror', '.pkgsync');
    await (files.module['mkdir'] as typeof mkdir)(join(own, 'emptied'), { recursive: true });
    await (files.module['writeFile'] as typeof writeFile)(join(own, 'emptied', 'gamma'), '');
    await (files.module['rm'] as typeof rm)(join(own, 'lease.json'), { force: true });
    await applied(root, second, 'pkgsync.lock');
    const run = { start, operations: [...files.operations], old: new Map(), now: new Map() };
    expect(faults(run, (tree) => problemsOf(below(tree, 'mirror'), known), since)).toEqual([]);
  });

  it('files that somebody else copied in are safe on disk before a page lists them', async () => {
    const root = await folder();
    const { filename, bytes } = before.alpha[0]!;
    const own = join(root, 'mirror', 'packages', 'alpha');
    const start = files.start(root);
    await (files.module['mkdir'] as typeof mkdir)(own, { recursive: true });
    await (files.module['writeFile'] as typeof writeFile)(join(own, filename), bytes);
    await applied(root, first, 'pkgsync.lock');
    const run = { start, operations: [...files.operations], old: new Map(), now: new Map() };
    const listedWhole = (tree: Tree) => problemsOf(below(tree, 'mirror'), known).filter((problem) => problem.includes(' lists '));
    expect(faults(run, listedWhole)).toEqual([]);
  });

  it.each(cases)('%s, what had been done is still there, as it was, after the end', async (_what, earlier, given) => {
    const run = await recordedOnce(earlier, given);
    const disk = new CrashingDisk(run.start);
    for (const operation of run.operations) disk.do(operation);
    const texts = (tree: Tree) =>
      Object.fromEntries([...servedOf(tree)].map(([path, bytes]) => [path, Buffer.from(bytes).toString('latin1')] as const).sort());
    expect(texts(disk.after(onlySynced))).toEqual(texts(run.now));
  });
});
