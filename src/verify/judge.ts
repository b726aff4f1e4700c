import type { ExistingFile } from '../destinations/destination.ts';
import type { Digested } from '../io/hashing.ts';
import type { LockEntry } from '../lockfile/lock.ts';
import { compareDigests, hashAlgorithms, hasDigest } from '../packaging/digest.ts';
import type { DigestSet } from '../packaging/digest.ts';

/** What a verification can find, in the order in which it is summed up. */
export const verifyClasses = [
  /** Approved, and not listed. */
  'missing',
  /** Its bytes, or the digest that it is listed with, are not the approved ones. */
  'digest-mismatch',
  'size-mismatch',
  /** Its bytes are approved, and it is listed with another digest or size: installers that check would refuse it. */
  'listing-mismatch',
  /** Its metadata companion is not the approved one, or not there although it is announced. */
  'metadata-mismatch',
  /** A page on disk does not show what lies beside it. */
  'page-stale',
  /** Listed without a digest that could be compared, and its bytes were not read. */
  'unverifiable',
  /** The listing, or the file, could not be read. */
  'unreadable',
] as const;
export type VerifyClass = (typeof verifyClasses)[number];

/** Something that is not as approved, or could not be told. */
export interface Judgement {
  readonly class: VerifyClass;
  /** Why, for people: a clause without a final stop. */
  readonly detail: string;
  /** Digests there: of the bytes where they were read, else those listed. */
  readonly there?: DigestSet | undefined;
  readonly approved?: DigestSet | undefined;
}

/** Digests and size of bytes, and the companion's; as far as they were read. */
export interface ReadFile {
  readonly file: Digested;
  /** Absent where the file is announced without one; `gone` where it is announced with one that is not there. */
  readonly companion?: Digested | 'gone' | undefined;
}

/** What the listing alone says of an approved file: digest, size and companion as listed. Pure. */
export function judgeListing(entry: LockEntry, listed: ExistingFile): readonly Judgement[] {
  const digests = { there: listed.hashes, approved: entry.hashes };
  const promised = companionPromise(entry, listed);
  switch (compareDigests(entry.hashes, listed.hashes)) {
    case 'different':
      return [{ class: 'digest-mismatch', detail: `listed with ${apart(listed.hashes, entry.hashes)}`, ...digests }];
    case 'same':
    case 'same-weak':
      return [...sizeOf(entry, listed.size, 'listed with', digests), ...promised];
    case 'unknown': {
      const size = sizeOf(entry, listed.size, 'listed with', digests);
      if (size.length > 0) return size;
      const detail = hasDigest(listed.hashes) ? 'listed with no digest of a kind that the lock has' : 'listed without a digest';
      return [{ class: 'unverifiable', detail, ...digests }];
    }
  }
}

/** What the bytes say of an approved file, and the listing beside them. Pure. */
export function judgeBytes(entry: LockEntry, listed: ExistingFile, { file, companion }: ReadFile): readonly Judgement[] {
  const digests = { there: file.hashes, approved: entry.hashes };
  const size = sizeOf(entry, file.size, 'it has', digests);
  // Bytes past the approved size were not read, so their digests mean nothing.
  if (size.length > 0) return file.size > (entry.size ?? 0) ? size.map(({ there: _, ...judgement }) => judgement) : size;
  if (compareDigests(entry.hashes, file.hashes) === 'different') {
    const lies = compareDigests(listed.hashes, file.hashes) === 'different' ? '; it is listed with yet another digest' : '';
    return [{ class: 'digest-mismatch', detail: `its bytes have ${apart(file.hashes, entry.hashes)}${lies}`, ...digests }];
  }
  return [...judgeListedBytes(listed, file, digests), ...judgeCompanion(entry, listed, companion)];
}

/** What the page of a file on disk says of it, its bytes aside. Pure. */
export function judgePage({ page }: ExistingFile): readonly Judgement[] {
  if (page === undefined || page === 'current') return [];
  return [
    { class: 'page-stale', detail: page === 'missing' ? 'its page does not list it' : 'its page says otherwise of size or companion' },
  ];
}

function judgeListedBytes(listed: ExistingFile, file: Digested, digests: Pick<Judgement, 'there' | 'approved'>): readonly Judgement[] {
  if (compareDigests(listed.hashes, file.hashes) === 'different') {
    const detail = `its bytes are the approved ones, and it is listed with ${apart(listed.hashes, file.hashes)}`;
    return [{ class: 'listing-mismatch', detail, there: listed.hashes, approved: digests.approved }];
  }
  if (listed.size === undefined || listed.size === file.size) return [];
  return [
    {
      class: 'listing-mismatch',
      detail: `its bytes are the approved ones, and it is listed with ${listed.size} bytes instead of ${file.size}`,
    },
  ];
}

function judgeCompanion(entry: LockEntry, listed: ExistingFile, companion: ReadFile['companion']): readonly Judgement[] {
  if (companion === undefined) return companionPromise(entry, listed);
  if (companion === 'gone') return [{ class: 'metadata-mismatch', detail: 'its metadata companion is announced, and not there' }];
  const promised = companionPromise(entry, listed);
  if (promised.length > 0) return promised;
  const expected: DigestSet = entry.metadata === undefined ? (listed.coreMetadata ?? {}) : { sha256: entry.metadata };
  if (compareDigests(expected, companion.hashes) !== 'different') return [];
  return [
    {
      class: 'metadata-mismatch',
      detail: `its metadata companion has ${apart(companion.hashes, expected)}`,
      there: companion.hashes,
      approved: expected,
    },
  ];
}

/** The companion's digest as listed against the approved one. */
function companionPromise(entry: LockEntry, { coreMetadata = {} }: ExistingFile): readonly Judgement[] {
  if (entry.metadata === undefined) return [];
  const approved: DigestSet = { sha256: entry.metadata };
  if (compareDigests(coreMetadata, approved) !== 'different') return [];
  const detail = `its metadata companion is listed with ${apart(coreMetadata, approved)}`;
  return [{ class: 'metadata-mismatch', detail, there: coreMetadata, approved }];
}

function sizeOf(
  { size: approved }: LockEntry,
  size: number | undefined,
  verb: string,
  digests: Pick<Judgement, 'there' | 'approved'>,
): readonly Judgement[] {
  if (approved === undefined || size === undefined || approved === size) return [];
  const count =
    verb === 'it has' && size > approved ? `more than the ${approved} bytes approved` : `${size} bytes, approved are ${approved}`;
  return [{ class: 'size-mismatch', detail: `${verb} ${count}`, ...digests }];
}

/** `sha256:… instead of sha256:…`, by the strongest algorithm in which the two differ. */
function apart(there: DigestSet, approved: DigestSet): string {
  for (const algorithm of hashAlgorithms) {
    const left = there[algorithm];
    const right = approved[algorithm];
    if (left !== undefined && right !== undefined && left !== right) return `${algorithm}:${left} instead of ${algorithm}:${right}`;
  }
  return 'another digest';
}
