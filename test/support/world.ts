import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import type { ApplyResult } from '../../src/apply/result.ts';
import { createHasher } from '../../src/io/hasher.ts';
import type { LockPackage } from '../../src/lockfile/lock.ts';
import type { DestinationConfig, Manifest } from '../../src/manifest/manifest.ts';
import { filenameOf } from '../../src/plan/diff.ts';
import type { ProjectPlan } from '../../src/plan/plan.ts';
import type { PlanTrailer, SavedProject } from '../../src/plan/plan-file.ts';
import { LockIdentity } from '../../src/plan/recorder.ts';
import type { PlanOptions } from '../../src/sync/context.ts';
import { withLessons, withLockChanges } from '../../src/sync/lock-changes.ts';
import { planProjects } from '../../src/sync/plan-all.ts';
import { planOptions } from './builders.ts';
import { collect } from './collect.ts';
import type { FakeDestination } from './fake-destination.ts';
import type { FakeSource } from './fake-source.ts';
import { decoded, each, header, planLines } from './plans.ts';

/** Everything that a run works on, in memory. */
export interface World {
  manifest: Manifest;
  readonly sources: readonly FakeSource[];
  readonly destinations: readonly FakeDestination[];
  lock: readonly LockPackage[] | undefined;
}

function connected(world: World) {
  return world.destinations.map((live) => {
    const config = world.manifest.destinations.find(({ name }) => name === live.name);
    return { config: config as DestinationConfig, live };
  });
}

/** Plans as the command does. */
export async function planned(world: World, options: Partial<PlanOptions> = {}): Promise<readonly ProjectPlan[]> {
  const { manifest, lock } = world;
  const sources = new Map(world.sources.map((source) => [source.name, source]));
  const reader = lock === undefined ? undefined : { packages: () => each(lock) };
  return await collect(planProjects({ manifest, sources, destinations: connected(world), lock: reader }, planOptions(options)));
}

export interface Saved {
  readonly projects: readonly SavedProject[];
  readonly trailer: PlanTrailer;
}

/** The plan after it was written and read again. */
export async function saved(world: World, plans: readonly ProjectPlan[]): Promise<Saved> {
  const destinations = world.destinations.map(({ name, type, address }) => ({ name, type, address }));
  return await decoded(await planLines(plans, header({ destinations })));
}

/** Carries out a plan as `apply` does: lock first, then the destinations, then what was learnt. */
export async function applied(world: World, { projects }: Saved): Promise<ApplyResult> {
  world.lock = await collect(withLockChanges(each(world.lock ?? []), each(projects)));
  const stagingFolder = await mkdtemp(join(tmpdir(), 'pkgsync-test-'));
  try {
    const result = await applyPlan({
      manifest: world.manifest,
      sources: new Map(world.sources.map((source) => [source.name, source])),
      destinations: connected(world),
      projects: each(projects),
      lock: each(world.lock),
      concurrency: 4,
      stagingFolder,
      onEvent: () => undefined,
      sleep: () => Promise.resolve(),
    });
    world.lock = await collect(withLessons(each(world.lock), result.lessons));
    return result;
  } finally {
    await rm(stagingFolder, { recursive: true, force: true });
  }
}

/** Plans and carries out. */
export async function synced(world: World, options: Partial<PlanOptions> = {}): Promise<ApplyResult> {
  return await applied(world, await saved(world, await planned(world, options)));
}

/** `kind filename: reason` of every action of every project, without what is kept. */
export function actionsOf(plans: readonly ProjectPlan[]): readonly string[] {
  return plans.flatMap(({ actions }) =>
    actions.filter(({ kind }) => kind !== 'keep').map((action) => `${action.kind} ${filenameOf(action) || action.name}: ${action.reason}`),
  );
}

/** `kind filename` of every change of the lock. */
export function lockChangesOf(plans: readonly ProjectPlan[]): readonly string[] {
  return plans.flatMap(({ lock }) => lock.map(({ kind, entry }) => `${kind} ${entry.filename}`));
}

export function warningsOf(plans: readonly ProjectPlan[]): readonly string[] {
  return plans.flatMap(({ warnings }) => warnings.map((warning) => `${warning.class} ${warning.name}: ${warning.message}`));
}

/** `name: live files` of every package of the lock. */
export function lockedFiles(world: World): readonly string[] {
  return (world.lock ?? []).map(
    ({ name, files }) => `${name}: ${files.map(({ filename, removed }) => (removed === undefined ? filename : `(${filename})`)).join(' ')}`,
  );
}

export function identityOf(lock: readonly LockPackage[]): string {
  const identity = new LockIdentity(createHasher());
  for (const one of lock) identity.add(one);
  return identity.hex();
}
