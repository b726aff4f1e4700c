import { readFile } from 'node:fs/promises';

/** A body of these chunks. */
// eslint-disable-next-line @typescript-eslint/require-await -- the shape of a body is what is needed
export async function* chunked(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** The bytes in chunks of one size. */
export function inChunksOf(size: number, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  return chunked(
    ...Array.from({ length: Math.ceil(bytes.length / size) }, (_none, index) => bytes.subarray(index * size, (index + 1) * size)),
  );
}

/** All of a body in memory. */
export async function collected(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A file of `test/fixtures/`. */
export function fixture(path: string): Promise<Buffer> {
  return readFile(new URL(`../fixtures/${path}`, import.meta.url));
}
