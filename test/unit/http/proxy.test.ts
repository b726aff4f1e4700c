import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { proxyChoice, proxyFromEnvironment } from '../../../src/http/proxy.ts';
import { certificateAuthority } from '../../support/certificates.ts';
import { failureOf, httpTools } from '../../support/http.ts';
import { thrownBy } from '../../support/thrown.ts';

const { serve, serveProxy, client } = httpTools();
const authority = certificateAuthority();
const identity = authority.issue({ names: ['index.example', '127.0.0.1'] });
const tls = { authorities: [authority.cert] };

describe('proxyFromEnvironment', () => {
  it.each([
    [{}, undefined],
    [{ NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: ' ' }, undefined],
    [{ HTTPS_PROXY: 'http://a' }, { https: 'http://a', variables: { https: 'HTTPS_PROXY' } }],
    [{ HTTP_PROXY: 'http://a' }, { http: 'http://a', variables: { http: 'HTTP_PROXY' } }],
    [
      { http_proxy: 'http://a', HTTP_PROXY: 'http://b' },
      { http: 'http://a', variables: { http: 'http_proxy' } },
    ],
    [{ http_proxy: '', HTTP_PROXY: 'http://b' }, undefined],
    [
      { all_proxy: 'http://a', https_proxy: 'http://b' },
      { http: 'http://a', https: 'http://b', variables: { http: 'all_proxy', https: 'https_proxy' } },
    ],
    [
      { ALL_PROXY: 'http://a', http_proxy: '', NO_PROXY: 'x' },
      { https: 'http://a', noProxy: 'x', variables: { https: 'ALL_PROXY' } },
    ],
    [{ HTTP_PROXY: 'http://evil', REQUEST_METHOD: 'GET' }, undefined],
    [
      { http_proxy: 'http://a', REQUEST_METHOD: 'GET' },
      { http: 'http://a', variables: { http: 'http_proxy' } },
    ],
  ])('reads %j', (environment, expected) => {
    expect(proxyFromEnvironment(environment)).toEqual(expected);
  });
});

describe('proxyChoice', () => {
  const url = new URL('https://index.example/');

  it('does not send https through the proxy for http', () => {
    expect(proxyChoice({ http: 'http://proxy.example:3128' })(url)).toBeUndefined();
  });

  it('takes a host and port without a scheme for http', () => {
    expect(proxyChoice({ https: 'proxy.example:3128' })(url)).toMatchObject({ label: 'the proxy http://proxy.example:3128 (proxy.https)' });
  });

  it.each(['socks5://me:secret@proxy.example', 'http://', 'http://me:secret@:x'])('refuses %j without showing it', (https) => {
    const error = thrownBy(() => proxyChoice({ https, variables: { https: 'ALL_PROXY' } })(url));
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(String(error)).toContain('ALL_PROXY');
    expect(String(error)).not.toContain('secret');
  });

  it('does not look at a setting that is not needed', () => {
    expect(proxyChoice({ https: 'socks5://proxy.example', noProxy: 'index.example' })(url)).toBeUndefined();
  });

  it('takes user and password as they were before percent-encoding, a user alone too', () => {
    const authorization = (https: string) => Buffer.from((proxyChoice({ https })(url)?.authorization ?? '').slice(6), 'base64').toString();
    expect(authorization('http://m%40e:p%3Aw@proxy.example')).toBe('m@e:p:w');
    expect(authorization('http://me@proxy.example')).toBe('me:');
    expect(authorization('http://me:100%@proxy.example')).toBe('me:100%');
  });
});

