import { promisify } from 'node:util';
import { isNativeError } from 'node:util/types';
import { crc32, inflateRaw } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { printable } from '../errors.ts';
import { systemErrorCode } from '../io/file-errors.ts';
import { ArchiveFault } from './archive-fault.ts';
import type { Budget } from './budget.ts';
import { memberPath } from './member-path.ts';
import type { RandomAccess } from './random-access.ts';
import { findZipEnd } from './zip-end.ts';
import { ZipWindow } from './zip-window.ts';

/** A file in a zip archive. */
export interface ZipMember {
  readonly path: string;
  /** Bytes, unpacked, as the directory says. */
  readonly size: number;
  /** The unpacked bytes, checked against the directory. @throws ArchiveFault */
  read(): Promise<Uint8Array>;
}

const inflate = promisify(inflateRaw);

/**
 * Reads a zip file's directory and gives `use` the files that are `wanted`; of everything else only the name is read, so memory and reading do not
 * grow with the archive. A member may be there twice.
 * @param options.prefix whether a program may stand before the archive (self-extracting archives)
 * @throws ArchiveFault damaged, encrypted, past a limit; whatever `file` and `use` throw
 */
export async function readZip<T>(
  file: RandomAccess,
  budget: Budget,
  options: { readonly prefix: boolean; readonly wanted: (path: string) => boolean },
  use: (members: readonly ZipMember[]) => Promise<T>,
): Promise<T> {
  const end = await findZipEnd(file);
  if (end.prefix > 0 && !options.prefix) throw new ArchiveFault('is damaged: something stands before its first member');
  if (end.entryCount > budget.limits.members) throw new ArchiveFault(`holds more than ${budget.limits.members} members`);
  if (end.directoryEnd - end.directoryStart > budget.limits.directoryBytes) {
    throw new ArchiveFault(`has a directory of more than ${budget.limits.directoryBytes} bytes`);
  }
  const window = new ZipWindow(file, end.prefix, end.size);
  const zip = await attempt(window, () => yauzl.fromRandomAccessReaderPromise(window, end.size, { autoClose: false }));
  const members: ZipMember[] = [];
  const entries = zip.eachEntry();
  for (let next = await attempt(window, () => entries.next()); next.done !== true; next = await attempt(window, () => entries.next())) {
    const entry = next.value;
    budget.addMember();
    if (entry.isEncrypted()) throw new ArchiveFault(`holds an encrypted member: '${printable(entry.fileName)}'`);
    const path = memberPath(entry.fileName);
    if (!entry.fileName.endsWith('/') && options.wanted(path)) members.push(member(zip, window, entry, path, budget));
  }
  // A count that is too small would hide members from us that others, who go by the size, see.
  if ((zip.readEntryCursor as unknown) !== end.directoryEnd) throw new ArchiveFault('is damaged: its directory is longer than it says');
  return use(members);
}

function member(zip: ZipFile, window: ZipWindow, entry: Entry, path: string, budget: Budget): ZipMember {
  return { path, size: entry.uncompressedSize, read: () => readMember(zip, window, entry, path, budget) };
}

async function readMember(zip: ZipFile, window: ZipWindow, entry: Entry, path: string, budget: Budget): Promise<Uint8Array> {
  const limit = budget.limits.metadataBytes;
  const shown = printable(path);
  if (entry.uncompressedSize > limit || entry.compressedSize > limit)
    throw new ArchiveFault(`holds a ${shown} of more than ${limit} bytes`);
  const local = await attempt(window, () => zip.readLocalFileHeaderPromise(entry));
  const raw = (entry as Entry & { readonly fileNameRaw: Buffer }).fileNameRaw;
  if (!raw.equals(local.fileName)) throw new ArchiveFault(`is damaged: its directory and its members disagree about ${shown}`);
  const packed = await attempt(window, () => window.bytes(local.fileDataStart, local.fileDataStart + entry.compressedSize));
  const bytes = await unpack(packed, entry, shown);
  budget.addPacked(packed.length);
  budget.addInflated(bytes.length);
  if (bytes.length !== entry.uncompressedSize || crc32(bytes) !== entry.crc32) {
    throw new ArchiveFault(`is damaged: ${shown} does not match its checksum`);
  }
  return bytes;
}

async function unpack(packed: Uint8Array, entry: Entry, shown: string): Promise<Uint8Array> {
  if (entry.compressionMethod === 0) return Buffer.from(packed);
  if (entry.compressionMethod !== 8)
    throw new ArchiveFault(`holds ${shown} packed by method ${entry.compressionMethod}, which cannot be read`);
  try {
    return await inflate(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
  } catch (error) {
    if (systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw new ArchiveFault(`is damaged: ${shown} is longer than it says`, error);
    throw new ArchiveFault(`is damaged: ${shown} cannot be unpacked`, error);
  }
}

/** A step of the zip library: its errors are faults of the archive, unless the file itself could not be read. */
async function attempt<T>(window: ZipWindow, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (window.failure !== undefined) throw window.failure as Error;
    throw asFault(error);
  }
}

function asFault(error: unknown): ArchiveFault {
  const text = isNativeError(error) ? error.message : String(error);
  if (/^(?:absolute path|invalid relative path|invalid characters)/.test(text)) {
    return new ArchiveFault(`holds a member whose path leads out of it (${printable(text)})`, error);
  }
  if (text.includes('encryption')) return new ArchiveFault('holds an encrypted member', error);
  return new ArchiveFault(`is damaged: its directory is broken (${printable(text)})`, error);
}
