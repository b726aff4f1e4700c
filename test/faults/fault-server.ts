import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Reply } from '../support/scripted-server.ts';

/** A whole answer, as a server without faults gives it. */
export interface Answer {
  readonly status: number;
  readonly reason?: string;
  /** Names in lower case; framing is added when it is sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request with its whole body. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What answers honestly behind the faults: a script, or a server behind HTTP. */
export type Upstream = (asked: Asked) => Promise<Answer>;

/** One request that a fault is done to. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The client's connection, for what no HTTP server would write. */
  readonly socket: Socket;
  /** How often the fault struck before. */
  readonly strikes: number;
  /** An origin of its own with the same contents and no faults. */
  readonly elsewhere: string;
  /** Reads the request to its end and has it carried out; once, however often it is called. */
  upstream(): Promise<Answer>;
  /** Reads so many bytes of the request's body, or all there are. */
  received(bytes: number): Promise<void>;
  /** Answers as a server without faults does. */
  send(answer: Answer): void;
  /** Milliseconds; ends early when the server closes. */
  pause(milliseconds: number): Promise<void>;
}

/** What a fault does to a request. Without any answer from it the client waits. */
export type Effect = (exchange: Exchange) => void | Promise<void>;

/** Where a fault strikes. */
export interface Strike {
  /** By method, path and the first bytes of the body. */
  readonly on: (asked: { readonly method: string; readonly path: string; readonly head: string; readonly range: boolean }) => boolean;
  readonly effect: Effect;
  /** How many of those requests it strikes; the rest is answered honestly. */
  readonly times: number;
}

export interface FaultServer extends AsyncDisposable {
  readonly origin: string;
  /** Requests that `on` of the latest strike chose, struck or not. */
  readonly hits: number;
  /** Requests in all, as `METHOD /path`. */
  readonly log: readonly string[];
  /** Replaces the faults; without any the server is honest. */
  strike(strike?: Strike): void;
}

/** Bytes of a request's body that `on` gets to see: the fields of a form come before its file. */
const headLimit = 2048;

/** A server on a free port of 127.0.0.1 that answers as `upstream` does, except where a fault strikes. */
export async function faultServer(upstream: Upstream, elsewhere = 'http://127.0.0.1:9'): Promise<FaultServer> {
  let current: Strike | undefined;
  let hits = 0;
  let strikes = 0;
  const log: string[] = [];
  const timers = new Map<NodeJS.Timeout, () => void>();
  const sockets = new Set<Socket>();
  const failures: unknown[] = [];

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        timers.delete(timer);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      timers.set(timer, done);
    });

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = new Incoming(incoming);
    const method = incoming.method ?? '';
    const path = incoming.url ?? '';
    log.push(`${method} ${path}`);
    let answered: Promise<Answer> | undefined;
    const honest = (): Promise<Answer> =>
      (answered ??= body.all().then((whole) => upstream({ method, path, headers: incoming.headers, body: whole })));
    const send = (answer: Answer): void => sendWhole(outgoing, answer);
    try {
      const head = current === undefined ? '' : (await body.atLeast(headLimit)).toString('latin1', 0, headLimit);
      const chosen = current?.on({ method, path, head, range: incoming.headers.range !== undefined }) === true ? current : undefined;
      if (chosen !== undefined) hits += 1;
      if (chosen === undefined || strikes >= chosen.times) {
        send(await honest());
        return;
      }
      strikes += 1;
      await chosen.effect({
        method,
        path,
        headers: incoming.headers,
        socket: incoming.socket,
        strikes: strikes - 1,
        elsewhere,
        upstream: honest,
        received: async (bytes) => {
          await body.atLeast(bytes);
        },
        send,
        pause,
      });
    } catch (error) {
      // A client that went away in the middle is part of the game; anything else is a mistake of the test.
      if (!incoming.socket.destroyed && !(error instanceof GoneError)) failures.push(error);
      incoming.socket.destroy();
    }
  };

  // Node's own limits would be faults that no entry declares.
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    void handle(incoming, outgoing);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get hits() {
      return hits;
    },
    log,
    strike: (strike) => {
      current = strike;
      hits = 0;
      strikes = 0;
    },
    [Symbol.asyncDispose]: async () => {
      for (const [timer, done] of timers) {
        clearTimeout(timer);
        done();
      }
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      if (failures.length > 0) throw new AggregateError(failures, 'a fault server failed by itself');
    },
  };
}

class GoneError extends Error {}

/** A request's body that can be read in parts. */
class Incoming {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #ended = false;
  readonly #iterator: AsyncIterator<Buffer>;

  constructor(incoming: IncomingMessage) {
    this.#iterator = incoming[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async atLeast(bytes: number): Promise<Buffer> {
    while (!this.#ended && this.#size < bytes) {
      const next = await this.#iterator.next().catch((error: unknown) => {
        throw new GoneError('the client went away', { cause: error });
      });
      if (next.done === true) this.#ended = true;
      else {
        this.#chunks.push(next.value);
        this.#size += next.value.length;
      }
    }
    return Buffer.concat(this.#chunks);
  }

  all(): Promise<Buffer> {
    return this.atLeast(Infinity);
  }
}

function sendWhole(outgoing: ServerResponse, { status, reason, headers, body }: Answer): void {
  const framed = { ...headers, ...(status === 304 ? {} : { 'content-length': String(body.length) }) };
  if (reason === undefined) outgoing.writeHead(status, framed);
  else outgoing.writeHead(status, reason, framed);
  outgoing.end(status === 304 ? undefined : body);
}

/** The answers of a script (as of `scriptedServer`), without a server of its own. */
export function ofScript(script: (asked: Asked) => Reply): Upstream {
  return (asked) => Promise.resolve(answerOf(script(asked)));
}

export function answerOf({ status = 200, reason, headers = {}, body = '', json }: Reply): Answer {
  const text = json === undefined ? body : JSON.stringify(json);
  const pieces = typeof text === 'string' || text instanceof Uint8Array ? [text] : text;
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    headers: { ...type, ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])) },
    body: Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array))),
  };
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Any server behind HTTP, real or scripted: each request goes on as it came, on a connection of its own. */
export function throughHttp(origin: string): Upstream {
  return ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      // `agent: false` closes the connection after the answer; a body keeps its length, expectations are met here.
      const { expect: _expect, connection: _connection, ...rest } = headers;
      const onward = httpRequest(new URL(path, origin), { method, headers: rest, agent: false }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          const kept = Object.entries(incoming.headers).filter(([name]) => !hopByHop.has(name));
          resolve({
            status: incoming.statusCode ?? 0,
            ...(incoming.statusMessage === undefined ? {} : { reason: incoming.statusMessage }),
            headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks),
          });
        });
      });
      onward.once('error', reject);
      onward.end(body);
    });
}
