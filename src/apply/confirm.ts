import type { WritableDestination } from '../destinations/destination.ts';
import { PkgsyncError } from '../errors.ts';
import { inspectProject } from '../inspect/inspect.ts';
import { compareDigests, strongestDigest } from '../packaging/digest.ts';
import type { PackageName } from '../packaging/name.ts';
import type { Action } from '../plan/plan.ts';
import type { Removal, WriteAction } from './contents.ts';
import { listingWaits } from './listing-waits.ts';
import { finder } from './precondition.ts';
import type { Find } from './precondition.ts';
import type { PendingRemoval, PendingWrite, ResultLog } from './result-log.ts';
import type { ApplyRun } from './run.ts';

/**
 * Reads the listing again and compares it with what was sent: a 200 proves nothing, and an unclear answer may have been a success. A file that the
 * listing does not show yet is looked for again, with growing waits, for as long as that server's listing may lag.
 */
export async function confirmWrites(
  run: ApplyRun,
  live: WritableDestination,
  name: PackageName,
  writes: readonly WriteAction[],
  log: ResultLog,
): Promise<void> {
  const left = await lookUntilSettled(
    run,
    live,
    name,
    writes.filter((action) => log.pending.has(action)),
    (action, there) => settleWrite(action, there, log),
    log,
  );
  for (const action of left) log.fail([action], notListed(log.pending.get(action)));
}

/** Reads the listing after removals: what it still shows was not removed, whatever the answer said. */
export async function confirmRemovals(
  run: ApplyRun,
  live: WritableDestination,
  name: PackageName,
  removals: readonly Removal[],
  log: ResultLog,
): Promise<void> {
  const left = await lookUntilSettled(
    run,
    live,
    name,
    removals.filter((action) => log.pendingRemovals.has(action)),
    (action, there) => {
      if (there(action.existing.filename) !== undefined) return false;
      log.finish(action, 'done');
      return true;
    },
    log,
  );
  for (const action of left) log.fail([action], stillListed(log.pendingRemovals.get(action)));
}

/** Looks, with growing waits, until every action is settled; returns those that are not. An interruption leaves it at one look. */
async function lookUntilSettled<A extends Action>(
  run: ApplyRun,
  live: WritableDestination,
  name: PackageName,
  actions: readonly A[],
  settle: (action: A, there: Find) => boolean,
  log: ResultLog,
): Promise<readonly A[]> {
  let waiting = actions;
  for (const wait of [0, ...listingWaits(live.traits)]) {
    if (waiting.length === 0) break;
    if (wait > 0 && run.signal?.aborted === true) break;
    if (wait > 0) await run.sleep(wait);
    // Without the signal: what was sent is confirmed even after an interruption, so that the report is true.
    const inspection = await inspectProject(live, name);
    if (inspection.failed !== undefined) {
      log.fail(waiting, unconfirmed(`the listing could not be read: ${inspection.failed.message}`, inspection.failed));
      return [];
    }
    const there = finder(inspection.listing);
    waiting = waiting.filter((action) => !settle(action, there));
  }
  return waiting;
}

/** Settles one write by the listing; false where it is not shown as wanted yet. */
function settleWrite(action: WriteAction, there: Find, log: ResultLog): boolean {
  const pending = log.pending.get(action);
  if (pending === undefined) return true;
  const existing = there(action.file.filename);
  if (existing === undefined) return false;
  switch (compareDigests({ ...action.file.hashes, ...pending.content.hashes }, existing.hashes)) {
    case 'same':
    case 'same-weak':
      log.finish(action, pending.answer.outcome === 'exists' ? 'already' : 'done');
      return true;
    case 'unknown':
      // Such a listing can only say that the name is there; the next plan calls the file unverifiable.
      log.finish(action, 'done', 'the destination offers no digest to compare');
      return true;
    case 'different':
      // A replacement may still be on its way through the listing; a new file with other bytes is somebody else's.
      if (action.kind === 'replace' && compareDigests(action.existing.hashes, existing.hashes) !== 'different') return false;
      log.fail([action], otherBytes(action, pending, strongestDigest(existing.hashes)));
      return true;
  }
}

function otherBytes(action: WriteAction, { content, answer }: PendingWrite, there: string | undefined): PkgsyncError {
  const said =
    answer.outcome === 'exists' ? 'it was there already, with other bytes' : 'the upload was accepted, but the listing shows other bytes';
  return new PkgsyncError(
    'INTEGRITY',
    `${action.file.filename}: ${said}: sent sha256:${content.hashes.sha256}, listed ${there ?? 'no digest'}`,
    {
      hint: 'find out who else writes there; plan again to see the difference',
    },
  );
}

function notListed(pending: PendingWrite | undefined): PkgsyncError {
  // Cut off by the interruption, and not there: it was not carried out.
  if (pending?.error?.code === 'INTERRUPTED') return pending.error;
  const { status, reason = '' } = pending?.answer ?? {};
  if (status === undefined) return unconfirmed(`${reason === '' ? 'there was no answer' : reason}; the listing does not show the file`);
  return unconfirmed(`the destination answered '${`${status} ${reason}`.trim()}', but its listing does not show the file`);
}

function stillListed({ answer }: PendingRemoval = { answer: { outcome: 'unclear' } }): PkgsyncError {
  const said = answer.status === undefined ? (answer.reason ?? answer.outcome) : `${answer.status} ${answer.reason ?? ''}`.trim();
  return unconfirmed(`the destination answered '${said}', but its listing still shows the file`);
}

function unconfirmed(message: string, cause?: unknown): PkgsyncError {
  return new PkgsyncError('UNREACHABLE', message, {
    hint: 'run the same command again: what arrived is recognised by its digest',
    retryable: true,
    cause,
  });
}
