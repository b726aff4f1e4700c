import { describe, expect, it } from '@jest/globals';
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TlsSettings } from '../../../src/http/tls.ts';
import { defaultAuthorities } from '../../../src/http/tls.ts';
import { certificateAuthority, selfSigned, type Identity } from '../../support/certificates.ts';
import { failureOf, httpTools } from '../../support/http.ts';

const { serve, client } = httpTools();
const authority = certificateAuthority();
const identity = authority.issue();
const trusting: TlsSettings = { authorities: [authority.cert] };

describe('an authority of our own', () => {
  it('is trusted once it is named', async () => {
    const server = await serve({ '/x': { body: 'ok' } }, { tls: identity });
    expect(await (await client({ tls: trusting }).get(server.url('/x'))).text()).toBe('ok');
  });

  it('is trusted beside those that Node trusts', () => {
    expect(defaultAuthorities({}).length).toBeGreaterThan(50);
    expect(defaultAuthorities({ getCACertificates: (type: string) => [type] })).toEqual(['default']);
  });
});

describe('a secure connection that cannot be made', () => {
  const cases: readonly (readonly [what: string, identity: () => Identity, says: string, hint: string])[] = [
    [
      'from an authority that nobody named',
      () => certificateAuthority('Other').issue(),
      'an authority that is not trusted here',
      'tls.caFile',
    ],
    [
      'from another authority of the same name',
      () => certificateAuthority().issue(),
      'not signed by the authority of that name',
      'new certificate',
    ],
    ['self-signed', () => selfSigned(), 'its certificate is self-signed', 'tls.caFile'],
    ['expired', () => authority.issue({ notAfter: new Date(Date.now() - 1000) }), 'its certificate has expired', 'renew'],
    ['of the future', () => authority.issue({ notBefore: new Date(Date.now() + 86_400_000) }), 'is not valid yet', 'clocks'],
    [
      'for another host',
      () => authority.issue({ names: ['other.example'] }),
      'is for another name (DNS:other.example)',
      'a name that stands',
    ],
  ];
  it.each(cases)('is told once where the certificate is %s', async (_, make, says, hint) => {
    const server = await serve({ '/x': { body: 'secret' } }, { tls: make() });
    const http = client({ tls: trusting });
    const error = await failureOf(http.get(server.url('/x')));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: false });
    expect(error.message).toBe(`no secure connection to ${server.origin}: ${error.message.split(': ').slice(1).join(': ')}`);
    expect(error.message).toContain(says);
    expect(error.hint).toContain(hint);
    expect(http.waits).toEqual([]);
    expect(server.connections).toBe(1);
    expect(server.requests).toEqual([]);
  });

  it('is told where TLS is too old', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const server = await serve({}, { tls: { ...identity, ...old } });
    const http = client({ tls: trusting });
    expect((await failureOf(http.get(server.url('/x')))).message).toBe(
      `no secure connection to ${server.origin}: it speaks no version of TLS from 1.2 on`,
    );
    expect(http.waits).toEqual([]);
  });

  it('is told where plain HTTP answers at an https address', async () => {
    const server = await serve({});
    const http = client();
    const error = await failureOf(http.get(`https://${server.host}/x`));
    expect(error).toMatchObject({
      code: 'UNREACHABLE',
      message: `no secure connection to https://${server.host}: what answers there does not speak TLS`,
      hint: expect.stringContaining('http://'),
    });
    expect(http.waits).toEqual([]);
  });

  it('is hinted at where a TLS server hangs up at a plain http address', async () => {
    const server = await serve({}, { tls: identity });
    const error = await failureOf(client({ retry: { attempts: 1 } }).get(`http://${server.host}/x`));
    expect(error).toMatchObject({ code: 'UNREACHABLE', hint: 'if it speaks TLS, write the address with https' });
  });

  it('is told where a TLS server answers a plain http request with an alert', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const error = await failureOf(client().get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE', hint: 'it speaks TLS: write the address with https' });
    server.close();
  });
});

describe('a client certificate', () => {
  const people = certificateAuthority('People');
  const me = people.issue({ commonName: 'ci', names: [] });
  const asking = { ...identity, requestCert: true, rejectUnauthorized: true, ca: people.cert };
  /** Takes every client, and sees who it is. */
  const curious = { ...identity, requestCert: true, rejectUnauthorized: false, ca: people.cert };

  it('lets in where the server asks for one', async () => {
    const server = await serve({ '/x': { body: 'ok' } }, { tls: asking });
    const http = client({ tls: { ...trusting, client: { ...me, origins: [server.origin] } } });
    expect(await (await http.get(server.url('/x'))).text()).toBe('ok');
    expect(server.requests.map(({ clientName }) => clientName)).toEqual(['ci']);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is hinted at where there is none, with %s', async (maxVersion) => {
    const server = await serve({ '/x': { body: 'ok' } }, { tls: { ...asking, maxVersion } });
    const error = await failureOf(client({ tls: trusting, retry: { attempts: 1 } }).get(server.url('/x')));
    expect(error.hint).toContain('tls.clientCertFile');
  });

  it('is offered to its own origin only, although another server asks on the way', async () => {
    const other = await serve({ '/file': { body: 'bytes' } }, { tls: curious });
    const server = await serve({ '/x': { status: 302, headers: { location: other.url('/file') } } }, { tls: curious });
    const http = client({ tls: { ...trusting, client: { ...me, origins: [server.origin] } } });
    expect(await (await http.get(server.url('/x'), { crossOrigin: true })).text()).toBe('bytes');
    expect(await (await http.get(other.url('/file'), { crossOrigin: true })).text()).toBe('bytes');
    expect(server.requests.map(({ clientName }) => clientName)).toEqual(['ci']);
    expect(other.requests.map(({ clientName }) => clientName)).toEqual(['', '']);
  });

  it('does not reach another port by a resumed session', async () => {
    const ticketKeys = Buffer.alloc(48, 7);
    const tls = { ...curious, ticketKeys, maxVersion: 'TLSv1.2' } as const;
    const [server, other] = [
      await serve({ '/x': { body: 'ok', framing: 'close' } }, { tls }),
      await serve({ '/x': { body: 'ok' } }, { tls }),
    ];
    const http = client({ tls: { ...trusting, client: { ...me, origins: [server.origin] } } });
    for (const url of [server.url('/x'), server.url('/x'), other.url('/x')]) expect(await (await http.get(url)).text()).toBe('ok');
    expect(other.requests.map(({ clientName }) => clientName)).toEqual(['']);
  });
});
