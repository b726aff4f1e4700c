import { overtaken } from '../apply/overtaken.ts';
import { PkgsyncError } from '../errors.ts';
import { createHasher } from '../io/hasher.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { LockIdentity } from '../plan/recorder.ts';
import type { MadePlan } from './plan.ts';
import { packagesOf, plannedDestinations } from './request.ts';
import type { LockInput, ReadableEnds } from './request.ts';
import { rulesDigest } from './rules-digest.ts';
import type { PlanTrailer } from '../plan/plan-file.ts';

/** What a plan is checked against. */
export interface World {
  readonly manifest: Manifest;
  readonly ends: ReadableEnds;
  readonly lock: LockInput | undefined;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/** Whether a saved plan still fits the manifest, the lock and the destinations. @throws PkgsyncError PLAN_STALE; what listing throws */
export async function assertFresh(plan: MadePlan, trailer: PlanTrailer, world: World): Promise<void> {
  const stale = (why: string) =>
    new PkgsyncError('PLAN_STALE', `${plan.label}: ${why}. Nothing was written`, { hint: 'plan again and have it reviewed' });
  if (plan.header.rules !== rulesDigest(world.manifest)) throw stale('the manifest has changed since');
  const here = new Map(plannedDestinations(world.ends.destinations).map((destination) => [destination.name, destination]));
  for (const planned of plan.header.destinations) {
    const live = here.get(planned.name);
    if (live === undefined || live.type !== planned.type || live.address !== planned.address)
      throw stale(`it was made for ${planned.address}, which is no destination of this run`);
  }
  await assertSameLock(world.lock, trailer);
  const moved = await overtaken(plan.projects(), world.ends.destinations, world.concurrency, world.signal);
  if (moved.length > 0)
    throw stale(
      `the destination has changed since: ${moved.slice(0, 5).join('; ')}${moved.length > 5 ? `; and ${moved.length - 5} more` : ''}`,
    );
}

/** The lock is as the plan found it, or as the plan leaves it. @throws PkgsyncError PLAN_STALE */
export async function assertSameLock(lock: LockInput | undefined, trailer: Pick<PlanTrailer, 'lockBefore' | 'lockAfter'>): Promise<void> {
  // Without a lock there is nothing that could have changed.
  if (lock === undefined) return;
  const identity = new LockIdentity(createHasher());
  for await (const locked of packagesOf(lock)) identity.add(locked);
  const now = identity.hex();
  if (now === trailer.lockBefore || now === trailer.lockAfter) return;
  const what = typeof lock === 'string' ? lock : 'the lock';
  throw new PkgsyncError('PLAN_STALE', `${what} has changed since the plan was made. Nothing was written`, {
    hint: 'plan again and have it reviewed',
  });
}
