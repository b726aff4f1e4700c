import type { CoreMetadata } from '../archive/core-metadata.ts';
import type { WritableDestination } from '../destinations/destination.ts';
import { PkgsyncError, isPkgsyncError } from '../errors.ts';
import { inspectProject } from '../inspect/inspect.ts';
import type { Inspection } from '../inspect/inspect.ts';
import { allOf } from '../io/concurrency.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { PackageName } from '../packaging/name.ts';
import { writingKinds } from '../plan/counts.ts';
import { filenameOf } from '../plan/diff.ts';
import type { SavedProject } from '../plan/plan-file.ts';
import type { Action } from '../plan/plan.ts';
import { findProject, sourcesFor } from '../resolve/sources.ts';
import type { SourcedProject } from '../resolve/sources.ts';
import { finishedTombstones } from '../sync/plan-project.ts';
import type { ConnectedDestination } from '../sync/context.ts';
import { Contents, isWrite } from './contents.ts';
import type { WriteAction } from './contents.ts';
import { finishAt } from './finish-project.ts';
import { asPkgsyncError } from './known-error.ts';
import { wasSent } from './journal-hints.ts';
import { newToLock } from './lessons.ts';
import { listingWaits } from './listing-waits.ts';
import { finder, precondition } from './precondition.ts';
import { ResultLog } from './result-log.ts';
import type { ProjectResult } from './result.ts';
import { isStopped } from './run.ts';
import type { ApplyRun } from './run.ts';
import { sentFile } from './sent-file.ts';

type Destination = ConnectedDestination<WritableDestination>;

/**
 * Carries out one project: register → files in parallel → listing read again and compared → pages → removals. Removals wait for a run without a
 * failure in this project; a failed file never keeps its siblings from arriving.
 * @param locked the project in the lock as approved; undefined where it left
 */
export async function applyProject(run: ApplyRun, project: SavedProject, locked: LockPackage | undefined): Promise<ProjectResult> {
  const log = new ResultLog(run, project.name);
  const actions = project.actions.filter(({ kind }) => writingKinds.has(kind));
  const { open, stalePages } = await actionsThatHold(run, project.name, actions, locked, log);
  const contents = new Contents(run, project.name, open, await sourceFor(run, project.name, locked, open, log));
  try {
    await allOf(run.destinations.map((destination) => registerAt(run, destination, open, contents, log)));
    await transferAll(run, open, contents, log);
  } finally {
    await contents.close();
  }
  await allOf(
    run.destinations.map((destination) => {
      const { name } = destination.config;
      const here = open.filter((action) => action.destination === name);
      return finishAt({ run, destination, project, locked, open: here, stalePage: stalePages.has(name), contents, log });
    }),
  );
  const finished = run.seesEveryDestination ? await finishedAt(run, project, locked) : new Set<string>();
  const bytes = [...contents.learnt.values()].reduce((sum, { size }) => sum + size, 0);
  return { name: project.name, results: log.results, lesson: { learnt: newToLock(contents.learnt, locked), finished }, bytes };
}

interface Holding {
  readonly open: readonly Action[];
  /** Destinations where a wanted file lies without a page that shows it: a run was cut off between the two. */
  readonly stalePages: ReadonlySet<string>;
}

/** Reads each destination's listing right before the writes and leaves out what is already done, or what the world has overtaken. */
async function actionsThatHold(
  run: ApplyRun,
  name: PackageName,
  actions: readonly Action[],
  locked: LockPackage | undefined,
  log: ResultLog,
): Promise<Holding> {
  const stalePages = new Set<string>();
  const perDestination = await allOf(
    run.destinations.map(async ({ config, live }) => {
      const here = actions.filter(({ destination }) => destination === config.name);
      if (here.length === 0) return [];
      if (isStopped(run)) return log.skip(here);
      const inspection = await orInterrupted(inspectOnceShown(run, live, name, here));
      if (inspection.failed !== undefined) return log.fail(here, inspection.failed);
      return here.filter((action) => {
        const verdict = precondition(action, inspection.listing, locked);
        if (verdict.state === 'holds') return true;
        if (verdict.state === 'changed') log.stale(action, verdict.detail);
        else {
          if (verdict.existing?.page !== undefined && verdict.existing.page !== 'current') stalePages.add(config.name);
          log.finish(action, 'already');
        }
        return false;
      });
    }),
  );
  return { open: perDestination.flat(), stalePages };
}

/**
 * Lists the project. Where a run that was cut off has sent files that are not shown yet, they are looked for again, for as long as the listing may lag:
 * sending them a second time would be a waste at best.
 */
async function inspectOnceShown(
  run: ApplyRun,
  live: WritableDestination,
  name: PackageName,
  actions: readonly Action[],
): Promise<Inspection> {
  const sent = actions.filter((action) => {
    const file = sentFile(run, action);
    return file !== undefined && wasSent(run.journal.hints, file);
  });
  let inspection = await inspectProject(live, name, run.signal);
  for (const wait of sent.length === 0 ? [] : listingWaits(live.traits)) {
    if (inspection.failed !== undefined || isStopped(run)) break;
    const there = finder(inspection.listing);
    if (sent.every((action) => there(filenameOf(action)) !== undefined)) break;
    await run.sleep(wait);
    inspection = await inspectProject(live, name, run.signal);
  }
  return inspection;
}

/** An interruption while listing becomes a failed inspection, so that what began elsewhere is still brought to its end. */
async function orInterrupted(inspecting: Promise<Inspection>): Promise<Inspection> {
  try {
    return await inspecting;
  } catch (error) {
    if (isPkgsyncError(error, 'INTERRUPTED')) return { failed: error };
    throw error;
  }
}

