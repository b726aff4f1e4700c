import { actionKinds } from './plan.ts';
import type { Action, ActionKind, Counts, LockChange } from './plan.ts';

export type MutableCounts = Record<ActionKind, number>;

export function noCounts(): MutableCounts {
  return Object.fromEntries(actionKinds.map((kind) => [kind, 0])) as MutableCounts;
}

/** Adds up actions per destination as they pass. */
export class Tally {
  readonly byDestination = new Map<string, MutableCounts>();
  readonly lock: Record<LockChange['kind'], number> = { add: 0, tombstone: 0, revive: 0, drop: 0, enrich: 0 };
  /** Bytes of uploads and replacements whose size is known. */
  readonly uploadBytes = new Map<string, number>();

  constructor(destinations: readonly string[]) {
    for (const name of destinations) this.byDestination.set(name, noCounts());
  }

  addAction(action: Action): void {
    const counts = this.byDestination.get(action.destination) ?? noCounts();
    this.byDestination.set(action.destination, counts);
    counts[action.kind] += 1;
    if (action.kind === 'upload' || action.kind === 'replace') {
      this.uploadBytes.set(action.destination, (this.uploadBytes.get(action.destination) ?? 0) + (action.file.size ?? 0));
    }
  }

  addLockChange(change: LockChange): void {
    this.lock[change.kind] += 1;
  }

  /** Over all destinations. */
  total(): Counts {
    const total = noCounts();
    for (const counts of this.byDestination.values()) {
      for (const kind of actionKinds) total[kind] += counts[kind];
    }
    return total;
  }
}

/** Files that the destination was seen to hold, of whatever action. */
export function listedFiles(counts: Counts): number {
  return counts.replace + counts.update + counts.remove + counts.mismatch + counts.keep + counts.unverifiable;
}

/** Kinds that an apply carries out. */
export const writingKinds: ReadonlySet<ActionKind> = new Set(['register', 'upload', 'replace', 'update', 'remove']);
/** Kinds that mean: the destination is not as declared. */
export const differenceKinds: ReadonlySet<ActionKind> = new Set([
  'register',
  'upload',
  'replace',
  'update',
  'remove',
  'mismatch',
  'blocked',
]);

/** `2 to register, 9 to upload, …`: stable text. */
export function countsText(counts: Counts): string {
  return [
    `${counts.register} to register`,
    `${counts.upload} to upload`,
    `${counts.replace} to replace`,
    `${counts.update} to update`,
    `${counts.remove} to remove`,
    `${counts.mismatch} mismatch`,
    `${counts.blocked} blocked`,
    `${counts.keep} unchanged`,
    `${counts.unverifiable} unverifiable`,
  ].join(', ');
}

/** Stable summary line of a plan. */
export function planLine(planId: string, counts: Counts): string {
  return `Plan ${planId.slice(0, 12)}: ${countsText(counts)}.`;
}

/** Stable summary line of the lock; parts beyond the first two appear only where they are not zero. */
export function lockLine(lock: Readonly<Record<LockChange['kind'], number>>, records = 0): string {
  const parts = [`${lock.add} to add`, `${lock.tombstone} to tombstone`];
  if (lock.revive > 0) parts.push(`${lock.revive} to revive`);
  if (lock.drop > 0) parts.push(`${lock.drop} to drop`);
  if (records > 0) parts.push(`${records} to record`);
  return `Lock: ${parts.join(', ')}.`;
}
