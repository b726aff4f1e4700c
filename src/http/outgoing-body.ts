import type { Dispatcher } from 'undici';

/** What a request carries: text, bytes, or a stream whose length is known. */
export type RequestBody =
  | string
  | Uint8Array
  | {
      /** As a function it is called again for a second request. */
      readonly stream: AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>);
      readonly length: number;
    };

/** A body on its way out. */
export interface Outgoing {
  readonly content: Dispatcher.DispatchOptions['body'];
  readonly length: number;
  /** Set where the source of the bytes has failed. */
  failure: { readonly error: unknown } | undefined;
}

/** Whether the same bytes can be sent a second time. */
export function isRepeatable(body: RequestBody | undefined): boolean {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array || typeof body.stream === 'function';
}

function opened(stream: AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>)): AsyncIterable<Uint8Array> {
  return typeof stream === 'function' ? stream() : stream;
}

/** The body as undici takes it, counting what leaves and remembering a failure of its source. */
export function outgoingBody(body: RequestBody | undefined, onBytes?: (count: number) => void): Outgoing {
  if (body === undefined) return { content: null, length: 0, failure: undefined };
  const stream = typeof body === 'string' ? [Buffer.from(body, 'utf8')] : body instanceof Uint8Array ? [body] : opened(body.stream);
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const result: Outgoing = { content: null, length, failure: undefined };
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) {
        onBytes?.(chunk.length);
        yield chunk;
      }
    } catch (error) {
      result.failure = { error };
      throw error;
    }
  }
  return Object.assign(result, { content: counted() });
}
