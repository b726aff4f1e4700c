import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { publishFile } from '../io/atomic-write.ts';
import type { ByteSource } from '../io/byte-source.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { fileSource } from '../io/file-source.ts';
import { verified, type Expected, type Measured } from '../io/hashing.ts';
import type { PartFiles } from '../io/part-files.ts';
import { hasDigest, strongestDigest } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import { isSafeFilename } from '../packaging/filename.ts';
import { fillPart, type FillRequest } from '../io/fill-part.ts';

export interface FileRequest extends Pick<FillRequest, 'bytes' | 'signal' | 'onBytes' | 'sleep'> {
  readonly file: FileFacts;
  readonly bytes: ByteSource;
  /** Where the file appears under its own name; made where it is missing. */
  readonly folder: string;
  readonly parts: PartFiles;
  /** Go on with what an earlier download left, and leave something to a later one. */
  readonly resume: boolean;
}

/** A file of an index on the local disk, under its own name. */
export interface DownloadedFile extends Measured {
  /** Absolute. */
  readonly path: string;
  /** `present`: it was there already, with the right bytes. */
  readonly outcome: 'downloaded' | 'resumed' | 'present';
  /** False where the index offers no digest: nothing vouches for the bytes then, save their length where it is known. */
  readonly verified: boolean;
}

/**
 * Downloads one file into a folder. It appears under its name only when every digest and the size match, whole, and never in place of another. What a
 * download that broke off left is taken up by Range; the finished file is hashed from its first byte all the same, so a wrong beginning costs a
 * second download and nothing else. Without a digest nothing is resumed.
 * @throws PkgsyncError FILE_EXISTS: a file with other bytes has the name; INTEGRITY; FILENAME_INVALID; DISK_FULL; FILE_SYSTEM; what reading throws
 */
export async function downloadFile(request: FileRequest): Promise<DownloadedFile> {
  const { file, bytes, parts, signal } = request;
  if (!isSafeFilename(file.filename)) {
    throw new PkgsyncError('FILENAME_INVALID', `'${printable(file.filename)}' cannot be the name of a file`);
  }
  const folder = resolve(request.folder);
  const path = join(folder, file.filename);
  const expected: Expected = { label: bytes.label, hashes: file.hashes, ...(file.size === undefined ? {} : { size: file.size }) };
  const isVerified = hasDigest(file.hashes);
  if (isVerified) {
    const present = await presentFile(path, expected, signal);
    if (present !== undefined) return { ...present, path, outcome: 'present', verified: true };
  }
  const isResumable = isVerified && request.resume;
  const key = isResumable ? (strongestDigest(file.hashes)?.split(':')[1] ?? '') : randomUUID().replaceAll('-', '');
  const part = await parts.claim(folder, file.filename, key);
  let filled;
  try {
    filled = await fillPart({ ...request, path: part.path, size: part.size, expected });
  } catch (error) {
    // What came so far is worth something unless it is known to be wrong.
    await (isResumable && !isPkgsyncError(error, 'INTEGRITY') ? part.keep() : part.discard());
    throw error;
  }
  const { size, hashes, resumed } = filled;
  try {
    await publishFile(part.path, path);
    return { path, size, hashes, outcome: resumed ? 'resumed' : 'downloaded', verified: isVerified };
  } catch (error) {
    if (!isPkgsyncError(error, 'FILE_EXISTS')) throw error;
    // Somebody else was faster, or only the bytes could tell.
    await presentFile(path, { label: path, hashes, size }, signal);
    return { path, size, hashes, outcome: 'present', verified: isVerified };
  } finally {
    await part.discard();
  }
}

/**
 * The file at `path` where it has the expected bytes; undefined where there is none.
 * @throws PkgsyncError FILE_EXISTS where something else has the name; FILE_SYSTEM
 */
async function presentFile(path: string, expected: Expected, signal: AbortSignal | undefined): Promise<Measured | undefined> {
  const shown = printable(path, 1000);
  let state;
  try {
    state = await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'look up');
  }
  if (!state.isFile()) throw new PkgsyncError('FILE_EXISTS', `${shown} is no regular file and is left as it is`);
  try {
    const reading = verified(fileSource(path).read({ signal }), { ...expected, label: shown });
    for (let step = await reading.next(); ; step = await reading.next()) if (step.done === true) return step.value;
  } catch (error) {
    if (!isPkgsyncError(error, 'INTEGRITY')) throw error;
    throw new PkgsyncError('FILE_EXISTS', `${shown} exists with other bytes and is not replaced: ${error.message}`, {
      hint: 'remove or rename it, or download to another folder',
      cause: error,
    });
  }
}
