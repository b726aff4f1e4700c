import type { Stats } from 'node:fs';
import { lstat, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from './make-folders.ts';
import { fileSystemError, systemErrorCode } from './file-errors.ts';
import { isAbandoned, isOwn, markPattern, processMark } from './process-mark.ts';

/** A file that is being filled. It belongs to one download alone, until `keep` or `discard` gives it up. */
export interface Part {
  readonly path: string;
  /** Bytes that an earlier download left in it; 0: the file is not there yet. */
  readonly size: number;
  /** Leaves it to a later download, where there is anything in it. @throws PkgsyncError FILE_SYSTEM */
  keep(): Promise<void>;
  /** Removes it, also where it is not there any more. @throws PkgsyncError FILE_SYSTEM */
  discard(): Promise<void>;
}

/**
 * Partial files beside their targets, named `.<filename>.<key>.part`. Whoever takes one renames it to a name with its own process in it, so two
 * downloads never write to one file; the file of a process that was killed is found by that name once the process is gone. A hidden name is no
 * part of any listing.
 */
export class PartFiles {
  /** Leftovers of killed processes by folder: looked for once. */
  readonly #leftovers = new Map<string, Promise<readonly string[]>>();

  /**
   * A part to fill, the kept one where there is one. The folder is made where it is missing.
   * @param key what tells this content from other contents of the same filename: hex
   * @throws PkgsyncError FILE_SYSTEM, DISK_FULL
   */
  async claim(folder: string, filename: string, key: string): Promise<Part> {
    await attempt(folder, 'create the folder', () => makeFolders(folder));
    const stem = partStem(filename, key);
    count += 1;
    const path = join(folder, `${stem}.${processMark()}-${count}.part`);
    const kept = join(folder, `${stem}.part`);
    active.add(path);
    const release = async (call: () => Promise<void>): Promise<void> => {
      try {
        await attempt(path, 'put aside', () => unlessGone(call));
      } finally {
        active.delete(path);
      }
    };
    try {
      const size = await this.#take(folder, stem, kept, path);
      return {
        path,
        size,
        keep: () => release(() => keep(path, kept)),
        discard: () => release(() => unlink(path)),
      };
    } catch (error) {
      active.delete(path);
      throw error;
    }
  }

  /** Renames a kept part, or that of a dead process, to `path`; its size, or 0 where there was none and `path` is free. */
  async #take(folder: string, stem: string, kept: string, path: string): Promise<number> {
    const leftovers = (await this.#leftoversIn(folder)).filter((name) => name.startsWith(`${stem}.`));
    for (const candidate of [kept, ...leftovers.map((name) => join(folder, name))]) {
      if (!isUsable(await stateOf(candidate)) || !(await renamed(candidate, path))) continue;
      // Looked at once more: only now nobody exchanges it by its usual name.
      const state = await stateOf(path);
      if (isUsable(state) && state.size > 0) return state.size;
      await attempt(path, 'remove', () => unlessGone(() => unlink(path)));
    }
    return 0;
  }

  async #leftoversIn(folder: string): Promise<readonly string[]> {
    let known = this.#leftovers.get(folder);
    if (known === undefined) {
      known = attempt(folder, 'read', () => readdir(folder)).then((names) => names.filter((name) => isLeftover(folder, name)));
      this.#leftovers.set(folder, known);
    }
    return known;
  }
}

/** What the names of all parts of one content begin with. */
export function partStem(filename: string, key: string): string {
  return `.${filename.replace(/[^A-Za-z0-9._+!-]/g, '_').slice(0, 150)}.${key.slice(0, 16)}`;
}

/** The stem of a part's name, be it kept or being filled; undefined for other names. */
export function stemOf(name: string): string | undefined {
  return partName.exec(name)?.[1];
}

/** Whether it can be taken up by a later download: see `isUsable`. Its size in bytes, or undefined. @throws PkgsyncError FILE_SYSTEM */
export async function usablePart(path: string): Promise<number | undefined> {
  const state = await stateOf(path);
  return isUsable(state) && state.size > 0 ? state.size : undefined;
}

/** Whether it would be usable if its bytes had no other name. @throws PkgsyncError FILE_SYSTEM */
export async function isLinkedPart(path: string): Promise<boolean> {
  const state = await stateOf(path);
  return state?.isFile() === true && state.nlink > 1 && state.uid === (process.getuid?.() ?? state.uid);
}

const partName = new RegExp(`^(\\..+\\.[0-9a-f]{1,16})(?:\\.(${markPattern})-[0-9]+)?\\.part$`);
/** Parts that downloads of this process are filling, whoever started them. */
const active = new Set<string>();
let count = 0;

function isLeftover(folder: string, name: string): boolean {
  const mark = partName.exec(name)?.[2];
  if (mark === undefined) return false;
  // A number that this process was given again after another had used it: what is not in `active` is the other's.
  return isOwn(mark) ? !active.has(join(folder, name)) : isAbandoned(mark);
}

/**
 * Whether it is a part as downloads leave them. Whoever may write to the folder can put anything under that name: through a link the bytes would go
 * into the file at its other end, and the owner of a file can change it once it is verified.
 */
function isUsable(state: Stats | undefined): state is Stats {
  return state?.isFile() === true && state.nlink === 1 && state.uid === (process.getuid?.() ?? state.uid);
}

async function stateOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'look up');
  }
}

async function keep(path: string, kept: string): Promise<void> {
  const [state, there] = [await stateOf(path), await stateOf(kept)];
  if (state === undefined) return;
  // A folder cannot be renamed over, and why the download failed is what counts.
  await (state.size > 0 && there?.isDirectory() !== true ? rename(path, kept) : unlink(path));
}

/** False where `from` is not there (any more): somebody else was faster. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw fileSystemError(error, from, 'rename');
  }
}

async function unlessGone(call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

async function attempt<T>(path: string, doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fileSystemError(error, path, doing);
  }
}
