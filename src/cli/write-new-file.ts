import { lstat } from 'node:fs/promises';
import { PkgsyncError, printable } from '../errors.ts';
import { writeAtomically } from '../io/atomic-write.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';

/** Writes a manifest; an existing file is never replaced. @throws PkgsyncError USAGE, FILE_SYSTEM, DISK_FULL */
export async function writeNewFile(path: string, text: string): Promise<void> {
  await assertAbsent(path);
  await writeAtomically(path, text);
}

/** @throws PkgsyncError USAGE where something lies there, be it a link to nothing; FILE_SYSTEM where that cannot be told */
export async function assertAbsent(path: string): Promise<void> {
  if (!(await exists(path))) return;
  throw new PkgsyncError('USAGE', `${printable(path, 1000)} exists already and is left as it is`, {
    hint: 'edit it, or name another file',
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw fileSystemError(error, path, 'look up');
  }
}
