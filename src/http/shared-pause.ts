import type { RetryPolicy } from './retry.ts';

/** After a pause everybody but the one who met it goes on within so many milliseconds, not all in the same one. */
const spread = 2000;

interface Pause {
  /** By the policy's clock. */
  readonly until: number;
  readonly over: Promise<void>;
}

/** Pauses that a server has asked for, by origin: what one request is told, all heed, so that a limit is not met again by each of them. */
export class SharedPauses {
  readonly #policy: Pick<RetryPolicy, 'sleep' | 'now' | 'random'>;
  readonly #closed = new AbortController();
  readonly #pauses = new Map<string, Pause>();

  constructor(policy: Pick<RetryPolicy, 'sleep' | 'now' | 'random'>) {
    this.#policy = policy;
  }

  /**
   * Makes everybody wait who asks this origin.
   * @param delay milliseconds from now
   * @returns undefined where that is news; where it is known already, how many milliseconds more to wait when the known pause is over
   */
  begin(origin: string, delay: number): number | undefined {
    const { sleep, now, random } = this.#policy;
    const until = now() + delay;
    const known = this.#pauses.get(origin);
    const later = until - (known?.until ?? 0);
    if (known !== undefined && later <= spread) return Math.round(Math.max(0, later) + random() * spread);
    const { signal } = this.#closed;
    const slept = sleep(delay, signal).catch((error: unknown) => {
      // Closed: whoever waits is told by its own signal, or by the connection that is gone.
      if (!signal.aborted) throw error;
    });
    const pause: Pause = {
      until,
      over: slept.finally(() => {
        if (this.#pauses.get(origin) === pause) this.#pauses.delete(origin);
      }),
    };
    // A pause after an answer to a write has nobody who waits for it yet.
    pause.over.catch(() => undefined);
    this.#pauses.set(origin, pause);
    return undefined;
  }

  /** Waits until the pause of this origin is over. @returns whether there was one; rejects with the signal's reason */
  async over(origin: string, signal: AbortSignal | undefined): Promise<boolean> {
    let waited = false;
    for (let pause = this.#pauses.get(origin); pause !== undefined; pause = this.#pauses.get(origin)) {
      waited = true;
      await abortable(pause.over, signal);
    }
    return waited;
  }

  /** As `over`, and then so much more that not all go on in the same moment. */
  async pass(origin: string, signal: AbortSignal | undefined): Promise<void> {
    const { sleep, random } = this.#policy;
    while (await this.over(origin, signal)) await sleep(Math.round(random() * spread), signal);
  }

  /** Ends all pauses: nobody asks any more. */
  close(): void {
    this.#closed.abort();
  }
}

function abortable(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
