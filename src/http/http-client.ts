import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { isPkgsyncError, PkgsyncError, redactUrl } from '../errors.ts';
import { basicAuthorization, refuseInsecure, type Credential, type CredentialProvider } from './credential.ts';
import { createConnections, type ConnectionOptions, type Timeouts } from './dispatcher.ts';
import { addressGuard } from './inner-address.ts';
import { isRepeatable, outgoingBody, type RequestBody } from './outgoing-body.ts';
import { guardPausedParsers } from './paused-parser.ts';
import { proxyRefusal } from './proxy-connector.ts';
import { maxRedirects, redirectOf } from './redirect.ts';
import { httpResponse, type HttpResponse, type RawResponse } from './response.ts';
import { asksForPause, defaultRetryPolicy, isRetryableStatus, retryDelay, type Retry, type RetryPolicy } from './retry.ts';
import { SharedPauses } from './shared-pause.ts';
import { transportError } from './transport-error.ts';
import { parseHttpUrl } from './url.ts';

export type { Timeouts } from './dispatcher.ts';
export type { HttpResponse, ResponseHeaders } from './response.ts';

export const defaultTimeouts: Timeouts = { connect: 30_000, answer: 60_000, headers: 300_000, idle: 60_000, progress: 300_000 };

export interface HttpClientOptions extends ConnectionOptions {
  /** pkgsync's version, for the User-Agent. */
  readonly version: string;
  /** Asked for every request and every hop of a redirect. Give each adapter a client with its own credentials only. */
  readonly credentials?: CredentialProvider | undefined;
  /**
   * URLs that a person wrote. Where given, other hosts count as named by servers, and may not have an address of this machine or of its link.
   */
  readonly configured?: readonly (string | URL)[] | undefined;
  /** Sends credentials over plain http to hosts other than this machine. */
  readonly allowInsecure?: boolean | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Told before each wait; of one that several requests share once. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

export interface GetOptions {
  readonly accept?: string | undefined;
  /** More headers; they stay within the origin of `url`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Follow redirects to other origins (files); otherwise such an answer comes back with `leftOrigin`. */
  readonly crossOrigin?: boolean | undefined;
  /** For pages: ask for gzip and unpack it. Without it the bytes come exactly as they were sent. */
  readonly decode?: boolean | undefined;
  /** Bytes from `start` to `end` (exclusive); the caller checks for 206. */
  readonly range?: { readonly start: number; readonly end?: number | undefined } | undefined;
  /** Tries in all; default: the policy's. */
  readonly attempts?: number | undefined;
  readonly authorize?: Authorize | undefined;
  /** It is asked for the sake of a write: credentials that are for writes only are sent. */
  readonly forWriting?: boolean | undefined;
}

/** Headers that carry the credentials, for servers that take them in another way than HTTP Basic; asked for each hop with those of its origin. */
export type Authorize = (credential: Credential) => Readonly<Record<string, string>>;

export interface SendRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes as they leave. */
  readonly onBytes?: ((count: number) => void) | undefined;
  readonly authorize?: Authorize | undefined;
}

/** HTTP/1.1 as pkgsync needs it. Every failure is a PkgsyncError; a status is never one: see `statusError`. */
export interface HttpClient {
  /**
   * Reads. Follows redirects, repeats after passing failures (connection, timeouts, 408, 429, 500, 502, 503, 504); when all tries are used
   * up, the last answer comes back. A failure while the body is read is the caller's, or use `read`.
   * @throws PkgsyncError UNREACHABLE, BAD_RESPONSE, REDIRECTED, INTERRUPTED, UNAUTHORIZED (credentials over plain http)
   */
  get(url: string | URL, options?: GetOptions): Promise<HttpResponse>;
  /** As `get`, and a repeatable PkgsyncError out of `consume` (a body that breaks off) starts the read over. */
  read<T>(url: string | URL, options: GetOptions, consume: (response: HttpResponse) => Promise<T>): Promise<T>;
  /**
   * Writes, exactly once: no redirect is followed, nothing is repeated but what was refused with 401 while there are other credentials. An answer that comes before the body is through is read.
   * @throws PkgsyncError UNREACHABLE with `retryable` (whether the server took it is not known), errors of the body's own source, as `get`
   */
  send(url: string | URL, request: SendRequest): Promise<HttpResponse>;
  /** Closes all connections, open ones included. */
  close(): Promise<void>;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const policy = { ...defaultRetryPolicy, ...options.retry };
  const guard = options.configured === undefined ? undefined : addressGuard(options.configured);
  const connections = createConnections(options, timeouts, guard?.lookup);
  const releaseGuard = guardPausedParsers();
  const pauses = new SharedPauses(policy);
  const userAgent = `pkgsync/${options.version}`;
  const allowInsecure = options.allowInsecure ?? false;

