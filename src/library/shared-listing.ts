import type { DestinationProject, WritableDestination } from '../destinations/destination.ts';
import { PkgsyncError } from '../errors.ts';
import type { PackageName } from '../packaging/name.ts';

/** A read of one project's listing that is under way, and the one that follows it, if anybody waits for that. */
interface Lane {
  readonly running: Promise<void>;
  next?: Promise<DestinationProject>;
}

/**
 * The same destination, whose listings are shared by those who ask at the same time: many files of one project would else read its page many times over.
 * Everybody still gets a listing that was begun after asking, so that it shows what was written before.
 */
export function withSharedListings(destination: WritableDestination): WritableDestination {
  const lanes = new Map<PackageName, Lane>();

  function begin(name: PackageName): Promise<DestinationProject> {
    const listing = destination.list(name);
    const over = (): void => undefined;
    const lane: Lane = { running: listing.then(over, over) };
    lanes.set(name, lane);
    void lane.running.then(() => {
      if (lane.next === undefined) lanes.delete(name);
    });
    return listing;
  }

  return {
    ...destination,
    // What else is asked for is no business of an upload.
    list: (name, signal) => {
      const lane = lanes.get(name);
      if (lane === undefined) return unlessAborted(begin(name), signal);
      lane.next ??= lane.running.then(() => begin(name));
      return unlessAborted(lane.next, signal);
    },
  };
}

/** The promise's outcome, or an interruption as soon as the signal aborts: others may still wait for the promise. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(new PkgsyncError('INTERRUPTED', 'interrupted while a listing was read', { cause: signal.reason }));
  });
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
