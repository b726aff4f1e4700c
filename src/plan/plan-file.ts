import { visibleJson } from '../errors.ts';
import type { CreateHasher, PlannedDestination } from './plan-id.ts';
import type { Action, Counts, LockChange, ProjectPlan } from './plan.ts';

export const planVersion = 1;
/** Days after which a saved plan is stale whatever it says. */
export const planLifetimeDays = 7;

/** What a plan was made from, so that an apply can tell whether it still holds. */
export interface PlanHeader {
  readonly type: 'header';
  readonly planVersion: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly expires: string;
  readonly destinations: readonly PlannedDestination[];
  readonly options: PlanOptionsRecord;
  /** SHA-256 of everything in the manifest that decides. */
  readonly rules: string;
}

/** The options that decided what the plan contains. */
export interface PlanOptionsRecord {
  readonly locked: boolean;
  readonly upgrade: boolean | readonly string[];
  readonly packages: readonly string[];
  readonly destinations: readonly string[];
}

export interface PlanTrailer {
  readonly type: 'trailer';
  readonly counts: Readonly<Record<string, Counts>>;
  readonly lock: Readonly<Record<LockChange['kind'], number>>;
  /** Rules, sources, requirers and yanked flags that the lock is to record anew. */
  readonly records: number;
  /** False where a listing failed: what is absent from this plan may still be needed. */
  readonly complete: boolean;
  readonly planId: string;
  /** Identity of the lock's approved state before and after this plan. */
  readonly lockBefore: string;
  readonly lockAfter: string;
  /** SHA-256 of every byte before this line: detects truncation and edits. */
  readonly digest: string;
}

/** One project of a saved plan: unchanged files are only counted. */
export type SavedProject = Pick<ProjectPlan, 'name' | 'actions' | 'lock' | 'ruleChanged' | 'locked'>;

/**
 * The plan as JSON lines: header, one line per action and lock change in name order, trailer.
 * @param trailer called after the last project
 */
export async function* encodePlan(
  header: PlanHeader,
  projects: AsyncIterable<ProjectPlan> | Iterable<ProjectPlan>,
  trailer: () => Omit<PlanTrailer, 'type' | 'digest'>,
  createHasher: CreateHasher,
): AsyncGenerator<string> {
  const hasher = createHasher();
  const line = (value: unknown): string => {
    const text = `${visibleJson(JSON.stringify(value))}\n`;
    hasher.update(text);
    return text;
  };
  yield line(header);
  for await (const project of projects) {
    for (const action of project.actions) if (action.kind !== 'keep') yield line(actionLine(action));
    if (project.ruleChanged) yield line(packageLine(project));
    for (const change of project.lock) yield line(lockChangeLine(change));
  }
  const { counts, lock, records, complete, planId, lockBefore, lockAfter } = trailer();
  yield `${JSON.stringify({ type: 'trailer', counts, lock, records, complete, planId, lockBefore, lockAfter, digest: hasher.hex() })}\n`;
}

/** An action as one object of the plan: `from` is what the destination must hold before, `to` what it holds after. */
export function actionLine(action: Action): Record<string, unknown> {
  const { destination, kind, name, reason, detail } = action;
  const to = 'file' in action ? action.file : undefined;
  const from = 'existing' in action ? action.existing : undefined;
  const { errorCode, retryable, hint } = action.kind === 'blocked' ? action : {};
  return {
    type: 'action',
    destination,
    kind,
    name,
    reason,
    detail,
    errorCode,
    retryable,
    hint,
    from: from && factsLine(from),
    to: to && factsLine(to),
  };
}

function factsLine(file: NonNullable<Extract<Action, { kind: 'upload' }>['file']>): Record<string, unknown> {
  const { filename, version, packageType, size, hashes, requiresPython, uploadTime, yanked, coreMetadata } = file;
  return {
    filename,
    version,
    packageType,
    size,
    hashes,
    requiresPython,
    uploadTime,
    yanked: yanked === false ? undefined : yanked,
    coreMetadata,
  };
}

/** A lock change as one object of the plan. */
export function lockChangeLine({ kind, name, entry, detail }: LockChange): Record<string, unknown> {
  return { type: 'lock', kind, name, detail, entry };
}

function packageLine({ name, locked }: ProjectPlan): Record<string, unknown> {
  if (locked === undefined) return { type: 'package', name, removed: true };
  return { type: 'package', name, rule: locked.rule, via: locked.via, source: locked.source };
}
