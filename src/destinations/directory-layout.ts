import { join } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { isSafeFilename } from '../packaging/filename.ts';
import { isNormalizedName, type PackageName } from '../packaging/name.ts';

/** Where everything lies in a directory destination; all paths are absolute. Names and filenames are checked here once more, as they become paths. */
export interface DirectoryLayout {
  readonly root: string;
  readonly simple: string;
  readonly packages: string;
  /** For pkgsync itself; never served. */
  readonly staging: string;
  readonly digests: string;
  /** One empty file for each project whose last file is being removed. */
  readonly emptied: string;
  readonly rootPages: PagePaths;
  /** @throws PkgsyncError NAME_INVALID, as all below: only a normalised name is a folder */
  pageFolder(name: PackageName): string;
  pages(name: PackageName): PagePaths;
  fileFolder(name: PackageName): string;
  /** @throws PkgsyncError FILENAME_INVALID, NAME_INVALID */
  file(name: PackageName, filename: string): string;
  /** The PEP 658 companion of a file. */
  companion(name: PackageName, filename: string): string;
  rememberedDigests(name: PackageName): string;
  /** See `emptied`. */
  emptiedMark(name: PackageName): string;
}

/** The two representations of one page. */
export interface PagePaths {
  readonly html: string;
  readonly json: string;
}

export const companionSuffix = '.metadata';

/** @param root absolute path of the directory destination */
export function directoryLayout(root: string): DirectoryLayout {
  const simple = join(root, 'simple');
  const packages = join(root, 'packages');
  const state = join(root, '.pkgsync');
  const digests = join(state, 'digests');
  const emptied = join(state, 'emptied');
  const fileFolder = (name: PackageName): string => join(packages, folderName(name));
  const file = (name: PackageName, filename: string): string => join(fileFolder(name), fileName(filename));
  const pageFolder = (name: PackageName): string => join(simple, folderName(name));
  return {
    root,
    simple,
    packages,
    staging: join(state, 'staging'),
    digests,
    emptied,
    rootPages: pagePaths(simple),
    pageFolder,
    pages: (name) => pagePaths(pageFolder(name)),
    fileFolder,
    file,
    companion: (name, filename) => `${file(name, filename)}${companionSuffix}`,
    rememberedDigests: (name) => join(digests, `${folderName(name)}.json`),
    emptiedMark: (name) => join(emptied, folderName(name)),
  };
}

/** `.v1_json` by the convention of static mirrors, from which a server that negotiates derives the media type. */
function pagePaths(folder: string): PagePaths {
  return { html: join(folder, 'index.html'), json: join(folder, 'index.v1_json') };
}

function folderName(name: PackageName): string {
  if (isNormalizedName(name)) return name;
  throw new PkgsyncError('NAME_INVALID', `'${printable(String(name))}' is not a normalised project name and cannot be a folder`);
}

function fileName(filename: string): string {
  if (isSafeFilename(filename)) return filename;
  throw new PkgsyncError('FILENAME_INVALID', `'${printable(filename)}' cannot be the name of a file`);
}
