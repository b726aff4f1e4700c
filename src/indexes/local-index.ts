import { opendir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileSystemError } from '../io/file-errors.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import { folderIndex, type LocalIndexOptions } from './folder-index.ts';
import { isFolder, pageIn } from './page-files.ts';
import type { SourceIndex } from './source-index.ts';
import { staticIndex } from './static-index.ts';

/**
 * The index in a folder. Static where it has a folder `simple`; else a folder of distribution files where one lies in it; else static where it is
 * called `simple`, or where it or a folder in it has an index page; else a folder of files, perhaps an empty one.
 * @throws PkgsyncError FILE_SYSTEM where the folder cannot be read
 */
export async function localIndex(options: LocalIndexOptions): Promise<SourceIndex> {
  return (await isStatic(options.path)) ? staticIndex(options) : folderIndex(options);
}

async function isStatic(path: string): Promise<boolean> {
  if (await isFolder(join(path, 'simple'))) return true;
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (isDistribution(parseDistributionFilename(entry.name))) return false;
      if (entry.isDirectory()) folders.push(join(path, entry.name));
    }
  } catch (error) {
    throw fileSystemError(error, path, 'read');
  }
  if (basename(path) === 'simple' || (await pageIn(path)) !== undefined) return true;
  for (const folder of folders) if ((await pageIn(folder)) !== undefined) return true;
  return false;
}
