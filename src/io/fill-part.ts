import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isPkgsyncError, PkgsyncError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { fileSystemError } from './file-errors.ts';
import { fileSource } from './file-source.ts';
import { verified, type Expected, type Measured } from './hashing.ts';

export interface FillRequest {
  readonly path: string;
  /** Bytes that are in the file already; 0: there is no file yet. */
  readonly size: number;
  readonly bytes: ByteSource;
  readonly expected: Expected;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Waits between tries, milliseconds. Default: the clock's. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** What a file was filled with; `resumed`: not all of it came now. */
export interface Filled extends Measured {
  readonly resumed: boolean;
}

/** Tries in all, and the wait before the second; each further one is twice as long. Milliseconds. */
const tries = 3;
const firstWait = 500;

/**
 * Fills a file to its end, from where it ends now. Everything counts only when the whole file, from its first byte on, is what was expected; where it
 * is not it is begun anew: without the beginning that was there before, and once where other bytes came. Whatever came stays in the file when this fails.
 * @throws PkgsyncError INTEGRITY, DISK_FULL, FILE_SYSTEM, INTERRUPTED, and what reading throws
 */
export async function fillPart(request: FillRequest): Promise<Filled> {
  const { path, expected, signal, sleep = wait } = request;
  const handle = await attempt(path, 'write', () => open(path, request.size > 0 ? constants.O_RDWR | constants.O_NOFOLLOW : 'wx', 0o600));
  try {
    const part = new OpenPart(handle, request);
    if (expected.size !== undefined && part.size > expected.size) await part.empty();
    let resumed = part.size > 0;
    let lookedAgain = false;
    for (let round = 1; ; round += 1) {
      const start = part.size;
      try {
        const measured = await part.fill();
        await attempt(path, 'write', () => handle.sync());
        return { ...measured, resumed };
      } catch (error) {
        // What was here before, or what came: either may be damaged, and the digests decide about a second look, too.
        if (isPkgsyncError(error, 'INTEGRITY') && (start > 0 || !lookedAgain)) {
          lookedAgain ||= start === 0;
          await part.empty();
          resumed = false;
          continue;
        }
        // One that brought nothing was already tried again by its source.
        if (!isPkgsyncError(error) || !error.repeatable || part.size === start || round >= tries) throw error;
      }
      await sleep(firstWait * 2 ** (round - 1), signal);
    }
  } finally {
    await handle.close();
  }
}

class OpenPart {
  readonly #handle: FileHandle;
  readonly #request: FillRequest;
  /** Bytes in the file. */
  size: number;
  #reported = 0;

  constructor(handle: FileHandle, request: FillRequest) {
    this.#handle = handle;
    this.#request = request;
    this.size = request.size;
  }

  async empty(): Promise<void> {
    await attempt(this.#request.path, 'write', () => this.#handle.truncate(0));
    this.size = 0;
  }

  /** Hashes what is there, then what comes, and writes the latter. */
  async fill(): Promise<Measured> {
    const { expected, path, signal } = this.#request;
    const start = this.size;
    let measured: Measured | undefined;
    const measuring = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      measured = yield* verified(body, expected);
    };
    let position = 0;
    for await (const chunk of measuring(this.#whole(start))) {
      signal?.throwIfAborted();
      if (position >= start) await attempt(path, 'write', () => writeFully(this.#handle, chunk, position));
      position += chunk.length;
      this.size = Math.max(this.size, position);
      this.#report(position);
    }
    if (measured === undefined) throw new PkgsyncError('INTERNAL', `${expected.label} was written without being measured`);
    return measured;
  }

  async *#whole(start: number): AsyncGenerator<Uint8Array> {
    const { path, bytes, expected, signal } = this.#request;
    if (start > 0) yield* fileSource(path).read({ range: { start: 0, end: start }, signal });
    if (start === 0) yield* bytes.read({ signal });
    else if (start !== expected.size) yield* restOf(bytes, start, signal);
  }

  #report(position: number): void {
    if (position <= this.#reported) return;
    this.#request.onBytes?.(position - this.#reported);
    this.#reported = position;
  }
}

/** The bytes from `start` on; where the origin gives no ranges, all of them are read and the first ones passed over. */
async function* restOf(bytes: ByteSource, start: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  let given = false;
  try {
    for await (const chunk of bytes.read({ range: { start }, signal })) {
      given = true;
      yield chunk;
    }
    return;
  } catch (error) {
    if (given || !isPkgsyncError(error, 'BAD_RESPONSE') || error.status === undefined) throw error;
    // The file ends where we stopped, if it is the same file: its digest will tell.
    if (error.status === 416) return;
  }
  let skip = start;
  for await (const chunk of bytes.read({ signal })) {
    const fresh = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - fresh.length;
    if (fresh.length > 0) yield fresh;
  }
}

async function writeFully(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, offset, chunk.length - offset, position + offset);
    offset += bytesWritten;
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new PkgsyncError('INTERRUPTED', 'interrupted between two tries of a download', { cause: error });
  }
}

async function attempt<T>(path: string, doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fileSystemError(error, path, doing);
  }
}
