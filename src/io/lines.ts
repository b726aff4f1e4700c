import { createReadStream } from 'node:fs';

/** Lines of a UTF-8 text file, without line ends, streamed. @throws the system's error where it cannot be read; the signal's reason */
export async function* linesOf(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  let rest = '';
  const stream = createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>;
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
