import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WritableDestination } from '../../../../src/destinations/destination.ts';
import { guessRelease } from '../../../../src/destinations/servers/pypiserver-names.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { normalizeName } from '../../../../src/packaging/name.ts';
import { httpClientFor } from '../../../support/http-clients.ts';
import { parseMultipart } from '../../../support/multipart-parser.ts';
import type { Reply } from '../../../support/scripted-server.ts';
import { connectTo } from '../../../support/server-facts.ts';
import { uploadServer, type UploadServer } from '../../../support/upload-server.ts';

describe('guessRelease', () => {
  // As guess_pkgname_and_version of pypiserver 2.4.2 answers.
  it.each([
    ['foo-1.0.tar.gz', 'foo', '1.0'],
    ['My.Pkg-1.0.zip', 'My.Pkg', '1.0'],
    ['my-pkg-1.0.tar.gz', 'my-pkg', '1.0'],
    ['my-pkg-1.0-1.tar.gz', 'my-pkg', '1.0-1'],
    ['my_pkg-1.0-py3-none-any.whl', 'my_pkg', '1.0'],
    ['my_pkg-1.0-1-py3-none-any.whl', 'my_pkg', '1.0-1'],
    ['foo-1.0-py3.8.egg', 'foo', '1.0'],
    ['foo-1.0-py2.7-linux-x86_64.egg', 'foo', '1.0'],
    ['foo-1.0.win32-py2.7.exe', 'foo', '1.0'],
    ['foo-1-2.tar.gz', 'foo-1', '2'],
    ['foo-1.0+local.1.tar.gz', 'foo', '1.0+local.1'],
    ['foo-2!1.0.tar.gz', 'foo', '2!1.0'],
    ['foo-2-1.0.TAR.GZ', 'foo-2', '1.0'],
    ['foo.tar.gz', 'foo', ''],
  ])('makes of %s the name %s and the version %j', (filename, name, version) => {
    expect(guessRelease(filename)).toEqual({ name, version });
  });

  it.each(['foo-1.0.tar.Z', 'foo-1.0.rpm', 'foo-v1.0-py3-none-any.whl', '-1.0-py3-none-any.whl', 'foo-1.0.whl'])(
    'makes nothing of %s',
    (filename) => {
      expect(guessRelease(filename)).toBeUndefined();
    },
  );

  it('is quick with hostile names', () => {
    const long = '-py3.8'.repeat(20_000);
    expect(guessRelease(`foo${long}.tar.gz`)?.name.length).toBeGreaterThan(0);
    expect(guessRelease(`foo-1${'-1'.repeat(100_000)}.whl`)).toBeUndefined();
  });
});

describe('pypiserver as scripted, asked to remove', () => {
  let server: UploadServer;
  let http: HttpClient;
  let destination: WritableDestination;
  const replies: Record<string, Reply> = {};
  beforeEach(async () => {
    delete replies['/'];
    server = await uploadServer({ replies });
    http = httpClientFor();
    destination = await connectTo('pypiserver', server, http);
  });
  afterEach(async () => {
    await http.close();
    await server[Symbol.asyncDispose]();
  });

  const name = normalizeName('my-pkg');
  const sdist = 'My.Pkg-1.0.tar.gz';
  const wheel = 'my_pkg-1.0-py3-none-any.whl';
  async function removal(going: readonly string[], reply: Reply = {}) {
    replies['/'] = reply;
    const { files } = await destination.list(name);
    const leaving = files.filter(({ filename }) => going.includes(filename));
    return destination.remove({ name, file: leaving.find(({ filename }) => filename === going[0])!, leaving });
  }
  const forms = () =>
    server.server.requests
      .filter(({ method }) => method === 'POST')
      .map(({ headers, body }) => parseMultipart(headers['content-type'], body).map((part) => `${part.name}=${part.value.toString()}`));

  it('names the release as pypiserver spells it, once all of it goes', async () => {
    for (const filename of [sdist, wheel]) server.store(filename, filename, 'my-pkg');
    expect(await removal([wheel, sdist])).toMatchObject({ outcome: 'done', status: 200 });
    expect(await removal([sdist, wheel])).toMatchObject({ outcome: 'done', status: 200 });
    expect(forms()).toEqual([
      [':action=remove_pkg', 'name=my_pkg', 'version=1.0'],
      [':action=remove_pkg', 'name=My.Pkg', 'version=1.0'],
    ]);
  });

  it('removes nothing where another file of the release is to stay', async () => {
    for (const filename of [sdist, wheel]) server.store(filename, filename, 'my-pkg');
    await expect(removal([wheel])).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(sdist) });
    expect(forms()).toEqual([]);
  });

  it('removes nothing where pypiserver would take a file of another release along', async () => {
    // Build 1 of 1.0 to us, 1.0.post1 to us: one and the same 1.0-1 to pypiserver.
    for (const filename of ['my_pkg-1.0-1-py3-none-any.whl', 'my_pkg-1.0-1.tar.gz']) server.store(filename, filename, 'my-pkg');
    await expect(removal(['my_pkg-1.0-1-py3-none-any.whl'])).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(forms()).toEqual([]);
  });

  it.each<[string, Reply, string]>([
    ['gone already', { status: 404, body: '<p>my_pkg (1.0) not found</p>' }, 'done'],
    ['cut off', { drop: true }, 'unclear'],
    ['failing', { status: 500 }, 'unclear'],
  ])('tells what a removal came to that is %s', async (_, reply, outcome) => {
    server.store(wheel, wheel, 'my-pkg');
    expect(await removal([wheel], reply)).toMatchObject({ outcome });
  });

  it.each<[number, string]>([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [400, 'REFUSED'],
  ])('is refused with %i', async (status, code) => {
    server.store(wheel, wheel, 'my-pkg');
    await expect(removal([wheel], { status })).rejects.toMatchObject({ code });
  });
});
