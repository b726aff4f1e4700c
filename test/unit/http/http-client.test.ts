import { describe, expect, it } from '@jest/globals';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { PkgsyncError } from '../../../src/errors.ts';
import { defaultRetryPolicy } from '../../../src/http/retry.ts';
import { failureOf, httpTools } from '../../support/http.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const { serve, client } = httpTools();

const only = (origin: string, username = 'ci', password = 's3cret') => ({
  for: (url: URL) => Promise.resolve(url.origin === origin ? { username, password } : undefined),
});
const basic = `Basic ${Buffer.from('ci:s3cret').toString('base64')}`;

describe('get', () => {
  it('gives status, reason, lower-case headers and body', async () => {
    const server = await serve({ '/x': { status: 203, reason: 'So So', headers: { 'X-Serial': '7' }, body: 'héllo' } });
    const response = await client().get(server.url('/x'));
    expect(response).toMatchObject({ status: 203, statusText: 'So So', url: server.url('/x'), redirectedFrom: undefined, framed: true });
    expect(response.headers['x-serial']).toBe('7');
    expect(await response.text()).toBe('héllo');
  });

  it('names itself, and asks for the bytes as they are', async () => {
    const server = await serve({ '/x': {} });
    await (await client().get(server.url('/x'), { accept: 'text/html', headers: { 'if-none-match': '"a"' } })).discard();
    expect(server.requests[0]!.headers).toMatchObject({
      'user-agent': 'pkgsync/1.2.3',
      accept: 'text/html',
      'if-none-match': '"a"',
      'accept-encoding': 'identity',
    });
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
  });

  it('asks for a range, with its end exclusive', async () => {
    const server = await serve({ '/x': { status: 206 } });
    const http = client();
    await (await http.get(server.url('/x'), { range: { start: 10, end: 20 } })).discard();
    await (await http.get(server.url('/x'), { range: { start: 10 } })).discard();
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=10-19', 'bytes=10-']);
  });

  it('gives no words of the server that show the credentials that were sent', async () => {
    const password = 's3cret=%/word';
    const encoded = Buffer.from(`ci:${password}`).toString('base64');
    const page = { status: 400, reason: `no ${encoded}`, body: `GET /x\nauthorization: Basic ${encoded}\nthat is ci:${password}` };
    const server = await serve({ '/x': page, '/y': page });
    const http = client({ credentials: only(server.origin, 'ci', password) });
    const response = await http.get(server.url('/x'));
    expect(response.statusText).toBe('no ****');
    expect(await response.excerpt()).toBe('GET /x\nauthorization: Basic ****\nthat is ****');
    expect(await (await client().get(server.url('/y'))).excerpt()).toContain(encoded);
  });

  it('takes a short password for a word that occurs by chance', async () => {
    const server = await serve({ '/x': { status: 409, reason: 'File exists' } });
    const response = await client({ credentials: only(server.origin, 'ci', 'exists') }).get(server.url('/x'));
    expect(response.statusText).toBe('File exists');
    await response.discard();
  });

  it('refuses a URL that is not http', async () => {
    expect(await failureOf(client().get('file:///etc/passwd'))).toMatchObject({ code: 'USAGE' });
  });

  it('uses one connection again after a discarded answer', async () => {
    const server = await serve({ '/x': { body: 'something' } });
    const http = client({ connectionsPerOrigin: 1 });
    for (let i = 0; i < 5; i += 1) await (await http.get(server.url('/x'))).discard();
    expect(server.connections).toBe(1);
  });

  it('survives an answer that is given up in the middle', async () => {
    const server = await serve({ '/x': { body: Buffer.alloc(4_000_000) } });
    const http = client();
    for await (const chunk of (await http.get(server.url('/x'))).body) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await (await http.get(server.url('/x'))).discard();
    expect((await (await http.get(server.url('/x'))).bytes()).length).toBe(4_000_000);
  });

  it('keeps to the connections allowed per origin', async () => {
    const server = await serve({ '/x': { delay: 5, body: 'x' } });
    const http = client({ connectionsPerOrigin: 3 });
    await Promise.all(Array.from({ length: 12 }, async () => (await http.get(server.url('/x'))).text()));
    expect(server.connections).toBe(3);
    expect(server.requests).toHaveLength(12);
  });
});

