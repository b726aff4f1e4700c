import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseDevpiIndex, parseDevpiProject } from '../../../../src/destinations/servers/devpi-pages.ts';
import { devpiProfile } from '../../../../src/destinations/servers/devpi-stage.ts';
import { createHttpClient } from '../../../../src/http/http-client.ts';
import { normalizeName } from '../../../../src/packaging/name.ts';
import { hex } from '../../../support/page-builders.ts';
import { scriptedServer, type Reply, type Routes, type ScriptedServer } from '../../../support/scripted-server.ts';

const foo = normalizeName('foo');
const indexUrl = new URL('https://devpi.example/devpi/ci/stage/');

function link(filename: string, more: object = {}): object {
  return {
    rel: 'releasefile',
    hash_spec: `sha256=${hex('a')}`,
    hashes: { sha256: hex('a') },
    href: `https://devpi.example/devpi/ci/stage/+f/aaa/aaaaaaaaaaaaa/${filename}`,
    ...more,
  };
}
const project = (versions: object): string => JSON.stringify({ type: 'projectconfig', result: versions });
const version = (...links: readonly object[]): object => ({ name: 'foo', version: '1.0', requires_python: '>=3.8', '+links': links });

describe('parseDevpiProject', () => {
  it('reads files with digest and requires-python', () => {
    expect(parseDevpiProject(project({ '1.0': version(link('foo-1.0.tar.gz')) }), foo, indexUrl)).toEqual({
      name: 'foo',
      present: true,
      warnings: [],
      files: [
        {
          name: 'foo',
          filename: 'foo-1.0.tar.gz',
          version: '1.0',
          packageType: 'sdist',
          url: 'https://devpi.example/devpi/ci/stage/+f/aaa/aaaaaaaaaaaaa/foo-1.0.tar.gz',
          hashes: { sha256: hex('a') },
          requiresPython: '>=3.8',
          yanked: false,
        },
      ],
    });
  });

  it('takes a project without versions as absent (a base may have it), and one without files as present', () => {
    expect(parseDevpiProject(project({}), foo, indexUrl)).toMatchObject({ present: false, files: [] });
    expect(parseDevpiProject(project({ '1.0': { name: 'foo' } }), foo, indexUrl)).toMatchObject({ present: true, files: [] });
  });

  it('reads the old form of digests, and none where there is none', () => {
    const read = parseDevpiProject(
      project({
        '1.0': version(
          link('foo-1.0.zip', { hashes: undefined, hash_spec: `md5=${hex('b', 32)}` }),
          link('foo-1.0.tar.gz', { hashes: {}, hash_spec: null }),
        ),
      }),
      foo,
      indexUrl,
    );
    expect(read.files.map((file) => file.hashes)).toEqual([{ md5: hex('b', 32) }, {}]);
  });

  it('leaves documentation and test results out, silently', () => {
    const read = parseDevpiProject(
      project({ '1.0': version(link('foo-1.0.doc.zip', { rel: 'doczip' }), link('x.json', { rel: 'toxresult' })) }),
      foo,
      indexUrl,
    );
    expect(read).toMatchObject({ present: true, files: [], warnings: [] });
  });

  it('maps links that name another host or prefix to our address of the index', () => {
    const read = parseDevpiProject(
      project({ '1.0': version(link('', { href: 'http://backend:3141/ci/stage/+f/aaa/bbb/foo-1.0+x.tar.gz#sha256=1' })) }),
      foo,
      indexUrl,
    );
    expect(read.files[0]?.url).toBe('https://devpi.example/devpi/ci/stage/+f/aaa/bbb/foo-1.0+x.tar.gz');
  });

  it.each([
    'https://devpi.example/devpi/root/pypi/+f/aaa/bbb/foo-1.0.tar.gz',
    'https://devpi.example/devpi/ci/stage2/+f/aaa/bbb/foo-1.0.tar.gz',
    'https://devpi.example/devpi/other/stage/+f/aaa/bbb/foo-1.0.tar.gz',
    'https://devpi.example/devpi/ci/stage/+e/https_x/foo-1.0.tar.gz',
    'https://devpi.example/ci/stage/foo-1.0.tar.gz',
    'http://[bad/',
    7,
  ])('never takes %s for a file of this index', (href) => {
    const read = parseDevpiProject(project({ '1.0': version(link('', { href })) }), foo, indexUrl);
    expect(read.files).toEqual([]);
    expect(read.warnings).toEqual([expect.stringContaining('not of this index')]);
  });

  it('says what is no distribution of the project', () => {
    const read = parseDevpiProject(project({ '1.0': version(link('bar-1.0.tar.gz'), link('foo-1.0.txt')) }), foo, indexUrl);
    expect(read.files).toEqual([]);
    expect(read.warnings).toHaveLength(2);
  });

  it('survives a link with a broken escape', () => {
    const read = parseDevpiProject(project({ '1.0': version(link('foo-%zz.txt')) }), foo, indexUrl);
    expect(read.warnings).toEqual(['foo-%zz.txt is no distribution of foo (unknown-extension)']);
  });

  it.each(['', '{}', '[]', '{"type":"indexconfig","result":{}}', '{"type":"projectconfig","result":[]}', '<html>'])(
    'refuses %j: nothing is absent because of it',
    (text) => {
      expect(() => parseDevpiProject(text, foo, indexUrl)).toThrow(expect.objectContaining({ code: 'BAD_RESPONSE' }));
    },
  );
});