describe('a tunnel', () => {
  it('carries https, and the proxy sees host and port only', async () => {
    const server = await serve({ '/simple/': { body: 'ok' } }, { tls: identity });
    const proxy = await serveProxy({ route: () => server.host, credentials: 'me:secret' });
    const https = proxy.origin.replace('//', '//me:secret@');
    const http = client({
      tls,
      proxy: { https },
      credentials: { for: () => Promise.resolve({ username: 'user', password: 'password' }) },
    });
    expect(await (await http.get('https://index.example/simple/')).text()).toBe('ok');
    expect(proxy.log()).toEqual(['CONNECT index.example:443']);
    expect(proxy.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(server.requests[0]?.headers).toMatchObject({ host: 'index.example' });
    expect(server.requests[0]?.headers).toHaveProperty('authorization');
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('is used again, and not more often than connections are allowed', async () => {
    const server = await serve({ '/x': { body: 'ok', delay: 5 } }, { tls: identity });
    const proxy = await serveProxy({ route: () => server.host });
    const http = client({ tls, proxy: { https: proxy.origin }, connectionsPerOrigin: 2 });
    await Promise.all(Array.from({ length: 12 }, async () => (await http.get('https://index.example/x')).text()));
    expect(server.requests).toHaveLength(12);
    expect(proxy.requests.length).toBeLessThanOrEqual(2);
  });

  it('carries an upload whole', async () => {
    const server = await serve({ 'POST /upload': { status: 200, reason: 'Stored' } }, { tls: identity });
    const proxy = await serveProxy({ route: () => server.host });
    const chunk = Buffer.alloc(64 * 1024, 'a');
    async function* content() {
      for (let i = 0; i < 40; i += 1) {
        await Promise.resolve();
        yield chunk;
      }
    }
    const http = client({ tls, proxy: { https: proxy.origin } });
    const answer = await http.send('https://index.example/upload', {
      method: 'POST',
      body: { stream: content, length: 40 * chunk.length },
    });
    expect(answer.statusText).toBe('Stored');
    expect(server.requests[0]?.body.length).toBe(40 * chunk.length);
  });

  it('goes through a proxy that speaks TLS itself, and no client certificate goes to the proxy', async () => {
    const people = certificateAuthority('People');
    const asking = { requestCert: true, rejectUnauthorized: true, ca: people.cert };
    const server = await serve({ '/x': { body: 'ok' } }, { tls: { ...identity, ...asking } });
    const proxy = await serveProxy({ route: () => server.host, tls: identity });
    const me = { ...people.issue({ commonName: 'ci' }), origins: ['https://index.example'] };
    const http = client({ tls: { ...tls, client: me }, proxy: { https: proxy.origin } });
    expect(await (await http.get('https://index.example/x')).text()).toBe('ok');
    const strict = await serveProxy({ route: () => server.host, tls: { ...identity, ...asking } });
    const refused = client({ tls: { ...tls, client: me }, proxy: { https: strict.origin }, retry: { attempts: 1 } });
    expect((await failureOf(refused.get('https://index.example/x'))).message).toContain('the proxy https://');
  });

  it('says that the certificate at its end is not trusted', async () => {
    const server = await serve({}, { tls: certificateAuthority('Other').issue({ names: ['index.example'] }) });
    const proxy = await serveProxy({ route: () => server.host });
    const error = await failureOf(client({ tls, proxy: { https: proxy.origin } }).get('https://index.example/x'));
    expect(error.message).toMatch(
      /^no secure connection to https:\/\/index\.example through the proxy http:\S+ \(proxy\.https\): its certificate/,
    );
    expect(error.hint).toContain('tls.caFile');
    expect(proxy.requests).toHaveLength(1);
  });
});

describe.each(['http', 'https'] as const)('a proxy that fails a request by %s', (scheme) => {
  const url = `${scheme}://index.example/x`;
  const variables = { http: 'HTTP_PROXY', https: 'HTTPS_PROXY' };
  const setting = variables[scheme];
  const through = (origin: string) =>
    client({ proxy: { http: origin, https: origin, variables }, timeouts: { connect: 200, answer: 200 } });

  it('is named where it requires credentials', async () => {
    const proxy = await serveProxy({ credentials: 'me:secret' });
    const http = through(proxy.origin);
    expect(await failureOf(http.get(url))).toMatchObject({
      code: 'UNAUTHORIZED',
      status: 407,
      message: expect.stringContaining(`the proxy ${proxy.origin} (${setting}) requires credentials (407`),
    });
    expect(http.waits).toEqual([]);
  });

  it('is named where it rejects credentials, which are not shown', async () => {
    const proxy = await serveProxy({ credentials: 'me:secret' });
    const error = await failureOf(through(proxy.origin.replace('//', '//me:hunter2hunter2@')).get(url));
    expect(error.message).toContain(`the proxy ${proxy.origin} (${setting}) rejected the credentials that stand in ${setting} (407`);
    expect(`${error.message} ${error.hint ?? ''} ${error.stack ?? ''}`).not.toContain('hunter2');
  });

  it('is named where nothing listens', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    const http = through(`http://127.0.0.1:${port}`);
    expect(await failureOf(http.get(url))).toMatchObject({
      code: 'UNREACHABLE',
      retryable: true,
      message: `the proxy http://127.0.0.1:${port} (${setting}) cannot be reached: the connection was refused`,
      hint: `check ${setting}; hosts that need no proxy are named in NO_PROXY`,
    });
    expect(http.waits).toHaveLength(3);
  });

  it('is named where it hangs up', async () => {
    const proxy = await serveProxy({ drop: true });
    const error = await failureOf(through(proxy.origin).get(url));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(error.message).toContain(`the proxy ${proxy.origin} (${setting})`);
  });

  it('is named where it never answers', async () => {
    const proxy = await serveProxy({ hang: true });
    const error = await failureOf(through(proxy.origin).get(url, { attempts: 1 }));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(error.message).toContain(`the proxy ${proxy.origin} (${setting})`);
    expect(error.message).toContain('no answer came in time');
  });

  it('is named where it is something else', async () => {
    const other = await serve(() => ({ raw: 'SSH-2.0-OpenSSH\r\n' }));
    const error = await failureOf(through(other.origin).get(url, { attempts: 1 }));
    expect(error.message).toContain(`the proxy ${other.origin} (${setting})`);
  });
});

describe('a proxy that refuses a tunnel', () => {
  it.each([
    [403, false, 1],
    [404, false, 1],
    [502, true, 4],
  ])('with %d is named, retryable: %s', async (status, retryable, tries) => {
    const proxy = await serveProxy({ status });
    const error = await failureOf(
      client({ proxy: { https: proxy.origin, variables: { https: 'https_proxy' } } }).get('https://index.example/x'),
    );
    expect(error).toMatchObject({ code: 'UNREACHABLE', status, retryable });
    expect(error.message).toContain(`the proxy ${proxy.origin} (https_proxy) does not connect to index.example:443 (${status}`);
    expect(error.hint).toContain('add index.example to NO_PROXY');
    expect(proxy.requests).toHaveLength(tries);
  });
});

describe('a proxy for plain http', () => {
  it('is told the whole URL and its own credentials, which go no further', async () => {
    const server = await serve({ '/x?a=b': { body: 'ok' } });
    const proxy = await serveProxy({ route: () => server.host, credentials: 'me:secret' });
    const http = client({ proxy: { http: proxy.origin.replace('//', '//me:secret@') } });
    expect(await (await http.get('http://index.example/x?a=b')).text()).toBe('ok');
    expect(proxy.log()).toEqual(['GET http://index.example/x?a=b']);
    expect(server.requests[0]?.headers).toMatchObject({ host: 'index.example' });
  });

  it('gets no more connections than are allowed', async () => {
    const server = await serve({ '/x': { body: 'ok', delay: 5 } });
    const proxy = await serve({ 'http://index.example/x': { body: 'ok', delay: 5 } });
    const http = client({ proxy: { http: proxy.origin }, connectionsPerOrigin: 2 });
    await Promise.all(Array.from({ length: 12 }, async () => (await http.get('http://index.example/x')).text()));
    expect(proxy.mostAtOnce).toBe(2);
    expect(server.requests).toEqual([]);
  });

  it('is left out for IPv6 hosts that are named', async () => {
    const server = await serve({ '/x': { body: 'direct' } }, { address: '::1' });
    const proxy = await serveProxy();
    const http = client({ proxy: { http: proxy.origin, noProxy: '[::1]' } });
    expect(await (await http.get(server.url('/x'))).text()).toBe('direct');
    expect(proxy.requests).toEqual([]);
  });

  it('passes an IPv6 host on', async () => {
    const server = await serve({ '/x': { body: 'ok' } }, { address: '::1', tls: authority.issue() });
    const proxy = await serveProxy();
    expect(await (await client({ tls, proxy: { https: proxy.origin } }).get(server.url('/x'))).text()).toBe('ok');
    expect(proxy.log()).toEqual([`CONNECT ${server.host}`]);
  });
});
