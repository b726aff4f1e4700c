import { createHash } from 'node:crypto';
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isWrite } from '../apply/contents.ts';
import { partKey } from '../apply/transfer.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { partStem } from '../io/part-files.ts';
import { clearStaging } from '../io/staging.ts';
import type { WantedParts } from '../io/staging.ts';
import type { SavedProject } from '../plan/plan-file.ts';
import { privateFolder } from './temporary.ts';

/** Where the files of one apply lie while they are on their way. */
export interface Staging {
  readonly path: string;
  /**
   * Ends it. `wanted` as for `clearStaging`: downloads that were cut off stay for the next apply, and the folder with them.
   * @throws PkgsyncError FILE_SYSTEM
   */
  end(wanted?: WantedParts): Promise<void>;
}

/**
 * A folder for the files of one apply, in `parent` (the system's folder for temporary files unless given). It has the same name every time, so that the
 * next apply finds what one that was cut off had fetched; the lease at `leasePath` keeps others out. Where somebody else has made a folder of that name,
 * it is a fresh one that nobody will find again.
 * @param wanted as for `clearStaging`: which downloads that were cut off are taken up
 * @throws PkgsyncError FILE_SYSTEM, DISK_FULL; what `wanted` throws
 */
export async function openStaging(parent: string = tmpdir(), leasePath: string, wanted: WantedParts): Promise<Staging> {
  const path = stagingPath(parent, leasePath);
  if (!(await ownFolder(path, parent))) {
    const folder = await privateFolder(parent);
    return { path: folder.path, end: folder.remove };
  }
  await clearStaging(path, wanted);
  return { path, end: (stillWanted) => endStaging(path, stillWanted) };
}

/** Clears what an apply left that did not come to its end, where it is of no use any more. @throws PkgsyncError FILE_SYSTEM */
export async function dropStaging(parent: string = tmpdir(), leasePath: string): Promise<void> {
  const path = stagingPath(parent, leasePath);
  if (await isOwn(path)) await endStaging(path, undefined);
}

/** Which parts are of contents that the plan brings; it is read only where there are any. */
export function partsOf(projects: () => AsyncIterable<SavedProject>): WantedParts {
  return async (stems) => {
    const found = new Set<string>();
    for await (const { actions } of projects()) {
      for (const action of actions) {
        const key = isWrite(action) ? partKey(action.file.hashes) : undefined;
        if (!isWrite(action) || key === undefined) continue;
        const stem = partStem(action.file.filename, key);
        if (stems.has(stem)) found.add(stem);
      }
    }
    return found;
  };
}

function stagingPath(parent: string, leasePath: string): string {
  const key = createHash('sha256')
    .update(`${process.getuid?.() ?? ''} ${resolve(leasePath)}`)
    .digest('hex')
    .slice(0, 16);
  return join(parent, `pkgsync-staging-${key}`);
}

/** Makes the folder where it is missing; false where there is something that others made or can write to. */
async function ownFolder(path: string, parent: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw fileSystemError(error, parent, 'make a temporary folder in');
  }
  return await isOwn(path);
}

async function isOwn(path: string): Promise<boolean> {
  try {
    const state = await lstat(path);
    const uid = process.getuid?.();
    return state.isDirectory() && (uid === undefined || (state.uid === uid && (state.mode & 0o077) === 0));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw fileSystemError(error, path, 'look up');
  }
}

async function endStaging(path: string, wanted: WantedParts | undefined): Promise<void> {
  if (await clearStaging(path, wanted)) return;
  try {
    await rmdir(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileSystemError(error, path, 'remove');
  }
}
