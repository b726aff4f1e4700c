import { createHasher } from '../io/hasher.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { encodePlan, planLifetimeDays, planVersion } from '../plan/plan-file.ts';
import type { PlanHeader, PlanTrailer } from '../plan/plan-file.ts';
import type { ProjectPlan } from '../plan/plan.ts';
import { PlanRecorder } from '../plan/recorder.ts';
import { planProjects } from '../sync/plan-all.ts';
import type { PlanOptions } from '../sync/context.ts';
import { openLock, plannedDestinations } from './request.ts';
import type { LockInput, ReadableEnds } from './request.ts';
import { rulesDigest } from './rules-digest.ts';

export interface RecordRequest {
  readonly manifest: Manifest;
  readonly ends: ReadableEnds;
  readonly lock?: LockInput | undefined;
  readonly options: PlanOptions;
  /** Names of destinations that were asked for; none where all of the manifest's are meant. For the record only. */
  readonly destinationNames?: readonly string[] | undefined;
  /** Every project in name order, without those that `packages` leaves out. Waited for. */
  readonly onProject?: ((plan: ProjectPlan) => Promise<void> | void) | undefined;
}

/** A plan that has passed by. */
export interface RecordedPlan {
  readonly header: PlanHeader;
  readonly recorder: PlanRecorder;
  readonly trailer: Omit<PlanTrailer, 'type' | 'digest'>;
}

/**
 * Plans, feeding every line of the plan file to `sink`, which consumes them all: writes the file, prints them, or only drains them.
 * @throws PkgsyncError LOCK_MISSING, LOCK_OUTDATED, LOCK_INVALID; UNAUTHORIZED, UNREACHABLE, ... where the names themselves cannot be read; what
 *   `sink` and `onProject` throw
 */
export async function recordPlan(request: RecordRequest, sink: (lines: AsyncIterable<string>) => Promise<void>): Promise<RecordedPlan> {
  const { manifest, ends, options, onProject } = request;
  const planned = plannedDestinations(ends.destinations);
  const recorder = new PlanRecorder(createHasher, planned);
  const created = new Date();
  const header: PlanHeader = {
    type: 'header',
    planVersion,
    created: created.toISOString(),
    expires: new Date(created.getTime() + planLifetimeDays * 86_400_000).toISOString(),
    destinations: planned,
    options: {
      locked: options.locked,
      upgrade: options.upgrade,
      packages: options.packages,
      destinations: request.destinationNames ?? [],
    },
    rules: rulesDigest(manifest),
  };
  const lock = await openLock(request.lock);
  const plans = planProjects({ manifest, sources: ends.sources, destinations: ends.destinations, lock }, options);
  const recorded = async function* (): AsyncGenerator<ProjectPlan> {
    for await (const plan of plans) {
      recorder.add(plan);
      if (plan.untouched !== true) await onProject?.(plan);
      yield plan;
    }
  };
  await sink(encodePlan(header, recorded(), () => recorder.trailer(), createHasher));
  return { header, recorder, trailer: recorder.trailer() };
}

/** A sink that keeps nothing. */
export async function drain(lines: AsyncIterable<string>): Promise<void> {
  const reader = lines[Symbol.asyncIterator]();
  while ((await reader.next()).done !== true);
}
