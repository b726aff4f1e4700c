import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { removeFromNexus } from '../../../../src/destinations/servers/nexus-removal.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { digestsOf } from '../../../support/distributions.ts';
import { httpClientFor } from '../../../support/http-clients.ts';
import { byBasic, describeRemoval, digestsTold, foo, sdist } from '../../../support/removal-facts.ts';
import { scriptedServer, type Routes, type ScriptedServer } from '../../../support/scripted-server.ts';

const path = '/repository/pypi-hosted/';
const search = '/service/rest/v1/search/assets';
const query = `${search}?repository=pypi-hosted&format=pypi&name=foo`;
const asset = (more: object = {}) => ({
  id: 'cHlwaS1ob3N0ZWQ6MQ',
  repository: 'pypi-hosted',
  format: 'pypi',
  path: `packages/foo/1.0/${sdist}`,
  checksum: digestsOf('content'),
  downloadUrl: 'https://other.example/never/followed',
  ...more,
});
const items = (...all: readonly object[]) => ({ json: { items: all, continuationToken: null } });

describeRemoval({
  kind: 'nexus',
  path,
  simplePath: `${path}simple/`,
  lookups: (told) => ({
    [search]: items(
      asset({ id: 'wheel', path: 'packages/foo/1.0/foo-1.0-py3-none-any.whl', checksum: digestsOf('wheel') }),
      asset({ path: `/packages/foo/1.0/${told.filename ?? sdist}`, checksum: digestsTold(told) }),
    ),
  }),
  asked: [query],
  deleted: '/service/rest/v1/assets/cHlwaS1ob3N0ZWQ6MQ',
  unnamed: 'unclear',
  rights: 'browse, read and delete',
  credentials: byBasic,
});

describe('a removal from Nexus', () => {
  let server: ScriptedServer;
  let http: HttpClient;
  beforeEach(async () => {
    server = await scriptedServer();
    http = httpClientFor();
  });
  afterEach(async () => {
    await http.close();
    await server.close();
  });

  const hashes = { sha256: digestsOf('content').sha256 };
  async function removal(routes: Routes, url = server.url(path)) {
    server.use(routes);
    const file = { name: foo, filename: sdist, version: '1.0', packageType: 'sdist', url: '', hashes, yanked: false } as const;
    return removeFromNexus(new URL(url), http, { file, together: [file] });
  }
  const deleted = () => server.log().filter((line) => line.startsWith('DELETE'));

  it('reads on where the search continues, with the token as it is', async () => {
    await removal({
      [query]: { json: { items: [asset({ path: 'packages/foo/2.0/foo-2.0.tar.gz' })], continuationToken: 'a+b/c=&x' } },
      [`${query}&continuationToken=a%2Bb%2Fc%3D%26x`]: items(asset()),
    });
    expect(deleted()).toEqual(['DELETE /service/rest/v1/assets/cHlwaS1ob3N0ZWQ6MQ']);
  });

  it('ends where the search goes round', async () => {
    await expect(removal({ [search]: { json: { items: [], continuationToken: 'again' } } })).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
    });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['of another repository', { repository: 'pypi-proxy' }],
    ['of another format', { format: 'raw' }],
    ['without a path', { path: undefined }],
  ])('leaves an asset alone that is %s', async (_, more) => {
    expect(await removal({ [search]: items(asset(more)) })).toMatchObject({ outcome: 'unclear' });
    expect(deleted()).toEqual([]);
  });

  it('compares md5 where the listing has no more', async () => {
    server.use({ [search]: items(asset({ checksum: { md5: digestsOf('content').md5, sha1: 'x' } })), DELETE: {} });
    const file = { name: foo, filename: sdist, version: '1.0', packageType: 'sdist', url: '', yanked: false } as const;
    const { md5 } = digestsOf('content');
    const listed = { ...file, hashes: { md5 } };
    await removeFromNexus(new URL(server.url(path)), http, { file: listed, together: [listed] });
    expect(deleted()).toHaveLength(1);
  });

  it.each(['..', '', 7.5, undefined])('takes %j for no id', async (id) => {
    await expect(removal({ [search]: items(asset({ id })) })).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
    expect(deleted()).toEqual([]);
  });

  it('keeps an id with odd characters in its place, and deletes it once however often it is named', async () => {
    await removal({ [search]: items(asset({ id: '../x?y' }), asset({ id: '../x?y' })) });
    expect(deleted()).toEqual(['DELETE /service/rest/v1/assets/..%2Fx%3Fy']);
  });

  it('works below a path of its own, and knows only the address of a repository', async () => {
    await removal({}, server.url('/nexus/repository/my%20repo/')).catch(() => undefined);
    expect(server.log()[0]).toBe(`GET /nexus${search}?repository=my+repo&format=pypi&name=foo`);
    await expect(removal({}, server.url('/elsewhere'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
