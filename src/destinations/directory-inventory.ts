import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { isDistribution, parseDistributionFilename, type ParsedFilename } from '../packaging/filename.ts';
import { compareText, type PackageName } from '../packaging/name.ts';
import type { FileDigests } from './digest-memory.ts';
import { companionSuffix, type DirectoryLayout } from './directory-layout.ts';
import { declaredState, openFolderHasher, type HashingOptions } from './folder-hasher.ts';

/** A distribution's name in a project's folder; what it holds has not been looked at. */
export interface ScannedFile {
  readonly filename: string;
  readonly parsed: ParsedFilename;
  /** Absolute. */
  readonly path: string;
  /** Whether a metadata companion lies beside it. */
  readonly hasCompanion: boolean;
}

export interface ScannedFolder {
  /** In byte order of the filenames. */
  readonly files: readonly ScannedFile[];
  /** Sentences about what lies there and is no distribution of the project. */
  readonly warnings: readonly string[];
}

/** A distribution as it lies in a project's folder. */
export interface DiskFile extends ScannedFile {
  /** Bytes. */
  readonly size: number;
  readonly hashes: FileDigests;
  /** Digests of the metadata companion beside it. */
  readonly companion?: FileDigests | undefined;
}

/** What a project's folder under `packages/` holds. */
export interface DiskProject {
  /** By filename, in byte order. */
  readonly files: ReadonlyMap<string, DiskFile>;
  readonly warnings: readonly string[];
}

/**
 * Reads what is on disk: the bytes decide. A folder that does not exist is empty.
 * @throws PkgsyncError FILE_SYSTEM; the signal's reason on abort
 */
export async function readDiskProject(layout: DirectoryLayout, name: PackageName, options: HashingOptions): Promise<DiskProject> {
  const { files: scanned, warnings } = await scanProject(layout, name);
  if (scanned.length === 0) return { files: new Map(), warnings };
  const hasher = await openFolderHasher(layout.fileFolder(name), layout.rememberedDigests(name), options);
  const files = new Map<string, DiskFile>();
  for (const file of scanned) {
    const measured = await hasher.measure(file.filename);
    // Removed since the folder was read.
    if (measured === undefined) continue;
    const companion = file.hasCompanion ? await hasher.measure(`${file.filename}${companionSuffix}`) : undefined;
    files.set(file.filename, { ...file, ...measured, companion: companion?.hashes });
  }
  await hasher.save();
  return { files, warnings };
}

/** A distribution as it lies in a project's folder, its bytes unread. */
export interface UnreadFile extends ScannedFile {
  /** Bytes. */
  readonly size: number;
  /** Changes when the file, or its companion, is written again. */
  readonly stamp: string;
}

/** What lies in the project's folder, without reading or remembering anything of it. @throws PkgsyncError FILE_SYSTEM */
export async function scanDeclared(
  layout: DirectoryLayout,
  name: PackageName,
): Promise<{ readonly files: ReadonlyMap<string, UnreadFile>; readonly warnings: readonly string[] }> {
  const { files: scanned, warnings } = await scanProject(layout, name);
  const files = new Map<string, UnreadFile>();
  for (const file of scanned) {
    const state = await declaredState(file.path);
    // Removed since the folder was read.
    if (state === undefined) continue;
    const companion = file.hasCompanion ? await declaredState(`${file.path}${companionSuffix}`) : undefined;
    files.set(file.filename, { ...file, size: state.size, stamp: `${state.stamp} ${companion?.stamp ?? ''}` });
  }
  return { files, warnings };
}

/** The distributions in the project's folder, by name only. @throws PkgsyncError FILE_SYSTEM */
export async function scanProject(layout: DirectoryLayout, name: PackageName): Promise<ScannedFolder> {
  const folder = layout.fileFolder(name);
  const entries = await readEntries(folder);
  const files: ScannedFile[] = [];
  const warnings: string[] = [];
  for (const [filename, type] of entries) {
    // Dot files are temporary, or belong to whoever keeps the folder.
    if (filename.startsWith('.') || isCompanion(filename, name)) continue;
    const sorted = sortOut(filename, type, name);
    if ('because' in sorted) warnings.push(`${printable(`packages/${name}/${filename}`)} is left alone: ${sorted.because}`);
    else
      files.push({
        filename,
        parsed: sorted,
        path: join(folder, filename),
        hasCompanion: entries.get(`${filename}${companionSuffix}`) === 'file',
      });
  }
  return { files, warnings };
}

type EntryType = 'file' | 'link' | 'other';

async function readEntries(folder: string): Promise<ReadonlyMap<string, EntryType>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return new Map(
      entries
        .sort((a, b) => compareText(a.name, b.name))
        .map((entry) => [entry.name, entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other']),
    );
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return new Map();
    throw fileSystemError(error, folder, 'read the folder');
  }
}

/** Also without its distribution: a lost file is news by itself. */
function isCompanion(filename: string, name: PackageName): boolean {
  return filename.endsWith(companionSuffix) && isDistribution(parseDistributionFilename(filename.slice(0, -companionSuffix.length), name));
}

function sortOut(filename: string, type: EntryType, name: PackageName): ParsedFilename | { readonly because: string } {
  if (type === 'link') return { because: 'it is a symbolic link' };
  if (type === 'other') return { because: 'it is no regular file' };
  const parsed = parseDistributionFilename(filename, name);
  return isDistribution(parsed) ? parsed : { because: `it is no distribution of ${name} (${parsed.because})` };
}
