import { dirname } from 'node:path';
import { applyPlan } from '../apply/apply-plan.ts';
import { openJournal } from '../apply/journal.ts';
import type { ApplyResult } from '../apply/result.ts';
import { PkgsyncError, printable } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { settleLock } from '../lockfile/lockfile.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { PlanTrailer } from '../plan/plan-file.ts';
import { writesDestination, writesLock } from '../plan/recorder.ts';
import { withLockChanges } from '../sync/lock-changes.ts';
import { assertFresh, assertSameLock } from './fresh.ts';
import type { World } from './fresh.ts';
import { interruptibly } from '../io/interruption.ts';
import { holdingLeases } from './leases.ts';
import type { MadePlan } from './plan.ts';
import { refusalsOf } from './refusal.ts';
import type { Conditions, Refusal } from './refusal.ts';
import { defaultConcurrency, packagesOf } from './request.ts';
import type { Ends, LockInput } from './request.ts';
import { readThrough } from './saved-plan.ts';
import { Survey } from './summary.ts';
import type { PlanSummary } from './summary.ts';
import { openStaging, partsOf } from './staging.ts';
import { applyFiles, clearUnfinished, dropFiles } from './unfinished.ts';
import { completeLock, writeLockOf } from './write-lock.ts';
import { tidying } from './tidying.ts';

export interface ApplyOptions extends Conditions {
  readonly manifest: Manifest;
  /** What `connect` made of the manifest. */
  readonly connection: Ends;
  /**
   * Path of the lock that is replaced before the first write and completed after the last one. Without one, or with packages from elsewhere, no lock
   * is written.
   */
  readonly lock?: LockInput | undefined;
  /** Asked once every check has passed, and only where something would be written. False: nothing is, and `refused` says DECLINED. */
  readonly approve: (summary: PlanSummary) => Promise<boolean> | boolean;
  /** Files in flight at once; 16 unless given. */
  readonly concurrency?: number | undefined;
  /** Folder in which leases of destinations other than directories lie (in `.pkgsync/`): beside the lock unless given, else the manifest's. */
  readonly leaseFolder?: string | undefined;
  /** Where temporary files lie for which no destination offers a nearer place; the system's folder unless given. */
  readonly temporaryFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}

/** What an apply came to. */
export interface Applied {
  /** Why nothing was written, the gravest reason first; empty where the plan was carried out. */
  readonly refused: readonly Refusal[];
  /** How the actions ended; all zero where nothing was to be done at a destination, or `refused`. */
  readonly result: ApplyResult;
  readonly summary: PlanSummary;
  /** The lock was given a new state before the first write; digests learnt from bytes are no new state. */
  readonly lockWritten: boolean;
}

const nothingDone: ApplyResult = {
  done: 0,
  already: 0,
  failed: 0,
  skipped: 0,
  bytes: 0,
  errorCodes: new Set(),
  failures: [],
  lessons: new Map(),
  interrupted: false,
};

/**
 * Carries out a plan: reads it to its end, checks everything that speaks against it, asks `approve`, takes the leases, replaces the lock, moves
 * every destination towards it and completes the lock with what the bytes have shown. Failures of single actions are in `result`, and never keep
 * others from being carried out. What was interrupted, refused or has failed is continued by the same call with a new plan, or with this one.
 * @throws PkgsyncError before the first write: PLAN_INVALID; PLAN_STALE where the lock, or a saved plan's manifest or destination, has changed since;
 *   APPLY_RUNNING; UNAUTHORIZED, FORBIDDEN where a destination says beforehand that nothing may be uploaded; USAGE for an `expect` that is no id; INTERRUPTED; what listing throws; DISK_FULL, FILE_SYSTEM, LOCK_INVALID of the lock. Nothing later: that is in `result`
 */
export async function apply(plan: MadePlan, options: ApplyOptions): Promise<Applied> {
  if (options.expect !== undefined && !isPlanId(options.expect))
    throw new PkgsyncError('USAGE', `'${printable(options.expect)}': a plan's id has 12 to 64 hexadecimal digits`);
  return await interruptibly(options.signal, (signal) => applied(plan, { ...options, signal }));
}

/** Whether the text can be the id of a plan, or its first 12 digits or more. */
export function isPlanId(text: string): boolean {
  return /^[0-9a-f]{12,64}$/i.test(text);
}

