import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { finder } from '../apply/precondition.ts';
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

export interface PutFileRequest {
  readonly destination: WritableDestination;
  readonly dist: Distribution;
  /** The bytes of a listed file, for destinations that list no digest. */
  readonly open: (file: ExistingFile) => Promise<ByteSource>;
  /** Runs what must not run twice at once there: pages about all projects. */
  readonly oneAtATime: <T>(task: () => Promise<T>) => Promise<T>;
  /** An identical file that is there already is fine. */
  readonly skipExisting: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Waits between looks at the listing, milliseconds. Default: the clock's. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

export type RegisterRequest = Pick<PutFileRequest, 'destination' | 'dist' | 'oneAtATime' | 'signal'>;

/** How long a listing may lag behind a write: the waits between looks, milliseconds. PyPI's pages come from caches. */
const patience = [200, 400, 800, 1600];
const pypiPatience = [...patience, 3000, 6000, 12_000, 24_000];

/**
 * Sends one file, unless the destination holds it already, and confirms by the listing: an answer alone proves nothing. Never replaces a file.
 * @throws PkgsyncError CONFLICT: a file with other bytes has the name (both digests are told); FILE_EXISTS: an identical one, where that is not
 *   accepted; INTEGRITY: the file changed since it was opened, or arrived with other bytes; REFUSED; UNREACHABLE with `retryable`: not confirmed; and
 *   what writing and listing throw
 */
export async function putFile(request: PutFileRequest): Promise<WriteResult> {
  const { destination, dist, signal, onBytes, skipExisting } = request;
  const file = wantedFile(dist);
  const because = destination.refuses(file);
  if (because !== undefined) throw new PkgsyncError('REFUSED', because);
  const present = finder(await destination.list(dist.name, signal))(dist.filename);
  if (present !== undefined) {
    const reason = await sameAs(request, present);
    if (present.page !== undefined && present.page !== 'current') await publish(request, file);
    if (skipExisting) return { outcome: 'not-needed', reason };
    throw new PkgsyncError('FILE_EXISTS', `${printable(dist.filename)} is at ${destination.address} already, with the same bytes`);
  }
  const content = await contentOf(request);
  try {
    const answer = await destination.put({ file, content, signal, onBytes });
    if (answer.outcome === 'done' || answer.outcome === 'exists') await publish(request, file);
    return await confirmed(request, answer);
  } finally {
    if (content.path !== dist.path) await rm(content.path, { force: true });
  }
}

/** The file as the destination shall show it. */
function wantedFile({ name, filename, version, packageType, hashes, size, metadata: { requiresPython } }: Distribution): WantedFile {
  return { name, filename, version, packageType, hashes, size, requiresPython, yanked: false, uploadTime: new Date().toISOString() };
}

/**
 * What is sent. A folder that links files into place gets a copy of its own: the person's file may change later. A server is sent the file itself,
 * which is verified once more while it leaves. The metadata is read anew, because that of a `Distribution` is made for people (`UNKNOWN`).
 */
async function contentOf({ destination, dist, signal }: PutFileRequest): Promise<VerifiedContent> {
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

/** Pages, where the destination has its own to write: a file without one would be invisible to installers, so this is brought to its end. */
async function publish({ destination, oneAtATime }: PutFileRequest, file: WantedFile): Promise<void> {
  await oneAtATime(async () => {
    await destination.publish({ name: file.name, wanted: [file] });
    await destination.finish();
  });
}

/** Looks, with growing waits, until the listing shows the file; an interruption leaves it at one look. */
async function confirmed(request: PutFileRequest, answer: WriteAnswer): Promise<WriteResult> {
  const { destination, dist, signal, sleep = wakeably } = request;
  for (const wait of [0, ...(destination.kind === 'PyPI' ? pypiPatience : patience)]) {
    if (wait > 0) await sleep(wait, signal);
    if (wait > 0 && signal?.aborted === true) break;
    // Without the signal: what was sent is confirmed even after an interruption, so that the result is true.
    const present = finder(await destination.list(dist.name))(dist.filename);
    if (present === undefined) continue;
    const { status } = answer;
    if (answer.outcome === 'exists') return { outcome: 'not-needed', status, reason: await sameAs(request, present) };
    if (compareDigests(present.hashes, dist.hashes) === 'different') throw otherBytesListed(request, present.hashes, answer);
    return { outcome: 'done', status, reason: answer.reason ?? '' };
  }
  throw notListed(request, answer);
}

/** Waits until the time is over or the signal aborts, which the caller looks at. */
async function wakeably(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/**
 * That the listed file has our bytes, in words. Where the listing offers no digest to compare with, the file is read and hashed.
 * @throws PkgsyncError CONFLICT where it has others
 */
async function sameAs({ dist, destination, open, signal }: PutFileRequest, present: ExistingFile): Promise<string> {
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
      hint:
        destination.kind === 'PyPI'
          ? 'a filename can be used only once there, even after its deletion: release a new version'
          : 'nothing was replaced: upload under a new version, or remove the file there first',
    },
  );
}

function otherBytesListed({ dist }: PutFileRequest, listed: DigestSet, { status, reason }: WriteAnswer): PkgsyncError {
  const said = status === undefined ? 'the upload' : `the upload was answered with '${`${status} ${reason ?? ''}`.trim()}', but it`;
  const digests = `sent sha256:${dist.hashes.sha256}, listed ${strongestDigest(listed) ?? 'no digest'}`;
  return new PkgsyncError('INTEGRITY', `${printable(dist.filename)}: ${said} is listed with other bytes: ${digests}`, {
    hint: 'find out who else writes there',
    status,
  });
}

function notListed({ dist, destination }: PutFileRequest, { outcome, status, reason = '' }: WriteAnswer): PkgsyncError {
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
export async function registerProject({ destination, dist, oneAtATime, signal }: RegisterRequest): Promise<WriteResult> {
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
