import { PkgsyncError } from '../errors.ts';

/** Bytes that must arrive within the time of the rule. */
export const leastProgress = 64 * 1024;

/**
 * The chunks of a body, as long as they come fast enough: a server that sends a byte now and then would hold a run for ever without ever being
 * silent. Only time that is spent waiting for the server counts, not what the reader takes.
 * @param within milliseconds in which `leastProgress` bytes must arrive
 * @param now milliseconds, of any clock that only goes forward
 * @throws PkgsyncError UNREACHABLE, retryable
 */
export async function* progressing(
  body: AsyncIterable<Uint8Array>,
  label: string,
  within: number,
  now: () => number = () => performance.now(),
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let waited = 0;
  let bytes = 0;
  try {
    for (;;) {
      const begun = now();
      const next = await chunks.next();
      if (next.done === true) return;
      waited += now() - begun;
      bytes += next.value.length;
      if (bytes >= leastProgress) waited = bytes = 0;
      else if (waited > within) throw tooSlow(label, bytes, waited);
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

function tooSlow(label: string, bytes: number, waited: number): PkgsyncError {
  return new PkgsyncError('UNREACHABLE', `${label} answers too slowly: ${bytes} bytes in ${Math.ceil(waited / 1000)} s`, {
    retryable: true,
  });
}
