import { lstat, readdir } from 'node:fs/promises';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { compareText, isNormalizedName, type PackageName } from '../packaging/name.ts';
import { decodeRootJson } from './decode-page.ts';
import type { DirectoryLayout } from './directory-layout.ts';
import type { RootState } from './directory-listing.ts';
import { fileState, hasContent, readText, writeStreamed } from './page-files.ts';
import { renderRootHtml, renderRootJson } from './render-page.ts';

/** Reads the list of all projects once for as long as its files stay the same: every project's listing asks for it. */
export interface RootIndex {
  /** @throws PkgsyncError FILE_SYSTEM */
  stateOf(name: PackageName): Promise<RootState>;
}

export function createRootIndex(layout: DirectoryLayout): RootIndex {
  let known: { readonly state: string; readonly listing: Promise<RootListing> } | undefined;
  return {
    async stateOf(name) {
      const state = `${(await fileState(layout.rootPages.html)) ?? 'missing'} ${(await fileState(layout.rootPages.json)) ?? 'missing'}`;
      if (known?.state !== state) {
        const entry = { state, listing: readRoot(layout) };
        known = entry;
        // A failed read is not kept: the next call tries again.
        entry.listing.catch(() => {
          if (known === entry) known = undefined;
        });
      }
      const { names, problem } = await known.listing;
      return { lists: names.has(name), problem };
    },
  };
}

/** Writes the list of all projects: those in `names`, which are sorted. Unchanged files are not touched. @throws PkgsyncError DISK_FULL, FILE_SYSTEM */
export async function writeRoot(layout: DirectoryLayout, names: readonly PackageName[]): Promise<void> {
  await writeStreamed(layout.rootPages.json, () => renderRootJson(names));
  await writeStreamed(layout.rootPages.html, () => renderRootHtml(names));
}

/** Names of the project folders in `folder`, sorted; links count, other files and folders do not. @throws PkgsyncError FILE_SYSTEM */
export async function projectFolders(folder: string): Promise<readonly PackageName[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
    return folders.filter(isNormalizedName).sort(compareText);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw fileSystemError(error, folder, 'read the folder');
  }
}

/** Names of the projects that a killed run was taking away, sorted. @throws PkgsyncError FILE_SYSTEM */
export async function emptiedProjects({ emptied }: DirectoryLayout): Promise<readonly PackageName[]> {
  try {
    return (await readdir(emptied)).filter(isNormalizedName).sort(compareText);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw fileSystemError(error, emptied, 'read the folder');
  }
}

/** Names of the projects that have an HTML page, sorted. @throws PkgsyncError FILE_SYSTEM */
export async function projectsWithPages(layout: DirectoryLayout): Promise<readonly PackageName[]> {
  const names = await projectFolders(layout.simple);
  const withPages: PackageName[] = [];
  // A look-up at a time would take minutes for an index of PyPI's size.
  for (let start = 0; start < names.length; start += lookUpsAtOnce) {
    const some = names.slice(start, start + lookUpsAtOnce);
    const found = await Promise.all(some.map((name) => isFile(layout.pages(name).html)));
    withPages.push(...some.filter((_, index) => found[index] === true));
  }
  return withPages;
}

const lookUpsAtOnce = 64;

/** Names on the list of all projects as it is now; none where it cannot be read. @throws PkgsyncError FILE_SYSTEM */
export async function listedProjects(layout: DirectoryLayout): Promise<ReadonlySet<string>> {
  const json = await readText(layout.rootPages.json);
  return new Set(json === undefined ? [] : decodeRootJson(json));
}

interface RootListing {
  readonly names: ReadonlySet<string>;
  readonly problem: string | undefined;
}

async function readRoot(layout: DirectoryLayout): Promise<RootListing> {
  const json = await readText(layout.rootPages.json);
  if (json === undefined) return { names: new Set(), problem: 'the list of all projects (simple/index.v1_json) is missing' };
  const written = decodeRootJson(json);
  if (written === undefined) return { names: new Set(), problem: 'the list of all projects (simple/index.v1_json) cannot be read' };
  const names = [...new Set(written.filter(isNormalizedName))].sort(compareText);
  const current =
    (await hasContent(layout.rootPages.json, renderRootJson(names))) && (await hasContent(layout.rootPages.html, renderRootHtml(names)));
  return {
    names: new Set(names),
    problem: current ? undefined : 'the two lists of all projects do not agree, or are not as pkgsync writes them',
  };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw fileSystemError(error, path, 'look up');
  }
}