  /** One request with the credentials for its URL; after a 401 once more, if there are others. */
  async function authorized(url: URL, how: Sending, make: (credential: Credential | undefined) => Promise<Answer>): Promise<Answer> {
    const credential = await options.credentials?.for(url, how.writes);
    const answer = await make(credential);
    if (credential === undefined) return answer;
    if (isSuccess(answer.status)) options.credentials?.learn?.(url, credential, 'accepted');
    if (answer.status !== 401 || !how.repeatable) return answer;
    const renewed = await orDiscard(answer, () => options.credentials?.renew?.(url, credential));
    if (renewed === undefined) return answer;
    await httpResponse(answer).discard();
    const second = await make(renewed);
    if (second.status === 401) options.credentials?.learn?.(url, renewed, 'refused');
    else if (isSuccess(second.status)) options.credentials?.learn?.(url, renewed, 'accepted');
    return second;
  }

  /** One request, one answer. */
  async function exchange(url: URL, request: Exchange, credential: Credential | undefined): Promise<Answer> {
    guard?.check(url);
    if (credential !== undefined) refuseInsecure(url, allowInsecure);
    const authorize = request.authorize ?? basic;
    const authorization = credential === undefined ? {} : authorize(credential);
    const headers = { ...request.headers, 'user-agent': userAgent, ...authorization };
    const { method, signal } = request;
    const proxy = connections.proxyFor(url);
    try {
      const { statusCode, statusText, ...answer } = await connections.request(url, {
        method,
        headers,
        body: request.body ?? null,
        headersTimeout: method === 'GET' ? timeouts.answer : timeouts.headers,
        signal,
      });
      const { decode } = request;
      const result = {
        status: statusCode,
        statusText,
        headers: answer.headers,
        body: answer.body,
        url,
        credential,
        decode,
        signal,
        progress: timeouts.progress,
        via: proxy?.label,
      };
      if (statusCode !== 407 || proxy === undefined) return result;
      await httpResponse(result).discard();
      throw proxyRefusal(proxy, url.host, statusCode, statusText);
    } catch (error) {
      throw transportError(error, url, method === 'GET' ? 'request' : 'send', signal, proxy?.label);
    }
  }

