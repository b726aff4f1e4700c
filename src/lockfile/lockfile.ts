import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { syncFolder } from '../io/sync-folder.ts';
import { isFolderPath, readLockFolder, stageLockFolder } from './folder.ts';
import type { LockPackage } from './lock.ts';
import { readLockFile } from './read.ts';
import { type LockPackages, type StagedLock, stageLockFile } from './write.ts';

export { decodeLock } from './decode.ts';
export { encodeLock } from './write.ts';
export type { LockPackages, StagedLock } from './write.ts';

/*
 * Everywhere here a path that ends in `/` is a folder of one file per project, anything else one file. See layout.ts for the format and
 * folder.ts for what a crash can leave there.
 */

/**
 * The lock's packages in order of their names, each checked; nothing where there is no lock. Never holds more than one package of a lock in
 * canonical layout. A caller that stops early closes the file.
 * @throws PkgsyncError LOCK_INVALID, LOCK_OUTDATED where the version of an entry is not that of its filename (message or `problems` name file and
 *   line), FILE_SYSTEM
 */
export function readLock(path: string): AsyncGenerator<LockPackage> {
  return isFolderPath(path) ? readLockFolder(path) : readLockFile(path);
}

/** Whether there is a lock, whatever its content. @throws PkgsyncError FILE_SYSTEM */
export async function lockExists(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return isFolderPath(path) ? found.isDirectory() : found.isFile();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw fileSystemError(error, path, 'read');
  }
}

/** For commands that never resolve. @throws PkgsyncError LOCK_MISSING */
export async function requireLock(path: string): Promise<void> {
  if (await lockExists(path)) return;
  throw new PkgsyncError('LOCK_MISSING', `there is no lock ${printable(path, 1000)}`, {
    hint: "run 'pkgsync lock' and commit what it writes",
  });
}

/**
 * Writes a lock without putting it in force yet, so that a plan can be shown and approved before. `packages` may read the lock in force.
 * @throws PkgsyncError INTERNAL for input that is not sorted, DISK_FULL, FILE_SYSTEM; errors of `packages` as they are; nothing is left behind
 */
export function stageLock(path: string, packages: LockPackages): Promise<StagedLock> {
  return isFolderPath(path) ? stageLockFolder(path, packages) : stageLockFile(path, packages);
}

/**
 * Makes the lock, as it is now, survive a power cut: a run that was killed may have put it in force without having got further.
 * @throws PkgsyncError FILE_SYSTEM, DISK_FULL
 */
export async function settleLock(path: string): Promise<void> {
  if (isFolderPath(path)) await syncFolder(path);
  await syncFolder(dirname(path));
}

/** Replaces the lock. @throws PkgsyncError as `stageLock` and its `commit` */
export async function writeLock(path: string, packages: LockPackages): Promise<void> {
  const staged = await stageLock(path, packages);
  await staged.commit();
}
