import { PkgsyncError } from '../errors.ts';
import { Tally } from './counts.ts';
import type { PlanTrailer, SavedProject } from './plan-file.ts';
import { PlanIdentity } from './plan-id.ts';
import type { CreateHasher, PlannedDestination } from './plan-id.ts';
import { actionKinds } from './plan.ts';
import type { LockChange } from './plan.ts';

/** What the lines of a plan add up to: limits and approvals are about the trailer, so it has to be true. */
export class PlanSums {
  readonly destinations: ReadonlySet<string>;
  readonly #tally: Tally;
  readonly #identity: PlanIdentity;

  constructor(createHasher: CreateHasher, destinations: readonly PlannedDestination[]) {
    this.destinations = new Set(destinations.map(({ name }) => name));
    this.#tally = new Tally([...this.destinations]);
    this.#identity = new PlanIdentity(createHasher, destinations);
  }

  add(project: SavedProject): void {
    for (const action of project.actions) this.#tally.addAction(action);
    for (const change of project.lock) this.#tally.addLockChange(change);
    this.#identity.add(project);
  }

  /** @throws PkgsyncError PLAN_INVALID */
  compare({ counts, lock, planId }: PlanTrailer, label: string): void {
    const { byDestination, lock: lockCounts } = this.#tally;
    // Unchanged files are counted only.
    const same = [...byDestination].every(([name, own]) =>
      actionKinds.every((kind) => kind === 'keep' || counts[name]?.[kind] === own[kind]),
    );
    const sameLock = Object.entries(lockCounts).every(([kind, count]) => lock[kind as LockChange['kind']] === count);
    if (!same || Object.keys(counts).length !== byDestination.size || !sameLock) throw changed(label, 'its counts do not fit its lines');
    if (planId !== this.#identity.hex()) throw changed(label, 'its id does not fit its lines');
  }
}

/** A plan that is not as it was written. */
export function changed(label: string, because: string): PkgsyncError {
  return new PkgsyncError('PLAN_INVALID', `${label} was changed after it was written: ${because}`, { hint: 'plan again' });
}
