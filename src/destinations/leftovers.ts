import { readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporaryName } from '../io/abandoned.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';

/**
 * Removes temporary files that a killed run left in `folder`. Only for whoever holds the lease: to others such a file may be one being written.
 * @throws PkgsyncError FILE_SYSTEM
 */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    if (isTemporaryName(entry)) await removeFile(join(folder, entry));
  }
}

/** Removes the file; one that is not there is as wanted. @throws PkgsyncError FILE_SYSTEM */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileSystemError(error, path, 'remove');
  }
}

/** Removes the folder where nothing is left in it: what others put there stays. @throws PkgsyncError FILE_SYSTEM */
export async function removeEmptyFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    // A link to a folder (ENOTDIR) is somebody's arrangement, too.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code)) throw fileSystemError(error, path, 'remove the folder');
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw fileSystemError(error, folder, 'read the folder');
  }
}
