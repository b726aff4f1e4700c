import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pulpApis } from '../../../../src/destinations/servers/pulp-api.ts';
import { removeFromPulp } from '../../../../src/destinations/servers/pulp-removal.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { digestsOf } from '../../../support/distributions.ts';
import { credentialFor, httpClientFor } from '../../../support/http-clients.ts';
import { byBasic, foo, sdist } from '../../../support/removal-facts.ts';
import { scriptedServer, type Reply, type Routes, type ScriptedServer } from '../../../support/scripted-server.ts';

const api = '/pulp/api/v3';
const distributions = `${api}/distributions/python/pypi/`;
const repository = `${api}/repositories/python/python/01a20435-9e60-7860-8cde-0a4392c991fd/`;
const version = `${repository}versions/7/`;
const content = `${api}/content/python/packages/`;
const unit = `${content}01a20440-bfdd-7714-926e-6d51f729b184/`;
const modify = `${repository}modify/`;
const task = `${api}/tasks/01a20440-b5a9-76d3-8005-9e4e8724e25f/`;

const list = (...items: readonly object[]): Reply => ({ json: { count: items.length, next: null, previous: null, results: items } });
const distribution = (more: object = {}) => ({ base_path: 'main', base_url: 'https://other.example/pypi/main/', repository, ...more });
const found = (more: object = {}) => ({ pulp_href: unit, filename: sdist, sha256: digestsOf('content').sha256, ...more });
const ended = (state: string, created: readonly string[] = [`${repository}versions/8/`], description?: string): Reply => ({
  json: { state, created_resources: created, error: description === undefined ? null : { description } },
});

/** What Pulp answers where all is as it should be; each test changes one of them. */
const usual: Routes = {
  [distributions]: list(distribution()),
  [repository]: { json: { pulp_href: repository, latest_version_href: version } },
  [content]: list(found()),
  [modify]: { status: 202, json: { task } },
  [task]: ended('completed'),
};

let server: ScriptedServer;
let http: HttpClient;
beforeEach(async () => {
  server = await scriptedServer();
  http = httpClientFor({ credentials: credentialFor(server.origin, 'ci', 'secret') });
});
afterEach(async () => {
  await http.close();
  await server.close();
});

function removal(changed: Routes = {}, path = '/pypi/main/legacy/') {
  server.use({ ...usual, ...changed });
  const hashes = { sha256: digestsOf('content').sha256 };
  const file = { name: foo, filename: sdist, version: '1.0', packageType: 'sdist', url: '', hashes, yanked: false } as const;
  return removeFromPulp(new URL(path, server.origin), http, { file, together: [file] }, () => Promise.resolve());
}
const posted = (): readonly string[] => server.log().filter((line) => !line.startsWith('GET '));

