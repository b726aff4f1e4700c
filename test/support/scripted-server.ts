import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Header names in the sender's spelling and order, values after them. */
  readonly rawHeaders: readonly string[];
  /** What arrived of the body; grows while `early` replies are under way. */
  readonly body: Buffer;
  /** Over TLS: the name in the client's certificate, '' where it showed none. */
  readonly clientName: string | undefined;
}

/** How to answer. Everything is optional: `{}` is an empty 200. Times are milliseconds. */
export interface Reply {
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text, bytes, or chunks that are written one by one. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Sent as JSON, with that content type unless `headers` say otherwise. */
  readonly json?: unknown;
  /** `length` (default): with Content-Length; `chunked`; `close`: neither, the end of the connection ends the body. */
  readonly framing?: 'length' | 'chunked' | 'close';
  /** A lie: the Content-Length to claim. */
  readonly claimedLength?: number;
  /** Before the first byte of the answer. */
  readonly delay?: number;
  /** Between chunks of the body; with a number of bytes per chunk where the body is one piece. */
  readonly drip?: { readonly every: number; readonly bytes?: number };
  /** Cuts the connection after that many bytes of the body; 0: after the headers. */
  readonly dropAfter?: number;
  /** Cuts the connection instead of answering. */
  readonly drop?: boolean;
  /** Never answers. */
  readonly hang?: boolean;
  /** Bytes written to the connection in place of an answer: what is no HTTP. */
  readonly raw?: string | Uint8Array;
}

export type Script = (request: RecordedRequest) => Reply | Promise<Reply>;
/** One answer for always, answers in turn (the last one stays), or a function. */
export type Route = Reply | readonly Reply[] | Script;
/** By `METHOD /path` or `/path`; without the query where no key has it. Anything else: 404. */
export type Routes = Readonly<Record<string, Route>>;

export interface ScriptedServer extends AsyncDisposable {
  /** `http://127.0.0.1:port` (https with `tls`), without a slash at the end. */
  readonly origin: string;
  readonly host: string;
  readonly requests: readonly RecordedRequest[];
  /** The most requests that were under way at the same time. */
  readonly mostAtOnce: number;
  /** Connections that were opened in all. */
  readonly connections: number;
  /** `METHOD /path` of each request, in order. */
  log(): readonly string[];
  /** Replaces the script. */
  use(script: Script | Routes): void;
  url(path: string): string;
  close(): Promise<void>;
}

export interface ScriptedServerOptions {
  /** Answers as soon as the request's headers are there, without reading its body; undefined: as usual. */
  readonly early?: (request: RecordedRequest) => Reply | undefined;
  /** Speaks TLS, with this certificate and key. */
  readonly tls?: ServerOptions;
  /** Another address of this machine: `::1`. */
  readonly address?: string;
}

