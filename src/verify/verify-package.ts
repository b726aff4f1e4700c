import type { DestinationProject, ExistingFile, ReadableDestination } from '../destinations/destination.ts';
import { isPkgsyncError } from '../errors.ts';
import type { PkgsyncError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { belongsAt } from '../inspect/inspect.ts';
import { orderedMap } from '../io/concurrency.ts';
import type { Limiter } from '../io/concurrency.ts';
import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import type { DestinationConfig } from '../manifest/manifest.ts';
import { compareDigests } from '../packaging/digest.ts';
import { distributionKey } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { matchFiles } from '../plan/diff.ts';
import type { WantedEntry } from '../plan/diff.ts';
import { factsOf } from '../resolve/entry.ts';
import { liveFiles } from '../resolve/resolve-project.ts';
import { judgeBytes, judgeListing, judgePage } from './judge.ts';
import type { Judgement } from './judge.ts';
import type { Reachability } from './reachability.ts';
import { readFileOf } from './read-file.ts';
import { fingerprintOf } from './record.ts';
import type { Tally } from './tally.ts';

/** What an unfinished run has left, and takes for the next one. */
export interface Remembered {
  knows(fingerprint: string): boolean;
  add(fingerprint: string): Promise<void>;
}

/** One destination that is verified. */
export interface Verifier {
  readonly live: ReadableDestination;
  readonly config: DestinationConfig;
  /** Bytes are read, not only listings. */
  readonly reads: boolean;
  readonly concurrency: number;
  /** Bounds the files that are read at once, whatever project they are of. */
  readonly files: Limiter;
  readonly tally: Tally;
  readonly reachability: Reachability;
  readonly record: Remembered | undefined;
  readonly onEvent: OnEvent;
  /** Waits between tries, milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** A judgement and what it is about: a file, or the project. */
export interface Finding extends Judgement {
  readonly destination: string;
  readonly name: PackageName;
  readonly filename?: string | undefined;
  /** Code of the error for which something could not be read. */
  readonly errorCode?: PkgsyncError['code'] | undefined;
  /** Whether that may pass without anybody changing anything. */
  readonly retryable?: boolean | undefined;
}

/** The live files of a package that belong at the destination. */
export function belonging(config: DestinationConfig, locked: LockPackage): readonly WantedFileOfLock[] {
  const belongs = belongsAt(config, locked.name, locked.rule);
  return liveFiles(locked)
    .filter(({ entry }) => belongs(entry.version))
    .map(({ entry, packageType }) => ({ entry, facts: factsOf(entry, packageType) }));
}

interface WantedFileOfLock extends WantedEntry {
  readonly entry: LockEntry;
}

/**
 * Compares what is approved of one package with what the destination declares of it and, where bytes are read, with those. Tells the tally; a
 * failure is part of the result.
 * @returns findings in the order of the filenames, those about the project first
 * @throws PkgsyncError INTERRUPTED, INTERNAL
 */
export async function verifyPackage(verifier: Verifier, locked: LockPackage, signal: AbortSignal): Promise<readonly Finding[]> {
  const { live, config, tally, reachability } = verifier;
  const wanted = belonging(config, locked);
  if (wanted.length === 0 || reachability.reason !== undefined) return [];
  const at = { destination: live.name, name: locked.name };
  let listing: DestinationProject;
  try {
    listing = await live.listDeclared(locked.name, signal);
    reachability.answered();
  } catch (error) {
    const judgement = unreadable(verifier, error, 'its listing cannot be read');
    tally.unreadable(judgement, wanted.length);
    return [{ ...at, ...judgement }];
  }
  for (const message of listing.warnings) verifier.onEvent({ type: 'warning', message: `${locked.name}: ${message}` });
  const { matches, leftover } = matchFiles(wanted, listing.files, locked.name);
  tally.notInLock(unnamed(leftover, locked));
  const findings: Finding[] = [];
  if (listing.stalePage !== undefined) {
    const stale: Judgement = { class: 'page-stale', detail: listing.stalePage };
    tally.found([stale]);
    findings.push({ ...at, ...stale });
  }
  const judged = orderedMap(wanted, { concurrency: verifier.concurrency, signal }, async (file, inner) => {
    const { entry } = file;
    const judgements = await verifyFile(verifier, locked.name, entry, matches.get(file), inner);
    return judgements.map((judgement) => ({ ...at, filename: entry.filename, ...judgement }));
  });
  for await (const some of judged) findings.push(...some);
  return findings;
}

type FileJudgement = Judgement & Pick<Finding, 'errorCode' | 'retryable'>;

async function verifyFile(
  verifier: Verifier,
  name: PackageName,
  entry: LockEntry,
  listed: ExistingFile | undefined,
  signal: AbortSignal,
): Promise<readonly FileJudgement[]> {
  const { tally, reads, onEvent } = verifier;
  const told = { type: 'file-verified', destination: verifier.live.name, name, filename: entry.filename } as const;
  if (listed === undefined) {
    const missing: Judgement = { class: 'missing', detail: 'approved, and not there', approved: entry.hashes };
    tally.missing(missing);
    onEvent({ ...told, skipped: entry.size ?? 0 });
    return [missing];
  }
  const page = judgePage(listed);
  if (!reads) {
    const judgements = [...judgeListing(entry, listed), ...page];
    tally.checked(judgements, { bytes: 0, weak: compareDigests(entry.hashes, listed.hashes) === 'same-weak' });
    onEvent({ ...told, skipped: 0 });
    return judgements;
  }
  const fingerprint = fingerprintOf(name, entry, listed);
  if (verifier.record?.knows(fingerprint) === true) {
    const bytes = entry.size ?? listed.size ?? 0;
    tally.checked(page, { bytes, resumed: true });
    onEvent({ ...told, skipped: bytes });
    return page;
  }
  return await verifier.files(() => readAndJudge({ ...verifier, signal }, entry, listed, { told, page, fingerprint }));
}

interface Reading {
  readonly told: { readonly type: 'file-verified'; readonly destination: string; readonly name: PackageName; readonly filename: string };
  readonly page: readonly Judgement[];
  readonly fingerprint: string;
}

async function readAndJudge(
  verifier: Verifier & { readonly signal: AbortSignal },
  entry: LockEntry,
  listed: ExistingFile,
  { told, page, fingerprint }: Reading,
): Promise<readonly FileJudgement[]> {
  const { live, tally, reachability, onEvent, signal, sleep } = verifier;
  // Nobody answers any more: the file counts as not reached.
  if (reachability.reason !== undefined) return [];
  signal.throwIfAborted();
  let read;
  try {
    read = await readFileOf(live, entry, listed, { signal, sleep, onBytes: (count) => onEvent({ type: 'bytes', count }) });
    reachability.answered();
  } catch (error) {
    const judgement = unreadable(verifier, error, 'its bytes cannot be read');
    tally.unreadable(judgement);
    onEvent({ ...told, skipped: 0 });
    return [judgement];
  }
  const byBytes = judgeBytes(entry, listed, read);
  // A page that does not fit wrong bytes is no news beside them.
  const judgements = byBytes.length > 0 ? byBytes : page;
  const weak = compareDigests(entry.hashes, read.file.hashes) === 'same-weak';
  tally.checked(judgements, { bytes: read.file.size, weak });
  if (byBytes.length === 0) await verifier.record?.add(fingerprint);
  onEvent({ ...told, skipped: 0 });
  return judgements;
}

/** A failure of the destination as a judgement; every other error is thrown. */
function unreadable({ reachability }: Verifier, error: unknown, what: string): FileJudgement {
  if (!isPkgsyncError(error) || error.code === 'INTERRUPTED' || error.code === 'INTERNAL') throw error;
  reachability.failed(error);
  return { class: 'unreadable', detail: `${what}: ${error.message}`, errorCode: error.code, retryable: error.retryable };
}

/** Files of the project that the lock does not name, neither as approved nor as a tombstone. */
function unnamed(leftover: readonly ExistingFile[], locked: LockPackage): number {
  const known = new Set(locked.files.flatMap(({ filename }) => [filename, distributionKey(filename, locked.name) ?? filename]));
  return leftover.filter(({ filename }) => !known.has(filename) && !known.has(distributionKey(filename, locked.name) ?? filename)).length;
}
