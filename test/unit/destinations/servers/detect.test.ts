import { describe, expect, it } from '@jest/globals';
import { detectServer, recognise } from '../../../../src/destinations/servers/detect.ts';
import { createHttpClient } from '../../../../src/http/http-client.ts';
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
    expect(await detectServer(new URL('https://upload.pypi.org/legacy/'), http)).toEqual({ kind: 'pypi' });
  });

  it.each([200, 401, 404])('asks once, by GET, and does not mind the status %i', async (status) => {
    await using server = await scriptedServer({ '/': { status, body } });
    expect(await detectServer(new URL(server.url('/')), http)).toEqual({ kind: 'pypiserver' });
    expect(server.log()).toEqual(['GET /']);
  });

  it('guesses nothing without an answer', async () => {
    await using server = await scriptedServer({ '/': { drop: true } });
    await expect(detectServer(new URL(server.url('/')), http)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
