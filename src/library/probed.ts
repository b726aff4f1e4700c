import type { WritableDestination } from '../destinations/destination.ts';

/** The same destination, which is asked once for the right to write before its first write: a wrong password is found before the first byte of a file. */
export function withProbe(destination: WritableDestination): WritableDestination {
  if (destination.probeWrite === undefined) return destination;
  const probe = destination.probeWrite.bind(destination);
  let asked: Promise<unknown> | undefined;
  // Without a signal: whoever interrupts one file must not fail the question for all.
  const mayWrite = (): Promise<unknown> => (asked ??= probe());
  return {
    ...destination,
    put: async (request) => {
      await mayWrite();
      return await destination.put(request);
    },
    register: async (request) => {
      if (destination.traits.register === 'done') await mayWrite();
      return await destination.register(request);
    },
  };
}
