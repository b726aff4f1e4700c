import type { DestinationProject, DestinationTraits, ExistingFile, RemovalKeys } from '../destinations/destination.ts';
import type { LockEntry } from '../lockfile/lock.ts';
import type { Prune } from '../manifest/manifest.ts';
import { compareDigests, hasDigest, strongestDigest } from '../packaging/digest.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { DistributionFile, FileFacts } from '../packaging/distribution-file.ts';
import { distributionKey } from '../packaging/filename.ts';
import { compareText } from '../packaging/name.ts';
import type { PackageName } from '../packaging/name.ts';
import { writingKinds } from './counts.ts';
import type { Action, Reason } from './plan.ts';
import { keptBack } from './removal-units.ts';

/** One approved file, and what the source says of it now. */
export interface WantedEntry {
  readonly facts: FileFacts;
  /** The source's entry; undefined where the source no longer lists it. */
  readonly source?: DistributionFile | undefined;
}

/** What the comparison has to know about the destination. */
export interface DestinationView {
  readonly name: string;
  readonly traits: DestinationTraits;
  readonly prune: Prune;
  /** Why it would refuse the file whatever its bytes, or undefined. */
  refuses(file: FileFacts): string | undefined;
  /** Keys of what it removes at once, where that is more than a file. */
  readonly removalKeys?: RemovalKeys | undefined;
}

export interface DiffInput {
  readonly destination: DestinationView;
  readonly name: PackageName;
  readonly wanted: readonly WantedEntry[];
  readonly tombstones: readonly LockEntry[];
  readonly listing: DestinationProject;
  /** Others publish this project here: nothing that is not wanted is reported or touched. */
  readonly unmanaged: boolean;
  /** The manifest still names the project, so its last file is never pruned. */
  readonly named: boolean;
  readonly onMismatch: 'report' | 'replace';
}

/**
 * Compares what is wanted of one project with what a destination holds. Pure; actions come sorted by filename, a registration first.
 * Files that nobody wants are protected (`keep`) before removals are considered, so no later step can remove them.
 */
export function diffProject(input: DiffInput): readonly Action[] {
  const { destination, name, listing } = input;
  const at = { destination: destination.name, name };
  const actions: Action[] = [];
  const wanted = clashFree(input, actions);
  const { matches, leftover } = matchFiles(wanted, listing.files, name);
  for (const entry of wanted) actions.push(actionFor(input, entry, matches.get(entry)));
  actions.push(...wholeUnitsOnly(input, leftoverActions(input, leftover, actions), actions));

  const first = actions.find((action) => action.kind === 'upload');
  if (!listing.present && first?.kind === 'upload') actions.push({ ...at, kind: 'register', reason: 'project-missing', file: first.file });
  // Every write to a project renews its page, so the page alone is news only where nothing else is written.
  const renewed = actions.some(({ kind }) => writingKinds.has(kind));
  if (listing.stalePage !== undefined && destination.traits.canUpdate && !renewed) {
    actions.push({ ...at, kind: 'update', reason: 'listing-differs', detail: listing.stalePage });
  }
  return actions.sort(inReadingOrder);
}

/** Wanted files whose names differ only in case cannot lie in one folder on every file system: the later one is blocked, unless both are there. */
function clashFree(input: DiffInput, actions: Action[]): readonly WantedEntry[] {
  if (!input.destination.traits.canUpdate) return input.wanted;
  const there = new Set(input.listing.files.map(({ filename }) => filename));
  const folded = new Map<string, string>();
  return input.wanted.filter(({ facts }) => {
    const lower = facts.filename.toLowerCase();
    const other = folded.get(lower);
    if (other === undefined) folded.set(lower, facts.filename);
    if (other === undefined || there.has(facts.filename)) return true;
    const detail = `${other} differs from it in capitals only`;
    actions.push({ destination: input.destination.name, name: input.name, kind: 'blocked', reason: 'name-clash', detail, file: facts });
    return false;
  });
}

export interface Matches<Wanted extends Pick<WantedEntry, 'facts'>> {
  readonly matches: ReadonlyMap<Wanted, ExistingFile>;
  /** Files that nobody wants, by filename. */
  readonly leftover: readonly ExistingFile[];
}

/** Pairs what is wanted with what is there: by filename, else by what the name means, each existing file once and whatever the listing's order. */
export function matchFiles<Wanted extends Pick<WantedEntry, 'facts'>>(
  wanted: readonly Wanted[],
  files: readonly ExistingFile[],
  name: PackageName,
): Matches<Wanted> {
  const sorted = [...files].sort((a, b) => compareText(a.filename, b.filename));
  const open = new Map(sorted.map((file) => [file.filename, file]));
  const matches = new Map<Wanted, ExistingFile>();
  for (const entry of wanted) {
    const exact = open.get(entry.facts.filename);
    if (exact === undefined) continue;
    matches.set(entry, exact);
    open.delete(exact.filename);
  }
  const spellings = new Map<string, ExistingFile>();
  for (const file of open.values()) {
    const key = distributionKey(file.filename, name);
    if (key !== undefined && !spellings.has(key)) spellings.set(key, file);
  }
  for (const entry of wanted) {
    if (spellings.size === 0) break;
    const key = matches.has(entry) ? undefined : distributionKey(entry.facts.filename, name);
    const other = key === undefined ? undefined : spellings.get(key);
    if (key === undefined || other === undefined) continue;
    matches.set(entry, other);
    open.delete(other.filename);
    spellings.delete(key);
  }
  return { matches, leftover: [...open.values()] };
}

