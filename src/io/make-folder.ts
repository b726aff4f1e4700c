import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileSystemError } from './file-errors.ts';

/**
 * Makes the folder with its parents where they are missing, so that the new names also survive a power cut.
 * @throws PkgsyncError DISK_FULL, FILE_SYSTEM
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined || process.platform === 'win32') return;
    const top = dirname(first);
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      await syncFolder(folder);
      if (folder === top || folder === dirname(folder)) return;
    }
  } catch (error) {
    throw fileSystemError(error, path, 'create the folder');
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