describe('a removal from Pulp', () => {
  it('takes the unit with the planned bytes out of the repository that the distribution serves, and waits for the task', async () => {
    expect(await removal({ [task]: [ended('waiting'), ended('running'), ended('completed')] })).toMatchObject({
      outcome: 'done',
      status: 202,
    });
    const query = `filename=${sdist}&repository_version=${encodeURIComponent(version)}&fields=pulp_href%2Cfilename%2Csha256`;
    expect(server.log()).toEqual([
      `GET ${distributions}?base_path=main`,
      `GET ${repository}`,
      `GET ${content}?${query}`,
      `POST ${modify}`,
      ...Array<string>(3).fill(`GET ${task}`),
    ]);
    const request = server.requests.find(({ method }) => method === 'POST');
    expect(JSON.parse(request!.body.toString())).toEqual({ remove_content_units: [unit] });
    const [header, value] = byBasic;
    expect(new Set(server.requests.map(({ headers }) => headers[header]))).toEqual(new Set([value]));
  });

  it('finds the distribution in its domain where Pulp has domains', async () => {
    const inDomain = (path: string): string => path.replace('/pulp/api/', '/pulp/team/api/');
    const replies = {
      [distributions]: { status: 404 },
      [inDomain(distributions)]: list(distribution({ base_path: 'one/two', repository: inDomain(repository) })),
      [inDomain(repository)]: { json: { latest_version_href: inDomain(version) } },
      [inDomain(content)]: list(found({ pulp_href: inDomain(unit) })),
      [inDomain(modify)]: { status: 202, json: { task } },
    };
    expect(await removal(replies, '/pypi/team/one/two/legacy/')).toMatchObject({ outcome: 'done' });
    expect(server.log().slice(0, 2)).toEqual([
      `GET ${distributions}?base_path=team%2Fone%2Ftwo`,
      `GET ${inDomain(distributions)}?base_path=one%2Ftwo`,
    ]);
  });

  it.each<[string, Routes, object]>([
    ['the unit has other bytes', { [content]: list(found({ sha256: digestsOf('theirs').sha256 })) }, { code: 'CONFLICT' }],
    ['the unit has no digest', { [content]: list(found({ sha256: null })) }, { code: 'CONFLICT' }],
    ['the unit is one of another collection', { [content]: list(found({ pulp_href: '/pulp/api/v3/users/1/' })) }, { code: 'BAD_RESPONSE' }],
    ['the unit is at another server', { [content]: list(found({ pulp_href: `https://other.example${unit}` })) }, { code: 'BAD_RESPONSE' }],
    [
      'the repository is of another kind',
      { [distributions]: list(distribution({ repository: '/pulp/api/v3/repositories/file/file/1/' })) },
      { code: 'BAD_RESPONSE' },
    ],
    [
      'the path leaves the collection',
      { [distributions]: list(distribution({ repository: `${api}/repositories/python/python/../../1/` })) },
      { code: 'BAD_RESPONSE' },
    ],
    [
      'the version is of another repository',
      { [repository]: { json: { latest_version_href: '/pulp/api/v3/repositories/python/python/1/versions/1/' } } },
      { code: 'BAD_RESPONSE' },
    ],
    [
      'the distribution serves a publication',
      { [distributions]: list(distribution({ repository: null })) },
      { code: 'REFUSED', hint: expect.stringContaining('give the distribution a repository') },
    ],
    [
      'the user may not see the distribution',
      { [distributions]: list() },
      { code: 'FORBIDDEN', hint: expect.stringContaining('pythondistribution_viewer') },
    ],
    ['the distribution is another one', { [distributions]: list(distribution({ base_path: 'mai' })) }, { code: 'FORBIDDEN' }],
    [
      'the user may not see the repository',
      { [repository]: { status: 404 } },
      { code: 'FORBIDDEN', hint: expect.stringContaining('pythonrepository_owner') },
    ],
    ['no API answers', { [distributions]: { status: 404 } }, { code: 'UNSUPPORTED' }],
    [
      'the password is wrong',
      { [distributions]: { status: 401, json: { detail: 'Invalid username/password.' } } },
      { code: 'UNAUTHORIZED' },
    ],
    ['the answer is no list', { [content]: { json: [] } }, { code: 'BAD_RESPONSE' }],
    ['the answer is no JSON', { [distributions]: { body: '<html>' } }, { code: 'BAD_RESPONSE' }],
  ])('sends nothing where %s', async (_, changed, error) => {
    await expect(removal(changed)).rejects.toMatchObject(error);
    expect(posted()).toEqual([]);
  });

  it('leaves it to the listing where the repository has no such file: it may come from a remote', async () => {
    expect(await removal({ [content]: list(found({ filename: 'foo-1.0.zip' })) })).toMatchObject({ outcome: 'unclear' });
    expect(posted()).toEqual([]);
  });

  it.each<[string, Routes]>([
    ['a task that changed nothing', { [task]: ended('completed', []) }],
    ['a task that may not be seen', { [task]: { status: 404 } }],
    ['a task that is not named', { [modify]: { status: 202, json: {} } }],
    ['a passing failure', { [modify]: { status: 503 } }],
    ['no answer', { [modify]: { drop: true } }],
    ['a page in place of a task', { [modify]: { status: 200, body: '<html>' } }],
  ])('is sent once and settled by the listing after %s', async (_, changed) => {
    expect(await removal(changed)).toMatchObject({ outcome: 'unclear' });
    expect(posted()).toEqual([`POST ${modify}`]);
  });

  it.each<[string, Routes, object]>([
    [
      'a task that failed',
      { [task]: ended('failed', [], 'out of order') },
      { code: 'REFUSED', message: expect.stringMatching(/did not remove foo-1\.0\.tar\.gz: .* failed: out of order/) },
    ],
    [
      '403',
      { [modify]: { status: 403, json: { detail: 'You do not have permission to perform this action.' } } },
      { code: 'FORBIDDEN', hint: expect.stringContaining('pythonrepository_owner') },
    ],
    [
      '400',
      { [modify]: { status: 400, json: { remove_content_units: ['Could not find the following content units'] } } },
      { code: 'REFUSED', message: expect.stringContaining('Could not find') },
    ],
    ['a redirect', { [modify]: { status: 307, headers: { location: 'https://other.example/' } } }, { code: 'REDIRECTED' }],
  ])('is an error in its words after %s', async (_, changed, error) => {
    await expect(removal(changed)).rejects.toMatchObject(error);
    expect(posted()).toEqual([`POST ${modify}`]);
  });
});

describe('the REST API of Pulp', () => {
  const apis = (path: string) => pulpApis(new URL(path, 'https://pulp.example'));

  it('is looked for beside the simple API, with the first part of a longer path as a domain, too', () => {
    expect(apis('/pypi/main/legacy/')).toEqual([{ api: '/pulp/api/v3', basePath: 'main' }]);
    expect(apis('/pypi/team/main/legacy/')).toEqual([
      { api: '/pulp/api/v3', basePath: 'team/main' },
      { api: '/pulp/team/api/v3', basePath: 'main' },
    ]);
    expect(apis('/below/pypi/m%61in/legacy/')).toEqual([{ api: '/below/pulp/api/v3', basePath: 'main' }]);
  });

  it('is not looked for from other addresses', () => {
    expect(apis('/index/main/legacy/')).toEqual([]);
    expect(apis('/pypi/legacy/')).toEqual([]);
  });
});