function actionFor(input: DiffInput, wanted: WantedEntry, existing: ExistingFile | undefined): Action {
  const { destination, name } = input;
  const at = { destination: destination.name, name };
  const file = wanted.facts;
  const changed = changedAtSource(wanted);
  if (changed !== undefined) {
    return {
      ...at,
      kind: 'blocked',
      reason: 'source-digest-changed',
      detail: changed,
      file,
      ...(existing === undefined ? {} : { existing }),
    };
  }
  if (existing === undefined) return missing(input, wanted);
  const comparison = compareDigests(file.hashes, existing.hashes);
  switch (comparison) {
    case 'same':
    case 'same-weak':
      return present(input, file, existing, comparison === 'same' ? 'same-digest' : 'same-md5');
    case 'different':
      return other(input, wanted, existing, 'digest-differs');
    case 'unknown':
      if (file.size !== undefined && existing.size !== undefined && file.size !== existing.size)
        return other(input, wanted, existing, 'size-differs');
      return { ...at, kind: 'unverifiable', reason: hasDigest(existing.hashes) ? 'no-common-digest' : 'no-digest', file, existing };
  }
}

/** A locked name whose bytes at the source are other than approved is never fetched, wherever it is missing. */
function changedAtSource({ facts, source }: WantedEntry): string | undefined {
  if (source === undefined || compareDigests(facts.hashes, source.hashes) !== 'different') return undefined;
  return changedDigest(facts.hashes, source.hashes);
}

/** The sentence about a locked name whose bytes at the source are other than approved. */
export function changedDigest(approved: DigestSet, now: DigestSet): string {
  return `approved ${strongestDigest(approved) ?? 'no digest'}, the source now has ${strongestDigest(now) ?? 'no digest'}`;
}

function missing(input: DiffInput, { facts: file, source }: WantedEntry): Action {
  const at = { destination: input.destination.name, name: input.name };
  const refusal = input.destination.refuses(file);
  if (refusal !== undefined) return { ...at, kind: 'blocked', reason: 'destination-refuses', detail: refusal, file };
  if (source === undefined) {
    return { ...at, kind: 'blocked', reason: 'source-missing', detail: 'the source no longer has it and the destination lacks it', file };
  }
  return { ...at, kind: 'upload', reason: 'missing', file };
}

function present(input: DiffInput, file: FileFacts, existing: ExistingFile, same: Reason): Action {
  const { traits } = input.destination;
  const at = { destination: input.destination.name, name: input.name };
  if (existing.filename !== file.filename) {
    return { ...at, kind: 'keep', reason: 'spelling-differs', detail: `wanted as ${file.filename}`, existing };
  }
  if (traits.canUpdate && traits.carries.has('yanked') && !sameYank(file, existing)) {
    return { ...at, kind: 'update', reason: 'yanked-differs', detail: yankDetail(file), file, existing };
  }
  if (traits.canUpdate && existing.page !== undefined && existing.page !== 'current') {
    return {
      ...at,
      kind: 'update',
      reason: 'listing-differs',
      detail: existing.page === 'missing' ? 'its page does not list it' : 'its page says otherwise',
      file,
      existing,
    };
  }
  return { ...at, kind: 'keep', reason: same, existing };
}

function sameYank(a: FileFacts, b: FileFacts): boolean {
  if (a.yanked === false || b.yanked === false) return a.yanked === b.yanked;
  return a.yanked.reason === b.yanked.reason;
}

function yankDetail(file: FileFacts): string {
  if (file.yanked === false) return 'no longer yanked';
  return file.yanked.reason === '' ? 'yanked' : `yanked: ${file.yanked.reason}`;
}

/** Other bytes under a wanted name. */
function other(input: DiffInput, wanted: WantedEntry, existing: ExistingFile, reason: 'digest-differs' | 'size-differs'): Action {
  const at = { destination: input.destination.name, name: input.name };
  const pair = { file: wanted.facts, existing };
  if (input.onMismatch !== 'replace') return { ...at, kind: 'mismatch', reason, ...pair };
  if (input.unmanaged) return { ...at, kind: 'mismatch', reason, detail: 'others publish this project there', ...pair };
  if (!input.destination.traits.canReplace)
    return { ...at, kind: 'mismatch', reason, detail: 'this destination cannot replace a file', ...pair };
  if (wanted.source === undefined)
    return { ...at, kind: 'mismatch', reason, detail: 'the source no longer has the approved bytes', ...pair };
  if (existing.filename !== wanted.facts.filename)
    return { ...at, kind: 'mismatch', reason, detail: `there it is spelled ${existing.filename}`, ...pair };
  return { ...at, kind: 'replace', reason, ...pair };
}

