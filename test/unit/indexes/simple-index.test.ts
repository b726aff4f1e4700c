import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { simpleIndex, type SimpleIndexOptions } from '../../../src/indexes/simple-index.ts';
import type { SourceIndex } from '../../../src/indexes/source-index.ts';
import { readAll } from '../../../src/io/hashing.ts';
import type { DistributionFile } from '../../../src/packaging/distribution-file.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { collect } from '../../support/collect.ts';
import { failureOf, httpTools } from '../../support/http.ts';
import { htmlList, htmlPage, jsonList, jsonPage, jsonType, sha256Of } from '../../support/pages.ts';
import type { Reply } from '../../support/scripted-server.ts';

const { serve, client } = httpTools();
const foo = normalizeName('foo');
const files = [{ filename: 'foo-1.0.tar.gz' }, { filename: 'foo-1.0-py3-none-any.whl' }];
const json = (body: string, more: Reply = {}): Reply => ({ headers: { 'content-type': jsonType }, body, ...more });
const html = (body: string, more: Reply = {}): Reply => ({ headers: { 'content-type': 'text/html; charset=utf-8' }, body, ...more });
const pip = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01';

function index(location: string, options: Partial<SimpleIndexOptions> = {}): SourceIndex & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const made = simpleIndex({ name: 'corp', location, http: client(), onWarning: (warning) => warnings.push(warning), ...options });
  return { ...made, warnings };
}

const namesOf = (source: SourceIndex): Promise<string[]> => collect(source.projects());
const filenames = async (source: SourceIndex): Promise<string[] | undefined> =>
  (await source.project(foo))?.files.map(({ filename }) => filename);

