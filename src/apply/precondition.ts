import type { DestinationProject, ExistingFile } from '../destinations/destination.ts';
import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import { compareDigests, hasDigest, strongestDigest } from '../packaging/digest.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import { distributionKey } from '../packaging/filename.ts';
import type { Action } from '../plan/plan.ts';

/** What a fresh listing says of an action that was planned on an older one. */
export type Precondition =
  | { readonly state: 'holds'; readonly existing?: ExistingFile | undefined }
  /** Already as wanted: success without a write. */
  | { readonly state: 'already'; readonly existing?: ExistingFile | undefined }
  /** The world moved: the action is not carried out. */
  | { readonly state: 'changed'; readonly detail: string };

/** Finds a file of one listing: by filename, else by what the name means. */
export type Find = (filename: string) => ExistingFile | undefined;

/**
 * Judges one action by the listing read right before the write, and by the lock: nothing that it does not approve is written, nothing that it
 * approves is removed.
 * @param locked undefined where the package is not in the lock
 */
export function precondition(action: Action, listing: DestinationProject, locked?: LockPackage): Precondition {
  const there = finder(listing);
  switch (action.kind) {
    case 'register':
      return listing.present ? { state: 'already' } : { state: 'holds' };
    case 'upload': {
      const unapproved = lockObjection(action.file, locked);
      if (unapproved !== undefined) return { state: 'changed', detail: unapproved };
      const existing = there(action.file.filename);
      if (existing === undefined) return { state: 'holds' };
      if (isSame(action.file.hashes, existing.hashes)) return { state: 'already', existing };
      return {
        state: 'changed',
        detail: `it appeared there meanwhile with ${shown(existing.hashes)}, approved is ${shown(action.file.hashes)}`,
      };
    }
    case 'replace': {
      const unapproved = lockObjection(action.file, locked);
      if (unapproved !== undefined) return { state: 'changed', detail: unapproved };
      const existing = there(action.existing.filename);
      if (existing === undefined) return { state: 'changed', detail: 'it is no longer there' };
      if (isSame(action.file.hashes, existing.hashes)) return { state: 'already', existing };
      if (compareDigests(action.existing.hashes, existing.hashes) !== 'different') return { state: 'holds', existing };
      return { state: 'changed', detail: `planned on ${shown(action.existing.hashes)}, there is now ${shown(existing.hashes)}` };
    }
    case 'remove': {
      const existing = there(action.existing.filename);
      if (existing?.filename !== action.existing.filename) return { state: 'already' };
      if (isLive(existing.filename, locked)) return { state: 'changed', detail: 'the lock approves it again' };
      if (unchanged(action, existing)) return { state: 'holds', existing };
      return { state: 'changed', detail: `planned on ${shown(action.existing.hashes)}, there is now ${shown(existing.hashes)}` };
    }
    case 'update':
      return { state: 'holds' };
    case 'keep':
    case 'mismatch':
    case 'blocked':
    case 'unverifiable':
      return { state: 'already' };
  }
}

const finders = new WeakMap<DestinationProject, Find>();

/** Looks up files of a listing; built once per listing, because a project may have thousands. */
export function finder(listing: DestinationProject): Find {
  const known = finders.get(listing);
  if (known !== undefined) return known;
  const byFilename = new Map(listing.files.map((file) => [file.filename, file]));
  let byKey: ReadonlyMap<string, ExistingFile> | undefined;
  const find: Find = (filename) => {
    const exact = byFilename.get(filename);
    if (exact !== undefined) return exact;
    byKey ??= new Map(listing.files.map((file) => [distributionKey(file.filename, listing.name) ?? file.filename, file]));
    return byKey.get(distributionKey(filename, listing.name) ?? filename);
  };
  finders.set(listing, find);
  return find;
}

/** Why the lock does not approve these bytes; undefined where it does, or where it does not know the package. */
function lockObjection(file: FileFacts, locked: LockPackage | undefined): string | undefined {
  if (locked === undefined) return undefined;
  const entry = entriesOf(locked).get(file.filename);
  if (entry === undefined || entry.removed !== undefined) return 'the lock does not approve it';
  if (compareDigests(entry.hashes, file.hashes) !== 'different') return undefined;
  return `planned with ${shown(file.hashes)}, the lock approves ${shown(entry.hashes)}`;
}

function isLive(filename: string, locked: LockPackage | undefined): boolean {
  const entry = locked === undefined ? undefined : entriesOf(locked).get(filename);
  return entry !== undefined && entry.removed === undefined;
}

const entries = new WeakMap<LockPackage, ReadonlyMap<string, LockEntry>>();

function entriesOf(locked: LockPackage): ReadonlyMap<string, LockEntry> {
  let known = entries.get(locked);
  if (known === undefined) {
    known = new Map(locked.files.map((entry) => [entry.filename, entry]));
    entries.set(locked, known);
  }
  return known;
}

/** Where a listing offers no digests at all, an unlisted file can only be told by its size. */
function unchanged({ reason, existing: planned }: Extract<Action, { kind: 'remove' | 'keep' }>, existing: ExistingFile): boolean {
  if (hasDigest(planned.hashes) || hasDigest(existing.hashes)) return isSame(planned.hashes, existing.hashes);
  return reason === 'not-selected' && planned.size === existing.size;
}

export function isSame(a: DigestSet, b: DigestSet): boolean {
  const comparison = compareDigests(a, b);
  return comparison === 'same' || comparison === 'same-weak';
}

function shown(hashes: DigestSet): string {
  return strongestDigest(hashes) ?? 'no digest';
}
