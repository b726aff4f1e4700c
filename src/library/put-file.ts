import { rm } from 'node:fs/promises';
import { readFileMetadata } from '../archive/file-metadata.ts';
import type { ExistingFile, VerifiedContent, WantedFile, WritableDestination, WriteAnswer } from '../destinations/destination.ts';
import { PkgsyncError, printable } from '../errors.ts';
import { spool } from '../io/atomic-write.ts';
import type { ByteSource } from '../io/byte-source.ts';
import { fileSource } from '../io/file-source.ts';
import { hashBytes } from '../io/hashing.ts';
import { compareDigests, hashAlgorithms, strongestDigest, type DigestSet } from '../packaging/digest.ts';
import type { Distribution } from './distribution.ts';

/** What a write came to. */
export interface WriteResult {
  /**
   * `done`: carried out, and the destination's listing confirms it. `not-needed`: it is as wanted already, nothing was changed. `unsupported`: the
   * destination knows no such thing.
   */
  readonly outcome: 'done' | 'not-needed' | 'unsupported';
  /** HTTP status, where a server answered a write. */
  readonly status?: number | undefined;
  /** The server's words, or why nothing was sent. */
  readonly reason: string;
}

/** What writing at a destination takes. */
export interface WriteRequest {
  readonly destination: WritableDestination;
  /** Runs what must not run twice at once there: pages about all projects. */
  readonly oneAtATime: <T>(task: () => Promise<T>) => Promise<T>;
  readonly signal?: AbortSignal | undefined;
}

