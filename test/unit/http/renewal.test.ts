import { describe, expect, it } from '@jest/globals';
import type { Credential, CredentialProvider } from '../../../src/http/credential.ts';
import { httpTools } from '../../support/http.ts';
import type { RecordedRequest, Reply } from '../../support/scripted-server.ts';

const { serve, client } = httpTools();
const old: Credential = { username: 'ci', password: 'old' };
const fresh: Credential = { username: 'ci', password: 'new' };
const basic = ({ username, password }: Credential) => `Basic ${btoa(`${username}:${password}`)}`;

/** Gives `old`, then `renewed`. */
function provider(renewed: Credential | undefined = fresh): CredentialProvider & { readonly refused: Credential[] } {
  const refused: Credential[] = [];
  return {
    refused,
    for: () => Promise.resolve(old),
    renew: (_url, credential) => {
      refused.push(credential);
      return Promise.resolve(renewed);
    },
  };
}

const onlyFresh = ({ headers, body }: RecordedRequest): Reply =>
  headers.authorization === basic(fresh) ? { body } : { status: 401, body: 'refused' };

describe('credentials that a server refuses with 401', () => {
  it('are renewed once for a read', async () => {
    const server = await serve(onlyFresh);
    const credentials = provider();
    expect(await client({ credentials }).get(server.url('/x'))).toMatchObject({ status: 200 });
    expect(credentials.refused).toEqual([old]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([basic(old), basic(fresh)]);
  });

  it('are renewed no second time', async () => {
    const server = await serve({ '/x': { status: 401, body: 'no' } });
    const response = await client({ credentials: provider() }).get(server.url('/x'));
    expect([response.status, await response.text()]).toEqual([401, 'no']);
    expect(server.requests).toHaveLength(2);
  });

  it('stay as they are where there are no others, and the answer can be read', async () => {
    const server = await serve(onlyFresh);
    const none: CredentialProvider = { for: () => Promise.resolve(old), renew: () => Promise.resolve(undefined) };
    const response = await client({ credentials: none }).get(server.url('/x'));
    expect([response.status, await response.text()]).toEqual([401, 'refused']);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['403', { status: 403 }],
    ['404', { status: 404 }],
  ])('are not renewed after %s', async (_, reply) => {
    const server = await serve({ '/x': reply });
    const credentials = provider();
    await client({ credentials }).get(server.url('/x'));
    expect(credentials.refused).toEqual([]);
  });

  it('tells what came of each', async () => {
    const told: string[] = [];
    const credentials: CredentialProvider = {
      ...provider(),
      learn: (_url, { password }, verdict) => void told.push(`${password} ${verdict}`),
    };
    const server = await serve(onlyFresh);
    await client({ credentials }).get(server.url('/x'));
    server.use({ '/x': { status: 401 }, '/y': { status: 403 }, '/z': { status: 204 } });
    for (const path of ['/x', '/y', '/z']) await client({ credentials }).get(server.url(path));
    expect(told).toEqual(['new accepted', 'new refused', 'old accepted']);
  });

  it('says whether the request is to change something', async () => {
    const asked: (boolean | undefined)[] = [];
    const credentials: CredentialProvider = { for: (_url, writes) => (asked.push(writes), Promise.resolve(old)) };
    const server = await serve({ '/x': {} });
    await client({ credentials }).get(server.url('/x'));
    await client({ credentials }).send(server.url('/x'), { method: 'DELETE' });
    expect(asked).toEqual([false, true]);
  });

  it('are not asked for where none were sent', async () => {
    const server = await serve({ '/x': { status: 401 } });
    const credentials = { ...provider(), for: () => Promise.resolve(undefined) };
    await client({ credentials }).get(server.url('/x'));
    expect(credentials.refused).toEqual([]);
  });

  it.each([
    ['text', 'the body'],
    ['bytes', Buffer.from('the body')],
    ['a stream that can be opened again', { stream: () => pieces(), length: 8 }],
  ])('are renewed for a write of %s, whose bytes count once', async (_, body) => {
    const server = await serve(onlyFresh);
    let counted = 0;
    const http = client({ credentials: provider() });
    const response = await http.send(server.url('/x'), { method: 'POST', body, onBytes: (count) => (counted += count) });
    expect([response.status, await response.text(), counted]).toEqual([200, 'the body', 8]);
    expect(server.requests).toHaveLength(2);
  });

  it('are not renewed for a stream that can be read once only', async () => {
    const server = await serve(onlyFresh);
    const response = await client({ credentials: provider() }).send(server.url('/x'), {
      method: 'POST',
      body: { stream: pieces(), length: 8 },
    });
    expect(response.status).toBe(401);
    expect(server.requests).toHaveLength(1);
  });

  it('fail with what the renewal fails with', async () => {
    const server = await serve(onlyFresh);
    const credentials: CredentialProvider = { for: () => Promise.resolve(old), renew: () => Promise.reject(new Error('no helper')) };
    await expect(client({ credentials }).get(server.url('/x'))).rejects.toThrow('no helper');
  });
});

async function* pieces(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from('the ');
  yield Buffer.from('body');
}