describe('parseDevpiIndex', () => {
  it('reads type, volatility and projects, normalised', () => {
    const text = JSON.stringify({
      type: 'indexconfig',
      result: { type: 'stage', volatile: false, bases: ['root/pypi', 7], projects: ['Foo.Bar', 'baz', '../x', 7] },
    });
    expect(parseDevpiIndex(text, indexUrl)).toEqual({
      type: 'stage',
      volatile: false,
      bases: ['root/pypi'],
      projects: ['foo-bar', 'baz'],
    });
  });
});

describe('a devpi index', () => {
  const http = createHttpClient({ version: '0', retry: { attempts: 1 } });
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await scriptedServer();
  });
  afterEach(() => server.close());

  const index = (result: object): Reply => ({ json: { type: 'indexconfig', result } });
  const connect = (routes: Routes) => {
    server.use(routes);
    return devpiProfile(new URL(server.url('/ci/stage/')), http, '6.19.1');
  };

  it('that is volatile overwrites silently and can replace', async () => {
    const profile = await connect({ 'GET /ci/stage?no_projects=': index({ type: 'stage', volatile: true }) });
    expect(profile.traits).toMatchObject({ overwritesSilently: true, canReplace: true, canRemove: true, register: 'done' });
    expect(profile.title).toBe('devpi 6.19.1, volatile index');
    expect(server.requests[0]?.headers.accept).toBe('application/json');
  });

  it('that is not volatile does neither', async () => {
    const profile = await connect({ 'GET /ci/stage?no_projects=': index({ type: 'stage', volatile: false }) });
    expect(profile.traits).toMatchObject({ overwritesSilently: false, canReplace: false, canRemove: true });
  });

  it('that does not say whether it is volatile is taken to overwrite, and is asked for no replacement', async () => {
    const profile = await connect({ 'GET /ci/stage?no_projects=': index({ type: 'stage' }) });
    expect(profile.traits).toMatchObject({ overwritesSilently: true, canReplace: false });
  });

  it('that is a mirror cannot be uploaded to', async () => {
    await expect(connect({ 'GET /ci/stage?no_projects=': index({ type: 'mirror', volatile: true }) })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  it.each([
    [404, 'NOT_FOUND'],
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [503, 'UNREACHABLE'],
  ])('that answers %i is an error', async (status, code) => {
    await expect(connect({ '/ci/stage': { status, json: { message: 'The stage ci/stage could not be found.' } } })).rejects.toMatchObject({
      code,
    });
  });

  describe('when listed', () => {
    const listing = async (routes: Routes) => {
      const profile = await connect({ 'GET /ci/stage?no_projects=': index({ type: 'stage', volatile: false }), ...routes });
      if (profile.listing === undefined) throw new Error('devpi has a listing of its own');
      return { list: profile.listing.list.bind(profile.listing), projects: profile.listing.projects.bind(profile.listing), profile };
    };

    it('gives its own projects', async () => {
      const { projects } = await listing({ 'GET /ci/stage': index({ type: 'stage', projects: ['foo', 'bar'] }) });
      const names: string[] = [];
      for await (const name of projects()) names.push(name);
      expect(names).toEqual(['foo', 'bar']);
    });

    it('gives the files of this stage only', async () => {
      const href = server.url('/ci/stage/+f/aaa/bbb/foo-1.0.tar.gz');
      const { list } = await listing({ 'GET /ci/stage/foo?ignore_bases': { body: project({ '1.0': version(link('', { href })) }) } });
      expect((await list(foo)).files).toMatchObject([{ filename: 'foo-1.0.tar.gz', url: href }]);
    });

    it('says absent for an unknown project', async () => {
      const { list } = await listing({ '/ci/stage/foo': { status: 404, json: { message: "no project 'foo'" } } });
      expect(await list(foo)).toEqual({ name: 'foo', present: false, files: [], warnings: [] });
    });

    it.each([
      [404, { message: 'The stage ci/stage could not be found.' }, 'NOT_FOUND'],
      [404, undefined, 'NOT_FOUND'],
      [401, undefined, 'UNAUTHORIZED'],
      [403, undefined, 'FORBIDDEN'],
      [500, undefined, 'UNREACHABLE'],
      [200, { type: 'something' }, 'BAD_RESPONSE'],
    ])('never says absent for the answer %i %j', async (status, json, code) => {
      const { list } = await listing({ '/ci/stage/foo': { status, json } });
      await expect(list(foo)).rejects.toMatchObject({ code });
    });
  });

  describe('asked to remove a file', () => {
    const file = (url: string) => ({
      name: foo,
      filename: 'foo-1.0.tar.gz',
      version: '1.0',
      packageType: 'sdist' as const,
      url,
      hashes: {},
      yanked: false as const,
    });
    /** What was sent to remove the file that has this URL. */
    const removal = async (volatile: boolean, url: string): Promise<readonly string[]> => {
      const profile = await connect({ '/ci/stage': index({ type: 'stage', volatile }), [`DELETE ${own}`]: {} });
      await profile.remove?.({ file: file(url), together: [file(url)] });
      return server.log().filter((line) => !line.startsWith('GET '));
    };
    const own = '/ci/stage/+f/aaa/bbb/foo-1.0.tar.gz';

    it('deletes the file itself where the index is volatile', async () => {
      expect(await removal(true, `${server.url(own)}#sha256=1`)).toEqual([`DELETE ${own}`]);
    });

    it('does so with force where the index is not volatile', async () => {
      expect(await removal(false, server.url(own))).toEqual([`DELETE ${own}?force`]);
    });

    it.each([own, '/ci/base/+f/aaa/bbb/foo-1.0.tar.gz', '/ci/stage/foo/1.0', '/ci/stage/+f/../../base/+f/a/b/foo-1.0.tar.gz'])(
      'never goes to %s elsewhere',
      async (path) => {
        await expect(removal(true, `http://other.example${path}`)).rejects.toMatchObject({ code: 'CONFLICT' });
        if (path !== own) await expect(removal(true, server.url(path))).rejects.toMatchObject({ code: 'CONFLICT' });
        expect(server.log().every((line) => line.startsWith('GET '))).toBe(true);
      },
    );
  });

  it('refuses what its server refuses', async () => {
    const profile = await connect({ '/ci/stage': index({ type: 'stage' }) });
    const refusal = (filename: string) => profile.refuses({ filename, version: '1.0', packageType: 'sdist', hashes: {}, yanked: false });
    expect(
      [
        'foo-1.0.tar.gz',
        'foo-1.0.tar.bz2',
        'foo-1.0.tgz',
        'foo-1.0.zip',
        'foo-1.0-py3-none-any.whl',
        'foo-1.0-1.noarch.rpm',
        'foo-1.0+x!y.zip',
      ].map(refusal),
    ).toEqual(Array.from({ length: 7 }, () => undefined));
    expect(['foo-1.0.tar.xz', 'foo-1.0.tar.Z', 'foo-1.0.tar'].map(refusal)).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining('does not take this kind of file')),
    );
  });
});
