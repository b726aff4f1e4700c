/**
 * Runs the tasks of one key one after the other, those of different keys side by side. A task that fails fails only itself.
 * Nothing is kept of a key whose tasks have ended.
 */
export function createSequencer(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const before = tails.get(key);
    const run = before === undefined ? task() : before.then(task, task);
    tails.set(key, run);
    try {
      return await run;
    } finally {
      if (tails.get(key) === run) tails.delete(key);
    }
  };
}
