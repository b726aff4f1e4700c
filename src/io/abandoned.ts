import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from './file-errors.ts';
import { isAbandoned, markPattern, processMark } from './process-mark.ts';

/** The name of a new temporary file. The dot keeps it out of every listing; it has nothing of its target's name, which may use up the 255 bytes. */
export function temporaryName(): string {
  return `.pkgsync-${processMark()}-${randomBytes(12).toString('hex')}.tmp`;
}

/** Whether it is the name of such a file, whoever made it. */
export function isTemporaryName(name: string): boolean {
  return temporaryFile.test(name);
}

const temporaryFile = new RegExp(`^\\.pkgsync-(${markPattern})-[0-9a-f]{24}\\.tmp$`);

/** Removes temporary files that killed processes of this machine and user left in `folder`. No lease is needed: nobody will come back for them. */
export function removeAbandonedFiles(folder: string): Promise<void> {
  return removeAbandoned(folder, temporaryFile, 'file');
}

/**
 * Removes what killed processes of this machine and user left in `folder`. What cannot be removed, or not even be seen, stays: it only takes up space.
 * @param pattern names; its first group is the mark of the process
 */
export async function removeAbandoned(folder: string, pattern: RegExp, type: 'file' | 'folder'): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const mark = pattern.exec(name)?.[1];
      if (mark === undefined || !isAbandoned(mark)) continue;
      const path = join(folder, name);
      if (await isOwn(path, type)) await rm(path, { recursive: type === 'folder', force: true });
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

async function isOwn(path: string, type: 'file' | 'folder'): Promise<boolean> {
  const state = await lstat(path);
  return (type === 'file' ? state.isFile() : state.isDirectory()) && state.uid === (process.getuid?.() ?? state.uid);
}
