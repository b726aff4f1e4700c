import { isPkgsyncError } from '../errors.ts';

export interface RetriedReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Waits between tries, milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Called with the number of bytes as they pass; those that a second try brings again count once. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** Tries to read a file, and the wait before the second; each further one is twice as long. Milliseconds. */
const tries = 3;
const firstWait = 500;

/**
 * Reads a body to what `consume` makes of it. A read that breaks off on its way is begun anew, up to three times in all; one that never begins was
 * already tried again by its source.
 * @throws what `read` and `consume` throw; the signal's reason between two tries
 */
export async function retriedRead<T>(
  read: () => AsyncIterable<Uint8Array>,
  consume: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  { signal, sleep, onBytes }: RetriedReadOptions,
): Promise<T> {
  const progress = new Progress(onBytes);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await consume(progress.through(read()));
    } catch (error) {
      if (!isPkgsyncError(error) || !error.repeatable || !progress.began || attempt >= tries) throw error;
    }
    await sleep(firstWait * 2 ** (attempt - 1));
    signal?.throwIfAborted();
  }
}

/** Counts bytes as they arrive. */
class Progress {
  readonly #onBytes: RetriedReadOptions['onBytes'];
  #reported = 0;
  /** Whether anything came of the last try. */
  began = false;

  constructor(onBytes: RetriedReadOptions['onBytes']) {
    this.#onBytes = onBytes;
  }

  async *through(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let position = 0;
    this.began = false;
    for await (const chunk of body) {
      position += chunk.byteLength;
      this.began = true;
      if (position > this.#reported) {
        this.#onBytes?.(position - this.#reported);
        this.#reported = position;
      }
      yield chunk;
    }
  }
}
