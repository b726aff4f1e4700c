import { gzipSync } from 'node:zlib';
import { answerOf } from './fault-server.ts';
import type { Answer, Effect, Exchange } from './fault-server.ts';
import type { Reply } from '../support/scripted-server.ts';

/** How a connection ends: with a reset (RST), or orderly (FIN). */
type End = 'reset' | 'close';

/** How far a request gets before the fault: its headers were read; so many bytes of its body; it was carried out. */
type Progress = 'asked' | 'taken' | { readonly received: number };

/** Goes away without an answer. */
export function gone(by: End, after: Progress = 'asked'): Effect {
  return async (exchange) => {
    await reach(exchange, after);
    end(exchange, by);
  };
}

/** Never answers. */
export function silent(after: Progress = 'asked'): Effect {
  return (exchange) => reach(exchange, after);
}

/** Ends its own direction only, without an answer, and keeps listening. */
export function halfClosed(): Effect {
  return ({ socket }) => void socket.end();
}

/** Begins an honest answer and stops after `at` bytes of its body: with an end, or in silence. */
export function broken(at: number, by: End | 'silence'): Effect {
  return async (exchange) => {
    const answer = await exchange.upstream();
    exchange.socket.write(Buffer.concat([headOf(answer), answer.body.subarray(0, at)]), () => {
      if (by !== 'silence') end(exchange, by);
    });
  };
}

/** The honest answer in pieces, each after a pause. */
export function dripping(pieces: number, milliseconds: number): Effect {
  return async (exchange) => {
    const answer = await exchange.upstream();
    const bytes = Buffer.concat([headOf(answer, { connection: 'close' }), answer.body]);
    const step = Math.ceil(bytes.length / pieces);
    for (let at = 0; at < bytes.length && !exchange.socket.destroyed; at += step) {
      exchange.socket.write(bytes.subarray(at, at + step));
      await exchange.pause(milliseconds);
    }
    exchange.socket.end();
  };
}

/** Answers by itself; the request is carried out before only where `taken` says so. */
export function answers(reply: Reply | ((exchange: Exchange) => Reply), { taken = false } = {}): Effect {
  return async (exchange) => {
    if (taken) await exchange.upstream();
    else await exchange.received(Infinity);
    exchange.send(answerOf(typeof reply === 'function' ? reply(exchange) : reply));
  };
}

/** Answers while the body is still on its way, and goes away. */
export function early(status: number): Effect {
  return ({ socket }) => void socket.end(`HTTP/1.1 ${status} Early\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}

/** The honest answer, changed. */
export function altered(change: (answer: Answer, exchange: Exchange) => Partial<Answer>): Effect {
  return async (exchange) => {
    const answer = await exchange.upstream();
    exchange.send({ ...answer, ...change(answer, exchange) });
  };
}

/** The honest answer with another body. */
export function alteredBody(change: (body: Buffer) => Buffer | string): Effect {
  return altered(({ body }) => ({ body: Buffer.from(change(body) as Buffer) }));
}

/** The honest answer with another head: its own headers replaced or followed by these lines. */
export function headed(lines: (answer: Answer) => readonly string[], by: End = 'close'): Effect {
  return async (exchange) => {
    const answer = await exchange.upstream();
    const head = [`HTTP/1.1 ${answer.status} OK`, ...plainHeaders(answer), ...lines(answer), '', ''].join('\r\n');
    exchange.socket.write(Buffer.concat([Buffer.from(head), answer.body]), () => end(exchange, by));
  };
}

/** Bytes before the honest answer: interim answers that nobody asked for. */
export function preceded(text: string): Effect {
  return async (exchange) => {
    const answer = await exchange.upstream();
    exchange.socket.write(text);
    exchange.send(answer);
  };
}

/** What is no HTTP. */
export function garbage(text: string): Effect {
  return ({ socket }) => void socket.end(text);
}

/** The honest answer, and the connection ends at once though it was to be kept. */
export function notKept(): Effect {
  return async (exchange) => {
    const answer = await exchange.upstream();
    exchange.socket.write(Buffer.concat([headOf(answer), answer.body]), () => setImmediate(() => end(exchange, 'reset')));
  };
}

/** The honest answer chunked, in chunks that are none. */
export function badChunks(): Effect {
  return async (exchange) => {
    const answer = await exchange.upstream();
    const head = [`HTTP/1.1 ${answer.status} OK`, ...plainHeaders(answer), 'transfer-encoding: chunked', '', ''].join('\r\n');
    exchange.socket.end(Buffer.concat([Buffer.from(head), Buffer.from('zz\r\n'), answer.body, Buffer.from('\r\n0\r\n\r\n')]));
  };
}

/** The honest answer, and behind it one chunk after the other, until the client leaves or `limit` bytes have passed. */
export function endless(limit: number, filler: (answer: Answer) => string): Effect {
  return async (exchange) => {
    const { socket } = exchange;
    const answer = await exchange.upstream();
    const head = [`HTTP/1.1 ${answer.status} OK`, ...plainHeaders(answer), 'transfer-encoding: chunked', '', ''].join('\r\n');
    // Without its last byte, so that what follows is still inside the document.
    socket.write(Buffer.concat([Buffer.from(head), chunk(answer.body.subarray(0, -1))]));
    const more = chunk(Buffer.alloc(1024 * 1024, filler(answer)));
    let go = (): void => undefined;
    socket.on('drain', () => go()).once('close', () => go());
    for (let sent = 0; sent < limit && !socket.destroyed; sent += more.length) {
      const drained = new Promise<void>((resolve) => (go = resolve));
      if (!socket.write(more)) await drained;
    }
    socket.destroy();
  };
}

/** Packed, and says so or not; the honest answer may have been packed before. */
export function packed({ declared }: { readonly declared: boolean }): Effect {
  return altered(({ headers, body }) => ({
    body: gzipSync(body),
    headers: declared ? { ...headers, 'content-encoding': 'gzip' } : headers,
  }));
}

/** Does `first` to the first request and `then` to all that follow. */
export function inTurn(first: Effect, then: Effect): Effect {
  return (exchange) => (exchange.strikes === 0 ? first : then)(exchange);
}

async function reach(exchange: Exchange, progress: Progress): Promise<void> {
  if (progress === 'taken') await exchange.upstream();
  else if (progress !== 'asked') await exchange.received(progress.received);
}

function end({ socket }: Exchange, by: End): void {
  if (by === 'reset') socket.resetAndDestroy();
  else socket.end(() => socket.destroy());
}

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Status line and headers with the honest length. */
function headOf(answer: Answer, more: Readonly<Record<string, string>> = {}): Buffer {
  const added = Object.entries(more).map(([name, value]) => `${name}: ${value}`);
  const lines = [`HTTP/1.1 ${answer.status} OK`, ...plainHeaders(answer), `content-length: ${answer.body.length}`, ...added, '', ''];
  return Buffer.from(lines.join('\r\n'));
}

function plainHeaders({ headers }: Answer): readonly string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}
