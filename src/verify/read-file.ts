import type { ExistingFile, ReadableDestination } from '../destinations/destination.ts';
import { isPkgsyncError } from '../errors.ts';
import type { ByteSource } from '../io/byte-source.ts';
import { digestBytes } from '../io/hashing.ts';
import type { Digested } from '../io/hashing.ts';
import { retriedRead } from '../io/retried-read.ts';
import type { RetriedReadOptions } from '../io/retried-read.ts';
import type { LockEntry } from '../lockfile/lock.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { ReadFile } from './judge.ts';

/** Bytes of METADATA that are read at most. */
const companionLimit = 16 * 1024 * 1024;

/**
 * Reads a file of a destination to its end, and its metadata companion where it is announced; keeps nothing but sizes and digests. Never reads on past
 * the approved size.
 * @throws PkgsyncError what reading throws
 */
export async function readFileOf(
  live: Pick<ReadableDestination, 'open' | 'openMetadata'>,
  entry: LockEntry,
  listed: ExistingFile,
  options: RetriedReadOptions,
): Promise<ReadFile> {
  const alike = { ...listed.hashes, ...entry.hashes };
  const file = await digested(live.open(listed), alike, options, entry.size ?? listed.size);
  if (listed.coreMetadata === undefined) return { file };
  const { onBytes: _, ...quietly } = options;
  try {
    return { file, companion: await digested(live.openMetadata(listed), listed.coreMetadata, quietly, companionLimit) };
  } catch (error) {
    if (isPkgsyncError(error, 'NOT_FOUND')) return { file, companion: 'gone' };
    throw error;
  }
}

function digested(bytes: ByteSource, alike: DigestSet, options: RetriedReadOptions, limit: number | undefined): Promise<Digested> {
  const { signal } = options;
  return retriedRead(
    () => bytes.read({ signal }),
    (body) => digestBytes(body, alike, limit),
    options,
  );
}
