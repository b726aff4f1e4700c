import { setMaxListeners } from 'node:events';
import { PkgsyncError, isPkgsyncError } from '../errors.ts';

/** A signal whose reason is always a PkgsyncError INTERRUPTED, until `end`. */
export interface Interruption {
  readonly signal: AbortSignal | undefined;
  /** Stops listening to the caller's signal, which may outlive many runs. */
  readonly end: () => void;
}

/** Stages tell an interruption from a failure by its code; the reason that a caller gave stands as the error's cause. */
export function interruption(caller: AbortSignal | undefined): Interruption {
  if (caller === undefined) return { signal: undefined, end: () => undefined };
  const controller = new AbortController();
  // Every file in flight listens.
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort(asInterrupted(caller.reason));
  if (caller.aborted) abort();
  else caller.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, end: () => caller.removeEventListener('abort', abort) };
}

function asInterrupted(reason: unknown): PkgsyncError {
  return isPkgsyncError(reason, 'INTERRUPTED') ? reason : new PkgsyncError('INTERRUPTED', 'interrupted', { cause: reason });
}

/** Runs `work` with such a signal. @throws PkgsyncError INTERRUPTED where the caller has aborted before, or `work` obeys the signal */
export async function interruptibly<T>(caller: AbortSignal | undefined, work: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
  const { signal, end } = interruption(caller);
  try {
    signal?.throwIfAborted();
    return await work(signal);
  } finally {
    end();
  }
}

/** The values of `iterate`, run with such a signal. Iterating throws as `interruptibly`. */
export async function* interruptibleValues<T>(
  caller: AbortSignal | undefined,
  iterate: (signal: AbortSignal | undefined) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const { signal, end } = interruption(caller);
  try {
    signal?.throwIfAborted();
    yield* iterate(signal);
  } finally {
    end();
  }
}
