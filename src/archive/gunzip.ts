import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { systemErrorCode } from '../io/file-errors.ts';
import { ArchiveFault } from './archive-fault.ts';
import { PushbackInput } from './pushback-input.ts';

/**
 * Unpacks gzip data, several members one after the other as one, and ignores what follows the last. Node's own Gunzip fails on such a rest and
 * takes the last bytes before it down with it. https://www.rfc-editor.org/rfc/rfc1952
 * @throws ArchiveFault damaged or cut short; errors of `body` as they are
 */
export async function* gunzip(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new PushbackInput(body);
  try {
    for (let first = true; ; first = false) {
      const magic = await input.peek(2);
      if (!first && (magic[0] !== 0x1f || magic[1] !== 0x8b)) return;
      await skipHeader(input);
      yield* inflateMember(input);
    }
  } finally {
    await input.close();
  }
}

const hasHeaderCrc = 0x02;
const hasExtra = 0x04;
const hasName = 0x08;
const hasComment = 0x10;

async function skipHeader(input: PushbackInput): Promise<void> {
  const header = await input.take(10);
  const flags = header[3] ?? 0;
  if (header[0] !== 0x1f || header[1] !== 0x8b || header[2] !== 8 || (flags & 0xe0) !== 0) throw damaged();
  if ((flags & hasExtra) !== 0) {
    const [low = 0, high = 0] = await input.take(2);
    await input.take(low | (high << 8));
  }
  if ((flags & hasName) !== 0) await skipText(input);
  if ((flags & hasComment) !== 0) await skipText(input);
  if ((flags & hasHeaderCrc) !== 0) await input.take(2);
}

/** Text up to a zero byte. */
async function skipText(input: PushbackInput): Promise<void> {
  for (let length = 0; length < 64 * 1024; length += 1) if ((await input.take(1))[0] === 0) return;
  throw damaged();
}

async function* inflateMember(input: PushbackInput): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw();
  const failure: { error?: unknown } = {};
  // Each chunk is awaited, so that what the decoder leaves of the last one is known to be the member's trailer.
  const feeding = feed(inflate, input).catch((error: unknown) => {
    failure.error = error;
    inflate.destroy();
  });
  let crc = 0;
  let size = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Uint8Array>) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (failure.error !== undefined) throw failure.error as Error;
    const code = systemErrorCode(error);
    if (code === 'Z_BUF_ERROR') throw new ArchiveFault('is cut short', error);
    if (code?.startsWith('Z_') === true) throw damaged(error);
    throw error;
  } finally {
    inflate.destroy();
    await feeding;
  }
  const trailer = Buffer.from(await input.take(8));
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== size % 0x100000000) throw damaged();
}

async function feed(inflate: InflateRaw, input: PushbackInput): Promise<void> {
  while (!inflate.destroyed) {
    const chunk = await input.next();
    if (chunk === undefined) {
      inflate.end();
      return;
    }
    const before = inflate.bytesWritten;
    await writeWhole(inflate, chunk);
    const consumed = inflate.bytesWritten - before;
    if (consumed < chunk.length) {
      input.putBack(chunk.subarray(consumed));
      return;
    }
  }
}

/** Until the chunk is used up or the decoder is done. A decoder that failed or was stopped forgets to call back, but it closes. */
function writeWhole(inflate: InflateRaw, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    inflate.once('close', resolve);
    inflate.write(chunk, () => {
      inflate.off('close', resolve);
      resolve();
    });
  });
}

function damaged(cause?: unknown): ArchiveFault {
  return new ArchiveFault('is damaged: its gzip data is invalid', cause);
}
