import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeAbandoned } from '../io/abandoned.ts';
import { fileSystemError } from '../io/file-errors.ts';
import { markPattern, processMark } from '../io/process-mark.ts';

/** A folder that nobody else can look into, removed by `remove`. */
export interface PrivateFolder {
  readonly path: string;
  /** @throws PkgsyncError FILE_SYSTEM */
  readonly remove: () => Promise<void>;
}

const privateName = new RegExp(`^pkgsync-(${markPattern})-[0-9A-Za-z]{6}$`);
/** Folders in which this process has looked for what killed ones left. */
const cleared = new Set<string>();

/**
 * Makes such a folder, and clears away those of processes that were killed.
 * @param parent the system's folder for temporary files unless given. @throws PkgsyncError FILE_SYSTEM, DISK_FULL
 */
export async function privateFolder(parent: string = tmpdir()): Promise<PrivateFolder> {
  if (!cleared.has(parent)) {
    cleared.add(parent);
    await removeAbandoned(parent, privateName, 'folder');
  }
  try {
    const path = await mkdtemp(join(parent, `pkgsync-${processMark()}-`));
    return { path, remove: () => removed(path) };
  } catch (error) {
    throw fileSystemError(error, parent, 'make a temporary folder in');
  }
}

async function removed(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileSystemError(error, path, 'remove');
  }
}
