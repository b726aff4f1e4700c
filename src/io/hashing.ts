import { createHash, type Hash } from 'node:crypto';
import { PkgsyncError } from '../errors.ts';
import { hashAlgorithms, hasDigest, type DigestSet, type HashAlgorithm } from '../packaging/digest.ts';

/** What bytes must be. Without hashes and size anything passes; the digests are still computed. */
export interface Expected {
  /** What to call the bytes in messages: a filename, or a URL without secrets. */
  readonly label: string;
  readonly hashes: DigestSet;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Bytes that are read at most where the size is not known; 32 GiB unless given. */
  readonly limit?: number | undefined;
}

/** Where nobody says how long a file is, one that has no end must not fill the disk: the largest distributions are a few GB. */
export const unknownSizeLimit = 32 * 1024 ** 3;

/** Size in bytes and digests of bytes that have passed. */
export interface Measured {
  readonly size: number;
  readonly hashes: { readonly sha256: string; readonly md5: string };
}

/** Always computed: sha256 is what locks hold, md5 what old upload APIs and listings compare. */
const always: readonly HashAlgorithm[] = ['sha256', 'md5'];

/**
 * Passes the chunks of `body` on and checks them on the way, in one pass and constant memory. Whoever consumes them must not publish
 * anything before the end: the last chunk has been handed out when a wrong digest shows. Returns size and digests.
 * @throws PkgsyncError INTEGRITY: longer than the size (as soon as it is), shorter, or another digest; the message names both sides. BAD_RESPONSE past the
 *   limit where the size is not known
 */
export async function* verified(body: AsyncIterable<Uint8Array>, expected: Expected): AsyncGenerator<Uint8Array, Measured> {
  const hashers = startHashing(expected.hashes);
  const { limit = unknownSizeLimit } = expected;
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (expected.size !== undefined && size > expected.size) {
      throw new PkgsyncError('INTEGRITY', `${expected.label} is longer than the ${expected.size} bytes expected`, {
        hint: integrityHint,
        retryable: 'later',
      });
    }
    if (expected.size === undefined && size > limit) throw endless(expected.label, limit);
    for (const hasher of hashers.values()) hasher.update(chunk);
    yield chunk;
  }
  if (expected.size !== undefined && size < expected.size) {
    throw new PkgsyncError('INTEGRITY', `${expected.label} ends after ${size} of ${expected.size} bytes expected`, {
      hint: integrityHint,
      retryable: 'later',
    });
  }
  const digests = finishHashing(hashers);
  checkDigests(digests, expected);
  return { size, hashes: { sha256: digests.sha256 ?? '', md5: digests.md5 ?? '' } };
}

/** Size and digests of bytes that have passed, by every algorithm that was asked for. */
export interface Digested {
  readonly size: number;
  readonly hashes: DigestSet;
}

/**
 * Size and digests of `body` by all algorithms of `alike`, judged by nobody; nothing is kept.
 * @param limit bytes; the body is not read further than the chunk that passes it, and `size` is then larger than it
 */
export async function digestBytes(body: AsyncIterable<Uint8Array>, alike: DigestSet, limit = Infinity): Promise<Digested> {
  const hashers = startHashing(alike);
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    for (const hasher of hashers.values()) hasher.update(chunk);
    if (size > limit) break;
  }
  return { size, hashes: finishHashing(hashers) };
}

/** Size and digests of `body`; nothing is kept. */
export async function hashBytes(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Measured> {
  const hashers = startHashing({});
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    for (const hasher of hashers.values()) hasher.update(chunk);
  }
  const digests = finishHashing(hashers);
  return { size, hashes: { sha256: digests.sha256 ?? '', md5: digests.md5 ?? '' } };
}

/**
 * All of `body` in memory.
 * @param limit bytes; the body is not read further than the chunk that passes it
 * @throws PkgsyncError BAD_RESPONSE past the limit
 */
export async function readAll(body: AsyncIterable<Uint8Array>, limit: number, label: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new PkgsyncError('BAD_RESPONSE', `${label} is longer than ${limit} bytes, the most that is read of it`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function endless(label: string, limit: number): PkgsyncError {
  return new PkgsyncError(
    'BAD_RESPONSE',
    `${label} is longer than ${limit} bytes, the most that is read of a file whose size nobody gives`,
    {
      hint: 'the server may send without end; nothing was kept',
    },
  );
}

const integrityHint = 'the bytes were altered or cut on the way, or the index has replaced the file; nothing was kept';

function startHashing(expected: DigestSet): ReadonlyMap<HashAlgorithm, Hash> {
  const wanted = hashAlgorithms.filter((algorithm) => always.includes(algorithm) || expected[algorithm] !== undefined);
  return new Map(wanted.map((algorithm) => [algorithm, createHash(algorithm)]));
}

function finishHashing(hashers: ReadonlyMap<HashAlgorithm, Hash>): DigestSet {
  return Object.fromEntries([...hashers].map(([algorithm, hasher]) => [algorithm, hasher.digest('hex')]));
}

function checkDigests(actual: DigestSet, expected: Expected): void {
  if (!hasDigest(expected.hashes)) return;
  for (const algorithm of hashAlgorithms) {
    const wanted = expected.hashes[algorithm];
    if (wanted === undefined || wanted.toLowerCase() === actual[algorithm]) continue;
    const sentence = `${expected.label} has ${algorithm} ${actual[algorithm] ?? ''}, expected ${wanted}`;
    throw new PkgsyncError('INTEGRITY', sentence, { hint: integrityHint, retryable: 'later' });
  }
}
