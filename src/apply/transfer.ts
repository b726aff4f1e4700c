import { randomUUID } from 'node:crypto';
import { oldStyleMetadata } from '../archive/core-metadata.ts';
import { parseFileMetadata, readFileMetadata } from '../archive/file-metadata.ts';
import type { VerifiedContent } from '../destinations/destination.ts';
import { PkgsyncError, isPkgsyncError } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { fileSource } from '../io/file-source.ts';
import { fillPart } from '../io/fill-part.ts';
import { verified, type Expected, type Measured } from '../io/hashing.ts';
import { partStem, type PartFiles } from '../io/part-files.ts';
import type { DigestSet } from '../packaging/digest.ts';
import { compareDigests, strongestDigest } from '../packaging/digest.ts';
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
  readonly parts: PartFiles;
  /** Bytes that a part had when it was whole, by its stem, as far as an earlier run has noted it. */
  readonly sizeHint?: ((stem: string) => number | undefined) | undefined;
  /** Told that a part is whole and verified, by its stem. */
  readonly onFetched?: ((stem: string, size: number) => void) | undefined;
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

/**
 * Reads a file from the source once, hashing while it passes, into a part that counts only when size and every approved digest match; a read that
 * breaks off goes on where it ended, one that brings other bytes is begun anew once (`fillPart`). What a run that was cut
 * off left of the same content is taken up, and checked from its first byte on: where it is whole, the source is not asked at all. Then reads the
 * core metadata. An archive that cannot be read keeps its bytes: its metadata is the companion's, else name and version of the filename.
 * @throws PkgsyncError INTEGRITY, METADATA_INVALID (it is another project's), DISK_FULL, and what reading throws
 */
export async function fetchContent(request: FetchRequest): Promise<FetchedContent> {
  const { source, file, approved, folder, parts, signal, onBytes } = request;
  if (compareDigests(approved.hashes, file.hashes) === 'different') {
    throw new PkgsyncError('INTEGRITY', `${file.filename}: ${changedDigest(approved.hashes, file.hashes)}`, {
      hint: 'find out why the source changed it; pkgsync lock --accept takes the new bytes',
    });
  }
  const bytes = source.open(file);
  const size = approved.size ?? file.size;
  const expected: Expected = {
    label: bytes.label,
    hashes: { ...file.hashes, ...approved.hashes },
    ...(size === undefined ? {} : { size }),
  };
  const key = partKey(approved.hashes);
  const part = await parts.claim(folder, file.filename, key ?? randomUUID().replaceAll('-', ''));
  try {
    const stem = partStem(file.filename, key ?? '');
    const whole = part.size > 0 && part.size === request.sizeHint?.(stem) ? await wholePart(part.path, expected, signal) : undefined;
    const filled = whole ?? (await fillPart({ path: part.path, size: part.size, bytes, expected, signal, onBytes, sleep: request.sleep }));
    if (whole !== undefined) onBytes?.(whole.size);
    if (key !== undefined) request.onFetched?.(stem, filled.size);
    return {
      path: part.path,
      size: filled.size,
      hashes: filled.hashes,
      ...(await metadataOf(part.path, request)),
      discard: () => part.discard(),
    };
  } catch (error) {
    // An interrupted download goes on in the next run; all else would only fill the disk.
    await (key !== undefined && isPkgsyncError(error, 'INTERRUPTED') ? part.keep() : part.discard());
    throw error;
  }
}

/** A part that is said to be whole, checked without the source, which may not say how long the file is; undefined where it is not. */
async function wholePart(path: string, expected: Expected, signal: AbortSignal | undefined): Promise<Measured | undefined> {
  try {
    const reading = verified(fileSource(path).read({ signal }), expected);
    for (let step = await reading.next(); ; step = await reading.next()) if (step.done === true) return step.value;
  } catch (error) {
    if (isPkgsyncError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

/** What tells this content from others of the same filename; undefined where nothing is approved by which what lies there could be checked. */
export function partKey(approved: DigestSet): string | undefined {
  return strongestDigest(approved)?.split(':')[1];
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