/** What becomes of files that nobody wants: kept, unless pruning covers them and the project survives it or has left the manifest. */
function leftoverActions(input: DiffInput, leftover: readonly ExistingFile[], sofar: readonly Action[]): readonly Action[] {
  const { destination, name } = input;
  const at = { destination: destination.name, name };
  const tombstoneOf = tombstonesByName(input.tombstones, name);
  const actions = leftover.map((existing): Action => {
    if (input.unmanaged) return { ...at, kind: 'keep', reason: 'unmanaged', existing };
    const tombstone = tombstoneOf(existing.filename);
    if (tombstone !== undefined) {
      const prunes = tombstone.removed === 'superseded' ? destination.prune.superseded : destination.prune.dropped;
      const ours = compareDigests(tombstone.hashes, existing.hashes);
      if (!prunes || (ours !== 'same' && ours !== 'same-weak')) return { ...at, kind: 'keep', reason: 'tombstone-kept', existing };
      return { ...at, kind: 'remove', reason: 'tombstone', existing };
    }
    if (destination.prune.unlisted) return { ...at, kind: 'remove', reason: 'not-selected', existing };
    return { ...at, kind: 'keep', reason: 'unmanaged', existing };
  });
  const stays = sofar.some(({ kind }) => kind !== 'blocked') || actions.some(({ kind }) => kind === 'keep');
  return actions.map((action) => {
    if (action.kind !== 'remove') return action;
    if (!stays && input.named) {
      const detail = 'the last files of a project that the manifest names are never removed';
      return { ...at, kind: 'keep', reason: 'tombstone-kept', detail, existing: action.existing };
    }
    if (!destination.traits.canRemove) return refusedRemoval(action, destination.traits.cannotRemove ?? 'files cannot be removed there');
    return stays ? action : { ...action, detail: wholeProject };
  });
}

/** Detail of every removal where nothing of a project remains. */
export const wholeProject = 'the whole project goes';

/** Finds the tombstone of a file, under another spelling too. */
function tombstonesByName(tombstones: readonly LockEntry[], name: PackageName): (filename: string) => LockEntry | undefined {
  if (tombstones.length === 0) return () => undefined;
  const byFilename = new Map(tombstones.map((entry) => [entry.filename, entry]));
  const byKey = new Map(tombstones.map((entry) => [distributionKey(entry.filename, name) ?? entry.filename, entry]));
  return (filename) => byFilename.get(filename) ?? byKey.get(distributionKey(filename, name) ?? filename);
}

/** Where a server removes whole versions, nothing goes with which a file would go that is to stay, or to come. */
function wholeUnitsOnly({ destination, listing }: DiffInput, actions: readonly Action[], sofar: readonly Action[]): readonly Action[] {
  const { removalKeys } = destination;
  const going = actions.flatMap((action) => (action.kind === 'remove' ? action.existing : []));
  if (removalKeys === undefined || going.length === 0) return actions;
  const names = new Set(going.map(({ filename }) => filename));
  const coming = sofar.flatMap((action) => (action.kind === 'upload' ? action.file : []));
  const unread = (listing.unread ?? []).filter((filename) => !isSignature(filename, names)).map((filename) => ({ filename }));
  const staying = [...listing.files.filter(({ filename }) => !names.has(filename)), ...coming, ...unread];
  const kept = keptBack(going, staying, removalKeys);
  return actions.map((action) => {
    const other = action.kind === 'remove' ? kept.get(action.existing.filename) : undefined;
    if (action.kind !== 'remove' || other === undefined) return action;
    return refusedRemoval(action, `the server removes whole versions, and ${other} is to stay`);
  });
}

/** A signature of a file that goes is no reason for it to stay. */
function isSignature(filename: string, going: ReadonlySet<string>): boolean {
  return filename.endsWith('.asc') && going.has(filename.slice(0, -'.asc'.length));
}

function refusedRemoval({ destination, name, existing }: Extract<Action, { kind: 'remove' | 'keep' }>, detail: string): Action {
  return { destination, name, kind: 'blocked', reason: 'destination-refuses', detail, existing };
}

/** The filename an action is about, or an empty text for the project as a whole. */
export function filenameOf(action: Action): string {
  if ('file' in action && action.kind !== 'register') return action.file.filename;
  if ('existing' in action) return action.existing.filename;
  return '';
}

/** Order of the actions of one project at one destination: a registration first, then by filename. */
export function inReadingOrder(a: Action, b: Action): number {
  if (a.kind === 'register' || b.kind === 'register') return a.kind === b.kind ? 0 : a.kind === 'register' ? -1 : 1;
  return compareText(filenameOf(a), filenameOf(b));
}
