import type { WritableDestination } from '../destinations/destination.ts';
import { isPkgsyncError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { createLimiter, eachOf } from '../io/concurrency.ts';
import { PartFiles } from '../io/part-files.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { writingKinds } from '../plan/counts.ts';
import type { SavedProject } from '../plan/plan-file.ts';
import type { ConnectedDestination } from '../sync/context.ts';
import { applyProject } from './apply-project.ts';
import { CircuitBreaker } from './breaker.ts';
import { PackedLessons } from './lessons.ts';
import { noJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { asPkgsyncError } from './known-error.ts';
import type { ActionResult, ApplyResult, ProjectResult } from './result.ts';
import { isStopped } from './run.ts';
import type { ApplyRun } from './run.ts';

export interface ApplyRequest {
  readonly manifest: Manifest;
  readonly sources: ReadonlyMap<string, SourceIndex>;
  readonly destinations: readonly ConnectedDestination<WritableDestination>[];
  /** The plan's projects in name order. */
  readonly projects: AsyncIterable<SavedProject>;
  /** The lock as the plan leaves it, in name order. */
  readonly lock: AsyncIterable<LockPackage>;
  /** Files in flight at once. */
  readonly concurrency: number;
  /** Whether the result has lessons for a lock; they grow with what is transferred. True unless given. */
  readonly learns?: boolean | undefined;
  readonly stagingFolder: string;
  /** Where what is done is noted for the next apply; nowhere unless given. */
  readonly journal?: Journal | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: OnEvent;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Failures that a report lists one by one; beyond them they are counted. */
const reportedFailures = 1000;

/**
 * Carries out a plan project by project, up to `concurrency` projects and files at once. One bad file never hides its siblings; every failure is
 * in the result. The caller has checked limits, policy and consent, holds the lease and has written the lock.
 */
export async function applyPlan(request: ApplyRequest): Promise<ApplyResult> {
  const run: ApplyRun = {
    manifest: request.manifest,
    sources: request.sources,
    destinations: request.destinations,
    seesEveryDestination: request.destinations.length === request.manifest.destinations.length,
    files: createLimiter(request.concurrency),
    writes: createLimiter(request.concurrency),
    window: createLimiter(2 * request.concurrency),
    stagingFolder: request.stagingFolder,
    parts: new PartFiles(),
    journal: request.journal ?? noJournal,
    breaker: new CircuitBreaker(),
    signal: request.signal,
    onEvent: request.onEvent,
    sleep: request.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
  };
  const totals = new Totals(request.learns ?? true);
  // Without the signal: an interrupted run still walks through, so that every action is reported, as not started.
  await eachOf(withLock(request.projects, request.lock), request.concurrency, async ({ project, locked }) => {
    totals.add(await applyProject(run, project, locked));
  });
  await finishDestinations(run, totals);
  return totals.result(run);
}

class Totals {
  readonly counts = { done: 0, already: 0, failed: 0, skipped: 0 };
  readonly errorCodes = new Set<ErrorCode>();
  readonly failures: ActionResult[] = [];
  readonly #held: ActionResult[] = [];
  readonly lessons = new PackedLessons();
  readonly touched = new Set<string>();
  readonly #learns: boolean;
  bytes = 0;

  constructor(learns: boolean) {
    this.#learns = learns;
  }

  add({ name, results, lesson, bytes }: ProjectResult): void {
    for (const result of results) {
      const outcome = result.outcome === 'stale' ? 'failed' : result.outcome;
      this.counts[outcome] += 1;
      // Found as wanted too: a run may have been cut off before its last pages.
      if (result.outcome === 'done' || result.outcome === 'already') this.touched.add(result.action.destination);
      if (outcome === 'failed') this.fail(result);
      if (outcome === 'skipped' && this.#held.length < reportedFailures) this.#held.push(result);
    }
    this.bytes += bytes;
    if (this.#learns) this.lessons.add(name, lesson);
  }

  /** Failures and what was not started have a limit each, so that a long tail of one never hides the other. */
  fail(result: ActionResult): void {
    if (result.errorCode !== undefined) this.errorCodes.add(result.errorCode);
    if (this.failures.length < reportedFailures) this.failures.push(result);
  }

  result(run: ApplyRun): ApplyResult {
    return {
      ...this.counts,
      bytes: this.bytes,
      errorCodes: this.errorCodes,
      failures: [...this.failures, ...this.#held],
      lessons: this.lessons,
      interrupted: run.signal?.aborted === true,
      ...(run.breaker.reason === undefined || !isStopped(run) ? {} : { stopped: run.breaker.reason }),
    };
  }
}

/** Pages about all projects come last, and also after an interruption: what arrived shall be found. */
async function finishDestinations(run: ApplyRun, totals: Totals): Promise<void> {
  for (const { config, live } of run.destinations) {
    if (!totals.touched.has(config.name)) continue;
    try {
      await live.finish();
    } catch (error) {
      if (!isPkgsyncError(error)) throw error;
      const { message, hint, code, retryable } = asPkgsyncError(error);
      const action = {
        destination: config.name,
        name: '' as never,
        kind: 'update',
        reason: 'listing-differs',
        detail: 'list of projects',
      } as const;
      totals.fail({ action, outcome: 'failed', message, hint, errorCode: code, retryable });
      totals.counts.failed += 1;
    }
  }
}

/** Projects with something to write, each with its package in the lock; both come in name order. */
async function* withLock(
  projects: AsyncIterable<SavedProject>,
  lock: AsyncIterable<LockPackage>,
): AsyncGenerator<{ project: SavedProject; locked: LockPackage | undefined }> {
  const packages = lock[Symbol.asyncIterator]();
  let locked = await packages.next();
  try {
    for await (const project of projects) {
      if (!project.actions.some(({ kind }) => writingKinds.has(kind))) continue;
      while (locked.done !== true && locked.value.name < project.name) locked = await packages.next();
      yield { project, locked: locked.done !== true && locked.value.name === project.name ? locked.value : undefined };
    }
  } finally {
    await packages.return?.();
  }
}
