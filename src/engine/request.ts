import type { ReadableDestination, WritableDestination } from '../destinations/destination.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { lockExists, readLock } from '../lockfile/lockfile.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { PlannedDestination } from '../plan/plan-id.ts';
import type { ConnectedDestination, LockReader, PlanOptions } from '../sync/context.ts';

/** The live ends that a run works on: what `connect` makes of a manifest. */
export interface Ends<Live extends ReadableDestination = WritableDestination> {
  readonly sources: ReadonlyMap<string, SourceIndex>;
  readonly destinations: readonly ConnectedDestination<Live>[];
}

/** Ends that are only read. */
export type ReadableEnds = Ends<ReadableDestination>;

/** Where the approved state is: the path of a lock (a folder of one file per project where it ends in `/`), or packages in name order from elsewhere. */
export type LockInput = string | LockReader;

/** What may be left out of the options of a plan has these values: resolve what is new or changed, every package, now, 16 projects at once. */
export function planOptions(given: Partial<PlanOptions> = {}): PlanOptions {
  return {
    locked: given.locked ?? false,
    upgrade: given.upgrade ?? false,
    packages: given.packages ?? [],
    accept: given.accept ?? new Set(),
    asOf: given.asOf ?? Date.now(),
    concurrency: given.concurrency ?? defaultConcurrency,
    signal: given.signal,
    onEvent: given.onEvent,
  };
}

export const defaultConcurrency = 16;

/** The lock as it is now; undefined where there is none. @throws PkgsyncError FILE_SYSTEM */
export async function openLock(lock: LockInput | undefined): Promise<LockReader | undefined> {
  if (typeof lock !== 'string') return lock;
  return (await lockExists(lock)) ? { packages: () => readLock(lock) } : undefined;
}

/** Packages of the lock as it is now; none where there is no lock. @throws PkgsyncError LOCK_INVALID, FILE_SYSTEM */
export async function* packagesOf(lock: LockInput | undefined): AsyncGenerator<LockPackage> {
  const reader = await openLock(lock);
  if (reader !== undefined) yield* reader.packages();
}

/** The destinations as a plan names them. */
export function plannedDestinations(destinations: ReadableEnds['destinations']): readonly PlannedDestination[] {
  return destinations.map(({ live }) => ({ name: live.name, type: live.type, address: live.address }));
}
