import type { LockEntry } from '../lockfile/lock.ts';
import { compareDigests } from '../packaging/digest.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { DistributionFile, FileFacts, PackageType } from '../packaging/distribution-file.ts';

/** The lock entry of a file that the source lists: its facts, and the digests that the listing offers. */
export function entryOf(file: DistributionFile, hashes: DigestSet = file.hashes): LockEntry {
  return {
    filename: file.filename,
    version: file.version,
    size: file.size,
    hashes,
    requiresPython: file.requiresPython,
    uploadTime: file.uploadTime,
    yanked: yankedEntry(file.yanked),
    metadata: file.coreMetadata?.sha256,
  };
}

/** The facts that an entry approves. */
export function factsOf(entry: LockEntry, packageType: PackageType): FileFacts {
  return {
    filename: entry.filename,
    version: entry.version,
    packageType,
    hashes: entry.hashes,
    size: entry.size,
    requiresPython: entry.requiresPython,
    uploadTime: entry.uploadTime,
    yanked: entry.yanked === undefined ? false : { reason: entry.yanked === true ? '' : entry.yanked },
    coreMetadata: entry.metadata === undefined ? undefined : { sha256: entry.metadata },
  };
}

export function yankedEntry(yanked: FileFacts['yanked']): LockEntry['yanked'] {
  if (yanked === false) return undefined;
  return yanked.reason === '' ? true : yanked.reason;
}

/**
 * The entry with what the listing now says added: digests it lacked (only where the listing agrees on one that is pinned), size, Requires-Python,
 * metadata digest, and the yanked flag. Returns the same object where nothing is new.
 */
export function refreshed(entry: LockEntry, file: DistributionFile): LockEntry {
  const agrees = compareDigests(entry.hashes, file.hashes);
  if (agrees === 'different') return entry;
  const trusted = agrees === 'same';
  const hashes = trusted ? { ...file.hashes, ...entry.hashes } : entry.hashes;
  const next: LockEntry = {
    ...entry,
    hashes,
    size: entry.size ?? (trusted ? file.size : undefined),
    requiresPython: entry.requiresPython ?? (trusted ? file.requiresPython : undefined),
    uploadTime: entry.uploadTime ?? file.uploadTime,
    metadata: entry.metadata ?? (trusted ? file.coreMetadata?.sha256 : undefined),
    yanked: yankedEntry(file.yanked),
  };
  return sameEntry(entry, next) ? entry : next;
}

/** Whether two entries say the same. */
export function sameEntry(a: LockEntry, b: LockEntry): boolean {
  return (
    a.filename === b.filename &&
    a.version === b.version &&
    a.size === b.size &&
    a.requiresPython === b.requiresPython &&
    a.uploadTime === b.uploadTime &&
    a.yanked === b.yanked &&
    a.metadata === b.metadata &&
    a.removed === b.removed &&
    sameDigests(a.hashes, b.hashes)
  );
}

function sameDigests(a: DigestSet, b: DigestSet): boolean {
  const keys = Object.keys({ ...a, ...b }) as (keyof DigestSet)[];
  return keys.every((key) => a[key] === b[key]);
}
