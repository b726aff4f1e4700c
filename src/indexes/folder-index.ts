import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { printable } from '../errors.ts';
import { fileSystemError } from '../io/file-errors.ts';
import type { DistributionFile, Project, SkippedFile } from '../packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { scanFilenames, type FolderScan } from './folder-scan.ts';
import { localFile, localSource } from './local-file.ts';
import type { SourceIndex } from './source-index.ts';

export interface LocalIndexOptions {
  /** Its name in the manifest. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** The path as written, for messages. */
  readonly address: string;
  /** Told what a person should know about the index as a whole. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * A folder of distribution files as an index: the files that lie in it, not those in folders below. It knows names and sizes; digests are for
 * whoever reads the bytes. The folder is read again when it has changed.
 * All methods throw FILE_SYSTEM where the folder cannot be read.
 */
export function folderIndex(options: LocalIndexOptions): SourceIndex {
  const { name, path, address } = options;
  let last: { readonly changed: bigint; readonly scan: Promise<FolderScan> } | undefined;

  async function scan(): Promise<FolderScan> {
    const changed = await changeTime(path);
    if (last?.changed !== changed) last = { changed, scan: tellingScan() };
    const current = last;
    try {
      return await current.scan;
    } catch (error) {
      if (last === current) last = undefined;
      throw error;
    }
  }

  async function tellingScan(): Promise<FolderScan> {
    const scanned = await scanFolder(path);
    if (scanned.unread.length > 0) options.onWarning?.(describeUnread(address, scanned.unread));
    return scanned;
  }

  async function project(wanted: PackageName): Promise<Project | undefined> {
    const filenames = (await scan()).files.get(wanted);
    if (filenames === undefined) return undefined;
    const files: DistributionFile[] = [];
    const skipped: SkippedFile[] = [];
    for (const filename of filenames) {
      const file = await describeFile(path, filename, wanted);
      if ('because' in file) skipped.push(file);
      else files.push(file);
    }
    return { name: wanted, status: { status: 'active' }, files, skipped, warnings: [] };
  }

  return {
    name,
    address,
    projects: async function* () {
      yield* (await scan()).files.keys();
    },
    project,
    open: (file) => localSource(path, file.url, file.size),
    openMetadata: (file) => localSource(path, `${file.url}.metadata`),
    legacyDigests: () => Promise.resolve(new Map()),
  };
}

async function changeTime(path: string): Promise<bigint> {
  try {
    return (await stat(path, { bigint: true })).mtimeNs;
  } catch (error) {
    throw fileSystemError(error, path, 'read');
  }
}

async function scanFolder(path: string): Promise<FolderScan> {
  const filenames: string[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (!entry.isDirectory() && !entry.name.startsWith('.')) filenames.push(entry.name);
    }
  } catch (error) {
    throw fileSystemError(error, path, 'read');
  }
  return scanFilenames(filenames);
}

async function describeFile(folder: string, filename: string, project: PackageName): Promise<DistributionFile | SkippedFile> {
  const parsed = parseDistributionFilename(filename, project);
  if (!isDistribution(parsed)) return { filename, because: parsed.because };
  const url = pathToFileURL(join(folder, filename)).href;
  const file = await localFile(folder, url);
  if ('because' in file) return { filename, because: file.because };
  const { packageType, version } = parsed;
  return { name: project, filename, version, packageType, url, hashes: {}, size: file.size, yanked: false };
}

function describeUnread(address: string, unread: readonly string[]): string {
  const shown = unread.slice(0, 3).map((filename) => printable(filename, 100));
  const more = unread.length > shown.length ? `, and ${unread.length - shown.length} more` : '';
  return `${address} has files whose names are not those of distributions: ${shown.join(', ')}${more}`;
}
