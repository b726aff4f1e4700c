import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileSystemError, systemErrorCode } from './file-errors.ts';

/** Makes the names in the folder, as they are now, survive a power cut; one that is not there has none. @throws PkgsyncError DISK_FULL, FILE_SYSTEM */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no such call for folders and refuses to open them.
  if (process.platform !== 'win32') await syncNode(path, 'r', 'write the folder');
}

/** Makes the bytes of a file that somebody else wrote survive a power cut; one that is not there is fine. @throws PkgsyncError DISK_FULL, FILE_SYSTEM */
export async function syncFile(path: string): Promise<void> {
  await syncNode(path, constants.O_RDONLY | constants.O_NOFOLLOW, 'write');
}

async function syncNode(path: string, flags: string | number, doing: string): Promise<void> {
  try {
    const handle = await open(path, flags);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileSystemError(error, path, doing);
  }
}
