import { describe, expect, it } from '@jest/globals';
import { detectServer, recognise } from '../../../../src/destinations/servers/detect.ts';
import { createHttpClient } from '../../../../src/http/http-client.ts';
import { credentialFor, httpClientFor } from '../../../support/http-clients.ts';
import { scriptedServer } from '../../../support/scripted-server.ts';

const body = '<html><head><title>Welcome to pypiserver!</title></head></html>';

describe('recognise', () => {
  it.each([
    ['devpi by its headers', { 'x-devpi-server-version': '6.19.1' }, '', { kind: 'devpi', version: '6.19.1' }],
    ['devpi behind a proxy that hides the version', { 'x-devpi-serial': '5' }, '', { kind: 'devpi' }],
    ['pypiserver by its welcome', { server: 'waitress' }, body, { kind: 'pypiserver' }],
    ['Nexus', { server: 'Nexus/3.70.0 (OSS)' }, '', { kind: 'nexus' }],
    ['Artifactory', { 'x-jfrog-version': 'Artifactory/7' }, '', { kind: 'artifactory' }],
    ['Pulp by the serial that is always the same', { 'x-pypi-last-serial': '1000000000' }, '', { kind: 'pulp' }],
    ['nothing in particular', { 'x-pypi-last-serial': '7' }, '<html>', { kind: 'generic' }],
  ])('knows %s', (_, headers, text, detected) => {
    expect(recognise({ headers, body: text })).toEqual(detected);
  });
});

describe('detectServer', () => {
  const http = createHttpClient({ version: '0', retry: { attempts: 1 } });

  it('asks nobody where the URL says it', async () => {
    expect(await detectServer(new URL('https://upload.pypi.org/legacy/'), { anonymous: http })).toEqual({ kind: 'pypi' });
  });

  it.each([200, 401, 404])('asks once, by GET, and does not mind the status %i', async (status) => {
    await using server = await scriptedServer({ '/': { status, body } });
    expect(await detectServer(new URL(server.url('/')), { anonymous: http, authenticated: http })).toEqual({ kind: 'pypiserver' });
    expect(server.log()).toEqual(['GET /']);
  });

  it('guesses nothing without an answer', async () => {
    await using server = await scriptedServer({ '/': { drop: true } });
    await expect(detectServer(new URL(server.url('/')), { anonymous: http, authenticated: http })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });

  describe('behind a proxy that asks everybody for a password', () => {
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="index"' } };
    const behind = { headers: { 'x-devpi-server-version': '6.20.3' } };
    const guarded = (password: string) => {
      const authorization = `Basic ${Buffer.from(`ci:${password}`).toString('base64')}`;
      return scriptedServer(({ headers }) => (headers.authorization === authorization ? behind : challenge));
    };

    it('looks again with the credentials', async () => {
      await using server = await guarded('pw');
      const authenticated = httpClientFor({ credentials: credentialFor(server.origin, 'ci', 'pw') });
      expect(await detectServer(new URL(server.url('/')), { anonymous: http, authenticated })).toEqual({
        kind: 'devpi',
        version: '6.20.3',
      });
      await authenticated.close();
      expect(server.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true]);
    });

    it('says that they were rejected', async () => {
      await using server = await guarded('pw');
      const authenticated = httpClientFor({ credentials: credentialFor(server.origin, 'ci', 'wrong') });
      await expect(detectServer(new URL(server.url('/')), { anonymous: http, authenticated })).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
        message: `cannot find out what kind of server it is: ${server.url('/')} rejected the credentials (401 Unauthorized)`,
        hint: 'check user and password or token, and whether they have expired',
      });
      await authenticated.close();
    });

    it('guesses where there are none: what is public may be read all the same', async () => {
      await using server = await guarded('pw');
      expect(await detectServer(new URL(server.url('/')), { anonymous: http, authenticated: http })).toEqual({ kind: 'generic' });
    });
  });
});
