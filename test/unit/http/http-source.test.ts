import { describe, expect, it } from '@jest/globals';
import { httpSource } from '../../../src/http/http-source.ts';
import { readAll } from '../../../src/io/hashing.ts';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import { failureOf, httpTools } from '../../support/http.ts';
import type { RecordedRequest, Reply } from '../../support/scripted-server.ts';

const { serve, client } = httpTools();
const content = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));

const all = async (source: ByteSource, options?: Parameters<ByteSource['read']>[0]): Promise<Buffer> =>
  Buffer.from(await readAll(source.read(options), 1_000_000, source.label));

/** Answers ranges as a file server does; `dropAfter` cuts each answer short. */
function ranged(request: RecordedRequest, more: Reply = {}): Reply {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) return { body: content, ...more };
  const start = Number(first);
  const end = last === '' ? content.length : Number(last) + 1;
  const headers = { ...more.headers, 'content-range': `bytes ${start}-${end - 1}/${content.length}` };
  return { status: 206, body: content.subarray(start, end), ...more, headers };
}

describe('httpSource', () => {
  it('reads the whole file, and calls it by its URL without secrets', async () => {
    const server = await serve({ '/f.whl': { body: content } });
    const source = httpSource(client(), `${server.url('/f.whl')}?sig=abc`, 1000);
    expect(source).toMatchObject({ label: server.url('/f.whl'), size: 1000 });
    expect((await all(source)).equals(content)).toBe(true);
    expect(server.requests[0]!.path).toBe('/f.whl?sig=abc');
    expect(server.requests[0]!.headers).not.toHaveProperty('range');
  });

  it('reads a range', async () => {
    const server = await serve((request) => ranged(request));
    const source = httpSource(client(), server.url('/f.whl'));
    expect((await all(source, { range: { start: 10, end: 20 } })).equals(content.subarray(10, 20))).toBe(true);
    expect((await all(source, { range: { start: 5, end: 5 } })).length).toBe(0);
    expect(server.requests).toHaveLength(1);
  });

  it('says so where the server does not serve ranges', async () => {
    const server = await serve({ '/f.whl': { body: content } });
    const error = await failureOf(all(httpSource(client(), server.url('/f.whl')), { range: { start: 10, end: 20 } }));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(error.message).toContain('is served only as a whole');
  });

  it.each(['bytes 11-19/1000', 'bytes 10-18/1000', 'items 10-19/1000', ''])('does not take %j for bytes 10 to 20', async (contentRange) => {
    const server = await serve({ '/f.whl': { status: 206, headers: { 'content-range': contentRange }, body: content.subarray(10, 20) } });
    const error = await failureOf(all(httpSource(client(), server.url('/f.whl')), { range: { start: 10, end: 20 } }));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [503, 'UNREACHABLE'],
    [204, 'BAD_RESPONSE'],
  ])('reports %d as %s', async (status, code) => {
    const server = await serve({ '/f.whl': { status } });
    expect(await failureOf(all(httpSource(client(), server.url('/f.whl'))))).toMatchObject({ code });
  });

  it('follows a redirect to another origin', async () => {
    const files = await serve({ '/f.whl': { body: content } });
    const server = await serve({ '/f.whl': { status: 302, headers: { location: files.url('/f.whl') } } });
    expect((await all(httpSource(client(), server.url('/f.whl')))).equals(content)).toBe(true);
  });

  describe('when the connection is lost on the way', () => {
    it('goes on at the same byte', async () => {
      const server = await serve((request) => ranged(request, server.requests.length < 4 ? { dropAfter: 300 } : {}));
      expect((await all(httpSource(client(), server.url('/f.whl')))).equals(content)).toBe(true);
      expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=300-', 'bytes=600-', 'bytes=900-']);
    });

    it('goes on inside a range', async () => {
      const server = await serve((request) => ranged(request, server.requests.length < 2 ? { dropAfter: 30 } : {}));
      const bytes = await all(httpSource(client(), server.url('/f.whl')), { range: { start: 100, end: 200 } });
      expect(bytes.equals(content.subarray(100, 200))).toBe(true);
      expect(server.requests[1]!.headers.range).toBe('bytes=130-199');
    });

    it('skips what it has where the server starts over', async () => {
      const pieces = Array.from({ length: 10 }, (_, i) => content.subarray(i * 100, i * 100 + 100));
      const server = await serve({
        '/f.whl': [
          { body: content, dropAfter: 350 },
          { body: pieces, drip: { every: 1 } },
        ],
      });
      expect((await all(httpSource(client(), server.url('/f.whl')))).equals(content)).toBe(true);
    });

    it.each([
      ['ETag', { etag: '"a"' }, { etag: '"b"' }],
      ['Last-Modified', { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }, { 'last-modified': 'Thu, 01 Jan 2026 00:00:01 GMT' }],
    ])('refuses to go on with another file, by its %s', async (_, before, after) => {
      const server = await serve({
        '/f.whl': [
          { body: content, headers: before, dropAfter: 300 },
          { body: content, headers: after },
        ],
      });
      const error = await failureOf(all(httpSource(client(), server.url('/f.whl'))));
      expect(error).toMatchObject({ code: 'BAD_RESPONSE', retryable: true });
      expect(error.message).toContain('changed while it was read');
    });

    it('refuses to go on with a file of another length', async () => {
      const server = await serve({ '/f.whl': [{ body: content, dropAfter: 300 }, { body: content.subarray(1) }] });
      expect((await failureOf(all(httpSource(client(), server.url('/f.whl'))))).message).toContain('changed while it was read');
    });

    it('gives up in the end', async () => {
      const server = await serve((request) => ranged(request, { dropAfter: 1 }));
      expect(await failureOf(all(httpSource(client(), server.url('/f.whl'))))).toMatchObject({ code: 'UNREACHABLE', retryable: true });
      expect(server.requests).toHaveLength(6);
    });
  });

  it('does not try again after an interruption', async () => {
    const server = await serve({ '/f.whl': { body: [content, content], drip: { every: 20_000 } } });
    const controller = new AbortController();
    const reading = (async () => {
      for await (const chunk of httpSource(client(), server.url('/f.whl')).read({ signal: controller.signal })) {
        if (chunk.length > 0) controller.abort();
      }
    })();
    expect(await failureOf(reading)).toMatchObject({ code: 'INTERRUPTED' });
    expect(server.requests).toHaveLength(1);
  });
});