  /** One read with its redirects. */
  async function once(start: URL, get: GetOptions): Promise<HttpResponse> {
    let url = start;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const headers = readHeaders(get, url.origin === start.origin);
      const request = { method: 'GET', headers, decode: get.decode ?? false, signal: get.signal, authorize: get.authorize } as const;
      const hop = url;
      await heedingSignal(hop, get.signal, () => pauses.pass(hop.origin, get.signal));
      const answer = await authorized(hop, { repeatable: true, writes: get.forWriting ?? false }, (credential) =>
        exchange(hop, request, credential),
      );
      const response = (leftOrigin?: URL): HttpResponse =>
        httpResponse({
          ...answer,
          ...(leftOrigin === undefined ? {} : { body: Readable.from([]) }),
          redirectedFrom: hops === 0 ? undefined : start.href,
          leftOrigin: leftOrigin === undefined ? undefined : redactUrl(leftOrigin),
        });
      const location = answer.headers['location'];
      const redirect = await orDiscard(answer, () =>
        redirectOf(url, answer.status, Array.isArray(location) ? location[0] : location, get.crossOrigin ?? false),
      );
      if (redirect.kind === 'none') return response();
      await response().discard();
      if (redirect.kind === 'leaves') return response(redirect.to);
      url = redirect.to;
    }
    throw new PkgsyncError('REDIRECTED', `${redactUrl(start)} redirects more than ${maxRedirects} times`);
  }

  async function read<T>(address: string | URL, get: GetOptions, consume: (response: HttpResponse) => Promise<T>): Promise<T> {
    const { url } = parseHttpUrl(address);
    const attempts = get.attempts ?? policy.attempts;
    for (let attempt = 1; ; attempt += 1) {
      let because: string;
      let retryAfter: string | undefined;
      let limited: string | undefined;
      try {
        const response = await once(url, get);
        if (attempt >= attempts || !isRetryableStatus(response.status)) return await consume(response);
        if (asksForPause(response.status, response.headers)) limited = new URL(response.url).origin;
        because = `${response.status} ${response.statusText}`.trim();
        retryAfter = response.headers['retry-after'];
        await response.discard();
      } catch (error) {
        if (attempt >= attempts || !isPkgsyncError(error) || !error.repeatable) throw error;
        because = error.message;
      }
      const delay = retryDelay(policy, attempt, retryAfter);
      const extra = limited === undefined ? undefined : pauses.begin(limited, delay);
      // What all wait for is told once.
      if (extra === undefined) options.onRetry?.({ url: redactUrl(url), attempt, delay, because });
      await heedingSignal(url, get.signal, async () => {
        if (limited === undefined) {
          await policy.sleep(delay, get.signal);
          return;
        }
        await pauses.over(limited, get.signal);
        if (extra !== undefined) await policy.sleep(extra, get.signal);
      });
    }
  }

  async function heedingSignal(url: URL, signal: AbortSignal | undefined, wait: () => Promise<void>): Promise<void> {
    try {
      await wait();
    } catch (error) {
      throw transportError(error, url, 'request', signal);
    }
  }

  async function send(address: string | URL, request: SendRequest): Promise<HttpResponse> {
    const { url } = parseHttpUrl(address);
    const onBytes = request.onBytes === undefined ? undefined : countedOnce(request.onBytes);
    await heedingSignal(url, request.signal, () => pauses.pass(url.origin, request.signal));
    const how = { repeatable: isRepeatable(request.body), writes: true };
    const response = httpResponse(await authorized(url, how, (credential) => transmit(url, request, onBytes?.(), credential)));
    // It is not repeated, but whoever comes next waits.
    if (asksForPause(response.status, response.headers)) pauses.begin(url.origin, retryDelay(policy, 1, response.headers['retry-after']));
    return response;
  }

  async function transmit(
    url: URL,
    request: SendRequest,
    onBytes: CountBytes | undefined,
    credential: Credential | undefined,
  ): Promise<Answer> {
    const { method, signal, authorize } = request;
    const body = outgoingBody(request.body, onBytes);
    try {
      const headers = { ...request.headers, 'content-length': String(body.length) };
      return await exchange(url, { method, headers, body: body.content, decode: false, signal, authorize }, credential);
    } catch (error) {
      // The source of the bytes failed, not the server.
      if (body.failure !== undefined) throw body.failure.error;
      throw error;
    }
  }

  return {
    get: (url, get = {}) => read(url, get, (response) => Promise.resolve(response)),
    read,
    send,
    close: async () => {
      releaseGuard();
      pauses.close();
      await connections.destroy();
    },
  };
}

type Answer = Omit<RawResponse, 'redirectedFrom' | 'leftOrigin'>;
type CountBytes = (count: number) => void;

interface Sending {
  readonly repeatable: boolean;
  readonly writes: boolean;
}

interface Exchange {
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Dispatcher.DispatchOptions['body'] | undefined;
  readonly decode: boolean;
  readonly signal: AbortSignal | undefined;
  readonly authorize: Authorize | undefined;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

const basic: Authorize = (credential) => ({ authorization: basicAuthorization(credential) });

function readHeaders(get: GetOptions, sameOrigin: boolean): Record<string, string> {
  return {
    ...(sameOrigin ? get.headers : {}),
    ...(get.accept === undefined ? {} : { accept: get.accept }),
    ...(get.range === undefined ? {} : { range: `bytes=${get.range.start}-${get.range.end === undefined ? '' : get.range.end - 1}` }),
    'accept-encoding': get.decode === true ? 'gzip' : 'identity',
  };
}

/** Counters of bytes, one for each try: what an earlier try has told of is not told again. */
function countedOnce(onBytes: CountBytes): () => CountBytes {
  let told = 0;
  return () => {
    let sent = 0;
    return (count) => {
      sent += count;
      if (sent <= told) return;
      onBytes(sent - told);
      told = sent;
    };
  };
}

async function orDiscard<T>(answer: Answer, decide: () => T | Promise<T>): Promise<T> {
  try {
    return await decide();
  } catch (error) {
    await httpResponse(answer).discard();
    throw error;
  }
}
