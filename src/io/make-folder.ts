import { dirname } from 'node:path';
import { PkgsyncError } from '../errors.ts';
import { makeFolders } from './make-folders.ts';
import { fileSystemError } from './file-errors.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Makes the folder with its parents where they are missing, so that the new names also survive a power cut.
 * @throws PkgsyncError DISK_FULL, FILE_SYSTEM
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    const first = await makeFolders(path);
    if (first === undefined || process.platform === 'win32') return;
    const top = dirname(first);
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      await syncFolder(folder);
      if (folder === top || folder === dirname(folder)) return;
    }
  } catch (error) {
    throw error instanceof PkgsyncError ? error : fileSystemError(error, path, 'create the folder');
  }
}