describe('project', () => {
  it('reads a JSON page, asked for as pip does', async () => {
    const server = await serve({ '/simple/foo/': json(jsonPage('foo', files)) });
    const project = await index(server.url('/simple/')).project(foo);
    expect(project).toMatchObject({ name: 'foo', status: { status: 'active' }, skipped: [], warnings: [] });
    expect(project!.files).toMatchObject([
      {
        filename: 'foo-1.0.tar.gz',
        url: server.url('/simple/foo/foo-1.0.tar.gz'),
        hashes: { sha256: sha256Of('foo-1.0.tar.gz') },
        size: 14,
      },
      { filename: 'foo-1.0-py3-none-any.whl', packageType: 'bdist_wheel' },
    ]);
    expect(server.log()).toEqual(['GET /simple/foo/']);
    expect(server.requests[0]!.headers).toMatchObject({ accept: pip, 'accept-encoding': 'gzip' });
  });

  it('reads an HTML page, also a compressed one', async () => {
    const server = await serve({
      '/simple/foo/': { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' }, body: gzipSync(htmlPage('foo', files)) },
    });
    expect(await filenames(index(server.url('/simple/')))).toEqual(files.map(({ filename }) => filename));
  });

  it('resolves links against the URL that it was redirected to', async () => {
    const server = await serve({
      '/simple/foo/': { status: 301, headers: { location: '/content/simple/foo/' } },
      '/content/simple/foo/': html(htmlPage('foo', [{ filename: 'foo-1.0.zip', href: '../../packages/foo-1.0.zip' }])),
    });
    const project = await index(server.url('/simple/')).project(foo);
    expect(project!.files[0]!.url).toBe(server.url('/content/packages/foo-1.0.zip'));
  });

  it.each([404, 410])('takes %d for absent', async (status) => {
    const server = await serve({ '/simple/foo/': { status } });
    expect(await index(server.url('/simple/')).project(foo)).toBeUndefined();
  });

  it.each([
    [401, 'UNAUTHORIZED', 'requires credentials'],
    [403, 'FORBIDDEN', 'does not allow this without credentials'],
    [503, 'UNREACHABLE', 'cannot answer at the moment'],
    [400, 'REFUSED', 'refused the request'],
    [204, 'BAD_RESPONSE', 'gave an unexpected answer'],
    [304, 'BAD_RESPONSE', 'gave an unexpected answer'],
  ])('never takes %d for absent', async (status, code, says) => {
    const server = await serve({ '/simple/foo/': { status } });
    const error = await failureOf(index(server.url('/simple/')).project(foo));
    expect(error).toMatchObject({ code, status });
    expect(error.message).toContain(`cannot read the page of foo: ${server.url('/simple/foo/')} ${says}`);
  });

  it('says that credentials were rejected where some were sent', async () => {
    const server = await serve({ '/simple/foo/': { status: 401 } });
    const http = client({ credentials: { for: () => Promise.resolve({ username: 'ci', password: 'x' }) } });
    const error = await failureOf(index(server.url('/simple/'), { http }).project(foo));
    expect(error.message).toContain('rejected the credentials');
  });

  describe('when the server redirects to another origin', () => {
    it('takes it for absent and says so once', async () => {
      const pypi = await serve({ '/simple/foo/': json(jsonPage('foo', files)) });
      const elsewhere: Reply = { status: 303, headers: { location: pypi.url('/simple/foo/') } };
      const server = await serve({ '/simple/': html(htmlList(['bar'])), '/simple/foo/': elsewhere });
      const source = index(server.url('/simple/'));
      expect([await source.project(foo), await source.project(foo)]).toEqual([undefined, undefined]);
      expect(source.warnings).toEqual([`corp sends requests for projects it does not have to ${pypi.origin}; they count as absent`]);
      expect(pypi.requests).toEqual([]);
    });

    it('fails where everything is sent there', async () => {
      const login = await serve({});
      const server = await serve(() => ({ status: 302, headers: { location: login.url('/login?next=x') } }));
      const error = await failureOf(index(server.url('/simple/')).project(foo));
      expect(error).toMatchObject({ code: 'REDIRECTED' });
      expect(error.message).toContain(`redirects to ${login.url('/login')}`);
    });
  });

  describe('when the answer is no page of an index', () => {
    it.each([
      ['plain text', { headers: { 'content-type': 'text/plain' }, body: 'not found' }, "answered with content type 'text/plain'"],
      [
        'a file',
        { headers: { 'content-type': 'application/octet-stream' }, body: 'PK' },
        "answered with content type 'application/octet-stream'",
      ],
      ['nothing with no type', { body: '' }, 'answered without a content type'],
      [
        'an error page with status 200',
        html('<html><title>Error</title><body>Something went wrong <a href="/">home</a></body></html>'),
        'it has no links to files',
      ],
      [
        'a login page',
        html('<html><title>Sign in</title><form><input type="password"></form><a href="/agent.exe">agent</a></html>'),
        'its links were skipped',
      ],
      [
        'a listing of an empty folder',
        html('<html><title>Index of /simple/foo/</title><pre><a href="../">../</a></pre></html>'),
        'it has no links to files',
      ],
      ['an empty page', html(''), 'it has no links to files'],
      ['a JSON error', json('{"message":"not found"}'), 'it has no list of files'],
      ['a list of projects', json(jsonList(['foo'])), 'it is a list of projects'],
      ['HTML that says it is JSON', json('<html></html>'), 'is not a whole JSON document'],
    ])('fails for %s', async (_, reply: Reply, says) => {
      const server = await serve({ '/simple/foo/': reply });
      const error = await failureOf(index(server.url('/simple/')).project(foo));
      expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
      expect(error.message).toContain(server.url('/simple/foo/'));
      expect(error.message).toContain(says);
    });
  });

  it.each([
    ['PyPI', json(jsonPage('foo', []))],
    [
      'PyPI in HTML',
      html(
        '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4"><title>Links for foo</title></head><body><h1>Links for foo</h1></body></html>',
      ),
    ],
    [
      'devpi',
      html(
        '<!DOCTYPE html><html lang="en"><head><title>root/dev: links for foo</title></head><body><h1>root/dev: links for foo</h1>\n</body></html>',
      ),
    ],
    ['pypiserver', html(htmlPage('foo', []))],
    [
      'Artifactory',
      html('<!DOCTYPE html>\n<html><head><title>Simple Index</title><meta name="api-version" value="2" /></head><body>\n</body></html>'),
    ],
  ])('reads an empty project of %s', async (_, reply) => {
    const server = await serve({ '/simple/foo/': reply });
    expect(await filenames(index(server.url('/simple/')))).toEqual([]);
  });

  it.each([
    [
      'nginx',
      '<html>\r\n<head><title>Index of /simple/foo/</title></head>\r\n<body><pre><a href="../">../</a>\r\n<a href="foo-1.0.zip">foo-1..&gt;</a></pre></body></html>',
    ],
    [
      'http.server',
      '<!DOCTYPE HTML><html><head><title>Directory listing for /simple/foo/</title></head><body><ul><li><a href="foo-1.0.zip">foo-1.0.zip</a></li></ul></body></html>',
    ],
  ])('reads a folder listing of %s by its files', async (_, page) => {
    const server = await serve({ '/simple/foo/': html(page) });
    expect(await filenames(index(server.url('/simple/')))).toEqual(['foo-1.0.zip']);
  });

  it.each([
    ['text_html', htmlPage('foo', files)],
    ['TEXT/HTML', htmlPage('foo', files)],
    ['application/vnd.pypi.simple.latest+json', jsonPage('foo', files)],
    ['application/json', jsonPage('foo', files)],
    ['text/html', `\n ${jsonPage('foo', files)}`],
    ['', htmlPage('foo', files)],
    ['', `\ufeff${jsonPage('foo', files)}`],
  ])('reads a page under content type %j', async (type, body) => {
    const server = await serve({ '/simple/foo/': { headers: type === '' ? {} : { 'content-type': type }, body } });
    expect(await filenames(index(server.url('/simple/')))).toHaveLength(2);
  });

  describe('when the page does not come whole', () => {
    it.each([
      ['its length is not kept', json(jsonPage('foo', files), { claimedLength: 100_000 })],
      ['its chunks end early', html(htmlPage('foo', files), { framing: 'chunked', dropAfter: 200 })],
      ['its connection is cut', json(jsonPage('foo', files), { dropAfter: 100 })],
    ])('reads it again where %s', async (_, broken) => {
      const server = await serve({ '/simple/foo/': [broken, json(jsonPage('foo', files))] });
      expect(await filenames(index(server.url('/simple/')))).toHaveLength(2);
    });

    it.each([
      ['its length is not kept', json(jsonPage('foo', files), { claimedLength: 100_000 }), 'UNREACHABLE'],
      ['its chunks end early', html(htmlPage('foo', files), { framing: 'chunked', dropAfter: 200 }), 'UNREACHABLE'],
      ['the JSON ends early', json(jsonPage('foo', files).slice(0, -2)), 'BAD_RESPONSE'],
      ['the HTML ends inside a tag', html(htmlPage('foo', files).slice(0, -60)), 'BAD_RESPONSE'],
      [
        'HTML without a length is never closed',
        html(htmlPage('foo', files).replace(/<\/body>[^]*$/, ''), { framing: 'close' }),
        'BAD_RESPONSE',
      ],
      ['JSON without a length ends early', json(jsonPage('foo', files).slice(0, -2), { framing: 'close' }), 'BAD_RESPONSE'],
      [
        'its compressed bytes end early',
        { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' }, body: gzipSync(htmlPage('foo', files)).subarray(0, -9) },
        'BAD_RESPONSE',
      ],
    ])('fails where %s', async (_, reply: Reply, code) => {
      const server = await serve({ '/simple/foo/': reply });
      expect(await failureOf(index(server.url('/simple/')).project(foo))).toMatchObject({ code });
    });

    it('takes an HTML page that comes without a length where it closes', async () => {
      const server = await serve({ '/simple/foo/': html(htmlPage('foo', files), { framing: 'close' }) });
      expect(await filenames(index(server.url('/simple/')))).toHaveLength(2);
    });
  });

  it('does not unpack without end', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '));
    const server = await serve({ '/simple/foo/': { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' }, body: bomb } });
    expect((await failureOf(index(server.url('/simple/')).project(foo))).message).toContain('longer than 134217728 bytes');
  });

  it('asks without types where the server accepts none of them, and remembers that', async () => {
    const server = await serve((request) => (request.headers.accept === undefined ? html(htmlPage('foo', files)) : { status: 406 }));
    const source = index(server.url('/simple/'));
    expect(await filenames(source)).toHaveLength(2);
    expect(await filenames(source)).toHaveLength(2);
    expect(server.requests.map(({ headers }) => headers.accept)).toEqual([pip, undefined, undefined]);
  });

  it('asks Artifactory for HTML where it says that there is no JSON', async () => {
    const server = await serve((request) =>
      request.headers.accept?.includes('json') === true
        ? { status: 404, headers: { 'x-artifactory-id': 'a' } }
        : html(htmlPage('foo', files)),
    );
    expect(await filenames(index(server.url('/api/pypi/local/simple')))).toHaveLength(2);
  });

  describe('with a fixed serialization', () => {
    it('asks for that alone', async () => {
      const server = await serve({ '/simple/foo/': json(jsonPage('foo', files)) });
      await index(server.url('/simple/'), { serialization: 'json' }).project(foo);
      expect(server.requests[0]!.headers.accept).toBe('application/vnd.pypi.simple.v1+json');
    });

    it('refuses the other', async () => {
      const server = await serve({ '/simple/foo/': json(jsonPage('foo', files)) });
      const error = await failureOf(index(server.url('/simple/'), { serialization: 'html' }).project(foo));
      expect(error.message).toContain('answered in JSON, but its serialization is set to html');
    });

    it('reports 406', async () => {
      const server = await serve({ '/simple/foo/': { status: 406 } });
      expect(await failureOf(index(server.url('/simple/'), { serialization: 'json' }).project(foo))).toMatchObject({
        code: 'REFUSED',
        status: 406,
      });
      expect(server.requests).toHaveLength(1);
    });
  });

  it('warns where the page says that it is about another project', async () => {
    const server = await serve({ '/simple/foo/': json(jsonPage('Bar', [{ filename: 'foo-1.0.zip' }, { filename: 'bar-1.0.zip' }])) });
    expect(await index(server.url('/simple/')).project(foo)).toMatchObject({
      files: [{ filename: 'foo-1.0.zip' }],
      skipped: [{ filename: 'bar-1.0.zip', because: 'other-project' }],
      warnings: ['the page of foo says that it is about another project'],
    });
  });

  it.each([
    ['JSON', json(jsonPage('bar', [{ filename: 'bar-1.0.zip' }]))],
    ['HTML', html(htmlPage('bar', [{ filename: 'bar-1.0.zip' }, { filename: 'bar-1.1.zip' }]))],
  ])('never takes a page of another project, in %s, for one without files', async (_serialization, page) => {
    const server = await serve({ '/simple/foo/': page });
    const error = await failureOf(index(server.url('/simple/')).project(foo));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE', retryable: true, repeatable: false });
    expect(error.message).toBe(`${server.url('/simple/foo/')} lists only files of other projects than foo`);
  });

  it('believes a page that says it is of the project that it holds files of odd names only', async () => {
    const server = await serve({ '/simple/foo/': json(jsonPage('Foo', [{ filename: 'bar-1.0.zip' }])) });
    expect(await index(server.url('/simple/')).project(foo)).toMatchObject({
      files: [],
      skipped: [{ because: 'other-project' }],
      warnings: [],
    });
  });

  it('asks again for a JSON page that ends in the middle, whatever its length said', async () => {
    const whole = jsonPage('foo', [{ filename: 'foo-1.0.zip' }]);
    const server = await serve({ '/simple/foo/': [json(whole.slice(0, -20)), json(whole)] });
    expect(await index(server.url('/simple/')).project(foo)).toMatchObject({ files: [{ filename: 'foo-1.0.zip' }] });
    expect(server.requests).toHaveLength(2);
  });

  it('is interrupted by the signal', async () => {
    const server = await serve({ '/simple/foo/': { hang: true } });
    const controller = new AbortController();
    const reading = failureOf(index(server.url('/simple/')).project(foo, controller.signal));
    setImmediate(() => controller.abort());
    expect(await reading).toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('projects', () => {
  it.each([
    ['JSON', json(jsonList(['Foo.Bar', 'baz']))],
    ['HTML', html(htmlList(['Foo.Bar', 'baz']))],
    ['dripping JSON', json(jsonList(['Foo.Bar', 'baz']), { drip: { every: 0, bytes: 5 }, framing: 'chunked' })],
  ])('lists them from %s', async (_, reply) => {
    const server = await serve({ '/simple/': reply });
    expect(await namesOf(index(server.url('/simple/')))).toEqual(['foo-bar', 'baz']);
  });

  it('reads the list again where it breaks off, and then gives each name once', async () => {
    const server = await serve({ '/simple/': [json(jsonList(['foo', 'baz']), { dropAfter: 60 }), json(jsonList(['foo', 'baz']))] });
    expect(await namesOf(index(server.url('/simple/')))).toEqual(['foo', 'baz']);
  });

  it('gives no name at all of a list that never comes whole', async () => {
    const server = await serve({ '/simple/': json(jsonList(['foo', 'baz']), { dropAfter: 60 }) });
    const names: string[] = [];
    const listing = (async () => {
      for await (const name of index(server.url('/simple/')).projects()) names.push(name);
    })();
    expect(await failureOf(listing)).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(names).toEqual([]);
  });

  it.each([401, 403, 404, 500])('fails for %d', async (status) => {
    const server = await serve({ '/simple/': { status } });
    expect(await failureOf(namesOf(index(server.url('/simple/'))))).toMatchObject({ status });
  });

  it('fails where the list is elsewhere', async () => {
    const server = await serve({ '/simple/': { status: 302, headers: { location: 'https://pypi.org/simple/' } } });
    const error = await failureOf(namesOf(index(server.url('/simple/'))));
    expect(error).toMatchObject({ code: 'REDIRECTED' });
    expect(error.message).toContain('redirects to https://pypi.org/simple/');
  });

  it('tells of entries that it cannot use', async () => {
    const server = await serve({ '/simple/': json('{"projects":[{"name":"a"},{"name":"../x"}]}') });
    const source = index(server.url('/simple/'));
    expect(await namesOf(source)).toEqual(['a']);
    expect(source.warnings).toEqual([`${server.url('/simple/')} has 1 entries without a valid project name`]);
  });
});

describe('the address', () => {
  it.each(['/simple', '/simple/', '/root/dev/+simple', '/repository/pypi/simple/'])(
    '%s is the API, and nothing is asked to know that',
    async (path) => {
      const folder = path.endsWith('/') ? path : `${path}/`;
      const server = await serve({ [`${folder}foo/`]: json(jsonPage('foo', files)) });
      expect(await filenames(index(server.url(path)))).toHaveLength(2);
      expect(server.log()).toEqual([`GET ${folder}foo/`]);
    },
  );

  it.each([
    ['a repository', '/repository/pypi/', { '/repository/pypi/simple/': html(htmlList(['foo'])) }, '/repository/pypi/simple/foo/'],
    ['a repository without slash', '/repository/pypi', { '/repository/pypi/simple/': json(jsonList([])) }, '/repository/pypi/simple/foo/'],
    [
      'a devpi index',
      '/root/dev',
      { '/root/dev/+simple/': json(jsonList(['foo'])), '/root/dev/simple/': html('a status page') },
      '/root/dev/+simple/foo/',
    ],
    [
      'the API under another name',
      '/whl/cu118',
      { '/whl/cu118/': html('<html><body><a href="foo/">foo</a><br></body></html>') },
      '/whl/cu118/foo/',
    ],
    [
      'the API, which has a project named simple',
      '/pypi/',
      { '/pypi/': json(jsonList(['simple'])), '/pypi/simple/': json(jsonPage('simple', [])) },
      '/pypi/foo/',
    ],
    [
      'the same in HTML',
      '/pypi/',
      { '/pypi/': html(htmlList(['simple'])), '/pypi/simple/': html(htmlPage('simple', [{ filename: 'simple-1.0.zip' }])) },
      '/pypi/foo/',
    ],
    [
      'an object store that forbids what is not there',
      '/b/',
      { '/b/+simple/': { status: 403 }, '/b/simple/': html(htmlList(['foo'])) },
      '/b/simple/foo/',
    ],
    [
      'one that sends strangers elsewhere',
      '/p/',
      { '/p/+simple/': { status: 302, headers: { location: 'https://pypi.org/' } }, '/p/simple/': html(htmlList(['foo'])) },
      '/p/simple/foo/',
    ],
    [
      'one that sends strangers in a circle, as pypiserver does',
      '/',
      {
        '/+simple/': { status: 303, headers: { location: '/simple/%2Bsimple/' } },
        '/simple/%2Bsimple/': { status: 301, headers: { location: '/simple/%2Bsimple/' } },
        '/simple/': html(htmlList(['foo'])),
      },
      '/simple/foo/',
    ],
  ])('may be %s', async (_, path, routes: Record<string, Reply>, page) => {
    const server = await serve({ ...routes, [page]: json(jsonPage('foo', files)) });
    const source = index(server.url(path));
    expect(await filenames(source)).toHaveLength(2);
    const asked = server.requests.length;
    expect(await filenames(source)).toHaveLength(2);
    expect(server.requests).toHaveLength(asked + 1);
  });

  it('is refused where there is no index, saying what was there', async () => {
    const server = await serve({ '/x/': html('<title>Welcome</title>'), '/x/simple/': { status: 403 } });
    const error = await failureOf(index(server.url('/x/')).project(foo));
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(error.message).toBe(
      `there is no simple index at ${server.url('/x/')}: ${server.url('/x/+simple/')} answers 404; ${server.url('/x/simple/')} answers 403; ${server.url('/x/')} is no project list`,
    );
  });

  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [503, 'UNREACHABLE'],
  ])('is not decided by %d everywhere', async (status, code) => {
    const server = await serve(() => ({ status }));
    expect(await failureOf(index(server.url('/x/')).project(foo))).toMatchObject({ code });
  });

  it('is not wrong where the list is forbidden to a user who is known, as pypiserver forbids it to a wrong password', async () => {
    const server = await serve({ '/': html('<title>Welcome</title>'), '/simple/': { status: 403 } });
    const http = client({ credentials: { for: () => Promise.resolve({ username: 'ci', password: 'x' }) } });
    const error = await failureOf(index(server.url('/'), { http }).project(foo));
    expect(error).toMatchObject({ code: 'FORBIDDEN' });
    expect(error.message).toContain(server.url('/simple/'));
  });

  it('is looked for again after a failure', async () => {
    const server = await serve({
      '/x/+simple/': [{ status: 401 }, { status: 404 }],
      '/x/simple/': json(jsonList(['foo'])),
      '/x/simple/foo/': json(jsonPage('foo', files)),
    });
    const source = index(server.url('/x/'));
    await failureOf(source.project(foo));
    expect(await filenames(source)).toHaveLength(2);
  });

  it('is looked for once, however many ask at the same time', async () => {
    const server = await serve({ '/x/simple/': json(jsonList(['foo'])), '/x/simple/foo/': json(jsonPage('foo', files)) });
    const source = index(server.url('/x/'));
    await Promise.all(Array.from({ length: 5 }, () => source.project(foo)));
    expect(server.log().filter((line) => !line.endsWith('/foo/'))).toEqual(['GET /x/+simple/', 'GET /x/simple/']);
  });

  it('does not read a long list to the end to know that it is one', async () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `project-${i}`);
    const server = await serve({ '/x/simple/': html(htmlList(names)), '/x/simple/foo/': json(jsonPage('foo', files)) });
    let read = 0;
    const http = client();
    const counting = {
      ...http,
      read: ((url, options, consume) =>
        http.read(url, options, (response) => consume({ ...response, body: counted(response.body) }))) as typeof http.read,
    };
    async function* counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        read += chunk.length;
        yield chunk;
      }
    }
    expect(await filenames(index(server.url('/x/'), { http: counting }))).toHaveLength(2);
    expect(read).toBeLessThan(1_000_000);
  });

  it('loses user and password', async () => {
    const server = await serve({ '/simple/foo/': json(jsonPage('foo', files)) });
    const source = index(`http://ci:s3cret@${server.host}/simple/`);
    expect(source.address).toBe(server.url('/simple/'));
    await source.project(foo);
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
  });
});

describe('open', () => {
  const at = (url: string, more: Partial<DistributionFile> = {}): DistributionFile => ({
    name: foo,
    version: '1.0',
    filename: 'foo-1.0.zip',
    packageType: 'sdist',
    url,
    hashes: {},
    yanked: false,
    ...more,
  });
  const text = async (source: ReturnType<SourceIndex['open']>): Promise<string> =>
    Buffer.from(await readAll(source.read(), 1000, source.label)).toString();

  it('reads files of other origins without the credentials of the index', async () => {
    const host = await serve({ '/packages/foo-1.0.zip': { body: 'bytes' } });
    const server = await serve({ '/simple/foo/foo-1.0.zip': { body: 'mine' } });
    const http = client({
      credentials: { for: (url) => Promise.resolve(url.origin === server.origin ? { username: 'ci', password: 'x' } : undefined) },
    });
    const source = index(server.url('/simple/'), { http });
    expect(await text(source.open(at(host.url('/packages/foo-1.0.zip'))))).toBe('bytes');
    expect(await text(source.open(at(server.url('/simple/foo/foo-1.0.zip'))))).toBe('mine');
    expect(host.requests[0]!.headers.authorization).toBeUndefined();
    expect(server.requests[0]!.headers.authorization).toMatch(/^Basic /);
  });

  it('gives the bytes as they are, whatever the server calls them', async () => {
    const bytes = gzipSync('x');
    const server = await serve({ '/foo-1.0.tar.gz': { headers: { 'content-encoding': 'gzip' }, body: bytes } });
    const source = index(server.url('/simple/')).open(at(server.url('/foo-1.0.tar.gz')));
    expect(Buffer.from(await readAll(source.read(), 1000, '')).equals(bytes)).toBe(true);
  });

  it('refuses what is not http', () => {
    expect(() => index('http://127.0.0.1/simple/').open(at('file:///etc/passwd'))).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('reads the companion beside the file, before the query', async () => {
    const server = await serve({ '/foo-1.0.zip.metadata?tok=1': { body: 'Name: foo' } });
    expect(await text(index(server.url('/simple/')).openMetadata(at(server.url('/foo-1.0.zip?tok=1'))))).toBe('Name: foo');
  });

  it('reads it where pip looks for it otherwise', async () => {
    const server = await serve({ '/foo-1.0.zip?tok=1.metadata': { body: 'Name: foo' } });
    expect(await text(index(server.url('/simple/')).openMetadata(at(server.url('/foo-1.0.zip?tok=1'))))).toBe('Name: foo');
  });

  it('reports a companion that is not there', async () => {
    const server = await serve({});
    expect(await failureOf(text(index(server.url('/simple/')).openMetadata(at(server.url('/foo-1.0.zip')))))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(server.log()).toEqual(['GET /foo-1.0.zip.metadata']);
  });
});

describe('legacyDigests', () => {
  const md5 = 'b'.repeat(32);
  const entry = (filename: string) => ({ filename, digests: { md5, sha256: sha256Of(filename), blake2b_256: 'x' } });

  it('reads them beside the simple API', async () => {
    const body = {
      urls: [entry('foo-2.0.zip')],
      releases: {
        '1.0': [entry('foo-1.0.zip'), { filename: 'foo-1.0.exe' }, null],
        '2.0': [{ filename: 'foo-2.0.zip', digests: { md5: 'c'.repeat(32) } }],
        '3.0': null,
      },
    };
    const server = await serve({ '/repo/pypi/foo/json': { json: body } });
    const digests = await index(server.url('/repo/simple/')).legacyDigests(foo);
    expect([...digests]).toEqual([
      ['foo-2.0.zip', { md5, sha256: sha256Of('foo-2.0.zip') }],
      ['foo-1.0.zip', { md5, sha256: sha256Of('foo-1.0.zip') }],
    ]);
  });

  it.each([
    ['is not there', { status: 404 }],
    ['is forbidden', { status: 403 }],
    ['is something else', html('<html></html>')],
    ['is elsewhere', { status: 302, headers: { location: 'https://pypi.org/pypi/foo/json' } }],
  ])('is empty where the API %s', async (_, reply: Reply) => {
    const server = await serve({ '/pypi/foo/json': reply });
    expect((await index(server.url('/simple/')).legacyDigests(foo)).size).toBe(0);
  });

  it.each([
    ['in trouble', { status: 503 }, 'UNREACHABLE'],
    ['cut off', { headers: { 'content-type': 'application/json' }, body: '{"urls":[' }, 'BAD_RESPONSE'],
    ['no object', { headers: { 'content-type': 'application/json' }, body: '[]' }, 'BAD_RESPONSE'],
  ])('fails where the answer is %s', async (_, reply: Reply, code) => {
    const server = await serve({ '/pypi/foo/json': reply });
    expect(await failureOf(index(server.url('/simple/')).legacyDigests(foo))).toMatchObject({ code });
  });
});
