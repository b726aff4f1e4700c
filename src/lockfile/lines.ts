import { TextDecoder } from 'node:util';
import { PkgsyncError } from '../errors.ts';

/** Longer lines are given in pieces: no line of ours comes near, and a file without line breaks must not fill the memory. */
const maxLength = 16 * 1024 * 1024;

/**
 * The lines of UTF-8 text without their `\n`, in batches as they arrive; nothing else ends a line (a `\r` stays). A byte order mark is dropped.
 * @throws PkgsyncError LOCK_INVALID for bytes that are not UTF-8; errors of `chunks` as they are
 */
export async function* lineBatches(chunks: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<readonly string[]> {
  const decoder = strictDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = decode(decoder, chunk, label).split('\n');
    lines[0] = rest + (lines[0] ?? '');
    rest = lines.pop() ?? '';
    if (rest.length > maxLength) {
      lines.push(rest);
      rest = '';
    }
    if (lines.length > 0) yield lines;
  }
  rest += decode(decoder, undefined, label);
  if (rest !== '') yield [rest];
}

/** The whole as text, under the same conditions. @throws PkgsyncError LOCK_INVALID; errors of `chunks` as they are */
export async function wholeText(chunks: AsyncIterable<Uint8Array>, label: string): Promise<string> {
  const decoder = strictDecoder();
  const parts: string[] = [];
  for await (const chunk of chunks) parts.push(decode(decoder, chunk, label));
  parts.push(decode(decoder, undefined, label));
  return parts.join('');
}

function strictDecoder(): TextDecoder {
  return new TextDecoder('utf-8', { fatal: true });
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, label: string): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw new PkgsyncError('LOCK_INVALID', `${label} is not UTF-8 text`, {
      hint: 'restore the file from version control',
      cause: error,
    });
  }
}
