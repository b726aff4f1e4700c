import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerKind } from '../../../../src/destinations/servers/profile.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { httpClientFor } from '../../../support/http-clients.ts';
import type { Reply } from '../../../support/scripted-server.ts';
import { connectTo } from '../../../support/server-facts.ts';
import { uploadServer } from '../../../support/upload-server.ts';

let http: HttpClient;
beforeEach(() => {
  http = httpClientFor();
});
afterEach(() => http.close());

const products = [
  {
    kind: 'nexus' as ServerKind,
    path: '/nexus/repository/my%20repo/',
    asked: '/nexus/service/rest/v1/repositories/my%20repo',
    reply: (type: string, format = 'pypi'): Reply => ({ json: { name: 'my repo', format, type, url: 'https://other.example/' } }),
    own: 'hosted',
    others: ['group', 'proxy'],
    title: 'Nexus, hosted repository',
    unknown: 'Nexus',
  },
  {
    kind: 'artifactory' as ServerKind,
    path: '/artifactory/api/pypi/my%20repo',
    asked: '/artifactory/api/repositories/my%20repo',
    reply: (rclass: string, packageType = 'pypi'): Reply => ({ json: { key: 'my repo', packageType, rclass } }),
    own: 'local',
    others: ['virtual', 'remote'],
    title: 'Artifactory, local repository',
    unknown: 'Artifactory',
  },
];

describe.each(products)('a repository of $kind', ({ kind, path, asked, reply, own, others, title, unknown }) => {
  async function connected(answer: Reply) {
    await using server = await uploadServer({ path, replies: { [asked]: answer } });
    const destination = await connectTo(kind, server, http);
    return {
      title: destination.kind,
      shared: destination.traits.sharedListing,
      canRemove: destination.traits.canRemove,
      log: server.server.log(),
    };
  }

  it(`that is ${own} holds what it lists`, async () => {
    expect(await connected(reply(own))).toEqual({ title, shared: undefined, canRemove: true, log: [`GET ${asked}`] });
  });

  it.each(others)('that is %s is refused, with a word about the right one', async (type) => {
    await expect(connected(reply(type))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`a ${type} repository`),
      hint: expect.stringContaining(own),
    });
  });

  it('that is of another format is refused', async () => {
    await expect(connected(reply(own, 'maven'))).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('maven') });
  });

  it.each<[string, Reply]>([
    ['may not be asked about without credentials', { status: 401 }],
    ['may not be asked about', { status: 403 }],
    ['is not found there', { status: 404 }],
    ['is behind a page to log in', { body: '<html>' }],
    ['is behind a proxy that fails', { status: 502 }],
    ['is described in an unknown way', { json: [] }],
  ])('that %s may list what others have, and says so', async (_, answer) => {
    expect(await connected(answer)).toMatchObject({
      title: unknown,
      shared: expect.stringContaining('could not be asked'),
      canRemove: true,
    });
  });

  it('that does not answer at all is no repository', async () => {
    await expect(connected({ drop: true })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
