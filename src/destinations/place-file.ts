import { randomBytes } from 'node:crypto';
import { link, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { publishFile, spool, stageFile } from '../io/atomic-write.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { fileSource } from '../io/file-source.ts';
import { verified } from '../io/hashing.ts';
import { compareDigests } from '../packaging/digest.ts';
import { companionBytes, writeCompanion } from './companion.ts';
import type { ExistingFile, PutRequest, VerifiedContent, WriteAnswer } from './destination.ts';
import type { DirectoryLayout } from './directory-layout.ts';
import { measureFile } from './folder-hasher.ts';
import { removeFile } from './leftovers.ts';
import { makeFolder } from '../io/make-folder.ts';

/**
 * Gives verified bytes their name under `packages/`, the metadata companion first. A name that exists is replaced only where `replaces` gives the
 * digests of what lies there now. `content.path` is left as it is.
 * @param unlist takes the file off the project's pages: called right before bytes are exchanged that a page vouches for
 * @throws PkgsyncError CONFLICT, INTEGRITY, DISK_FULL, FILE_SYSTEM; the signal's reason on abort
 */
export async function placeFile(layout: DirectoryLayout, request: PutRequest, unlist: () => Promise<void>): Promise<WriteAnswer> {
  const { file, content, replaces, signal, onBytes } = request;
  const path = layout.file(file.name, file.filename);
  await makeFolder(layout.fileFolder(file.name));
  const present = await measureFile(path, signal);
  const companion = companionBytes(file, content.metadataBytes);

  if (present?.hashes.sha256 === content.hashes.sha256) {
    if (companion !== undefined) await writeCompanion(path, companion);
    return { outcome: 'exists' };
  }
  if (replaces === undefined) {
    if (present !== undefined) throw occupied(path);
    const outcome = await placeNew(layout, path, content, companion, signal);
    if (outcome === 'done') onBytes?.(content.size);
    return { outcome };
  }
  if (present === undefined || !isSame(replaces, present.hashes)) throw changed(path, present === undefined);
  const bytes = verified(fileSource(content.path).read({ signal }), { label: content.path, hashes: content.hashes, size: content.size });
  const staged = await stageFile(path, bytes, { signal });
  try {
    await unlist();
    await writeCompanion(path, companion);
  } catch (error) {
    await staged.discard();
    throw error;
  }
  await staged.commit();
  onBytes?.(content.size);
  return { outcome: 'done' };
}

/** Whether `digests` are those of the file as it was listed. */
export function isSame(listed: ExistingFile, digests: { readonly sha256: string; readonly md5: string }): boolean {
  const comparison = compareDigests(listed.hashes, digests);
  return comparison === 'same' || comparison === 'same-weak';
}

/** What lies at `path` is not what was listed when the change was planned. */
export function changed(path: string, gone: boolean): PkgsyncError {
  return new PkgsyncError(
    'CONFLICT',
    `${printable(path, 1000)} ${gone ? 'is no longer there' : 'has changed'} since it was listed; it was left as it is`,
    {
      hint: 'run plan again to see what has changed',
    },
  );
}

async function placeNew(
  layout: DirectoryLayout,
  path: string,
  content: VerifiedContent,
  companion: Uint8Array | undefined,
  signal: AbortSignal | undefined,
): Promise<'done' | 'exists'> {
  const staged = await stage(layout.staging, content, signal);
  try {
    await writeCompanion(path, companion);
    signal?.throwIfAborted();
    await publishFile(staged, path);
    return 'done';
  } catch (error) {
    await removeFile(staged);
    if (!isPkgsyncError(error, 'FILE_EXISTS')) throw error;
    // Somebody else was faster.
    const winner = await measureFile(path, signal);
    if (winner?.hashes.sha256 === content.hashes.sha256) return 'exists';
    throw occupied(path, error);
  }
}

/** A second name for the bytes in the staging folder, by hard link where that works: `publishFile` uses up the name it is given. */
async function stage(folder: string, content: VerifiedContent, signal: AbortSignal | undefined): Promise<string> {
  await makeFolder(folder);
  const path = join(folder, `${randomBytes(12).toString('hex')}.staged`);
  try {
    await link(content.path, path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw fileSystemError(error, content.path, 'read');
    // Another file system, or one without hard links: copy, and check the copy.
    const expected = { label: content.path, hashes: content.hashes, size: content.size };
    return (await spool(fileSource(content.path).read({ signal }), folder, expected, { signal })).path;
  }
  const { size } = await lstat(path);
  if (size === content.size) return path;
  await removeFile(path);
  throw new PkgsyncError('INTEGRITY', `${content.path} has ${size} bytes, but had ${content.size} when it was verified`);
}

function occupied(path: string, cause?: unknown): PkgsyncError {
  return new PkgsyncError('CONFLICT', `${printable(path, 1000)} exists with other bytes and was not replaced`, {
    hint: 'run plan again to see what has changed',
    cause,
  });
}
