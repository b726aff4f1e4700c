import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allOf, createLimiter, orderedMap, limited } from '../../../src/io/concurrency.ts';

/** A promise and its handle. */
function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets every promise that can go on do so. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

describe('createLimiter', () => {
  it('runs at most the given number of tasks at once, first come first served', async () => {
    const limit = createLimiter(2);
    const gates = [0, 1, 2, 3].map(() => deferred());
    const begun: number[] = [];
    const all = gates.map((gate, index) =>
      limit(async () => {
        begun.push(index);
        await gate.promise;
        return index;
      }),
    );
    await settle();
    expect(begun).toEqual([0, 1]);
    gates[1]!.resolve();
    await settle();
    expect(begun).toEqual([0, 1, 2]);
    gates.forEach((gate) => gate.resolve());
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
  });

  it('hands the place of a failed task on and the error to its caller', async () => {
    const limit = createLimiter(1);
    const failing = limit(() => Promise.reject(new Error('first')));
    const next = limit(() => Promise.resolve('second'));
    await expect(failing).rejects.toThrow('first');
    expect(await next).toBe('second');
  });

  it('keeps the limit while tasks of every length come and go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 }),
        async (limit, lengths) => {
          const run = createLimiter(limit);
          let running = 0;
          let most = 0;
          await Promise.all(
            lengths.map((length) =>
              run(async () => {
                most = Math.max(most, (running += 1));
                for (let turn = 0; turn < length; turn += 1) await Promise.resolve();
                running -= 1;
              }),
            ),
          );
          expect(most).toBe(Math.min(limit, lengths.length));
          expect(running).toBe(0);
        },
      ),
    );
  });

  it('refuses a limit that would never run anything', () => {
    expect(() => createLimiter(0)).toThrow(RangeError);
    expect(() => createLimiter(Number.NaN)).toThrow(RangeError);
  });
});

