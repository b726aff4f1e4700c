import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { httpClientFor } from '../../../support/http-clients.ts';
import type { Reply } from '../../../support/scripted-server.ts';
import { connectTo, describeServer } from '../../../support/server-facts.ts';
import { uploadServer } from '../../../support/upload-server.ts';

const path = '/api/packages/owner/pypi';

describeServer({
  kind: 'gitea',
  path,
  simplePath: `${path}/simple/`,
  stored: { status: 201 },
  storedIs: 'done',
  taken: [
    { when: 'the name is taken', reply: { status: 409 }, is: 'exists' },
    { when: 'the name is taken, in old versions', reply: { status: 400, body: 'package file already exists' }, is: 'exists' },
  ],
  refusals: [
    { when: 'the digest is wrong', reply: { status: 400, body: 'hash mismatch' }, is: 'REFUSED', hint: 'try again' },
    { when: 'no right, or no quota left', reply: { status: 403 }, is: 'FORBIDDEN', hint: 'write:package' },
    { when: 'no credentials', reply: { status: 401 }, is: 'UNAUTHORIZED' },
    { when: 'no such owner', reply: { status: 404 }, is: 'REFUSED' },
    { when: 'too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'not-needed',
  looksFirst: false,
  patience: 3,
});

describe('the projects of an owner at Gitea', () => {
  let http: HttpClient;
  beforeEach(() => {
    http = httpClientFor();
  });
  afterEach(() => http.close());

  const page = (...names: readonly unknown[]): Reply => ({ json: names.map((name) => ({ name, version: '1.0', type: 'pypi' })) });
  async function listed(pages: readonly Reply[], base = '') {
    const replies = Object.fromEntries(
      pages.map((reply, index) => [`${base}/api/v1/packages/owner?type=pypi&limit=50&page=${index + 1}`, reply]),
    );
    await using server = await uploadServer({ path: `${base}${path}`, replies });
    const destination = await connectTo('gitea', server, http);
    const names: string[] = [];
    for await (const name of destination.projects()) names.push(name);
    return { names, asked: server.server.requests.length };
  }

  it('are read page by page from the REST API, until one is empty', async () => {
    expect(await listed([page('foo', 'Foo.Bar'), page('last'), page()])).toEqual({ names: ['foo', 'foo-bar', 'last'], asked: 3 });
  });

  it('are found under a path of its own', async () => {
    expect((await listed([page('foo'), page()], '/git')).names).toEqual(['foo']);
  });

  it('end with an error where every page is the same', async () => {
    await expect(listed([page('foo'), page('foo')])).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it.each([
    ['HTML', { body: '<html>' }, 'BAD_RESPONSE'],
    ['a package without a name', page(5), 'BAD_RESPONSE'],
    ['401', { status: 401 }, 'UNAUTHORIZED'],
    ['404', { status: 404 }, 'NOT_FOUND'],
    ['500', { status: 500 }, 'UNREACHABLE'],
  ])('are not taken for none after %s', async (_, reply: Reply, code) => {
    await expect(listed([reply])).rejects.toMatchObject({ code });
  });
});
