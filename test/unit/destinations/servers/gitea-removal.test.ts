import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { servers } from '../../../../src/destinations/servers/all.ts';
import { removeFromGitea } from '../../../../src/destinations/servers/gitea-removal.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { normalizeName } from '../../../../src/packaging/name.ts';
import { digestsOf } from '../../../support/distributions.ts';
import { httpClientFor } from '../../../support/http-clients.ts';
import { byBasic, describeRemoval, digestsTold, sdist } from '../../../support/removal-facts.ts';
import { scriptedServer, type Routes, type ScriptedServer } from '../../../support/scripted-server.ts';

const path = '/api/packages/owner/pypi';
const api = '/api/v1/packages/owner';
const search = (page: number, text = 'foo') => `${api}?type=pypi&limit=50&q=${text}&page=${page}`;
const version = (name = 'foo', text = '1.0') => ({ name, version: text, type: 'pypi' });

describeRemoval({
  kind: 'gitea',
  path,
  simplePath: `${path}/simple/`,
  lookups: (told) => ({
    [search(1)]: { json: [version('food'), version('foo', '2.0'), version()] },
    [search(2)]: { json: [] },
    [`${api}/pypi/foo/1.0/files`]: { json: [{ id: 1, name: told.filename ?? sdist, ...digestsTold(told), filename: undefined }] },
  }),
  asked: [search(1), `${api}/pypi/foo/1.0/files`],
  deleted: `${api}/pypi/foo/1.0`,
  unnamed: 'unclear',
  rights: 'write:package',
  credentials: byBasic,
});

describe('a removal from Gitea', () => {
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

  const file = (filename: string, name = 'foo') =>
    ({
      name: normalizeName(name),
      filename,
      version: '1.0',
      packageType: 'sdist',
      url: '',
      hashes: { sha256: digestsOf(filename).sha256 },
      yanked: false,
    }) as const;
  const held = (...names: readonly string[]) => ({ json: names.map((name) => ({ name, ...digestsOf(name) })) });
  async function removal(routes: Routes, together = [file(sdist)]) {
    server.use(routes);
    return removeFromGitea(new URL(server.url(path)), http, { file: together[0]!, together });
  }
  const deleted = () => server.log().filter((line) => line.startsWith('DELETE'));
  const wheel = 'foo-1.0-py3-none-any.whl';

  it('removes a version whose files all go', async () => {
    await removal({ [search(1)]: { json: [version()] }, [`${api}/pypi/foo/1.0/files`]: held(sdist, wheel) }, [file(sdist), file(wheel)]);
    expect(deleted()).toEqual([`DELETE ${api}/pypi/foo/1.0`]);
  });

  it('removes no version that has a file which is to stay, listed or not', async () => {
    await expect(removal({ [search(1)]: { json: [version()] }, [`${api}/pypi/foo/1.0/files`]: held(sdist, wheel) })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(wheel),
    });
    expect(deleted()).toEqual([]);
  });

  it('removes no version one of whose files has other bytes', async () => {
    const files = {
      json: [
        { name: sdist, ...digestsOf(sdist) },
        { name: wheel, ...digestsOf('theirs') },
      ],
    };
    await expect(
      removal({ [search(1)]: { json: [version()] }, [`${api}/pypi/foo/1.0/files`]: files }, [file(sdist), file(wheel)]),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(deleted()).toEqual([]);
  });

  it('finds the version by its file where several are spelled differently, on whatever page', async () => {
    await removal({
      [search(1)]: { json: [version('Foo', '1.0.0')] },
      [search(2)]: { json: [version('foo', '1.0')] },
      [`${api}/pypi/Foo/1.0.0/files`]: held('foo-1.0.0.tar.gz'),
      [`${api}/pypi/foo/1.0/files`]: held(sdist),
    });
    expect(deleted()).toEqual([`DELETE ${api}/pypi/foo/1.0`]);
  });

  it('searches for the longest part of a name, as Gitea spells separators in its own way', async () => {
    await removal({ [search(1, 'longer')]: { json: [] } }, [file('a_longer-1.0.tar.gz', 'a-longer')]);
    expect(server.log()).toEqual([`GET ${search(1, 'longer')}`]);
  });

  it('takes nothing for a version that leads elsewhere, and keeps odd characters in their place', async () => {
    await removal({ [search(1)]: { json: [version('foo', '1.0/../../x')] }, [search(2)]: { json: [] } });
    expect(server.requests).toHaveLength(2);
    await removal({
      [search(1)]: { json: [version('foo', ' 1.0')] },
      [`${api}/pypi/foo/%201.0/files`]: held(sdist),
    });
    expect(deleted()).toEqual([`DELETE ${api}/pypi/foo/%201.0`]);
  });

  it('believes no list with a file that has no name', async () => {
    await expect(removal({ [search(1)]: { json: [version()] }, [`${api}/pypi/foo/1.0/files`]: { json: [{}] } })).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
    });
  });

  it('is of whole versions, whatever their spelling', async () => {
    const { removalKeys } = (await servers.gitea.profile?.({ url: new URL(server.url(path)), http }))!;
    expect(removalKeys?.({ filename: sdist, version: '1.0' })).toEqual(removalKeys?.({ filename: wheel, version: '1.0.0' }));
    expect(removalKeys?.({ filename: sdist, version: '1.0' })).not.toEqual(removalKeys?.({ filename: sdist, version: '1.1' }));
  });
});