describe('orderedMap', () => {
  it('yields in the order of the inputs within a bounded window, whatever the tasks take', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        fc.nat(3),
        async (lengths, concurrency, asynchronous, consumerTurns) => {
          let started = 0;
          let yielded = 0;
          let most = 0;
          const inputs = lengths.map((length, index) => ({ length, index }));
          async function* source() {
            for (const input of inputs) {
              await Promise.resolve();
              yield input;
            }
          }
          const results: number[] = [];
          for await (const value of orderedMap(asynchronous ? source() : inputs, { concurrency }, async ({ length, index }) => {
            started += 1;
            most = Math.max(most, started - yielded);
            for (let turn = 0; turn < length; turn += 1) await Promise.resolve();
            return index;
          })) {
            yielded += 1;
            results.push(value);
            for (let turn = 0; turn < consumerTurns; turn += 1) await Promise.resolve();
          }
          expect(results).toEqual(inputs.map((input) => input.index));
          // One more than the window at a moment between the hand-over and this loop's count of it.
          expect(most).toBeLessThanOrEqual(concurrency + 1);
        },
      ),
    );
  });

  it('has exactly the window in flight while its head is slow, and no input beyond it is taken', async () => {
    const gate = deferred();
    const begun: number[] = [];
    let taken = 0;
    function* inputs() {
      for (let input = 0; ; input += 1) {
        taken += 1;
        yield input;
      }
    }
    const results = orderedMap(inputs(), { concurrency: 3 }, async (input) => {
      begun.push(input);
      if (input === 0) await gate.promise;
      return input;
    });
    const first = results.next();
    await settle();
    expect(begun).toEqual([0, 1, 2]);
    expect(taken).toBe(3);
    gate.resolve();
    expect(await first).toEqual({ done: false, value: 0 });
    await settle();
    expect(begun).toEqual([0, 1, 2, 3]);
    await results.return(undefined);
  });

  it('yields a finished head although the next input is long in coming', async () => {
    const gate = deferred();
    async function* inputs() {
      yield 1;
      await gate.promise;
      yield 2;
    }
    const results = orderedMap(inputs(), { concurrency: 4 }, (input) => Promise.resolve(input));
    expect(await results.next()).toEqual({ done: false, value: 1 });
    gate.resolve();
    expect(await collect(results)).toEqual([2]);
  });

  it('surfaces an error at its place, after the results before it', async () => {
    const slow = deferred();
    const results = orderedMap([0, 1, 2], { concurrency: 3 }, async (input) => {
      if (input === 0) await slow.promise;
      if (input > 0) throw new Error(`task ${input}`);
      return input;
    });
    const first = results.next();
    await settle();
    slow.resolve();
    expect(await first).toEqual({ done: false, value: 0 });
    await expect(results.next()).rejects.toThrow('task 1');
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('surfaces an error of the inputs after the results of those that came', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- an asynchronous source that fails is what is tested
    async function* inputs() {
      yield 1;
      throw new Error('page broken');
    }
    const results = orderedMap(inputs(), { concurrency: 2 }, (input) => Promise.resolve(input));
    expect(await results.next()).toEqual({ done: false, value: 1 });
    await expect(results.next()).rejects.toThrow('page broken');
  });

  describe('when it ends early', () => {
    it('stops the inputs, aborts the signal of the tasks and waits for them', async () => {
      let closed = false;
      let finished = 0;
      function* inputs() {
        try {
          for (let input = 0; ; input += 1) yield input;
        } finally {
          closed = true;
        }
      }
      for await (const value of orderedMap(inputs(), { concurrency: 4 }, async (input, signal) => {
        if (input === 0) return input;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        await settle();
        finished += 1;
        throw new Error('aborted');
      })) {
        expect(value).toBe(0);
        await settle();
        break;
      }
      expect(closed).toBe(true);
      expect(finished).toBe(4);
    });

    it('leaves no unhandled rejection behind', async () => {
      const unhandled: unknown[] = [];
      const listen = (error: unknown): void => void unhandled.push(error);
      process.on('unhandledRejection', listen);
      try {
        const results = orderedMap([0, 1, 2, 3], { concurrency: 4 }, (input) => Promise.reject(new Error(`task ${input}`)));
        await expect(results.next()).rejects.toThrow('task 0');
        await settle();
        await settle();
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', listen);
      }
    });

    it('surfaces an abort at once with its reason, and nothing starts after it', async () => {
      const controller = new AbortController();
      const begun: number[] = [];
      const results = orderedMap([0, 1, 2, 3], { concurrency: 2, signal: controller.signal }, async (input, signal) => {
        begun.push(input);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        return input;
      });
      const first = results.next();
      await settle();
      controller.abort(new Error('stop it'));
      await expect(first).rejects.toThrow('stop it');
      expect(begun).toEqual([0, 1]);
    });

    it('does not hang on inputs that hang', async () => {
      const controller = new AbortController();
      async function* inputs() {
        yield 1;
        await new Promise<never>(() => undefined);
      }
      const results = orderedMap(inputs(), { concurrency: 2, signal: controller.signal }, (input) => Promise.resolve(input));
      expect(await results.next()).toEqual({ done: false, value: 1 });
      controller.abort(new Error('stop it'));
      await expect(results.next()).rejects.toThrow('stop it');
    });

    it('starts nothing when it was aborted before', async () => {
      const results = orderedMap([1], { concurrency: 1, signal: AbortSignal.abort(new Error('before')) }, () =>
        Promise.reject(new Error('started')),
      );
      await expect(results.next()).rejects.toThrow('before');
    });
  });
});

describe('allOf', () => {
  it('gives the values in order', async () => {
    expect(await allOf([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
  });

  it('throws the first error when nothing runs any more', async () => {
    let ended = false;
    const slow = new Promise((resolve) => setImmediate(resolve)).then(() => {
      ended = true;
    });
    await expect(allOf([Promise.reject(new Error('early')), slow, Promise.reject(new Error('second'))])).rejects.toThrow('early');
    expect(ended).toBe(true);
  });
});

describe('limited', () => {
  it('holds its place from the first value until the reader stops, also early', async () => {
    const limiter = createLimiter(1);
    const steps: string[] = [];
    const values = async function* (name: string): AsyncGenerator<number> {
      steps.push(`${name} begins`);
      try {
        yield* [1, 2, 3];
        await Promise.resolve();
      } finally {
        steps.push(`${name} ends`);
      }
    };
    const first = limited(limiter, () => values('first'));
    await first.next();
    const second = (async () => {
      for await (const value of limited(limiter, () => values('second'))) if (value === 2) break;
    })();
    await first.next();
    steps.push('first stops');
    await first.return(undefined);
    await second;
    expect(steps).toEqual(['first begins', 'first stops', 'first ends', 'second begins', 'second ends']);
  });

  it('gives its place back after an error', async () => {
    const limiter = createLimiter(1);
    // eslint-disable-next-line require-yield -- it fails before its first value
    const failing = async function* (): AsyncGenerator<number> {
      await Promise.resolve();
      throw new Error('broken');
    };
    await expect(limited(limiter, failing).next()).rejects.toThrow('broken');
    expect(await limiter(() => Promise.resolve('free'))).toBe('free');
  });
});
