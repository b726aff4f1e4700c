import { setMaxListeners } from 'node:events';

/** Runs tasks, a bounded number at once. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Runs at most `limit` of the tasks given to it at once, the others in the order in which they came.
 * A task that fails frees its place; its error goes to whoever gave the task.
 */
export function createLimiter(limit: number): Limiter {
  checkLimit(limit);
  const waiting = new Set<() => void>();
  let running = 0;
  return async (task) => {
    if (running < limit) running += 1;
    else await new Promise<void>((resolve) => waiting.add(resolve));
    try {
      return await task();
    } finally {
      // The place passes straight to the next in line, so nobody can slip in between. A Set keeps the order and forgets its head in constant time.
      const [next] = waiting;
      if (next === undefined) running -= 1;
      else {
        waiting.delete(next);
        next();
      }
    }
  };
}

/** The values of `iterate`, which counts as one task of the limiter from the first value that is asked for until the reader stops. */
export async function* limited<T>(limiter: Limiter, iterate: () => AsyncIterable<T>): AsyncGenerator<T> {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  await new Promise<void>((begin, fail) => {
    limiter(() => {
      begin();
      return ended;
    }).catch(fail);
  });
  try {
    yield* iterate();
  } finally {
    end();
  }
}

export interface OrderedMapOptions {
  /** How many inputs may be started and not yet yielded. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** One started input; `outcome` appears when its task has settled, so a promise that nobody awaits can never be an unhandled rejection. */
interface Slot<O> {
  outcome?: { readonly ok: true; readonly value: O } | { readonly ok: false; readonly error: unknown };
}

/**
 * `fn` of every input, up to `concurrency` at once, yielded in the order of the inputs. Never more than `concurrency` inputs are started
 * and not yet yielded, so memory is bounded and a slow consumer slows the rest. An error of `fn` or of the inputs surfaces at its place, after
 * the results before it; an abort surfaces at once, as the signal's reason.
 *
 * No task outlives the generator: when it ends early, the signal that `fn` gets is aborted and the started tasks are waited for.
 */
export async function* orderedMap<I, O>(
  inputs: AsyncIterable<I> | Iterable<I>,
  options: OrderedMapOptions,
  fn: (input: I, signal: AbortSignal) => Promise<O>,
): AsyncGenerator<O> {
  checkLimit(options.concurrency);
  const { concurrency, signal } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  // Every task may hang several requests on it; that is no leak.
  setMaxListeners(0, stop.signal);
  const stopped = (): boolean => stop.signal.aborted;
  const iterator = Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]();
  const started: Slot<O>[] = [];
  const running = new Set<Promise<void>>();
  const inputState: { pulling: boolean; ended: boolean } = { pulling: false, ended: false };
  let wake = (): void => undefined;

  const run = async (slot: Slot<O>, input: I): Promise<void> => {
    try {
      slot.outcome = { ok: true, value: await fn(input, stop.signal) };
    } catch (error) {
      slot.outcome = { ok: false, error };
    }
  };
  const start = (input: I): void => {
    const slot: Slot<O> = {};
    started.push(slot);
    const task = run(slot, input).then(() => {
      running.delete(task);
      wake();
    });
    running.add(task);
  };
  const fill = async (): Promise<void> => {
    if (inputState.pulling) return;
    inputState.pulling = true;
    try {
      while (!inputState.ended && !stopped() && started.length < concurrency) {
        const next = await iterator.next();
        if (next.done === true) inputState.ended = true;
        else if (!stopped()) start(next.value);
      }
    } catch (error) {
      // Inputs that cannot be read take their place in the line: the results before it still come.
      inputState.ended = true;
      started.push({ outcome: { ok: false, error } });
    } finally {
      inputState.pulling = false;
      wake();
    }
  };
  const abort = (): void => {
    stop.abort(signal?.reason);
    wake();
  };
  signal?.addEventListener('abort', abort, { once: true });

  try {
    while (true) {
      signal?.throwIfAborted();
      void fill();
      const outcome = started[0]?.outcome;
      if (outcome !== undefined) {
        started.shift();
        if (!outcome.ok) throw outcome.error;
        void fill();
        yield outcome.value;
      } else if (inputState.ended && started.length === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
    await Promise.all(running);
    if (!inputState.ended) await closeInputs(iterator, inputState.pulling);
  }
}

/** Tells the inputs that nobody wants more. One that hangs in `next` would hang here too, so only an idle one is waited for. */
async function closeInputs(iterator: AsyncIterator<unknown> | Iterator<unknown>, busy: boolean): Promise<void> {
  if (iterator.return === undefined) return;
  const closing = Promise.resolve(iterator.return());
  if (busy) closing.catch(() => undefined);
  else await closing;
}

function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`a limit of concurrency is a whole number from 1, not ${limit}`);
}

/**
 * Runs `fn` on every input, up to `concurrency` at once, in whatever order they end: one slow input holds up no other. After an error nothing new
 * starts, what runs is waited for, and the first error is thrown.
 */
export async function eachOf<I>(inputs: AsyncIterable<I>, concurrency: number, fn: (input: I) => Promise<void>): Promise<void> {
  checkLimit(concurrency);
  const iterator = inputs[Symbol.asyncIterator]();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    while (failures.length === 0) {
      const step = await iterator.next();
      if (step.done === true) return;
      await fn(step.value);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, () => work().catch((error: unknown) => failures.push(error))));
  if (failures.length === 0) return;
  await iterator.return?.();
  throw failures[0];
}

/** As `Promise.all`, but nothing still runs when the first error is thrown: whoever cleans up then cleans up for good. */
export async function allOf<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(tasks);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
