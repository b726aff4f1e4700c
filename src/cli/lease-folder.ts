import { access, constants, lstat } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Ends } from '../engine/request.ts';
import { PkgsyncError } from '../errors.ts';
import { makeFolders } from '../io/make-folders.ts';
import { systemErrorCode } from '../io/file-errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the leases of runs without manifest and lock lie: one place for all of a user's runs on this machine, whatever folder they start in, so that
 * two of them never write to one server at once. Directories have their lease inside; for these nothing is made.
 * @returns undefined where no destination needs one
 * @throws PkgsyncError FILE_SYSTEM
 */
export async function leaseFolder(destinations: Ends['destinations'], environment: Environment): Promise<string | undefined> {
  if (destinations.every(({ live }) => live.stagingFolder !== undefined)) return undefined;
  const folder = join(cacheFolder(environment), 'pkgsync');
  if (await usable(folder)) return folder;
  // A home that cannot be written (containers).
  return await temporaryHome();
}

/** A folder of this user's own among everybody's temporary files. @throws PkgsyncError FILE_SYSTEM where somebody else has made it */
async function temporaryHome(): Promise<string> {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `pkgsync-${uid}`);
  await makeFolders(folder, 0o700);
  const found = await lstat(folder);
  if (found.isDirectory() && (uid < 0 || found.uid === uid)) return folder;
  throw new PkgsyncError('FILE_SYSTEM', `${folder} is not a folder of this user's own`, {
    hint: 'set XDG_CACHE_HOME to a folder that can be written',
  });
}

/** The user's folder for caches: https://specifications.freedesktop.org/basedir-spec/latest/ and its likes elsewhere. */
export function cacheFolder(environment: Environment): string {
  const given = environment['XDG_CACHE_HOME'] ?? '';
  if (isAbsolute(given)) return given;
  const local = environment['LOCALAPPDATA'] ?? '';
  return process.platform === 'win32' && isAbsolute(local) ? local : join(homedir(), '.cache');
}

async function usable(folder: string): Promise<boolean> {
  try {
    await makeFolders(folder);
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}
