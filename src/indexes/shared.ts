import { isPkgsyncError } from '../errors.ts';

/**
 * One run of `make` for all who ask while it lasts and after it succeeded; a failure is not kept. Who joined a run that somebody else's signal
 * interrupted starts a new one.
 */
export function shared<T>(make: (signal?: AbortSignal) => Promise<T>): (signal?: AbortSignal) => Promise<T> {
  let running: Promise<T> | undefined;
  const run = (signal: AbortSignal | undefined): Promise<T> => {
    const mine = make(signal);
    running = mine;
    mine.catch(() => {
      if (running === mine) running = undefined;
    });
    return mine;
  };
  return async (signal) => {
    const joined = running;
    if (joined === undefined) return run(signal);
    try {
      return await joined;
    } catch (error) {
      if (!isPkgsyncError(error, 'INTERRUPTED') || signal?.aborted === true) throw error;
      return await (running ?? run(signal));
    }
  };
}
