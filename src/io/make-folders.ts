import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from './file-errors.ts';

/**
 * Makes a folder with its parents where they are missing. Unlike Node's own, it asks for each of them at most twice: on file systems that take no
 * folders (`/proc`), where a new one is refused as if its parent were missing, Node tries for ever.
 * @param mode of the folders that are made
 * @returns the topmost folder that was made; undefined where all were there
 * @throws the system's error; EEXIST or ENOTDIR where something else has the name
 */
export async function makeFolders(path: string, mode = 0o777): Promise<string | undefined> {
  try {
    return await made(path, mode);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const top = await makeFolders(dirname(path), mode);
  const own = await made(path, mode);
  return top ?? own;
}

/** Makes one folder; undefined where it is there. */
async function made(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST' && (await isFolder(path))) return undefined;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}
