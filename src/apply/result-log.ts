import type { VerifiedContent, WriteAnswer } from '../destinations/destination.ts';
import type { PkgsyncError } from '../errors.ts';
import type { ActionOutcome } from '../events.ts';
import type { PackageName } from '../packaging/name.ts';
import { filenameOf } from '../plan/diff.ts';
import type { Action } from '../plan/plan.ts';
import type { ActionResult } from './result.ts';
import { sentFile } from './sent-file.ts';
import type { ApplyRun } from './run.ts';

/** A write that was sent and waits for the listing to confirm it. */
export interface PendingWrite {
  readonly content: VerifiedContent;
  readonly answer: WriteAnswer;
  /** The error that left it open. */
  readonly error?: PkgsyncError | undefined;
}

/** A removal that was sent and waits for the listing to confirm it. */
export interface PendingRemoval {
  readonly answer: WriteAnswer;
}

/** How the actions of one project went: reports events and remembers outcomes. */
export class ResultLog {
  readonly pending = new Map<Action, PendingWrite>();
  readonly pendingRemovals = new Map<Action, PendingRemoval>();
  readonly #forbidden = new Set<string>();
  readonly #run: ApplyRun;
  readonly #name: PackageName;
  readonly #settled = new Map<Action, ActionResult>();

  constructor(run: ApplyRun, name: PackageName) {
    this.#run = run;
    this.#name = name;
  }

  get results(): readonly ActionResult[] {
    return [...this.#settled.values()];
  }

  start(action: Action): void {
    const size = 'file' in action ? action.file.size : undefined;
    this.#run.onEvent({ type: 'action-started', ...this.#about(action), size });
  }

  /** The answer to a write: it counts only when the listing shows the file. */
  written(action: Action, content: VerifiedContent, answer: WriteAnswer, error?: PkgsyncError): void {
    this.pending.set(action, { content, answer, error });
    const sent = sentFile(this.#run, action);
    if (sent !== undefined) this.#run.journal.sent(sent);
    this.#run.onEvent({ type: 'action-sent', ...this.#about(action) });
  }

  /** The answer to a removal: it counts only when the listing no longer shows the file. */
  removed(action: Action, answer: WriteAnswer): void {
    this.pendingRemovals.set(action, { answer });
  }

  /** Why nothing more of this project goes to the destination, once it has forbidden something. */
  forbidden(destination: string): string | undefined {
    return this.#forbidden.has(destination) ? 'the destination forbade another file of this project' : undefined;
  }

  finish(action: Action, outcome: 'done' | 'already', message?: string): void {
    this.#settle({ action, outcome, message });
    if (outcome === 'done') this.#run.breaker.succeeded();
  }

  stale(action: Action, message: string): void {
    this.#settle({ action, outcome: 'stale', message, hint: 'plan again', errorCode: 'PLAN_STALE', retryable: true });
  }

  /** One error that all these actions met, such as a listing that failed: for the circuit breaker it is one failure. */
  fail(actions: readonly Action[], error: PkgsyncError): readonly never[] {
    if (error.code !== 'INTERRUPTED' && actions.length > 0) this.#run.breaker.failed(this.#name, error);
    for (const action of actions) {
      if (error.code === 'INTERRUPTED') {
        this.#settle({ action, outcome: 'skipped', message: 'interrupted' });
        continue;
      }
      this.#settle({
        action,
        outcome: 'failed',
        message: error.message,
        hint: error.hint,
        errorCode: error.code,
        retryable: error.retryable,
      });
      if (error.code === 'FORBIDDEN') this.#forbidden.add(action.destination);
    }
    return [];
  }

  skip(actions: readonly Action[], message?: string): readonly never[] {
    for (const action of actions)
      this.#settle({ action, outcome: 'skipped', message: message ?? this.#run.breaker.reason ?? 'interrupted' });
    return [];
  }

  isSettled(action: Action): boolean {
    return this.#settled.has(action);
  }

  outcomeOf(action: Action): ActionOutcome | undefined {
    return this.#settled.get(action)?.outcome;
  }

  hasFailure(destination: string): boolean {
    const bad: readonly ActionOutcome[] = ['failed', 'stale', 'skipped'];
    return this.results.some(({ action, outcome }) => action.destination === destination && bad.includes(outcome));
  }

  #settle(result: ActionResult): void {
    const { action, outcome } = result;
    const sent = this.pending.has(action) ? sentFile(this.#run, action) : undefined;
    if (sent !== undefined) this.#run.journal.settled(sent);
    this.#settled.set(action, result);
    this.pending.delete(action);
    this.pendingRemovals.delete(action);
    this.#run.onEvent({
      type: 'action-finished',
      ...this.#about(action),
      outcome,
      message: result.message,
      errorCode: result.errorCode,
      retryable: result.retryable,
    });
  }

  #about(action: Action): { destination: string; name: PackageName; kind: string; filename?: string } {
    const filename = filenameOf(action);
    return { destination: action.destination, name: action.name, kind: action.kind, ...(filename === '' ? {} : { filename }) };
  }
}