async function applied(plan: MadePlan, options: ApplyOptions): Promise<Applied> {
  const { manifest, connection: ends, lock, signal, concurrency = defaultConcurrency } = options;
  const survey = new Survey();
  const trailer = await readThrough({ read: () => plan.projects() }, (project) => survey.add(project), signal);
  const summary = survey.summary(trailer);
  const nothingWritten = (refused: readonly Refusal[]): Applied => ({ refused, result: nothingDone, summary, lockWritten: false });
  const refusals = refusalsOf(ends, summary, options);
  if (refusals[0]?.code === 'MANIFEST_INVALID') return nothingWritten(refusals);
  const world: World = { manifest, ends, lock, concurrency, signal };
  if (plan.saved) await assertFresh(plan, trailer, world);
  if (refusals.length > 0) return nothingWritten(refusals);
  const writesThisLock = typeof lock === 'string' && writesLock(trailer);
  if (!writesThisLock && !writesDestination(trailer)) {
    await clearUnfinished(ends.destinations, leaseFolder(options), options.temporaryFolder, options.onEvent ?? (() => undefined));
    return nothingWritten([]);
  }
  await assertMayWrite(ends.destinations, summary, signal);
  if (!(await options.approve(summary))) return nothingWritten([{ code: 'DECLINED', message: 'nobody agreed' }]);
  signal?.throwIfAborted();
  // Only now, so that nothing appears at a destination before the plan was accepted. What another apply did meanwhile, the checks below find.
  const underLease = async (): Promise<Applied> => {
    await assertSameLock(lock, trailer);
    for (const { live } of ends.destinations) await live.cleanStaging(partsOf(() => plan.projects()));
    return { refused: [], summary, ...(await carriedOut(plan, trailer, summary, options)) };
  };
  return await holdingLeases(ends.destinations, leaseFolder(options), underLease, options.onEvent);
}

/** Credentials that may not write are told before anybody agrees to anything, and before the first file is fetched. */
async function assertMayWrite(
  destinations: Ends['destinations'],
  { uploadBytes }: PlanSummary,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { live } of destinations) if (uploadBytes.has(live.name)) await live.probeWrite?.(signal);
}

function leaseFolder({ leaseFolder: given, lock, manifest }: ApplyOptions): string {
  return given ?? (typeof lock === 'string' ? dirname(lock) : manifest.folder);
}

async function carriedOut(
  plan: MadePlan,
  trailer: PlanTrailer,
  { actions, uploadBytes }: PlanSummary,
  options: ApplyOptions,
): Promise<Pick<Applied, 'result' | 'lockWritten'>> {
  const { manifest, connection, lock, onEvent = () => undefined, signal } = options;
  const path = typeof lock === 'string' && !plan.header.options.locked ? lock : undefined;
  // Only a plan that means something new for the lock writes it; enrichment waits for the closing write.
  const lockWritten = path !== undefined && writesLock(trailer);
  const writeLock = async (): Promise<void> => {
    if (lockWritten) await writeLockOf(plan, path);
    else if (path !== undefined) await settleLock(path);
  };
  const files = applyFiles(connection.destinations, leaseFolder(options));
  const tidy = tidying(onEvent);
  if (actions === 0 || files === undefined) {
    await writeLock();
    // An earlier apply may have been cut off when only this was left to do.
    if (files !== undefined) await tidy(() => dropFiles(files, options.temporaryFolder));
    return { result: nothingDone, lockWritten };
  }
  const wanted = partsOf(() => plan.projects());
  const journal = await openJournal(files.journal, (message) => onEvent({ type: 'warning', message }));
  try {
    const staging = files.staging === undefined ? await openStaging(options.temporaryFolder, files.lease, wanted) : undefined;
    try {
      await writeLock();
      const bytes = [...uploadBytes.values()].reduce((sum, count) => sum + count, 0);
      onEvent({ type: 'apply-started', actions, files: actions, bytes });
      const carried = await applyPlan({
        manifest,
        sources: connection.sources,
        destinations: connection.destinations,
        projects: plan.projects(),
        lock: approvedPackages(plan, lock),
        learns: path !== undefined,
        concurrency: options.concurrency ?? defaultConcurrency,
        stagingFolder: staging?.path ?? files.staging ?? '',
        journal,
        signal,
        onEvent,
      });
      const result = path === undefined ? carried : await completeLock(path, carried);
      // What was interrupted may have left a download to go on with; all else came to its end, be it a failure.
      if (!result.interrupted) await tidy(() => journal.remove());
      return { result, lockWritten };
    } finally {
      await tidy(async () => staging?.end(wanted));
    }
  } finally {
    await journal.keep();
  }
}

/** The lock as the plan leaves it: the file, or what it would be. */
function approvedPackages(plan: MadePlan, lock: LockInput | undefined): AsyncIterable<LockPackage> {
  return typeof lock === 'string' ? packagesOf(lock) : withLockChanges(packagesOf(lock), plan.projects());
}
