import type { ApplyResult } from '../apply/result.ts';
import { filenameOf } from '../plan/diff.ts';

/** The outcome of an apply as one line of JSON (`schema/events.schema.json`). */
export function applyJson(result: ApplyResult): string {
  const { done, already, failed, skipped, bytes, interrupted, stopped } = result;
  const failures = result.failures.map(({ action, outcome, message, hint, errorCode, retryable }) => ({
    destination: action.destination,
    name: action.name,
    kind: action.kind,
    filename: filenameOf(action) || undefined,
    outcome,
    message,
    hint,
    errorCode,
    retryable: retryable === true,
  }));
  return JSON.stringify({ type: 'result', eventsVersion: 1, done, already, failed, skipped, bytes, interrupted, stopped, failures });
}
