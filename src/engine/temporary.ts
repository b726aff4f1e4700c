import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSystemError } from '../io/file-errors.ts';

/** A folder that nobody else can look into, removed by `remove`. */
export interface PrivateFolder {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** @param parent the system's folder for temporary files unless given. @throws PkgsyncError FILE_SYSTEM, DISK_FULL */
export async function privateFolder(parent: string = tmpdir()): Promise<PrivateFolder> {
  try {
    const path = await mkdtemp(join(parent, 'pkgsync-'));
    return { path, remove: () => rm(path, { recursive: true, force: true }) };
  } catch (error) {
    throw fileSystemError(error, parent, 'make a temporary folder in');
  }
}
