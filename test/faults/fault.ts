import {
  alteredBody,
  altered,
  answers,
  badChunks,
  broken,
  dripping,
  early,
  endless,
  garbage,
  gone,
  halfClosed,
  headed,
  notKept,
  packed,
  preceded,
  silent,
} from './effects.ts';
import type { Answer, Effect, Exchange } from './fault-server.ts';

/** What a request is for, as far as a fault cares. */
export type Target = 'page' | 'list' | 'file' | 'resume' | 'metadata' | 'write' | 'removal';

/** How many of the requests it is meant for meet a fault. */
export type Times = 'once' | 'twice' | 'always';

/** One thing that goes wrong on the wire. */
export interface Fault {
  /** As it stands in the table. */
  readonly name: string;
  readonly effect: Effect;
  /** What it makes sense for; everything unless given. */
  readonly for?: readonly Target[];
  /** Once and always unless given. */
  readonly times?: readonly Times[];
}

const pages: readonly Target[] = ['page'];
const reads: readonly Target[] = ['page', 'list', 'file', 'resume', 'metadata'];
const writes: readonly Target[] = ['write'];
const sent: readonly Target[] = ['write', 'removal'];

const errorPage = '<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>';
const loginPage =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action="/login"><input name="user"></form><a href="/forgot">Forgot your password?</a></body></html>';
const html = { 'content-type': 'text/html' };
const inTwoSeconds = (): string => new Date(Date.now() + 2000).toUTCString();

/** Everything that goes wrong, each as one entry. */
export const faults: readonly Fault[] = [
  // The connection.
  { name: 'reset', effect: gone('reset') },
  { name: 'closed without an answer', effect: gone('close') },
  { name: 'half-closed without an answer', effect: halfClosed() },
  { name: 'no answer', effect: silent() },
  { name: 'reset in the answer', effect: broken(60, 'reset'), for: reads },
  { name: 'answer cut short', effect: broken(60, 'close'), for: reads },
  { name: 'answer stalls', effect: broken(60, 'silence'), for: reads },
  { name: 'slow drip', effect: dripping(20, 3), times: ['always'] },
  { name: 'connection not kept', effect: notKept(), times: ['always'] },

  // What is not HTTP, or lies about its length.
  { name: 'no HTTP', effect: garbage('SSH-2.0-OpenSSH_9.6\r\n') },
  { name: 'header flood', effect: headed(({ body }) => [...flood, `content-length: ${body.length}`]) },
  { name: 'length too small', effect: headed(({ body }) => [`content-length: ${Math.max(body.length - 10, 0)}`]), for: reads },
  { name: 'length too large', effect: headed(({ body }) => [`content-length: ${body.length + 10}`]) },
  {
    name: 'two lengths',
    effect: headed(({ body }) => [`content-length: ${body.length}`, `content-length: ${body.length + 1}`]),
  },
  { name: 'bad chunks', effect: badChunks() },
  { name: 'endless answer', effect: endless(256 * 1024 * 1024, filler), for: reads, times: ['always'] },
  { name: 'unasked 100', effect: preceded('HTTP/1.1 100 Continue\r\n\r\n') },
  { name: 'unasked 103', effect: preceded('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'), times: ['always'] },
  { name: 'unasked 101', effect: preceded('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n') },
  { name: 'unasked 304', effect: answers({ status: 304, headers: { etag: '"x"' } }), for: reads },
  { name: 'gzip, said so, unasked for files', effect: packed({ declared: true }), for: reads, times: ['always'] },
  { name: 'gzip, not said', effect: packed({ declared: false }), for: reads },
  {
    name: 'said to be gzip, is not',
    effect: altered(({ headers }) => ({ headers: { ...headers, 'content-encoding': 'gzip' } })),
    for: reads,
  },

  // Statuses.
  { name: '429, Retry-After in seconds', effect: answers({ status: 429, headers: { 'retry-after': '2' } }) },
  { name: '429, Retry-After as a date', effect: answers(() => ({ status: 429, headers: { 'retry-after': inTwoSeconds() } })) },
  { name: '500', effect: answers({ status: 500, body: 'oops' }) },
  { name: '502', effect: answers({ status: 502, body: errorPage, headers: html }), times: ['twice'] },
  { name: '503', effect: answers({ status: 503, body: 'busy' }), times: ['twice', 'always'] },
  { name: '200 and nothing', effect: answers({}) },
  { name: '200 and an error page', effect: answers({ body: errorPage, headers: html }) },
  { name: '200 and a login page', effect: answers({ body: loginPage, headers: html }) },
  { name: 'redirect loop', effect: answers(({ path }) => ({ status: 302, headers: { location: path } })) },
  {
    name: 'redirect to another origin',
    effect: answers(({ path, elsewhere }) => ({ status: 302, headers: { location: elsewhere + path } })),
  },

  // Pages that are whole, and wrong.
  { name: 'page of another project', effect: alteredBody((body) => body.toString().replaceAll('alpha', 'gamma')), for: pages },
  { name: 'page without the file', effect: alteredBody(withoutFile), for: pages, times: ['once', 'twice', 'always'] },
  { name: 'page with another digest', effect: alteredBody(withOtherDigest), for: pages },

  // Files that are wrong.
  { name: 'other bytes of the same length', effect: alteredBody(flipped), for: ['file', 'resume', 'metadata'] },
  { name: 'range ignored, whole file', effect: wholeFile(), for: ['resume'] },
  { name: 'another range than asked for', effect: altered(otherRange), for: ['resume'] },
  { name: 'a part, unasked', effect: altered(unaskedPart), for: ['file', 'metadata'] },

  // Writes.
  { name: 'reset while sending', effect: gone('reset', { received: 64 * 1024 }), for: writes },
  { name: '413 before the body was sent', effect: early(413), for: writes },
  { name: 'carried out, then closed', effect: gone('close', 'taken'), for: sent },
  { name: 'carried out, then reset', effect: gone('reset', 'taken'), for: sent },
  { name: 'carried out, then no answer', effect: silent('taken'), for: sent },
  { name: 'carried out, then 500', effect: answers({ status: 500, body: 'lost my head' }, { taken: true }), for: sent },
  { name: 'carried out, then 503', effect: answers({ status: 503 }, { taken: true }), for: sent },
  { name: 'carried out, then an error page', effect: answers({ body: errorPage, headers: html }, { taken: true }), for: sent },
];

