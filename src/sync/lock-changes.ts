import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import { compareDigests, hasDigest } from '../packaging/digest.ts';
import { compareText } from '../packaging/name.ts';
import type { SavedProject } from '../plan/plan-file.ts';
import type { LockChange } from '../plan/plan.ts';

/**
 * The lock after a plan: the present packages with the plan's changes, both in name order. A plan that was applied before changes nothing.
 */
export async function* withLockChanges(lock: AsyncIterable<LockPackage>, plan: AsyncIterable<SavedProject>): AsyncGenerator<LockPackage> {
  const projects = plan[Symbol.asyncIterator]();
  const takeNext = async (): Promise<SavedProject | undefined> => {
    for (;;) {
      const step = await projects.next();
      if (step.done === true) return undefined;
      if (step.value.lock.length > 0 || step.value.ruleChanged) return step.value;
    }
  };
  let change = await takeNext();
  for await (const locked of lock) {
    for (; change !== undefined && change.name < locked.name; change = await takeNext()) yield* changed(undefined, change);
    if (change?.name !== locked.name) {
      yield locked;
      continue;
    }
    yield* changed(locked, change);
    change = await takeNext();
  }
  for (; change !== undefined; change = await takeNext()) yield* changed(undefined, change);
}

function* changed(before: LockPackage | undefined, project: SavedProject): Generator<LockPackage> {
  const entries = new Map<string, LockEntry>((before?.files ?? []).map((entry) => [entry.filename, entry]));
  for (const { kind, entry } of project.lock) {
    if (kind === 'drop') entries.delete(entry.filename);
    else entries.set(entry.filename, merged(entries.get(entry.filename), entry, kind));
  }
  const head = project.ruleChanged ? project.locked : before;
  if (head === undefined || entries.size === 0) return;
  const files = [...entries.values()].sort((a, b) => compareText(a.filename, b.filename));
  yield { name: project.name, rule: head.rule, via: head.via, source: head.source, files };
}

/**
 * The planned entry with the digests that the present one knows beyond it: a plan that is run again takes nothing back. Only an addition pins other
 * digests than are locked: they were accepted.
 */
function merged(present: LockEntry | undefined, planned: LockEntry, kind: LockChange['kind']): LockEntry {
  if (present === undefined) return planned;
  const changed = compareDigests(present.hashes, planned.hashes) === 'different';
  if (changed) return kind === 'add' ? planned : { ...present, removed: planned.removed };
  return { ...planned, size: planned.size ?? present.size, hashes: { ...present.hashes, ...planned.hashes } };
}

/** What an apply learnt of a project: digests and sizes from bytes that passed, and tombstones that nothing shows any more. */
export interface LockLesson {
  readonly learnt: ReadonlyMap<string, Learnt>;
  readonly finished: ReadonlySet<string>;
}

/** Size and digests of bytes that passed. */
export type Learnt = Pick<LockEntry, 'size' | 'hashes'>;

/** Lessons by project name. */
export interface Lessons {
  /** Projects that have taught something. */
  readonly size: number;
  get(name: string): LockLesson | undefined;
}

/** The lock after an apply: it may only gain digests and sizes and lose finished tombstones. */
export async function* withLessons(lock: AsyncIterable<LockPackage>, lessons: Lessons): AsyncGenerator<LockPackage> {
  for await (const locked of lock) {
    const lesson = lessons.get(locked.name);
    if (lesson === undefined) {
      yield locked;
      continue;
    }
    const files = locked.files
      .filter((entry) => entry.removed === undefined || !lesson.finished.has(entry.filename))
      .map((entry) => {
        const learnt = lesson.learnt.get(entry.filename);
        return learnt === undefined || !isAbout(learnt, entry)
          ? entry
          : { ...entry, size: entry.size ?? learnt.size, hashes: { ...learnt.hashes, ...entry.hashes } };
      });
    if (files.length > 0) yield { ...locked, files };
  }
}

/** Whether what was learnt is of the bytes that the entry approves: somebody else may have replaced the lock meanwhile. */
function isAbout(learnt: Pick<LockEntry, 'hashes'>, { hashes }: LockEntry): boolean {
  if (!hasDigest(hashes)) return true;
  const comparison = compareDigests(hashes, learnt.hashes);
  return comparison === 'same' || comparison === 'same-weak';
}
