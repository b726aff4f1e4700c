import type { DestinationProject, ExistingFile, WantedFile, WritableDestination } from '../destinations/destination.ts';
import { belongsAt, inspectProject } from '../inspect/inspect.ts';
import type { ActionOutcome } from '../events.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { PackageName } from '../packaging/name.ts';
import type { SavedProject } from '../plan/plan-file.ts';
import type { Action } from '../plan/plan.ts';
import { factsOf } from '../resolve/entry.ts';
import { liveFiles } from '../resolve/resolve-project.ts';
import type { ConnectedDestination } from '../sync/context.ts';
import { confirmRemovals, confirmWrites } from './confirm.ts';
import { isRemoval, isWrite } from './contents.ts';
import type { Contents, Removal } from './contents.ts';
import { asPkgsyncError } from './known-error.ts';
import { precondition } from './precondition.ts';
import type { ResultLog } from './result-log.ts';
import { isStopped } from './run.ts';
import type { ApplyRun } from './run.ts';

/** One project at one destination, once its files were sent. */
export interface Finish {
  readonly run: ApplyRun;
  readonly destination: ConnectedDestination<WritableDestination>;
  readonly project: SavedProject;
  readonly locked: LockPackage | undefined;
  /** Actions here whose precondition held. */
  readonly open: readonly Action[];
  /** A file was found in its place, but its page does not show it yet. */
  readonly stalePage: boolean;
  readonly contents: Contents;
  readonly log: ResultLog;
}

/** Listing compared → registrations settled → pages → removals. */
export async function finishAt(finish: Finish): Promise<void> {
  const { run, destination, project, open, stalePage, log } = finish;
  if (open.length === 0 && !stalePage) return;
  const writes = open.filter(isWrite);
  await confirmWrites(run, destination.live, project.name, writes, log);
  settleRegistration(
    finish,
    writes.map((action) => log.outcomeOf(action)),
  );
  await publish(finish);
  await removeAll(finish);
}

/** Where there is nothing to call, a project appears with its first file, whoever brought that. */
function settleRegistration({ run, open, log }: Finish, outcomes: readonly (ActionOutcome | undefined)[]): void {
  const arrived = (['done', 'already'] as const).find((outcome) => outcomes.includes(outcome));
  for (const action of open) {
    if (action.kind !== 'register' || log.isSettled(action)) continue;
    if (arrived !== undefined) log.finish(action, arrived);
    else log.skip([action], isStopped(run) ? undefined : 'a project appears there with its first file, and none arrived');
  }
}

/** Also after an interruption: a file that arrived without its page would be invisible to installers. */
async function publish(finish: Finish): Promise<void> {
  const { destination, project, open, stalePage, log } = finish;
  const updates = open.filter(({ kind }) => kind === 'update');
  const shown = open.filter((action) => (isWrite(action) || action.kind === 'register') && log.outcomeOf(action) === 'done');
  if (shown.length === 0 && updates.length === 0 && !stalePage) return;
  try {
    await destination.live.publish({ name: project.name, wanted: wantedAt(finish) });
    for (const action of updates) log.finish(action, 'done');
  } catch (error) {
    log.fail([...updates, ...shown], asPkgsyncError(error));
  }
}

/** What the project's page shall say of its wanted files: the approved facts, with the digests of bytes that passed. */
function wantedAt({ destination: { config }, project: { name }, locked, contents }: Finish): readonly WantedFile[] {
  if (locked === undefined) return [];
  const belongs = belongsAt(config, name, locked.rule);
  return liveFiles(locked)
    .filter(({ entry }) => belongs(entry.version))
    .map(({ entry, packageType }) => {
      const learnt = contents.learnt.get(entry.filename);
      const facts = factsOf(entry, packageType);
      return { ...facts, name, size: facts.size ?? learnt?.size, hashes: { ...learnt?.hashes, ...facts.hashes } };
    });
}

async function removeAll(finish: Finish): Promise<void> {
  const { run, destination, project, open, log } = finish;
  const removals = open.filter(isRemoval);
  if (removals.length === 0) return;
  if (isStopped(run)) return void log.skip(removals);
  const obstacle = removalObstacle(finish);
  if (obstacle !== undefined) return void log.skip(removals, obstacle);
  const listing = await freshListing(run, destination.live, project.name, removals, log);
  if (listing === undefined) return;
  const due = stillDue(finish, removals, listing);
  const leaving = due.map(({ existing }) => existing);
  for (const { action, existing } of due) {
    if (isStopped(run)) log.skip([action]);
    else await removeOne(finish, action, existing, leaving);
  }
  await confirmRemovals(run, destination.live, project.name, removals, log);
}

/** Nothing is removed from a project where anything went wrong or is missing: the old file may be the only good one. */
function removalObstacle({ destination: { config }, project, log }: Finish): string | undefined {
  if (log.hasFailure(config.name)) return 'nothing is removed from a project after a failure in it';
  const unmet = project.actions.some(
    (action) => action.destination === config.name && (action.kind === 'mismatch' || (action.kind === 'blocked' && !isKeptBack(action))),
  );
  return unmet ? 'nothing is removed from a project while a wanted file of it is blocked or differs' : undefined;
}

/** A removal that the destination cannot do says nothing against those that it can. */
function isKeptBack({ reason, file, existing }: Extract<Action, { kind: 'blocked' }>): boolean {
  return reason === 'destination-refuses' && file === undefined && existing !== undefined;
}

/** What is there right before the first removal: transfers may have taken hours. */
async function freshListing(
  run: ApplyRun,
  live: WritableDestination,
  name: PackageName,
  removals: readonly Removal[],
  log: ResultLog,
): Promise<DestinationProject | undefined> {
  try {
    const { listing, failed } = await inspectProject(live, name, run.signal);
    if (failed !== undefined) log.fail(removals, failed);
    return listing;
  } catch (error) {
    log.fail(removals, asPkgsyncError(error));
    return undefined;
  }
}

interface DueRemoval {
  readonly action: Removal;
  readonly existing: ExistingFile;
}

/** The removals whose precondition holds; the others are settled. All are judged before the first is carried out: a server may remove several at once. */
function stillDue({ locked, log }: Finish, removals: readonly Removal[], listing: DestinationProject): readonly DueRemoval[] {
  return removals.flatMap((action) => {
    const verdict = precondition(action, listing, locked);
    if (verdict.state === 'changed') log.stale(action, verdict.detail);
    else if (verdict.state === 'already' || verdict.existing === undefined) log.finish(action, 'already');
    else return { action, existing: verdict.existing };
    return [];
  });
}

async function removeOne(
  { run, destination, project: { name }, log }: Finish,
  action: Removal,
  file: ExistingFile,
  leaving: readonly ExistingFile[],
): Promise<void> {
  log.start(action);
  try {
    const answer = await destination.live.remove({ name, file, leaving, signal: run.signal });
    log.removed(action, answer);
  } catch (error) {
    log.fail([action], asPkgsyncError(error));
  }
}