/** The source's page, needed only where bytes have to be fetched. */
async function sourceFor(
  run: ApplyRun,
  name: PackageName,
  locked: LockPackage | undefined,
  open: readonly Action[],
  log: ResultLog,
): Promise<SourcedProject | undefined> {
  const writes = open.filter(isWrite);
  if (writes.length === 0 || isStopped(run)) return undefined;
  try {
    const configs = sourcesFor(run.manifest.sources, name, { rule: locked?.rule?.source, locked: locked?.source });
    const found = await findProject(configs, run.sources, name, run.signal);
    if (found !== undefined) return found;
    log.fail(writes, new PkgsyncError('NOT_FOUND', `the source no longer has ${name}`, { hint: 'plan again' }));
  } catch (error) {
    log.fail(writes, asPkgsyncError(error));
  }
  return undefined;
}

async function registerAt(
  run: ApplyRun,
  { config, live }: Destination,
  open: readonly Action[],
  contents: Contents,
  log: ResultLog,
): Promise<void> {
  const action = open.find((candidate) => candidate.kind === 'register' && candidate.destination === config.name);
  // Where there is nothing to call, the project appears with its first file, and is settled by it.
  if (action?.kind !== 'register' || live.traits.register !== 'done') return;
  if (isStopped(run)) return void log.skip([action]);
  const writes = open.filter(isWrite).filter((candidate) => candidate.destination === config.name);
  const ready = writes.filter((candidate) => !log.isSettled(candidate));
  if (writes.length > 0 && ready.length === 0) return void log.skip([action], 'none of its files can be had');
  log.start(action);
  try {
    if (ready.length > 0) {
      const metadata = await firstMetadata(run, ready, contents);
      const answer = await live.register({ name: action.name, file: { ...action.file, name: action.name }, metadata, signal: run.signal });
      if (answer.outcome === 'unclear' && !(await live.list(action.name)).present) {
        throw new PkgsyncError('UNREACHABLE', `registering ${action.name} was not confirmed: ${answer.reason ?? 'no answer'}`, {
          retryable: true,
        });
      }
    }
    log.finish(action, 'done');
  } catch (error) {
    log.fail([action], asPkgsyncError(error));
  }
}

/** Metadata of the first file that can be had: one bad file must not keep its project from being registered. */
async function firstMetadata(run: ApplyRun, writes: readonly WriteAction[], contents: Contents): Promise<CoreMetadata> {
  let failure: unknown;
  for (const write of writes) {
    try {
      return (await run.files(() => contents.get(write))).metadata;
    } catch (error) {
      failure = asPkgsyncError(error);
    }
  }
  throw failure;
}

/** Files in parallel; one file goes to all its destinations while it is at hand. */
async function transferAll(run: ApplyRun, open: readonly Action[], contents: Contents, log: ResultLog): Promise<void> {
  const byFile = new Map<string, WriteAction[]>();
  for (const action of open.filter(isWrite)) {
    if (log.isSettled(action)) continue;
    const known = byFile.get(action.file.filename);
    if (known === undefined) byFile.set(action.file.filename, [action]);
    else known.push(action);
  }
  await allOf(
    [...byFile.values()].map((actions) =>
      run.window(async () => {
        const wanted = actions.find((action) => log.forbidden(action.destination) === undefined);
        if (wanted !== undefined && !isStopped(run)) await run.files(() => contents.fetch(wanted));
        await run.writes(async () => {
          for (const action of actions) {
            const forbidden = log.forbidden(action.destination);
            if (isStopped(run)) log.skip([action]);
            else if (forbidden !== undefined) log.skip([action], forbidden);
            else await transferOne(run, action, contents, log);
            await contents.release(action);
          }
        });
      }),
    ),
  );
}

async function transferOne(run: ApplyRun, action: WriteAction, contents: Contents, log: ResultLog): Promise<void> {
  const destination = run.destinations.find(({ config }) => config.name === action.destination);
  if (destination === undefined) return;
  log.start(action);
  try {
    const content = await contents.get(action);
    try {
      const answer = await destination.live.put({
        file: { ...action.file, name: action.name },
        content,
        ...(action.kind === 'replace' ? { replaces: { ...action.existing, name: action.name, url: '' } } : {}),
        signal: run.signal,
      });
      log.written(action, content, answer);
    } catch (error) {
      const known = asPkgsyncError(error);
      if (!leavesOpen(known)) throw error;
      log.written(action, content, { outcome: 'unclear', status: known.status, reason: known.message }, known);
    }
  } catch (error) {
    log.fail([action], asPkgsyncError(error));
  }
}

/** After such an error the destination may have taken the file all the same: only its listing can say. */
function leavesOpen({ code, retryable }: PkgsyncError): boolean {
  return (code === 'UNREACHABLE' && retryable) || code === 'BAD_RESPONSE' || code === 'INTERRUPTED';
}

/** After removals: tombstones that no destination shows any more. */
async function finishedAt(run: ApplyRun, project: SavedProject, locked: LockPackage | undefined): Promise<ReadonlySet<string>> {
  const removed = project.actions.some(({ kind }) => kind === 'remove');
  if (!removed || locked === undefined || isStopped(run)) return new Set();
  const inspections = await allOf(run.destinations.map(({ live }) => orInterrupted(inspectProject(live, project.name, run.signal))));
  return new Set(finishedTombstones(locked, inspections).map(({ entry }) => entry.filename));
}
