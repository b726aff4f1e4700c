import type { OnEvent } from '../events.ts';
import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { PackageName } from '../packaging/name.ts';
import type { LockChange, Problem, ProjectPlan, Warning } from '../plan/plan.ts';
import type { PlanOptions } from '../sync/context.ts';
import { planProjects } from '../sync/plan-all.ts';
import { interruption } from '../io/interruption.ts';
import { openLock, planOptions } from './request.ts';
import type { LockInput, ReadableEnds } from './request.ts';

export interface ResolveRequest {
  readonly manifest: Manifest;
  readonly connection: Pick<ReadableEnds, 'sources'>;
  /** What is locked stays, unless its rule has changed or it is upgraded. */
  readonly lock?: LockInput | undefined;
  readonly options?: Omit<Partial<PlanOptions>, 'signal' | 'onEvent'> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}

/** What a manifest selects of one project. */
export interface SelectedPackage {
  readonly name: PackageName;
  /** The files that it selects, as the lock would hold them. */
  readonly files: readonly LockEntry[];
  /** The package's new state in the lock; undefined where nothing of it is left. */
  readonly locked: LockPackage | undefined;
  /** What that changes in the lock. */
  readonly changes: readonly LockChange[];
  /** What keeps it from the state that the manifest asks for; `locked` is then as before. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

/**
 * What a manifest selects from its sources, project by project in name order, without regard to what any destination holds. Only names are held.
 * @throws PkgsyncError LOCK_MISSING, LOCK_OUTDATED with `locked`; LOCK_INVALID; what reading the names of a source throws; INTERRUPTED
 */
export async function* resolve(request: ResolveRequest): AsyncGenerator<SelectedPackage> {
  const { manifest, connection, onEvent } = request;
  const { signal, end } = interruption(request.signal);
  try {
    const lock = await openLock(request.lock);
    const options = planOptions({ ...request.options, signal, onEvent });
    for await (const plan of planProjects({ manifest, sources: connection.sources, destinations: [], lock }, options)) {
      if (plan.untouched !== true) yield selected(plan);
    }
  } finally {
    end();
  }
}

function selected({ name, locked, lock, problems, warnings }: ProjectPlan): SelectedPackage {
  const files = (locked?.files ?? []).filter(({ removed }) => removed === undefined);
  return { name, files, locked, changes: lock, problems, warnings };
}