const flood = Array.from({ length: 300 }, (_, i) => `x-flood-${i}: ${'x'.repeat(1000)}`);

/** What can follow without end: blanks inside JSON, text inside HTML, bytes in a file. */
function filler({ headers }: Answer): string {
  return (headers['content-type'] ?? '').includes('json') ? ' ' : 'x';
}

/** The wheel of alpha 1.0, which all faults are about, out of a page of either serialization. */
function withoutFile(body: Buffer): string {
  const text = body.toString();
  if (!text.startsWith('{')) return text.replace(/<a [^>]*alpha-1\.0-py3[^>]*>[^<]*<\/a>(<br>)?/, '');
  const page = JSON.parse(text) as { files: { filename: string }[] };
  return JSON.stringify({ ...page, files: page.files.filter(({ filename }) => !filename.startsWith('alpha-1.0-')) });
}

function withOtherDigest(body: Buffer): string {
  const text = body.toString();
  if (!text.startsWith('{')) return text.replace(/(alpha-1\.0-py3[^#]*#sha256=)[0-9a-f]{64}/, `$1${'0'.repeat(64)}`);
  const page = JSON.parse(text) as { files: { filename: string; hashes: unknown }[] };
  const files = page.files.map((file) => (file.filename.startsWith('alpha-1.0-') ? { ...file, hashes: { sha256: '0'.repeat(64) } } : file));
  return JSON.stringify({ ...page, files });
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}

/** The server of the tests knows ranges; this one takes no notice of them. */
function wholeFile(): Effect {
  return async (exchange) => {
    const { body, ...answer } = await exchange.upstream();
    const { total, rest } = parts({ ...answer, body }, exchange);
    exchange.send({
      ...answer,
      status: 200,
      headers: withoutRange(answer.headers),
      body: Buffer.concat([Buffer.alloc(total - rest, 0), body]),
    });
  };
}

function otherRange(answer: Answer, exchange: Exchange): Partial<Answer> {
  const { total } = parts(answer, exchange);
  return { headers: { ...answer.headers, 'content-range': `bytes 7-${total - 1}/${total}` } };
}

function unaskedPart(answer: Answer): Partial<Answer> {
  const { length } = answer.body;
  return { status: 206, body: answer.body.subarray(7), headers: { ...answer.headers, 'content-range': `bytes 7-${length - 1}/${length}` } };
}

function parts({ headers, body }: Answer, { path }: Exchange): { readonly total: number; readonly rest: number } {
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  if (total === undefined) throw new Error(`${path} was not answered with a range`);
  return { total: Number(total), rest: body.length };
}

function withoutRange(headers: Answer['headers']): Answer['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-range'));
}
