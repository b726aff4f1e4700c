import { createReadStream } from 'node:fs';
import { PkgsyncError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { fileSystemError, systemErrorCode } from './file-errors.ts';

/** Large enough that hashing, not system calls, takes the time. */
const chunkSize = 256 * 1024;

/**
 * A local file as a ByteSource. It is opened anew by each `read`, and closed when the reader stops.
 * `read` throws NOT_FOUND for a file that does not exist, FILE_SYSTEM for all else (also a range past the end), and the signal's reason on abort.
 */
export function fileSource(path: string, label = path): ByteSource {
  return {
    label,
    read: ({ range, signal } = {}) => readFileBytes(path, range, signal),
  };
}

async function* readFileBytes(
  path: string,
  range: { readonly start: number; readonly end?: number | undefined } | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const { start = 0, end } = range ?? {};
  if (end !== undefined && end <= start) return;
  const bounds = { start, ...(end === undefined ? {} : { end: end - 1 }) };
  const stream = createReadStream(path, { ...bounds, highWaterMark: chunkSize, ...(signal === undefined ? {} : { signal }) });
  let count = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      yield chunk;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (systemErrorCode(error) === 'ENOENT') throw new PkgsyncError('NOT_FOUND', `${path} does not exist`, { cause: error });
    throw systemErrorCode(error) === undefined ? error : fileSystemError(error, path, 'read');
  }
  if (end !== undefined && count !== end - start) {
    throw new PkgsyncError('FILE_SYSTEM', `${path} ends before byte ${end}: it is shorter than it was`);
  }
}
