import { Readable } from 'node:stream';
import { PkgsyncError, redactUrl } from '../errors.ts';
import { readAll } from '../io/hashing.ts';
import { decodeContent } from './content-encoding.ts';
import { withoutCredential, type Credential, type CredentialFrom } from './credential.ts';
import { progressing } from './progress.ts';
import { transportError } from './transport-error.ts';

/** Lower-case names; values of a repeated header are joined with `, `. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>;

/** Bytes of an answer that are worth reading for the sake of one error message. */
const excerptLimit = 16 * 1024;

/** An answer whose body has not been read yet. Exactly one of `body`, `bytes`, `text`, `excerpt`, `discard` must be used, once. */
export interface HttpResponse {
  readonly status: number;
  /** The reason phrase, without the credentials of the request: some servers put their message here. */
  readonly statusText: string;
  readonly headers: ResponseHeaders;
  /** Where the answer came from in the end; no user, password, fragment. */
  readonly url: string;
  /** The URL that was asked for, where redirects led elsewhere. */
  readonly redirectedFrom?: string | undefined;
  /** Redacted target of a redirect to another origin that was not followed; the response has no body then. */
  readonly leftOrigin?: string | undefined;
  /** Whether this answer was given to a request with credentials. */
  readonly credentialsSent: boolean;
  /** Where those come from, as far as is known. */
  readonly credentialFrom?: CredentialFrom | undefined;
  /** Whether the protocol says where the body ends, so that a cut-off one is noticed (false: it ends where the connection does). */
  readonly framed: boolean;
  /** @throws PkgsyncError UNREACHABLE, BAD_RESPONSE, INTERRUPTED while it is read */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. @throws PkgsyncError BAD_RESPONSE where it is longer than `limit` bytes after unpacking, and as `body` */
  bytes(limit?: number): Promise<Uint8Array>;
  /** The whole body as UTF-8, undecodable bytes replaced. @throws as `bytes` */
  text(limit?: number): Promise<string>;
  /** The first bytes of the body as text for a message, without the credentials of the request; '' where nothing can be read; never throws. */
  excerpt(): Promise<string>;
  /** Gives the body up, so that the connection can be used again or closed. */
  discard(): Promise<void>;
}

/** Body limit where the caller gives none: 16 MiB. */
export const defaultBodyLimit = 16 * 1024 * 1024;

export interface RawResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
  readonly url: URL;
  readonly redirectedFrom?: string | undefined;
  readonly leftOrigin?: string | undefined;
  /** That of the request. */
  readonly credential: Credential | undefined;
  readonly decode: boolean;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds in which 64 KiB of the body must arrive. */
  readonly progress: number;
  /** The proxy in between, as messages call it. */
  readonly via?: string | undefined;
}

export function httpResponse(raw: RawResponse): HttpResponse {
  const headers = flatHeaders(raw.headers);
  const label = redactUrl(raw.url);
  const body = (): AsyncGenerator<Uint8Array> => bodyOf(raw, headers);
  const bytes = (limit = defaultBodyLimit): Promise<Uint8Array> => readAll(body(), limit, label);
  const words = (text: string): string => (raw.credential === undefined ? text : withoutCredential(text, raw.credential));
  return {
    status: raw.status,
    statusText: words(raw.statusText),
    headers,
    url: raw.url.href,
    redirectedFrom: raw.redirectedFrom,
    leftOrigin: raw.leftOrigin,
    credentialsSent: raw.credential !== undefined,
    credentialFrom: raw.credential?.from,
    framed: headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined,
    body: { [Symbol.asyncIterator]: body },
    bytes,
    text: async (limit) => new TextDecoder().decode(await bytes(limit)),
    excerpt: async () => words(await excerptOf(body())),
    discard: () => discard(raw.body),
  };
}

async function* bodyOf(raw: RawResponse, headers: ResponseHeaders): AsyncGenerator<Uint8Array> {
  try {
    const label = redactUrl(raw.url);
    const arriving = progressing(raw.body as AsyncIterable<Uint8Array>, label, raw.progress);
    if (!raw.decode) yield* arriving;
    else
      yield* decodeContent(Readable.from(arriving, { objectMode: false }), headers['content-encoding'], label) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw transportError(error, raw.url, 'body', raw.signal, raw.via);
  } finally {
    // After an early stop or an unknown encoding the rest would hold the connection.
    abandon(raw.body);
  }
}

async function excerptOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= excerptLimit) break;
    }
  } catch (error) {
    // The answer's status is the news; what came of its text before the failure serves the message as well as all of it.
    if (!(error instanceof PkgsyncError)) throw error;
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, excerptLimit));
}

function discard(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (body.destroyed) resolve();
    body.once('close', () => resolve());
    body.once('error', () => resolve());
    let size = 0;
    body.on('data', (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > excerptLimit) abandon(body);
    });
  });
}

function abandon(body: Readable): void {
  // undici reports the abandonment as an error of the body, which nobody reads any more.
  body.on('error', () => undefined);
  body.destroy();
}

function flatHeaders(headers: RawResponse['headers']): ResponseHeaders {
  const flat = Object.create(null) as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(headers)) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return flat;
}
