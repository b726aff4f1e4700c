import type { ErrorCode } from '../errors.ts';
import type { ActionOutcome } from '../events.ts';
import type { PackageName } from '../packaging/name.ts';
import type { Action } from '../plan/plan.ts';
import type { Lessons, LockLesson } from '../sync/lock-changes.ts';

/** How one action ended. */
export interface ActionResult {
  readonly action: Action;
  readonly outcome: ActionOutcome;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly errorCode?: ErrorCode | undefined;
  readonly retryable?: boolean | undefined;
}

export interface ProjectResult {
  readonly name: PackageName;
  readonly results: readonly ActionResult[];
  readonly lesson: LockLesson;
  /** Bytes of files that were fetched whole. */
  readonly bytes: number;
}

/** How an apply ended, as far as the destinations are concerned. */
export interface ApplyResult {
  readonly done: number;
  /** Found as wanted when their turn came. */
  readonly already: number;
  readonly failed: number;
  /** Not started: after an interruption, a circuit breaker, or an earlier failure that forbids them. */
  readonly skipped: number;
  readonly bytes: number;
  /** Codes of all failures, also of those that are not listed. */
  readonly errorCodes: ReadonlySet<ErrorCode>;
  /** What failed and what was not started, the first thousand of each. */
  readonly failures: readonly ActionResult[];
  readonly lessons: Lessons;
  readonly interrupted: boolean;
  /** Why the circuit breaker stopped the run. */
  readonly stopped?: string | undefined;
}
