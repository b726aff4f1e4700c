import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { removeFromGitlab } from '../../../../src/destinations/servers/gitlab-removal.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { normalizeName } from '../../../../src/packaging/name.ts';
import { digestsOf } from '../../../support/distributions.ts';
import { credentialFor, httpClientFor } from '../../../support/http-clients.ts';
import { describeRemoval, digestsTold, sdist } from '../../../support/removal-facts.ts';
import { scriptedServer, type Reply, type Routes, type ScriptedServer } from '../../../support/scripted-server.ts';

const path = '/api/v4/projects/12/packages/pypi';
const packages = '/api/v4/projects/12/packages';
const search = `${packages}?package_type=pypi&package_name=foo&per_page=100&page=1`;
const list = (json: unknown, next = ''): Reply => ({ json, headers: { 'x-next-page': next } });

describeRemoval({
  kind: 'gitlab',
  path,
  simplePath: `${path}/simple/`,
  lookups: (told) => ({
    [packages]: list([
      { id: 6, name: 'food', version: '1.0', package_type: 'pypi' },
      { id: 8, name: 'foo', version: '1.0', package_type: 'npm' },
      { id: 9, name: 'foo', version: '2.0', package_type: 'pypi' },
      { id: 7, name: told.name ?? 'foo', version: told.version ?? '1.0', package_type: 'pypi' },
    ]),
    [`${packages}/7/package_files`]: list([
      { id: 70, package_id: 7, file_name: 'foo-1.0-py3-none-any.whl', file_sha256: digestsOf('wheel').sha256 },
      {
        id: 71,
        package_id: 7,
        file_name: told.filename ?? sdist,
        file_sha256: digestsTold(told).sha256,
        file_md5: digestsTold(told).md5,
      },
    ]),
  }),
  asked: [search, `${packages}/7/package_files?per_page=100&page=1`],
  deleted: `${packages}/7/package_files/71`,
  unnamed: 'unclear',
  rights: 'scope api',
  credentials: ['private-token', 'secret'],
});