/** Starts an HTTP server on a free port of 127.0.0.1 that does as it is told and records what it is asked. */
export async function scriptedServer(script: Script | Routes = {}, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  let answer = typeof script === 'function' ? script : byRoute(script);
  const requests: RecordedRequest[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const failures: unknown[] = [];
  let underWay = 0;
  let mostAtOnce = 0;
  let connections = 0;

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, milliseconds);
      timers.add(timer);
    });

  const handler = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    underWay += 1;
    mostAtOnce = Math.max(mostAtOnce, underWay);
    outgoing.once('close', () => (underWay -= 1));
    const recorded = new Recorded(incoming);
    requests.push(recorded);
    handle(recorded, incoming, outgoing).catch((error: unknown) => {
      // A script that throws is a mistake of the test: close() reports it.
      failures.push(error);
      outgoing.destroy();
    });
  };
  const server = options.tls === undefined ? createServer(handler) : createTlsServer(options.tls, handler);
  // Handshakes that fail are part of what is tested.
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    // The client may go away at any time; that is part of what is tested.
    socket.on('error', () => undefined);
  });

  async function handle(recorded: Recorded, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const early = options.early?.(recorded);
    if (early !== undefined) return reply(outgoing, early, pause);
    if (!(await recorded.complete(incoming))) return;
    return reply(outgoing, await answer(recorded), pause);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, options.address ?? '127.0.0.1', resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const origin = `${options.tls === undefined ? 'http' : 'https'}://${host}`;

  async function close(): Promise<void> {
    for (const timer of timers) clearTimeout(timer);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    if (failures.length > 0) throw new AggregateError(failures, 'the script of a scripted server failed');
  }

  return {
    origin,
    host,
    requests,
    get mostAtOnce() {
      return mostAtOnce;
    },
    get connections() {
      return connections;
    },
    log: () => requests.map(({ method, path }) => `${method} ${path}`),
    use: (next) => (answer = typeof next === 'function' ? next : byRoute(next)),
    url: (path) => `${origin}${path}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Recorded implements RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly clientName: string | undefined;
  readonly #chunks: Buffer[] = [];

  constructor(incoming: IncomingMessage) {
    this.method = incoming.method ?? '';
    this.path = incoming.url ?? '';
    this.headers = incoming.headers;
    this.rawHeaders = incoming.rawHeaders;
    const { socket } = incoming;
    // Empty where none was shown.
    const shown = socket instanceof TLSSocket ? (socket.getPeerCertificate() as { subject?: { CN?: string } }) : undefined;
    this.clientName = shown === undefined ? undefined : (shown.subject?.CN ?? '');
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Reads the body; false where the client went away before its end. */
  async complete(incoming: IncomingMessage): Promise<boolean> {
    try {
      for await (const chunk of incoming) this.#chunks.push(chunk as Buffer);
      return incoming.complete;
    } catch (error) {
      // Judged by its code alone: in a test the error's class may be of another realm.
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ECONNRESET') return false;
      throw error;
    }
  }
}

function byRoute(routes: Routes): Script {
  const turns = new Map<string, number>();
  return (request) => {
    const bare = request.path.replace(/\?.*$/s, '');
    const candidates = [`${request.method} ${request.path}`, request.path, `${request.method} ${bare}`, bare];
    const key = candidates.find((candidate) => Object.hasOwn(routes, candidate));
    const route = key === undefined ? undefined : routes[key];
    if (key === undefined || route === undefined) return { status: 404, body: 'not found' };
    if (typeof route === 'function') return route(request);
    if (!isSequence(route)) return route;
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return route[Math.min(turn, route.length - 1)] ?? { status: 500, body: 'an empty sequence of replies' };
  };
}

function isSequence(route: Reply | readonly Reply[]): route is readonly Reply[] {
  return Array.isArray(route);
}

async function reply(outgoing: ServerResponse, answer: Reply, pause: (milliseconds: number) => Promise<void>): Promise<void> {
  if (answer.hang === true) return;
  if (answer.delay !== undefined) await pause(answer.delay);
  if (answer.drop === true) {
    outgoing.destroy();
    return;
  }
  if (answer.raw !== undefined) {
    outgoing.socket?.end(answer.raw);
    return;
  }

  const chunks = chunksOf(answer);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const headers: Record<string, string | string[]> = {};
  if (answer.json !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(answer.headers ?? {}))
    headers[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
  const framing = answer.framing ?? 'length';
  if (framing === 'close') outgoing.useChunkedEncodingByDefault = false;
  if (framing === 'close') headers['connection'] = 'close';
  if (framing === 'length') headers['content-length'] = String(answer.claimedLength ?? length);
  if (answer.reason === undefined) outgoing.writeHead(answer.status ?? 200, headers);
  else outgoing.writeHead(answer.status ?? 200, answer.reason, headers);
  outgoing.flushHeaders();

  let written = 0;
  for (const chunk of chunks) {
    if (outgoing.destroyed) return;
    const rest = (answer.dropAfter ?? Infinity) - written;
    if (rest <= chunk.length) {
      cut(outgoing, chunk.subarray(0, rest));
      return;
    }
    if (written > 0 && answer.drip !== undefined) await pause(answer.drip.every);
    outgoing.write(chunk);
    written += chunk.length;
  }
  // end() would check the claimed length.
  if (answer.dropAfter !== undefined) cut(outgoing, Buffer.alloc(0));
  else if (answer.claimedLength !== undefined && answer.claimedLength !== length) outgoing.socket?.end();
  else outgoing.end();
}

/** Sends `last` and then nothing more: what was written arrives, the rest never does. */
function cut(outgoing: ServerResponse, last: Buffer): void {
  const { socket } = outgoing;
  const end = (): void => {
    socket?.end(() => socket.destroy());
  };
  if (last.length === 0) end();
  else outgoing.write(last, end);
}

function chunksOf(answer: Reply): readonly Buffer[] {
  const body = answer.json === undefined ? (answer.body ?? '') : JSON.stringify(answer.json);
  const pieces = typeof body === 'string' || body instanceof Uint8Array ? [body] : body;
  const chunks = pieces.map((piece) => Buffer.from(piece as Uint8Array));
  const bytes = answer.drip?.bytes;
  if (bytes === undefined) return chunks;
  return chunks.flatMap((chunk) =>
    Array.from({ length: Math.ceil(chunk.length / bytes) }, (_, i) => chunk.subarray(i * bytes, (i + 1) * bytes)),
  );
}
