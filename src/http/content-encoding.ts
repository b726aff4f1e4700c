import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { PkgsyncError, printable } from '../errors.ts';

/** A server that stacks more encodings than this has no honest reason. */
const maxEncodings = 2;

/**
 * The body without its content encodings (gzip, deflate, br, in the order of https://www.rfc-editor.org/rfc/rfc9110#section-8.4).
 * Only as much is unpacked as is read, so a reader with a limit is safe from small answers that unpack to huge ones.
 * @throws PkgsyncError BAD_RESPONSE for an encoding that was not asked for and is not known
 */
export function decodeContent(body: Readable, contentEncoding: string | undefined, label: string): Readable {
  const encodings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'identity');
  if (encodings.length > maxEncodings) throw unknownEncoding(contentEncoding ?? '', label);
  return encodings.reduceRight<Readable>((encoded, encoding) => {
    if (encoding === 'gzip' || encoding === 'x-gzip') return unpacked(encoded, createGunzip());
    if (encoding === 'br') return unpacked(encoded, createBrotliDecompress());
    if (encoding === 'deflate') return Readable.from(inflated(encoded), { objectMode: false });
    throw unknownEncoding(encoding, label);
  }, body);
}

function unpacked(encoded: Readable, transform: Transform): Readable {
  pipeline(encoded, transform, () => {
    // Nothing to do: a failure destroys `transform` with the error, and whoever reads it gets that error.
  });
  return transform;
}

/** "deflate" is zlib by the standard and raw deflate by many servers: the first byte tells. */
async function* inflated(encoded: Readable): AsyncGenerator<Uint8Array> {
  const chunks = encoded[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const first = await chunks.next();
  if (first.done === true) return;
  const start = first.value;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield start;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  const isZlib = ((start[0] ?? 0) & 0x0f) === 8;
  try {
    yield* unpacked(
      Readable.from(all(), { objectMode: false }),
      isZlib ? createInflate() : createInflateRaw(),
    ) as AsyncIterable<Uint8Array>;
  } finally {
    encoded.destroy();
  }
}

function unknownEncoding(encoding: string, label: string): PkgsyncError {
  return new PkgsyncError('BAD_RESPONSE', `${label} sent its answer in an encoding that was not asked for: '${printable(encoding, 60)}'`);
}
