import { isPkgsyncError } from '../errors.ts';
import { fileSource } from '../io/file-source.ts';
import { verified } from '../io/hashing.ts';
import { makeFolder } from '../io/make-folder.ts';
import { syncFile, syncFolder } from '../io/sync-folder.ts';
import { hasDigest } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import { requiresPythonOf, restoreCompanion } from './companion.ts';
import { decodeProjectJson } from './decode-page.ts';
import type { PublishRequest } from './destination.ts';
import { scanProject, type ScannedFile } from './directory-inventory.ts';
import { companionSuffix, type DirectoryLayout } from './directory-layout.ts';
import { openFolderHasher, sizeOf, type FolderHasher } from './folder-hasher.ts';
import { readPages, writePages } from './page-files.ts';
import { needsCompanionDigest, needsRequiresPython, needsSha256, pageFor, type PageableFile, type Said } from './page-plan.ts';
import { projectPage } from './project-page.ts';

/**
 * Writes the pages of one project as `pageFor` says, and restores metadata companions that the approved facts promise. Bytes are read only where
 * neither the approved state nor the page so far gives their digest. A project without files and without pages stays as it is.
 * @param isSynced whether the file's bytes are known to survive a power cut; others that the page did not list so far are made to
 * @throws PkgsyncError DISK_FULL, FILE_SYSTEM; the signal's reason on abort
 */
export async function publishPages(
  layout: DirectoryLayout,
  { name, wanted, signal }: PublishRequest,
  isSynced: (path: string) => boolean,
): Promise<void> {
  signal?.throwIfAborted();
  const { files: scanned } = await scanProject(layout, name);
  const paths = layout.pages(name);
  const texts = await readPages(paths);
  if (scanned.length === 0 && texts.html === undefined && texts.json === undefined) return;

  const previous = texts.json === undefined ? undefined : decodeProjectJson(texts.json, name);
  const wantedBy = new Map(wanted.map((file) => [file.filename, file]));
  const beforeBy = new Map(previous?.files.map((file) => [file.filename, file]));
  const hasher = await openFolderHasher(layout.fileFolder(name), layout.rememberedDigests(name), { signal });
  const files: (PageableFile & Said)[] = [];
  for (const file of scanned) {
    signal?.throwIfAborted();
    const said: Said = { wanted: wantedBy.get(file.filename), before: beforeBy.get(file.filename) };
    if (said.before === undefined && !isSynced(file.path)) await syncFile(file.path);
    const found = await findOut(file, said, name, hasher, signal);
    if (found !== undefined) files.push({ ...found, ...said });
  }
  await makeFolder(layout.pageFolder(name));
  // Not only what this run put there: one that was killed may have linked files without having got further.
  await syncFolder(layout.fileFolder(name));
  await writePages(paths, texts, pageFor(name, files));
}

/** Gives a project that has neither files nor pages an empty page (legal: a project without releases). */
export async function createEmptyPages(layout: DirectoryLayout, name: PackageName): Promise<void> {
  const paths = layout.pages(name);
  const texts = await readPages(paths);
  if (texts.html !== undefined || texts.json !== undefined) return;
  // Files without pages wait for `publish`, which knows the approved digests.
  if ((await scanProject(layout, name)).files.length > 0) return;
  await makeFolder(layout.pageFolder(name));
  await writePages(paths, texts, projectPage(name, []));
}

/**
 * Makes the project's pages stop listing a file, so that it can be deleted or exchanged.
 * @returns false where the pages cannot be read back: they are left as they are, as what else they list would be lost
 * @throws PkgsyncError DISK_FULL, FILE_SYSTEM
 */
export async function unlist(layout: DirectoryLayout, name: PackageName, filename: string): Promise<boolean> {
  const paths = layout.pages(name);
  const texts = await readPages(paths);
  if (texts.html === undefined && texts.json === undefined) return true;
  const page = texts.json === undefined ? undefined : decodeProjectJson(texts.json, name);
  if (page === undefined) return false;
  const remaining = page.files.filter((file) => file.filename !== filename);
  await writePages(paths, texts, projectPage(name, remaining));
  return true;
}

/** Undefined where the file has vanished meanwhile. */
async function findOut(
  file: ScannedFile,
  said: Said,
  name: PackageName,
  hasher: FolderHasher,
  signal: AbortSignal | undefined,
): Promise<PageableFile | undefined> {
  const hasCompanion = said.wanted === undefined ? file.hasCompanion : await restoreCompanion(file, said.wanted, name, hasher);
  const size = await sizeOf(file.path);
  if (size === undefined) return undefined;
  return {
    filename: file.filename,
    version: file.parsed.version,
    size,
    sha256: needsSha256(said) ? await ownSha256(file, said.wanted, hasher, signal) : undefined,
    companion: hasCompanion ? await companionOf(file, said, hasher) : undefined,
    requiresPython: needsRequiresPython(said) ? await requiresPythonOf(file, name) : undefined,
  };
}

async function companionOf(
  file: ScannedFile,
  said: Said,
  hasher: FolderHasher,
): Promise<{ readonly sha256?: string | undefined } | undefined> {
  if (!needsCompanionDigest(said)) return {};
  return (await hasher.measure(`${file.filename}${companionSuffix}`))?.hashes;
}

/** sha256 of the bytes, unless they are other than the approved digests (of whatever algorithm) say. */
async function ownSha256(
  file: ScannedFile,
  wanted: FileFacts | undefined,
  hasher: FolderHasher,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (wanted === undefined || !hasDigest(wanted.hashes)) return (await hasher.measure(file.filename))?.hashes.sha256;
  try {
    const check = verified(fileSource(file.path).read({ signal }), { label: file.path, hashes: wanted.hashes });
    for (let step = await check.next(); ; step = await check.next()) {
      if (step.done === true) return step.value.hashes.sha256;
    }
  } catch (error) {
    if (isPkgsyncError(error, 'INTEGRITY', 'NOT_FOUND')) return undefined;
    throw error;
  }
}
