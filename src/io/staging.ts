import { constants, copyFile, lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError, systemErrorCode } from './file-errors.ts';
import { isLinkedPart, stemOf, usablePart } from './part-files.ts';
import { processMark } from './process-mark.ts';

/** Of the stems of parts (see `partStem`) that lie there, those for which there is still a use. */
export type WantedParts = (stems: ReadonlySet<string>) => Promise<ReadonlySet<string>>;

/**
 * Clears a folder of temporary files in which nobody works any more: of what a killed run left there only wanted parts stay, one for each content,
 * under the name that `PartFiles.claim` looks for. What is in them is checked by whoever takes them up. Only for whoever holds the lease.
 * @returns whether anything stayed
 * @throws PkgsyncError FILE_SYSTEM; what `wanted` throws
 */
export async function clearStaging(folder: string, wanted?: WantedParts): Promise<boolean> {
  const parts = new Map<string, string[]>();
  for (const name of await entriesOf(folder)) {
    const stem = wanted === undefined ? undefined : stemOf(name);
    if (stem === undefined) await remove(join(folder, name));
    else parts.set(stem, [...(parts.get(stem) ?? []), name]);
  }
  if (parts.size === 0 || wanted === undefined) return false;
  const useful = await wanted(new Set(parts.keys()));
  let stayed = false;
  for (const [stem, names] of parts) {
    const best = useful.has(stem) ? ((await largest(folder, names)) ?? (await copyOfLinked(folder, stem, names))) : undefined;
    for (const name of names) if (name !== best) await remove(join(folder, name));
    if (best === undefined) continue;
    await moved(join(folder, best), join(folder, `${stem}.part`));
    stayed = true;
  }
  return stayed;
}

/** Whether anything lies in the folder. @throws PkgsyncError FILE_SYSTEM */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  return (await entriesOf(folder)).length === 0;
}

/** Only now, when all other names of their bytes are gone: a part that is also a published file is none. */
async function largest(folder: string, names: readonly string[]): Promise<string | undefined> {
  let best: string | undefined;
  let most = 0;
  for (const name of names) {
    const size = (await usablePart(join(folder, name))) ?? 0;
    if (size <= most) continue;
    best = name;
    most = size;
  }
  return best;
}

/** Bytes that have a name in a destination by now, and are still to go to another one: a copy can be worked on. */
async function copyOfLinked(folder: string, stem: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    if (!(await isLinkedPart(join(folder, name)))) continue;
    const copy = `${stem}.${processMark()}-0.part`;
    try {
      await copyFile(join(folder, name), join(folder, copy), constants.COPYFILE_EXCL);
      return copy;
    } catch (error) {
      await remove(join(folder, copy));
      throw fileSystemError(error, join(folder, copy), 'write');
    }
  }
  return undefined;
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await lstat(folder)).isDirectory() ? await readdir(folder) : [];
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw fileSystemError(error, folder, 'read the folder');
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileSystemError(error, path, 'remove');
  }
}

async function moved(from: string, to: string): Promise<void> {
  if (from === to) return;
  try {
    await rename(from, to);
  } catch (error) {
    throw fileSystemError(error, from, 'rename');
  }
}