describe('a removal from GitLab', () => {
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
  const entry = (id: unknown, more: object = {}) => ({ id, package_id: 7, file_name: sdist, file_sha256: hashes.sha256, ...more });
  const release = (id: unknown, name = 'foo', version = '1.0') => ({ id, name, version, package_type: 'pypi' });
  async function removal(routes: Routes, { name = 'foo', url = server.url(path), client = http } = {}) {
    server.use(routes);
    const file = {
      name: normalizeName(name),
      filename: sdist,
      version: '1.0',
      packageType: 'sdist',
      url: '',
      hashes,
      yanked: false,
    } as const;
    return removeFromGitlab(new URL(url), client, { file, together: [file] });
  }
  const deleted = () => server.log().filter((line) => line.startsWith('DELETE'));

  it('reads every page of packages and files', async () => {
    const first = Array.from({ length: 100 }, (_, index) => release(1000 + index, 'foo', `2.${index}`));
    await removal({
      [`${packages}?package_type=pypi&package_name=foo&per_page=100&page=1`]: list(first, '2'),
      [`${packages}?package_type=pypi&package_name=foo&per_page=100&page=2`]: list([release(7)]),
      [`${packages}/7/package_files?per_page=100&page=1`]: list([entry(70, { file_name: 'foo-1.0.zip' })], '2'),
      [`${packages}/7/package_files?per_page=100&page=2`]: list([entry(71)]),
    });
    expect(deleted()).toEqual([`DELETE ${packages}/7/package_files/71`]);
  });

  it('goes on after a full page where a proxy has dropped the header', async () => {
    const full = Array.from({ length: 100 }, (_, index) => release(1000 + index, 'foo', `2.${index}`));
    await removal({
      [`${packages}?package_type=pypi&package_name=foo&per_page=100&page=1`]: { json: full },
      [`${packages}?package_type=pypi&package_name=foo&per_page=100&page=2`]: { json: [release(7)] },
      [`${packages}/7/package_files`]: { json: [entry(71)] },
    });
    expect(deleted()).toEqual([`DELETE ${packages}/7/package_files/71`]);
  });

  it.each(['1', '-2', 'https://other.example/', '2?x=1'])('does not go round or elsewhere where the next page is %s', async (next) => {
    await expect(removal({ [packages]: list([], next) })).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
    expect(server.requests).toHaveLength(1);
  });

  it('finds other spellings of name and version, each a package of its own', async () => {
    await removal(
      {
        [packages]: list([release(6, 'My.Pkg', '1.0.0'), release(7, 'my_pkg', '1.0')]),
        [`${packages}/6/package_files`]: list([]),
        [`${packages}/7/package_files`]: list([entry(71)]),
      },
      { name: 'my-pkg' },
    );
    expect(server.log()[0]).toContain('package_name=pkg&');
    expect(deleted()).toEqual([`DELETE ${packages}/7/package_files/71`]);
  });

  it('searches for no part of a name that is too short to be searched for', async () => {
    await removal({ [packages]: list([]) }, { name: 'a-b' });
    expect(server.log()).toEqual([`GET ${packages}?package_type=pypi&per_page=100&page=1`]);
  });

  it('removes every file of that name, from before names were unique, and stops at the first that is not confirmed', async () => {
    const routes = {
      [packages]: list([release(7)]),
      [`GET ${packages}/7/package_files`]: list([entry(71), entry(72)]),
      [`DELETE ${packages}/7/package_files/71`]: [{ status: 204 }, { status: 500 }],
      [`DELETE ${packages}/7/package_files/72`]: { status: 204 },
    };
    expect(await removal(routes)).toMatchObject({ outcome: 'done' });
    expect(deleted()).toHaveLength(2);
    expect(await removal({ ...routes, [`DELETE ${packages}/7/package_files/71`]: { status: 500 } })).toMatchObject({ outcome: 'unclear' });
    expect(deleted()).toHaveLength(3);
  });

  it('removes none of them where one has other bytes', async () => {
    const files = list([entry(71), entry(72, { file_sha256: digestsOf('theirs').sha256 })]);
    await expect(removal({ [packages]: list([release(7)]), [`${packages}/7/package_files`]: files })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(deleted()).toEqual([]);
  });

  it.each([['..'], ['.'], [''], [null], [1.5], [{}]])('takes %j for no id', async (id) => {
    await expect(removal({ [packages]: list([release(id)]) })).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
    await expect(removal({ [packages]: list([release(7)]), [`${packages}/7/package_files`]: list([entry(id)]) })).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
    });
    expect(deleted()).toEqual([]);
  });

  it('keeps an id with odd characters in its place', async () => {
    await removal({ [packages]: list([release(7)]), [`${packages}/7/package_files`]: list([entry('../../9?x#y')]) });
    expect(deleted()).toEqual([`DELETE ${packages}/7/package_files/..%2F..%2F9%3Fx%23y`]);
  });

  it('takes no file that says it is of another package', async () => {
    const files = list([entry(71, { package_id: 8 })]);
    await expect(removal({ [packages]: list([release(7)]), [`${packages}/7/package_files`]: files })).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
    });
    expect(deleted()).toEqual([]);
  });

  it('compares md5 where an old GitLab gives no sha256', async () => {
    const md5 = { file_sha256: undefined, file_md5: digestsOf('content').md5 };
    const routes = { [packages]: list([release(7)]), [`${packages}/7/package_files`]: list([entry(71, md5)]) };
    await expect(removal(routes)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('no digest to compare') });
  });

  it('says that a project may be hidden where there is none', async () => {
    await expect(removal({ [packages]: { status: 404 } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('may not see'),
    });
  });

  it('sends the token of a job as such', async () => {
    const client = httpClientFor({ credentials: credentialFor(server.origin, 'gitlab-ci-token', 'of-the-job') });
    await removal({ [packages]: list([]) }, { client });
    await client.close();
    expect(server.requests[0]?.headers).toMatchObject({ 'job-token': 'of-the-job' });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('keeps the encoded path of a project, and knows only the address of one', async () => {
    await removal({}, { url: server.url('/git/api/v4/projects/group%2Fname/packages/pypi') }).catch(() => undefined);
    expect(server.log()[0]).toContain('GET /git/api/v4/projects/group%2Fname/packages?');
    await expect(removal({}, { url: server.url('/elsewhere') })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
