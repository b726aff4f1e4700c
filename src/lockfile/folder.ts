import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { removeAbandonedFiles } from '../io/abandoned.ts';
import { removeFile, stageFile, type StagedFile } from '../io/atomic-write.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { makeFolder } from '../io/make-folder.ts';
import { compareText, isNormalizedName, type PackageName } from '../packaging/name.ts';
import type { LockPackage } from './lock.ts';
import { readLockFile } from './read.ts';
import { encodeLock, type LockPackages, type StagedLock } from './write.ts';

/*
 * A lock as a folder: for each project one file `<name>.lock`, a whole lock of that one package. Other files and folders in it are left alone.
 *
 * No file system swaps a folder in one step, so a commit replaces file by file, each atomically, and removes what left last. A crash in between
 * leaves some projects at their new approved state and the others at their old one. Each of them is valid by itself, since nothing in a lock
 * spans projects, and the same command run again completes the rest.
 */
const extension = '.lock';

/** Whether the path means a folder of one file per project. */
export function isFolderPath(path: string): boolean {
  return path.endsWith('/');
}

/** Reads the folder in order of the projects' names; nothing where there is no such folder. @throws PkgsyncError LOCK_INVALID, FILE_SYSTEM */
export async function* readLockFolder(folder: string): AsyncGenerator<LockPackage> {
  for (const name of (await lockedNames(folder)) ?? []) {
    const path = pathOf(folder, name);
    const packages: LockPackage[] = [];
    for await (const locked of readLockFile(path)) packages.push(locked);
    const [locked] = packages;
    if (locked?.name !== name || packages.length > 1) throw notItsOwn(path, name, packages);
    yield locked;
  }
}

/** Writes the projects that differ beside their files in force. */
export async function stageLockFolder(folder: string, packages: LockPackages): Promise<StagedLock> {
  const before = await lockedNames(folder);
  if (before === undefined) await makeFolder(folder);
  else await removeAbandonedFiles(folder);
  const leaving = new Set<PackageName>(before);
  const staged: StagedFile[] = [];
  const discard = async (): Promise<void> => {
    await discardAll(staged.splice(0));
    if (before === undefined) await removeIfEmpty(folder);
  };
  try {
    let last: PackageName | undefined;
    for await (const locked of packages) {
      if (last !== undefined && compareText(last, locked.name) >= 0)
        throw new PkgsyncError('INTERNAL', `the packages of the lock are not sorted: ${last} stands before ${locked.name}`);
      last = locked.name;
      leaving.delete(locked.name);
      const text = await textOf(locked);
      const path = pathOf(folder, locked.name);
      if (text !== (await readIfThere(path))) staged.push(await stageFile(path, text));
    }
  } catch (error) {
    await discard();
    throw error;
  }
  let open = true;
  return {
    changed: before === undefined || staged.length > 0 || leaving.size > 0,
    async commit() {
      if (!open) return;
      open = false;
      await commitAll(staged);
      for (const name of leaving) await removeFile(pathOf(folder, name));
    },
    async discard() {
      if (!open) return;
      open = false;
      await discard();
    },
  };
}

/** Names of the projects that have a file, sorted, or undefined where there is no such folder. @throws PkgsyncError LOCK_INVALID, FILE_SYSTEM */
export async function lockedNames(folder: string): Promise<readonly PackageName[] | undefined> {
  let entries: readonly string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, folder, 'read the folder');
  }
  return entries
    .filter((entry) => entry.endsWith(extension) && !entry.startsWith('.'))
    .map((entry) => {
      const name = entry.slice(0, -extension.length);
      if (isNormalizedName(name)) return name;
      throw new PkgsyncError('LOCK_INVALID', `${printable(join(folder, entry), 1000)} is not named for a project`, {
        hint: `files of the lock are named <normalised name>${extension}: rename or remove this one`,
      });
    })
    .sort(compareText);
}

function pathOf(folder: string, name: PackageName): string {
  return join(folder, `${name}${extension}`);
}

function notItsOwn(path: string, name: PackageName, packages: readonly LockPackage[]): PkgsyncError {
  const found = packages.length === 0 ? 'none' : packages.map((locked) => locked.name).join(', ');
  return new PkgsyncError('LOCK_INVALID', `${printable(path, 1000)} must hold the package '${name}' and no other, but holds ${found}`, {
    hint: 'restore it from version control',
  });
}

async function textOf(locked: LockPackage): Promise<string> {
  let text = '';
  for await (const piece of encodeLock([locked])) text += piece;
  return text;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'read');
  }
}

/** Commits one by one; where one fails, the rest is discarded and its error thrown. */
async function commitAll(staged: StagedFile[]): Promise<void> {
  for (let next = staged.shift(); next !== undefined; next = staged.shift()) {
    try {
      await next.commit();
    } catch (error) {
      await discardAll(staged.splice(0));
      throw error;
    }
  }
}

/** Discards every one even where some fail; then throws the first failure. */
async function discardAll(staged: readonly StagedFile[]): Promise<void> {
  const outcomes = await Promise.allSettled(staged.map((one) => one.discard()));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw fileSystemError(error, folder, 'remove the folder');
  }
}
