import { setTimeout as delay } from 'node:timers/promises';
import { listingWaits } from '../apply/listing-waits.ts';
import { finder, type Find } from '../apply/precondition.ts';
import type { WriteAnswer } from '../destinations/destination.ts';
import { isPkgsyncError, type PkgsyncError } from '../errors.ts';
import { allOf, type Limiter } from '../io/concurrency.ts';
import type { PackageName } from '../packaging/name.ts';
import type { Distribution } from './distribution.ts';
import { isPypi, notListed, type PutRequest, resultOf, sendUnlessThere, wantedFile, type WriteResult } from './put-file.ts';

/** How one of several files ended: with a result, with an error, or with neither: it was not tried. */
export interface FileOutcome {
  readonly dist: Distribution;
  readonly result?: WriteResult;
  readonly error?: PkgsyncError;
}

export interface PutFilesRequest extends PutRequest {
  /** All of one project, with different filenames. */
  readonly dists: readonly Distribution[];
  /** Files in flight at once. */
  readonly slots: Limiter;
  /** Told right before a file is begun. */
  readonly onStart?: ((dist: Distribution) => void) | undefined;
  /** Told of each file once, as soon as it is known how it ended. */
  readonly onOutcome: (outcome: FileOutcome) => Promise<void> | void;
  /** Asked before each file; false: the file is not tried. */
  readonly mayStart?: (() => boolean) | undefined;
  /** Waits between looks at the listing, milliseconds. Default: the clock's. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

/** A file that has left, and what the answer said. */
interface Pending {
  readonly dist: Distribution;
  readonly answer: WriteAnswer;
}

/**
 * Sends files of one project in parallel, unless the destination holds them already, and confirms by the listing: an answer alone proves nothing. The
 * listing is read once before and once after all of them, and again where it lags behind. Nothing is replaced; one bad file keeps no other from arriving.
 *
 * What fails is told as an outcome: CONFLICT: a file with other bytes has the name (both digests are told); FILE_EXISTS: an identical one, where that is not
 * accepted; INTEGRITY: the file changed since it was opened, or arrived with other bytes; REFUSED; UNREACHABLE with `retryable`: not confirmed; INTERRUPTED;
 * and what writing and listing throw.
 */
export async function putFiles(request: PutFilesRequest): Promise<void> {
  const { destination, dists, signal, onOutcome } = request;
  const project = dists[0]?.name;
  if (project === undefined) return;
  let before;
  try {
    before = await destination.list(project, signal);
  } catch (error) {
    for (const dist of dists) await onOutcome({ dist, error: known(error) });
    return;
  }
  // A project that is new there is made of its first file; on PyPI, files that come at the same time would meet one that is being made.
  const firstAlone = isPypi(destination) && !before.present;
  const { pending, stale } = await sendAll(request, finder(before), firstAlone);
  const shown = [
    ...pending.filter(({ answer: { outcome } }) => outcome === 'done' || outcome === 'exists').map(({ dist }) => dist),
    ...stale,
  ];
  const unpublished = await publish(request, project, shown);
  if (unpublished === undefined) await confirm(request, project, pending);
  else for (const { dist } of pending) await onOutcome({ dist, error: unpublished });
}

/** The same for one file. @throws PkgsyncError as told by `putFiles` */
export async function putFile(request: Omit<PutFilesRequest, 'dists' | 'slots' | 'onOutcome'>, dist: Distribution): Promise<WriteResult> {
  const outcomes: FileOutcome[] = [];
  await putFiles({ ...request, dists: [dist], slots: (task) => task(), onOutcome: (outcome) => void outcomes.push(outcome) });
  const failed = outcomes.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined) throw failed.error;
  const result = outcomes[0]?.result;
  if (result === undefined) throw (request.signal?.reason as Error | undefined) ?? new Error('the file was not tried');
  return result;
}

async function sendAll(request: PutFilesRequest, there: Find, firstAlone: boolean): Promise<{ pending: Pending[]; stale: Distribution[] }> {
  const { dists, slots, signal, onStart, onOutcome, mayStart = () => true } = request;
  const pending: Pending[] = [];
  const stale: Distribution[] = [];
  const one = async (dist: Distribution): Promise<void> => {
    if (!mayStart() || signal?.aborted === true) {
      await onOutcome({ dist });
      return;
    }
    onStart?.(dist);
    try {
      const sent = await sendUnlessThere(request, dist, there(dist.filename));
      if ('answer' in sent) return void pending.push({ dist, answer: sent.answer });
      if (sent.stalePage) stale.push(dist);
      await onOutcome({ dist, result: sent.settled });
    } catch (error) {
      await onOutcome({ dist, error: known(error) });
    }
  };
  const alone = dists.slice(0, firstAlone ? 1 : 0);
  for (const dist of alone) await slots(() => one(dist));
  await allOf(dists.slice(alone.length).map((dist) => slots(() => one(dist))));
  return { pending, stale };
}

/** Pages, where the destination has its own to write: a file without one would be invisible to installers, so this is brought to its end. */
async function publish(
  { destination, oneAtATime }: PutFilesRequest,
  name: PackageName,
  dists: readonly Distribution[],
): Promise<PkgsyncError | undefined> {
  if (dists.length === 0) return undefined;
  try {
    await oneAtATime(async () => {
      await destination.publish({ name, wanted: dists.map(wantedFile) });
      await destination.finish();
    });
    return undefined;
  } catch (error) {
    return known(error);
  }
}

/** Looks, with growing waits, until the listing shows every file; an interruption leaves it at one look. */
async function confirm(request: PutFilesRequest, project: PackageName, sent: readonly Pending[]): Promise<void> {
  const { destination, signal, onOutcome, sleep = wakeably } = request;
  let pending = sent;
  for (const wait of [0, ...listingWaits(destination.traits)]) {
    if (pending.length === 0) return;
    if (wait > 0) await sleep(wait, signal);
    if (wait > 0 && signal?.aborted === true) break;
    try {
      // Without the signal: what was sent is confirmed even after an interruption, so that the result is true.
      pending = await settle(request, finder(await destination.list(project)), pending);
    } catch (error) {
      for (const { dist } of pending) await onOutcome({ dist, error: known(error) });
      return;
    }
  }
  for (const { dist, answer } of pending) await onOutcome({ dist, error: notListed(request, dist, answer) });
}

/** Tells how the files ended that the listing shows. @returns the others */
async function settle(request: PutFilesRequest, there: Find, pending: readonly Pending[]): Promise<readonly Pending[]> {
  const left: Pending[] = [];
  for (const each of pending) {
    const { dist, answer } = each;
    const present = there(dist.filename);
    if (present === undefined) {
      left.push(each);
      continue;
    }
    let outcome: FileOutcome;
    try {
      outcome = { dist, result: await resultOf(request, dist, answer, present) };
    } catch (error) {
      outcome = { dist, error: known(error) };
    }
    await request.onOutcome(outcome);
  }
  return left;
}

/** What is not ours is a fault, and no outcome. */
function known(error: unknown): PkgsyncError {
  if (isPkgsyncError(error)) return error;
  throw error;
}

/** Waits until the time is over or the signal aborts, which the caller looks at. */
async function wakeably(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
