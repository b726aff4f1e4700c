import type { LockPackage } from '../lockfile/lock.ts';
import { hashAlgorithms } from '../packaging/digest.ts';
import type { Learnt, Lessons, LockLesson } from '../sync/lock-changes.ts';

/**
 * The files of which `learnt` says more than is locked (pure). Each with all of its digests: by those that are locked it is known, at the closing write,
 * whether the entry is still about these bytes.
 */
export function newToLock(learnt: LockLesson['learnt'], locked: LockPackage | undefined): LockLesson['learnt'] {
  const entries = new Map(locked?.files.map((entry) => [entry.filename, entry]));
  const fresh = new Map<string, Learnt>();
  for (const [filename, lesson] of learnt) {
    const entry = entries.get(filename);
    const newDigest = hashAlgorithms.some((algorithm) => lesson.hashes[algorithm] !== undefined && entry?.hashes[algorithm] === undefined);
    const newSize = entry?.size === undefined && lesson.size !== undefined;
    if (newDigest || newSize) fresh.set(filename, lesson);
  }
  return fresh;
}

/**
 * Lessons by project, each as one text: they are kept from the end of their project to the last write of the lock, for every file of a run, so that what
 * they weigh is what memory grows by.
 */
export class PackedLessons implements Lessons {
  readonly #texts = new Map<string, string>();

  get size(): number {
    return this.#texts.size;
  }

  /** Keeps what a project has taught; nothing where there was nothing to learn. */
  add(name: string, { learnt, finished }: LockLesson): void {
    if (learnt.size === 0 && finished.size === 0) return;
    const packed: Packed = { learnt: [...learnt], finished: [...finished] };
    this.#texts.set(name, JSON.stringify(packed));
  }

  get(name: string): LockLesson | undefined {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    const { learnt, finished } = JSON.parse(text) as Packed;
    return { learnt: new Map(learnt), finished: new Set(finished) };
  }
}

interface Packed {
  readonly learnt: readonly (readonly [filename: string, Learnt])[];
  readonly finished: readonly string[];
}