describe('retries', () => {
  it('repeats a read after passing failures, with growing waits', async () => {
    const server = await serve({ '/x': [{ status: 503 }, { drop: true }, { status: 500 }, { body: 'at last' }] });
    const http = client();
    expect(await (await http.get(server.url('/x'))).text()).toBe('at last');
    expect(http.waits).toEqual([500, 1000, 2000]);
  });

  it.each([408, 429, 500, 502, 503, 504])('repeats after %d', async (status) => {
    const server = await serve({ '/x': [{ status }, { body: 'ok' }] });
    expect(await (await client().get(server.url('/x'))).text()).toBe('ok');
  });

  it.each([400, 401, 403, 404, 410, 501, 304])('does not repeat after %d', async (status) => {
    const server = await serve({ '/x': [{ status }, { body: 'ok' }] });
    expect(await client().get(server.url('/x'))).toMatchObject({ status });
    expect(server.requests).toHaveLength(1);
  });

  it('hands over the last answer when all tries are used up', async () => {
    const server = await serve({ '/x': { status: 503, body: 'busy' } });
    const response = await client().get(server.url('/x'));
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('busy');
    expect(server.requests).toHaveLength(4);
  });

  it('takes the number of tries from the call', async () => {
    const server = await serve({ '/x': { status: 503 } });
    await (await client().get(server.url('/x'), { attempts: 1 })).discard();
    expect(server.requests).toHaveLength(1);
  });

  it('waits as long as Retry-After says, within its cap', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const server = await serve({
      '/x': [
        { status: 429, headers: { 'retry-after': '7' } },
        { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' } },
        { status: 429, headers: { 'retry-after': '86400' } },
        { body: 'ok' },
      ],
    });
    const http = client({ retry: { now: () => now } });
    await (await http.get(server.url('/x'))).discard();
    expect(http.waits).toEqual([7000, 30_000, 60_000]);
  });

  it('tells before each wait, without secrets', async () => {
    const told: unknown[] = [];
    const server = await serve({ '/x': [{ status: 502, reason: 'Bad Gateway' }, {}] });
    await (await client({ onRetry: (retry) => told.push(retry) }).get(`http://u:pw@${server.host}/x?token=abc`)).discard();
    expect(told).toEqual([{ url: server.url('/x'), attempt: 1, delay: 500, because: '502 Bad Gateway' }]);
  });

  it('reports a server that is not there as unreachable and retryable', async () => {
    const server = await scriptedServer();
    await server.close();
    const http = client();
    const error = await failureOf(http.get(server.url('/x')));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(error.message).toBe(`${server.url('/x')} could not be read: the connection was refused`);
    expect(http.waits).toHaveLength(3);
  });

  it('does not repeat what is no HTTP', async () => {
    const server = await serve({ '/x': { raw: 'SSH-2.0-OpenSSH_9.6\r\n' } });
    expect(await failureOf(client().get(server.url('/x')))).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('read', () => {
  it('starts over when the body breaks off', async () => {
    const server = await serve({ '/x': [{ body: 'half of it', dropAfter: 4 }, { body: 'all of it' }] });
    expect(await client().read(server.url('/x'), {}, (response) => response.text())).toBe('all of it');
  });

  it('gives up when the body never comes whole', async () => {
    const server = await serve({ '/x': { body: 'half of it', framing: 'chunked', dropAfter: 4 } });
    const error = await failureOf(client().read(server.url('/x'), {}, (response) => response.text()));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(error.message).toContain('broke off in the middle of its answer');
    expect(server.requests).toHaveLength(4);
  });

  it('lets an error of the reader pass', async () => {
    const server = await serve({ '/x': { body: 'x' } });
    const mine = new PkgsyncError('BAD_RESPONSE', 'no page');
    const error = await failureOf(client().read(server.url('/x'), {}, () => Promise.reject(mine)));
    expect(error).toBe(mine);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a body that is not what its headers promise', () => {
  it('is an error where it is shorter than Content-Length', async () => {
    const server = await serve({ '/x': { body: 'short', claimedLength: 500 } });
    const response = await client().get(server.url('/x'));
    expect(await failureOf(response.text())).toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  it('ends at Content-Length where more follows', async () => {
    const server = await serve({ '/x': { raw: 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nlonger' } });
    expect(await (await client().get(server.url('/x'))).text()).toBe('lon');
  });

  it('is an error where the chunks end early', async () => {
    const server = await serve({ '/x': { body: ['one', 'two'], framing: 'chunked', dropAfter: 4 } });
    expect(await failureOf((await client().get(server.url('/x'))).text())).toMatchObject({ code: 'UNREACHABLE' });
  });

  it('says that it has no frame where only the connection ends it', async () => {
    const server = await serve({ '/x': { body: 'whatever came', framing: 'close' } });
    const response = await client().get(server.url('/x'));
    expect(response.framed).toBe(false);
    expect(await response.text()).toBe('whatever came');
  });

  it('is an error past the limit', async () => {
    const server = await serve({ '/x': { body: 'x'.repeat(100) } });
    const error = await failureOf((await client().get(server.url('/x'))).text(99));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(error.message).toContain('longer than 99 bytes');
    expect(await (await client().get(server.url('/x'))).text(100)).toHaveLength(100);
  });
});

describe('a proxy', () => {
  it('is asked for the whole URL', async () => {
    const proxy = await serve({ 'http://index.invalid/simple/': { body: 'through' } });
    const http = client({ proxy: { http: proxy.origin, noProxy: 'other.invalid' } });
    expect(await (await http.get('http://index.invalid/simple/')).text()).toBe('through');
    expect(proxy.log()).toEqual(['GET http://index.invalid/simple/']);
  });

  it('is left out for hosts that are named', async () => {
    const proxy = await serve({});
    const server = await serve({ '/x': { body: 'direct' } });
    expect(await (await client({ proxy: { http: proxy.origin, noProxy: '127.0.0.1' } }).get(server.url('/x'))).text()).toBe('direct');
    expect(proxy.requests).toEqual([]);
  });
});

describe('timeouts', () => {
  it('end a wait for headers', async () => {
    const server = await serve({ '/x': { hang: true } });
    const error = await failureOf(client({ timeouts: { answer: 50, headers: 60_000 }, retry: { attempts: 1 } }).get(server.url('/x')));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(error.message).toContain('no answer came in time');
  });

  it('give writes a limit of their own', async () => {
    const server = await serve({ '/x': { hang: true } });
    const http = client({ timeouts: { answer: 60_000, headers: 50 } });
    expect((await failureOf(http.send(server.url('/x'), { method: 'POST', body: 'x' }))).code).toBe('UNREACHABLE');
  });

  it('end a silence in the body', async () => {
    const server = await serve({ '/x': { body: ['a', 'b'], drip: { every: 20_000 } } });
    const response = await client({ timeouts: { idle: 50 } }).get(server.url('/x'));
    const error = await failureOf(response.text());
    expect(error.message).toContain('the answer stopped arriving');
  });

  it('let a slow body pass that keeps coming', async () => {
    const server = await serve({ '/x': { body: 'abcdef', drip: { every: 10, bytes: 1 } } });
    expect(await (await client({ timeouts: { idle: 2000 } }).get(server.url('/x'))).text()).toBe('abcdef');
  });
});

describe('interruption', () => {
  it('ends a wait for an answer', async () => {
    const server = await serve({ '/x': { hang: true } });
    const controller = new AbortController();
    const answer = failureOf(client().get(server.url('/x'), { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(await answer).toMatchObject({ code: 'INTERRUPTED', retryable: false });
  });

  it('ends a body', async () => {
    const server = await serve({ '/x': { body: ['a', 'b'], drip: { every: 20_000 } } });
    const controller = new AbortController();
    const response = await client().get(server.url('/x'), { signal: controller.signal });
    const reading = failureOf(response.text());
    controller.abort();
    expect(await reading).toMatchObject({ code: 'INTERRUPTED' });
  });

  it('ends a wait between tries', async () => {
    const server = await serve({ '/x': { status: 503, headers: { 'retry-after': '50' } } });
    const controller = new AbortController();
    const http = client({ onRetry: () => setImmediate(() => controller.abort()), retry: { sleep: defaultRetryPolicy.sleep } });
    expect(await failureOf(http.get(server.url('/x'), { signal: controller.signal }))).toMatchObject({ code: 'INTERRUPTED' });
    expect(server.requests).toHaveLength(1);
  });

  it('asks nothing of the server where it came before', async () => {
    const server = await serve({ '/x': {} });
    expect(await failureOf(client().get(server.url('/x'), { signal: AbortSignal.abort() }))).toMatchObject({ code: 'INTERRUPTED' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('redirects', () => {
  it('are followed within the origin', async () => {
    const server = await serve({
      '/a': { status: 301, headers: { location: '/b/' } },
      '/b/': { status: 307, headers: { location: 'c' } },
      '/b/c': { body: 'here' },
    });
    const response = await client().get(server.url('/a'));
    expect(response).toMatchObject({ url: server.url('/b/c'), redirectedFrom: server.url('/a') });
    expect(await response.text()).toBe('here');
  });

  it('are followed five times and no more', async () => {
    const server = await serve({ '/loop': { status: 302, headers: { location: '/loop' } } });
    const error = await failureOf(client().get(server.url('/loop')));
    expect(error).toMatchObject({ code: 'REDIRECTED', retryable: false });
    expect(server.requests).toHaveLength(6);
  });

  it('to another origin are not followed unless asked', async () => {
    const other = await serve({ '/y': { body: 'elsewhere' } });
    const server = await serve({ '/x': { status: 302, headers: { location: `${other.url('/y')}?secret=1` }, body: 'moved' } });
    const http = client();
    const stopped = await http.get(server.url('/x'));
    expect(stopped).toMatchObject({ status: 302, leftOrigin: other.url('/y') });
    expect(await stopped.text()).toBe('');
    expect(other.requests).toHaveLength(0);
    expect(await (await http.get(server.url('/x'), { crossOrigin: true })).text()).toBe('elsewhere');
  });

  it('without a target are an answer like any other', async () => {
    const server = await serve({ '/x': { status: 302, body: 'nowhere' } });
    const response = await client().get(server.url('/x'));
    expect(response).toMatchObject({ status: 302, leftOrigin: undefined });
    expect(await response.text()).toBe('nowhere');
  });

  it('to another kind of URL are refused', async () => {
    const server = await serve({ '/x': { status: 302, headers: { location: 'file:///etc/passwd' } } });
    expect(await failureOf(client().get(server.url('/x'), { crossOrigin: true }))).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('that only change the scheme are an error, not another place', async () => {
    const server = await serve({ '/x': (request) => ({ status: 301, headers: { location: `https://${request.headers.host}/x` } }) });
    const error = await failureOf(client().get(server.url('/x')));
    expect(error).toMatchObject({ code: 'REDIRECTED', hint: 'write the address with https' });
  });
});

describe('credentials', () => {
  it('are sent at once, to their origin', async () => {
    const server = await serve({ '/x': {} });
    const response = await client({ credentials: only(server.origin) }).get(server.url('/x'));
    expect(response.credentialsSent).toBe(true);
    expect(server.requests[0]!.headers.authorization).toBe(basic);
  });

  it('do not follow a redirect to another origin, nor do other headers', async () => {
    const other = await serve({ '/y': {} });
    const server = await serve({ '/x': { status: 302, headers: { location: other.url('/y') } } });
    const http = client({ credentials: only(server.origin) });
    const response = await http.get(server.url('/x'), {
      crossOrigin: true,
      headers: { 'x-devpi-auth': 'token' },
      range: { start: 0, end: 5 },
    });
    expect(server.requests[0]!.headers).toMatchObject({ authorization: basic, 'x-devpi-auth': 'token' });
    expect(other.requests[0]!.headers.authorization).toBeUndefined();
    expect(other.requests[0]!.headers['x-devpi-auth']).toBeUndefined();
    expect(other.requests[0]!.headers.range).toBe('bytes=0-4');
    expect(response.credentialsSent).toBe(false);
  });

  it('that are for writes only go with a question that is asked before one', async () => {
    const server = await serve({ '/x': {} });
    const credentials = { for: (_: URL, writes = false) => Promise.resolve(writes ? { username: 'ci', password: 'hunter2' } : undefined) };
    const http = client({ credentials });
    await (await http.get(server.url('/x'))).discard();
    await (await http.get(server.url('/x'), { forWriting: true })).discard();
    expect(server.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true]);
  });

  it('go in headers of another kind where those are asked for, to their origin only, and are not shown', async () => {
    const other = await serve({ '/y': {} });
    const server = await serve({
      'GET /x': { status: 302, headers: { location: other.url('/y') } },
      'DELETE /x': { status: 403, body: 'no hunter2-hunter2' },
    });
    const credentials = {
      for: (url: URL) => Promise.resolve(url.origin === server.origin ? { username: 'ci', password: 'hunter2-hunter2' } : undefined),
    };
    const http = client({ credentials });
    const authorize = ({ password }: { readonly password: string }) => ({ 'private-token': password });
    await (await http.get(server.url('/x'), { crossOrigin: true, authorize })).discard();
    const refused = await http.send(server.url('/x'), { method: 'DELETE', authorize });
    expect(await refused.excerpt()).toBe('no ****');
    expect(server.requests.map(({ headers }) => [headers['private-token'], headers.authorization])).toEqual([
      ['hunter2-hunter2', undefined],
      ['hunter2-hunter2', undefined],
    ]);
    expect(other.requests[0]!.headers['private-token']).toBeUndefined();
  });

  it('are sent again when a redirect comes back to their origin', async () => {
    const server = await serve({ '/x': { status: 302, headers: { location: '/y' } }, '/y': {} });
    await (await client({ credentials: only(server.origin) }).get(server.url('/x'))).discard();
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
  });

  it('that stand in a URL are neither sent nor shown', async () => {
    const server = await serve({ '/x': {} });
    const response = await client().get(`http://user:hunter2@${server.host}/x`);
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
    expect(response.url).toBe(server.url('/x'));
  });

  it('are not sent over plain http to another machine', async () => {
    const http = client({ credentials: { for: () => Promise.resolve({ username: 'ci', password: 's3cret' }) } });
    const error = await failureOf(http.get('http://index.invalid/simple/'));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(error.message).toBe('refused to send credentials to http://index.invalid: the connection is not encrypted');
  });
});

describe('compression', () => {
  const page = '<html>'.repeat(2000);

  it('is asked for and undone for pages', async () => {
    const server = await serve({ '/x': { headers: { 'content-encoding': 'gzip' }, body: gzipSync(page) } });
    expect(await (await client().get(server.url('/x'), { decode: true })).text()).toBe(page);
    expect(server.requests[0]!.headers['accept-encoding']).toBe('gzip');
  });

  it('is left alone for files, whatever the server calls them', async () => {
    const bytes = gzipSync(page);
    const server = await serve({ '/x.tar.gz': { headers: { 'content-encoding': 'gzip' }, body: bytes } });
    expect(Buffer.from(await (await client().get(server.url('/x.tar.gz'))).bytes()).equals(bytes)).toBe(true);
  });

  it('that ends early is an error', async () => {
    const server = await serve({ '/x': { headers: { 'content-encoding': 'gzip' }, body: gzipSync(page).subarray(0, -20) } });
    expect(await failureOf((await client().get(server.url('/x'), { decode: true })).text())).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('that unpacks to very much stops at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const server = await serve({ '/x': { headers: { 'content-encoding': 'gzip' }, body: bomb } });
    const before = process.memoryUsage().arrayBuffers;
    const error = await failureOf((await client().get(server.url('/x'), { decode: true })).bytes(1_000_000));
    expect(error.message).toContain('longer than 1000000 bytes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  it('of an unknown kind is an error', async () => {
    const server = await serve({ '/x': { headers: { 'content-encoding': 'zstd' }, body: 'x' } });
    const error = await failureOf((await client().get(server.url('/x'), { decode: true })).text());
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(error.message).toContain("not asked for: 'zstd'");
  });

  it('of an unknown kind does not hold the connection', async () => {
    const server = await serve({ '/x': { headers: { 'content-encoding': 'zstd' }, body: Buffer.alloc(4_000_000) }, '/y': { body: 'y' } });
    const http = client({ connectionsPerOrigin: 1 });
    await failureOf((await http.get(server.url('/x'), { decode: true })).text());
    expect(await (await http.get(server.url('/y'))).text()).toBe('y');
  });

  it('is undone where a proxy has added one, and refused where they are stacked', async () => {
    const twice = gzipSync(deflateSync(page));
    const server = await serve({
      '/2': { headers: { 'content-encoding': 'deflate, gzip' }, body: twice },
      '/3': { headers: { 'content-encoding': 'gzip, gzip, gzip' }, body: gzipSync(twice) },
    });
    expect(await (await client().get(server.url('/2'), { decode: true })).text()).toBe(page);
    expect(await failureOf((await client().get(server.url('/3'), { decode: true })).text())).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it.each([
    ['deflate', deflateSync(page)],
    ['deflate', deflateRawSync(page)],
    ['br', brotliCompressSync(page)],
    ['x-gzip', gzipSync(page)],
    ['identity', Buffer.from(page)],
  ])('is undone for %s, which nobody asked for', async (encoding, body) => {
    const server = await serve({
      '/x': { headers: { 'content-encoding': encoding }, body: [body.subarray(0, 1), body.subarray(1)], framing: 'chunked' },
    });
    expect(await (await client().get(server.url('/x'), { decode: true })).text()).toBe(page);
  });

  it.each(['deflate', 'br', 'gzip'])('that is no %s is an error', async (encoding) => {
    const server = await serve({ '/x': { headers: { 'content-encoding': encoding }, body: '<html>' } });
    expect(await failureOf((await client().get(server.url('/x'), { decode: true })).text())).toMatchObject({ code: 'BAD_RESPONSE' });
  });
});

describe('send', () => {
  it('sends a stream with its length and reports what left', async () => {
    const server = await serve({ 'POST /up': { status: 201, reason: 'Created' } });
    let left = 0;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first,');
      yield await Promise.resolve(Buffer.from('second'));
    }
    const response = await client({ credentials: only(server.origin) }).send(server.url('/up'), {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: { stream: chunks(), length: 12 },
      onBytes: (count) => (left += count),
    });
    expect(response).toMatchObject({ status: 201, statusText: 'Created', credentialsSent: true });
    const [request] = server.requests;
    expect(request!.body.toString()).toBe('first,second');
    expect(request!.headers).toMatchObject({ 'content-length': '12', 'content-type': 'text/plain', authorization: basic });
    expect(request!.headers['transfer-encoding']).toBeUndefined();
    expect(left).toBe(12);
  });

  it('neither repeats nor follows', async () => {
    const server = await serve({ '/busy': { status: 503 }, '/moved': { status: 307, headers: { location: '/busy' } } });
    const http = client();
    expect(await http.send(server.url('/busy'), { method: 'POST', body: 'x' })).toMatchObject({ status: 503 });
    expect(await http.send(server.url('/moved'), { method: 'DELETE' })).toMatchObject({ status: 307 });
    expect(server.log()).toEqual(['POST /busy', 'DELETE /moved']);
  });

  it.each([401, 413])('reads a %d that comes while the body is still going', async (status) => {
    const server = await serve({}, { early: () => ({ status, body: 'no more', headers: { connection: 'close' } }) });
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.alloc(65_536);
      for (; sent < 200_000_000; sent += chunk.length) yield await Promise.resolve(chunk);
    }
    const response = await client().send(server.url('/up'), { method: 'POST', body: { stream: endless(), length: 200_000_000 } });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('no more');
    expect(sent).toBeLessThan(200_000_000);
  });

  it('says that the outcome is not known when the connection is lost', async () => {
    const server = await serve({ '/up': { drop: true } });
    const error = await failureOf(client().send(server.url('/up'), { method: 'POST', body: 'x' }));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(error.message).toContain('whether it took the request is not known');
    expect(server.requests).toHaveLength(1);
  });

  it('says that nothing was sent when there was no connection', async () => {
    const server = await scriptedServer();
    await server.close();
    const error = await failureOf(client().send(server.url('/up'), { method: 'POST', body: 'x' }));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(error.message).toContain('nothing was sent');
  });

  it('lets an error of the source of the bytes pass', async () => {
    const server = await serve({ '/up': {} });
    const mine = new PkgsyncError('FILE_SYSTEM', 'cannot read /tmp/x');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      throw mine;
    }
    expect(await failureOf(client().send(server.url('/up'), { method: 'POST', body: { stream: broken(), length: 10 } }))).toBe(mine);
  });

  it('tells a plain error of that source from one of the server', async () => {
    const server = await serve({ '/up': {} });
    const mine = new Error('the disk is gone');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      throw mine;
    }
    await expect(client().send(server.url('/up'), { method: 'POST', body: { stream: broken(), length: 10 } })).rejects.toBe(mine);
  });

  it('does not pass a wrong length off as sent', async () => {
    const server = await serve({ '/up': {} });
    async function* short(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('abc'));
    }
    const error = await failureOf(client().send(server.url('/up'), { method: 'POST', body: { stream: short(), length: 10 } }));
    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect(server.requests.every(({ body }) => body.length < 10)).toBe(true);
  });

  it('is interrupted by the signal', async () => {
    const server = await serve({ '/up': { hang: true } });
    const controller = new AbortController();
    const answer = failureOf(client().send(server.url('/up'), { method: 'POST', body: 'x', signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(await answer).toMatchObject({ code: 'INTERRUPTED' });
  });
});
