import xz from 'xz-decompress';
import { ArchiveFault } from './archive-fault.ts';

/** Unpacks xz data. @throws ArchiveFault damaged, cut short, or packed in a way that the decoder does not know; errors of `body` as they are */
export async function* unxz(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  const failure: { error?: unknown } = {};
  const packed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await source.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        failure.error = error;
        controller.error(error);
      }
    },
  });
  const reader = new xz.XzReadableStream(packed).getReader();
  let finished = false;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    finished = true;
  } catch (error) {
    finished = true;
    if (failure.error !== undefined) throw failure.error as Error;
    throw new ArchiveFault('is damaged, cut short, or packed in an unusual way: its xz data cannot be unpacked', error);
  } finally {
    // The decoder's one working memory is shared by all streams: it has to be given back, or the next archive waits for ever.
    if (!finished) await reader.cancel();
    await source.return?.();
  }
}
