import { rm } from 'node:fs/promises';
import { oldStyleMetadata } from '../archive/core-metadata.ts';
import { parseFileMetadata, readFileMetadata } from '../archive/file-metadata.ts';
import type { VerifiedContent } from '../destinations/destination.ts';
import { PkgsyncError, isPkgsyncError } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { spool } from '../io/atomic-write.ts';
import type { DigestSet } from '../packaging/digest.ts';
import { compareDigests } from '../packaging/digest.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';
import { changedDigest } from '../plan/diff.ts';
import { companionBytes } from '../resolve/file-metadata.ts';

export interface FetchRequest {
  readonly source: SourceIndex;
  readonly file: DistributionFile;
  /** The digests that the lock approves: they decide, whatever the source says now. */
  readonly approved: { readonly hashes: DigestSet; readonly size?: number | undefined };
  /** Where the verified temporary file goes. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** Waits between tries, milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly onBytes?: ((count: number) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** A fetched file and the way to throw its temporary copy away. */
export interface FetchedContent extends VerifiedContent {
  discard(): Promise<void>;
}

/** Tries to read a file, and the wait before the second; each further one is twice as long. */
const tries = 3;
const firstWait = 500;

/**
 * Reads a file from the source once, hashing while it passes, into a temporary file that exists only when size and every approved digest match; a
 * read that breaks off on its way is begun anew, up to three times in all (one that never begins was already tried again by its source), one that brings
 * other bytes once. Then reads its core metadata. An archive that cannot be read keeps its bytes: its metadata is the companion's, else name and version
 * of the filename.
 * @throws PkgsyncError INTEGRITY, METADATA_INVALID (it is another project's), DISK_FULL, and what reading throws
 */
export async function fetchContent(request: FetchRequest): Promise<FetchedContent> {
  const { source, file, approved, folder, signal } = request;
  if (compareDigests(approved.hashes, file.hashes) === 'different') {
    throw new PkgsyncError('INTEGRITY', `${file.filename}: ${changedDigest(approved.hashes, file.hashes)}`, {
      hint: 'find out why the source changed it; pkgsync lock --accept takes the new bytes',
    });
  }
  const bytes = source.open(file);
  const size = approved.size ?? file.size;
  const expected = { label: bytes.label, hashes: { ...file.hashes, ...approved.hashes }, ...(size === undefined ? {} : { size }) };
  const progress = new Progress(request.onBytes);
  const spooled = await retried(request, progress, () => spool(progress.through(bytes.read({ signal })), folder, expected, { signal }));
  const discard = () => rm(spooled.path, { force: true });
  try {
    return { ...spooled, ...(await metadataOf(spooled.path, request)), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

async function metadataOf(path: string, request: FetchRequest): Promise<Pick<VerifiedContent, 'metadata' | 'metadataBytes'>> {
  const { source, file, signal, onWarning } = request;
  try {
    const { bytes, metadata } = await readFileMetadata(path, file.filename, file.name);
    return { metadata, metadataBytes: bytes };
  } catch (error) {
    if (!isPkgsyncError(error, 'ARCHIVE_INVALID')) throw error;
    const companion = await companionBytes(source, file, signal);
    if (companion !== undefined) return { metadata: parseFileMetadata(companion, file.filename, file.name), metadataBytes: companion };
    onWarning?.(`${file.filename}: its metadata cannot be read (${error.message}); name and version are taken from the filename`);
    return { metadata: oldStyleMetadata(file.name, file.version) };
  }
}

async function retried<T>({ signal, sleep }: FetchRequest, progress: Progress, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (!isPkgsyncError(error) || attempt >= tries) throw error;
      // Other bytes may be an error page or a damaged transfer: a second look decides, by the digests as ever.
      const damaged = error.code === 'INTEGRITY' && attempt === 1;
      if (!damaged && !(error.retryable && progress.began)) throw error;
    }
    await sleep(firstWait * 2 ** (attempt - 1));
    signal?.throwIfAborted();
  }
}

/** Counts bytes as they arrive; those that a second try brings again count once. */
class Progress {
  readonly #onBytes: FetchRequest['onBytes'];
  #reported = 0;
  /** Whether anything came of the last try. */
  began = false;

  constructor(onBytes: FetchRequest['onBytes']) {
    this.#onBytes = onBytes;
  }

  async *through(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let position = 0;
    this.began = false;
    for await (const chunk of body) {
      position += chunk.byteLength;
      this.began = true;
      if (position > this.#reported) {
        this.#onBytes?.(position - this.#reported);
        this.#reported = position;
      }
      yield chunk;
    }
  }
}
