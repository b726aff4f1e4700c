import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { connect } from 'node:net';
import { addressGuard, reachOf, type LookUp } from '../../../src/http/inner-address.ts';
import { failureOf, httpTools } from '../../support/http.ts';

const { serve, client } = httpTools();

describe('an address', () => {
  it.each([
    ['127.0.0.1', 'machine'],
    ['127.255.255.254', 'machine'],
    ['0.0.0.0', 'machine'],
    ['::1', 'machine'],
    ['::', 'machine'],
    ['::ffff:127.0.0.1', 'machine'],
    ['::ffff:7f00:1', 'machine'],
    ['64:ff9b::7f00:1', 'machine'],
    ['2002:7f00:1::', 'machine'],
    ['2002:7f00:1:2::3', 'machine'],
    ['169.254.169.254', 'link'],
    ['169.254.0.1', 'link'],
    ['fe80::1', 'link'],
    ['febf::1', 'link'],
    ['::ffff:169.254.169.254', 'link'],
    ['64:ff9b::a9fe:a9fe', 'link'],
    ['fd00:ec2::254', 'link'],
    ['100.100.100.200', 'link'],
  ])('%s is of this %s', (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });

  it.each([
    '128.0.0.1',
    '126.255.255.255',
    '1.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '10.0.0.1',
    '192.168.1.1',
    '::2',
    'fec0::1',
    'fe7f::1',
    '2001:db8::1',
    '64:ff9b::808:808',
    '2002:808:808::1',
    'localhost',
    '',
  ])('%j may be anywhere', (address) => {
    expect(reachOf(address)).toBeUndefined();
  });
});

describe('what a server names', () => {
  const publicIndex = addressGuard(['https://index.example/simple/']);

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://017700000001/',
    'http://127.1:9200/_search',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://db.localhost/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/',
  ])('is not followed to %s', (url) => {
    expect(() => publicIndex.check(new URL(url))).toThrow(expect.objectContaining({ code: 'BAD_RESPONSE' }));
  });

  it.each(['https://files.example/', 'http://10.0.0.1/', 'http://[2001:db8::1]/', 'https://localhost.example/'])(
    'is followed to %s',
    (url) => {
      expect(() => publicIndex.check(new URL(url))).not.toThrow();
    },
  );

  it('says what the address is and what to do', () => {
    expect(() => publicIndex.check(new URL('http://u:p@169.254.169.254/role?x=1'))).toThrow(
      'refused to follow the index to http://****@169.254.169.254/role: that is an address of the local link, where machines ask for their own credentials',
    );
  });

  it('may be on this machine where the configured index is, but not on the link', () => {
    const here = addressGuard(['http://127.0.0.1:3141/root/pypi/']);
    expect(() => here.check(new URL('http://localhost:8080/'))).not.toThrow();
    expect(() => here.check(new URL('http://[::1]:8080/'))).not.toThrow();
    expect(() => here.check(new URL('http://169.254.169.254/'))).toThrow();
  });

  it('may be the configured address itself, whatever it is', () => {
    const odd = addressGuard([new URL('http://169.254.10.1/simple/')]);
    expect(() => odd.check(new URL('http://169.254.10.1/files/'))).not.toThrow();
    expect(() => odd.check(new URL('http://127.0.0.1/'))).toThrow();
  });
});