export interface PutRequest extends WriteRequest {
  /** The bytes of a listed file, for destinations that list no digest. */
  readonly open: (file: ExistingFile) => Promise<ByteSource>;
  /** An identical file that is there already is fine. */
  readonly skipExisting: boolean;
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** What came of sending a file: nothing was sent, or an answer that the listing has yet to confirm. `stalePage`: it is there, but no page shows it. */
export type Sent = { readonly settled: WriteResult; readonly stalePage: boolean } | { readonly answer: WriteAnswer };

/**
 * Sends a file unless the destination holds it already.
 * @param present the file of that name in a listing read just before
 * @throws PkgsyncError CONFLICT, FILE_EXISTS, INTEGRITY (the file changed since it was opened), REFUSED, and what writing and listing throw
 */
export async function sendUnlessThere(request: PutRequest, dist: Distribution, present: ExistingFile | undefined): Promise<Sent> {
  const { destination, signal, onBytes, skipExisting } = request;
  const file = wantedFile(dist);
  const because = destination.refuses(file);
  if (because !== undefined) throw new PkgsyncError('REFUSED', because);
  if (present !== undefined) {
    const reason = await sameAs(request, dist, present);
    const stalePage = present.page !== undefined && present.page !== 'current';
    if (skipExisting) return { settled: { outcome: 'not-needed', reason }, stalePage };
    throw new PkgsyncError('FILE_EXISTS', `${printable(dist.filename)} is at ${destination.address} already, with the same bytes`);
  }
  const content = await contentOf(request, dist);
  try {
    return { answer: await destination.put({ file, content, signal, onBytes }) };
  } finally {
    if (content.path !== dist.path) await rm(content.path, { force: true });
  }
}

/**
 * What a file that was sent came to, by the listing that shows it.
 * @throws PkgsyncError INTEGRITY: other bytes are listed; CONFLICT: they were there already
 */
export async function resultOf(request: PutRequest, dist: Distribution, answer: WriteAnswer, present: ExistingFile): Promise<WriteResult> {
  const { status } = answer;
  if (answer.outcome === 'exists') return { outcome: 'not-needed', status, reason: await sameAs(request, dist, present) };
  if (compareDigests(present.hashes, dist.hashes) === 'different') throw otherBytesListed(dist, present.hashes, answer);
  return { outcome: 'done', status, reason: answer.reason ?? '' };
}

/** The file as the destination shall show it. */
export function wantedFile({ name, filename, version, packageType, hashes, size, metadata: { requiresPython } }: Distribution): WantedFile {
  return { name, filename, version, packageType, hashes, size, requiresPython, yanked: false, uploadTime: new Date().toISOString() };
}

/**
 * What is sent. A folder that links files into place gets a copy of its own: the person's file may change later. A server is sent the file itself,
 * which is verified once more while it leaves. The metadata is read anew, because that of a `Distribution` is made for people (`UNKNOWN`).
 */
async function contentOf({ destination, signal }: WriteRequest, dist: Distribution): Promise<VerifiedContent> {
  const { size, hashes, filename, name } = dist;
  const folder = destination.stagingFolder;
  const expected = { label: printable(dist.path, 1000), size, hashes };
  const path = folder === undefined ? dist.path : (await spool(fileSource(dist.path).read({ signal }), folder, expected, { signal })).path;
  try {
    const { metadata, bytes } = await readFileMetadata(path, filename, name);
    return { path, size, hashes, metadata, metadataBytes: bytes };
  } catch (error) {
    if (path !== dist.path) await rm(path, { force: true });
    throw error;
  }
}

/**
 * That the listed file has our bytes, in words. Where the listing offers no digest to compare with, the file is read and hashed.
 * @throws PkgsyncError CONFLICT where it has others
 */
async function sameAs({ destination, open, signal }: PutRequest, dist: Distribution, present: ExistingFile): Promise<string> {
  const as = present.filename === dist.filename ? '' : ` as ${printable(present.filename)}`;
  let there: DigestSet = present.hashes;
  if (compareDigests(there, dist.hashes) === 'unknown') there = (await hashBytes((await open(present)).read({ signal }))).hashes;
  const algorithm = hashAlgorithms.find((each) => there[each] !== undefined && (dist.hashes as DigestSet)[each] !== undefined) ?? 'sha256';
  if (compareDigests(there, dist.hashes) !== 'different') return `it is there already${as}, with the same ${algorithm}`;
  const digests = `there ${algorithm}:${there[algorithm] ?? '?'}, here ${algorithm}:${(dist.hashes as DigestSet)[algorithm] ?? '?'}`;
  throw new PkgsyncError(
    'CONFLICT',
    `${printable(dist.filename)} is at ${destination.address} already${as}, with other bytes: ${digests}`,
    {
      hint: isPypi(destination)
        ? 'a filename can be used only once there, even after its deletion: release a new version'
        : 'nothing was replaced: upload under a new version, or remove the file there first',
    },
  );
}

function otherBytesListed(dist: Distribution, listed: DigestSet, { status, reason }: WriteAnswer): PkgsyncError {
  const said = status === undefined ? 'the upload' : `the upload was answered with '${`${status} ${reason ?? ''}`.trim()}', but it`;
  const digests = `sent sha256:${dist.hashes.sha256}, listed ${strongestDigest(listed) ?? 'no digest'}`;
  return new PkgsyncError('INTEGRITY', `${printable(dist.filename)}: ${said} is listed with other bytes: ${digests}`, {
    hint: 'find out who else writes there',
    status,
  });
}

/** That an upload was not confirmed. */
export function notListed({ destination }: WriteRequest, dist: Distribution, { outcome, status, reason = '' }: WriteAnswer): PkgsyncError {
  const answer = status === undefined ? reason : `${destination.address} answered '${`${status} ${reason}`.trim()}'`;
  const sentence = `${printable(dist.filename)}: ${answer === '' ? 'there was no answer' : answer}, and the listing does not show the file`;
  if (outcome === 'exists') {
    return new PkgsyncError('REFUSED', sentence, {
      status,
      hint: 'the server may know the same bytes under another filename, or the file may have been deleted there',
    });
  }
  return new PkgsyncError('UNREACHABLE', sentence, {
    status,
    retryable: true,
    hint: 'run the same again: what arrived is recognised by its digest',
  });
}

/** Makes the project of a file known, where that means anything. @throws PkgsyncError UNREACHABLE: not confirmed; what writing and listing throw */
export async function registerProject({ destination, oneAtATime, signal }: WriteRequest, dist: Distribution): Promise<WriteResult> {
  const { register } = destination.traits;
  if (register === 'not-needed') return { outcome: register, reason: `${destination.kind} knows a project from its first file on` };
  if (register === 'unsupported') return { outcome: register, reason: `${destination.kind} cannot register projects` };
  if ((await destination.list(dist.name, signal)).present) return { outcome: 'not-needed', reason: `${dist.name} is there already` };
  const { metadata } = await readFileMetadata(dist.path, dist.filename, dist.name);
  const answer = await destination.register({ name: dist.name, file: wantedFile(dist), metadata, signal });
  const { status, reason = '' } = answer;
  if (answer.outcome === 'unsupported' || answer.outcome === 'not-needed') return { outcome: answer.outcome, status, reason };
  await oneAtATime(() => destination.finish());
  if ((await destination.list(dist.name)).present) return { outcome: 'done', status, reason };
  throw new PkgsyncError('UNREACHABLE', `registering ${dist.name} at ${destination.address} was not confirmed by its listing`, {
    status,
    retryable: true,
    hint: reason === '' ? undefined : `it answered '${`${status ?? ''} ${reason}`.trim()}'`,
  });
}

/** PyPI has rules of its own for names that were used, new projects, and pages that come from caches. */
export function isPypi({ kind }: WritableDestination): boolean {
  return kind === 'PyPI';
}
