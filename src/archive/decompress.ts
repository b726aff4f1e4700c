import { bunzip2 } from './bunzip2.ts';
import { gunzip } from './gunzip.ts';
import { unlzw } from './lzw.ts';
import { PushbackInput } from './pushback-input.ts';
import { unxz } from './unxz.ts';

type Decoder = (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** By the bytes a file starts with: extensions lie often enough (`.tar.gz` that is a plain tar). */
const decoders: readonly (readonly [magic: readonly number[], decoder: Decoder])[] = [
  [[0x1f, 0x8b], gunzip],
  [[0x1f, 0x9d], unlzw],
  [[0x42, 0x5a, 0x68], bunzip2],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unxz],
];
const longestMagic = 6;

/** Unpacks gzip, compress, bzip2 or xz, told by the first bytes; anything else comes out as it is. @throws ArchiveFault */
export async function* decompress(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new PushbackInput(body);
  const head = await input.peek(longestMagic);
  const decoder = decoders.find(([magic]) => magic.every((byte, index) => head[index] === byte))?.[1];
  yield* decoder === undefined ? chunksOf(input) : decoder(chunksOf(input));
}

/** Whether bytes start as something packed: an archive inside an archive, which is never unpacked twice. */
export function isPacked(head: Uint8Array): boolean {
  return decoders.some(([magic]) => magic.every((byte, index) => head[index] === byte));
}

async function* chunksOf(input: PushbackInput): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) yield chunk;
  } finally {
    await input.close();
  }
}