describe('a name that is looked up', () => {
  const resolver = (answers: Record<string, string[]>): LookUp =>
    ((hostname: string, _: unknown, callback: (error: Error | null, found: LookupAddress[]) => void) => {
      const found = answers[hostname]?.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      if (found === undefined) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
      else callback(null, found);
    }) as LookUp;
  const answers = {
    'index.example': ['192.0.2.1'],
    'rebound.example': ['192.0.2.9', '169.254.169.254'],
    'inside.example': ['127.0.0.1'],
    'files.example': ['2001:db8::1'],
  };
  const guard = (configured: string[]) => addressGuard(configured, resolver(answers));
  const lookup = (made: ReturnType<typeof guard>, host: string, all = false) =>
    new Promise((resolve) => made.lookup(host, { all }, (error, address, family) => resolve(error ?? { address, family })));

  it('is judged by what comes out', async () => {
    const made = guard(['https://index.example/']);
    expect(await lookup(made, 'files.example')).toEqual({ address: '2001:db8::1', family: 6 });
    expect(await lookup(made, 'index.example', true)).toMatchObject({ address: [{ address: '192.0.2.1', family: 4 }] });
    expect(await lookup(made, 'rebound.example')).toMatchObject({
      code: 'BAD_RESPONSE',
      message: expect.stringContaining('rebound.example (192.0.2.9, 169.254.169.254)'),
    });
    expect(await lookup(made, 'inside.example', true)).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('of the configured index may be this machine, and then others may too', async () => {
    const made = guard(['https://inside.example/']);
    expect(await lookup(made, 'inside.example')).toEqual({ address: '127.0.0.1', family: 4 });
    expect(() => made.check(new URL('http://127.0.0.1:8080/'))).not.toThrow();
    expect(await lookup(made, 'rebound.example')).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('hands on that a name is unknown', async () => {
    expect(await lookup(guard([]), 'nobody.example')).toMatchObject({ code: 'ENOTFOUND' });
  });

  it('is refused before a connection is made', async () => {
    const server = await serve({});
    const { lookup: judged } = guard(['https://index.example/']);
    const failure = await new Promise((resolve) => {
      connect({ host: 'inside.example', port: Number(new URL(server.origin).port), lookup: judged }).on('error', resolve);
    });
    expect(failure).toMatchObject({ code: 'BAD_RESPONSE' });
  });
});

describe('the client', () => {
  it('never asks an address of this machine that an index elsewhere names', async () => {
    const server = await serve({ '/x': { body: 'secret' } });
    const http = client({ configured: ['https://index.example/simple/'] });
    expect(await failureOf(http.get(server.url('/x'), { crossOrigin: true }))).toMatchObject({ code: 'BAD_RESPONSE', retryable: false });
    const localhost = server.url('/x').replace('127.0.0.1', 'localhost');
    expect(await failureOf(http.get(localhost, { crossOrigin: true }))).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(server.requests).toEqual([]);
    expect(http.waits).toEqual([]);
  });

  it('does not follow a redirect to the link, nor let it be tried again', async () => {
    const server = await serve({ '/x': { status: 302, headers: { location: 'http://169.254.169.254/latest/' } } });
    const http = client({ configured: [server.origin] });
    expect(await failureOf(http.get(server.url('/x'), { crossOrigin: true }))).toMatchObject({
      code: 'BAD_RESPONSE',
      message: expect.stringContaining('169.254.169.254'),
    });
    expect(http.waits).toEqual([]);
  });

  it('follows to other ports of this machine where the configured index is there', async () => {
    const files = await serve({ '/f': { body: 'bytes' } });
    const server = await serve({ '/x': { status: 302, headers: { location: files.url('/f') } } });
    const response = await client({ configured: [server.origin] }).get(server.url('/x'), { crossOrigin: true });
    expect(await response.text()).toBe('bytes');
  });

  it('reaches a proxy wherever it is', async () => {
    const proxy = await serve((request) => ({ body: request.path }));
    const http = client({ configured: ['http://index.example/'], proxy: { http: proxy.origin.replace('127.0.0.1', 'localhost') } });
    expect(await (await http.get('http://index.example/x')).text()).toBe('http://index.example/x');
  });

  it('looks names up under guard', async () => {
    const server = await serve({ '/x': { body: 'here' } });
    const url = server.url('/x').replace('127.0.0.1', 'localhost');
    const response = await client({ configured: [url] }).get(url);
    expect(await response.text()).toBe('here');
  });
});
