import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseHtmlPage, parseProjectHtml } from '../../../src/indexes/parse-html.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { bytesOf, expectedReading, readingOf, type PageVector } from '../../support/page-vectors.ts';
import { expectAgreement, expectVectors } from '../../support/vectors.ts';

const url = 'https://idx.example.com/simple/foo/';
const foo = normalizeName('foo');
const sha256 = 'a'.repeat(64);
const read = (vector: PageVector) =>
  readingOf(parseHtmlPage(bytesOf(vector), { url: vector.url, contentType: vector.content_type }), vector);

describe('parseHtmlPage', () => {
  it.each(['page', 'nasty'])('reads all vectors of kind %s', (kind) => expectAgreement('simple-html.json', kind));

  it('reads all captured pages', async () => {
    const text = readFileSync(new URL('../../fixtures/real-pages/expected.json', import.meta.url), 'utf8');
    const vectors = (JSON.parse(text) as PageVector[]).filter(({ file }) => file?.endsWith('.html') === true);
    await expectVectors(vectors, read, expectedReading);
  });

  it('takes the base that the page gives, joined to its own URL', () => {
    const page = '<base href="../../files/"><base href="/ignored/"><a href="foo-1.0.zip">x</a>';
    expect(parseHtmlPage(page, { url }).links[0]!.url).toBe('https://idx.example.com/files/foo-1.0.zip');
  });

  it.each(['data:text/html,x', 'file:///etc/', 'http://['])('ignores the base %s', (base) => {
    expect(parseHtmlPage(`<base href="${base}"><a href="foo-1.0.zip">x</a>`, { url }).links[0]!.url).toBe(`${url}foo-1.0.zip`);
  });

  it('takes the hyphen that older Gitea wrote', () => {
    expect(parseHtmlPage(`<a href="foo-1.0.zip#sha256-${sha256}">x</a>`, { url }).links[0]!.hashes).toEqual({ sha256 });
  });

  it('takes the first of several digests of one kind', () => {
    expect(parseHtmlPage(`<a href="foo-1.0.zip#sha256=${sha256}&sha256=bb">x</a>`, { url }).links[0]!.hashes).toEqual({ sha256 });
  });

  it.each([
    ['data-core-metadata="true"', true],
    ['data-core-metadata', true],
    ['data-core-metadata="false"', false],
    [`data-dist-info-metadata="sha256=${sha256}"`, { sha256 }],
    ['data-core-metadata="false" data-dist-info-metadata="true"', false],
    ['', false],
  ])('reads the companion out of %s', (attribute, expected) => {
    expect(parseHtmlPage(`<a href="foo-1.0.zip" ${attribute}>x</a>`, { url }).links[0]!.coreMetadata).toEqual(expected);
  });

  it('ignores hash names that it does not know', () => {
    expect(parseHtmlPage('<a href="foo-1.0.zip#blake9=aa&egg=foo">x</a>', { url }).links[0]!.hashes).toEqual({});
  });

  it('keeps a filename whose escapes are malformed', () => {
    expect(parseHtmlPage('<a href="foo-1.0%zz.zip">x</a>', { url }).links[0]!.filename).toBe('foo-1.0%zz.zip');
  });

  it('takes links to files only on pages that are files', () => {
    const page = '<a href="../../packages/foo-1.0.zip">x</a>';
    expect(parseHtmlPage(page, { url: 'file:///srv/simple/foo/index.html' }).links[0]!.url).toBe('file:///srv/packages/foo-1.0.zip');
    expect(parseHtmlPage('<a href="file:///etc/foo-1.0.zip">x</a>', { url }).links).toEqual([]);
  });

  it('reads the charset that the page declares', () => {
    const page = Buffer.from('<meta charset="iso-8859-1"><a href="foo-1.0.zip" data-yanked="für">x</a>', 'latin1');
    expect(parseHtmlPage(page, { url, contentType: 'text/html' }).links[0]!.yanked).toBe('für');
  });

  it.each(['text/html; charset=nonsense', 'text/html', undefined])('reads UTF-8 under content type %s', (contentType) => {
    const page = Buffer.from('\ufeff<a href="foo-1.0.zip" data-yanked="für">x</a>');
    expect(parseHtmlPage(page, { url, contentType }).links[0]!.yanked).toBe('für');
  });

  it('reads the status of the project', () => {
    const page = '<meta name="pypi:project-status" content="archived"><meta name="pypi:project-status-reason" content="see &lt;b&gt;">';
    expect(parseHtmlPage(page, { url }).status).toEqual({ status: 'archived', reason: 'see <b>' });
    expect(parseHtmlPage('', { url }).status).toEqual({ status: 'active' });
  });

  it('warns of a newer minor version of the API and refuses a newer major one', () => {
    const page = (version: string) => `<meta name="pypi:repository-version" content="${version}">`;
    expect(parseHtmlPage(page('1.9'), { url })).toMatchObject({ apiVersion: '1.9', warnings: [expect.stringContaining('version 1.9')] });
    expect(parseHtmlPage(page('1.4'), { url }).warnings).toEqual([]);
    expect(() => parseHtmlPage(page('2.0'), { url })).toThrow(expect.objectContaining({ code: 'BAD_RESPONSE' }));
  });

  it('does not take the old meta element of PEP 438 for the version', () => {
    expect(parseHtmlPage('<meta name="api-version" value="2" />', { url })).toMatchObject({ apiVersion: '1.0', warnings: [] });
  });

  describe('sees whether a page declares itself', () => {
    it.each([
      ['<title>Links for foo</title>', 'text/html'],
      ['<h1>Links for foo</h1>', 'text/html'],
      ['<title>root/dev: links for foo</title>', 'text/html'],
      ['<title>Simple Index</title>', 'text/html'],
      ['<title>root/dev: simple list (including inherited indices)</title>', 'text/html'],
      ['<meta name="pypi:repository-version" content="1.0">', 'text/html'],
      ['', 'application/vnd.pypi.simple.v1+html; charset=utf-8'],
    ])('%s under %s', (page, contentType) => {
      expect(parseHtmlPage(page, { url, contentType }).declared).toBe(true);
    });

    it.each([
      '',
      '<html></html>',
      '<title>Index of /foo</title>',
      '<title>Directory listing for /foo/</title>',
      '<title>Sign in</title>',
      '<title>Welcome to pypiserver!</title>',
      '<script>document.title = "Links for foo"</script>',
      '<p>Links for foo</p>',
    ])('not: %s', (page) => {
      expect(parseHtmlPage(page, { url, contentType: 'text/html' }).declared).toBe(false);
    });
  });

  describe('sees that a page was cut off', () => {
    const whole = '<!DOCTYPE html><html><body><a href="foo-1.0.zip" data-requires-python=">=3">foo-1.0.zip</a></body></html>';
    it.each([
      '<a',
      '<a href="foo-',
      '<a href="foo-1.0.zip" data-requires-python=">=',
      '<a href="foo-1.0.zip" data-requires-python=">=3"',
      'foo-1.0.zip</',
    ])('inside a tag: %s', (end) => {
      const page = whole.slice(0, whole.indexOf(end) + end.length);
      expect(parseHtmlPage(page, { url }).unfinished).toBe('tag');
    });

    it.each(['data-requires-python=">=3">', 'foo-1.0.zip</a>'])('inside the document: %s', (end) => {
      const page = whole.slice(0, whole.lastIndexOf(end) + end.length);
      expect(parseHtmlPage(page, { url }).unfinished).toBe('document');
    });

    it.each([whole, `${whole}\n<!--SERIAL 5-->\n`, '<a href="foo-1.0.zip">x</a>', 'a < b', ''])('but not: %s', (page) => {
      expect(parseHtmlPage(page, { url }).unfinished).toBeUndefined();
    });
  });

  it('reads any bytes without throwing anything but BAD_RESPONSE', () => {
    const fragment = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '<a href=',
      'foo-1.0.zip',
      '#sha256=',
      '&',
      '</',
      '<!--',
      '-->',
      '<base href=',
      '\u0000',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fragment, fc.string({ unit: 'binary' })), { maxLength: 30 }), (parts) => {
        const page = parseProjectHtml(Buffer.from(parts.join('')), { url, name: foo });
        for (const file of page.files) expect(file.url).toMatch(/^https?:/);
      }),
    );
  });

  it('takes time that grows with the page and no faster', () => {
    const hostile = ['<a href="', '<'.repeat(50), '&'.repeat(50), '#sha256='.repeat(10), "'".repeat(20)].join('').repeat(20_000);
    const start = performance.now();
    parseHtmlPage(hostile, { url });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('parseProjectHtml', () => {
  const links = (...hrefs: string[]) => hrefs.map((href) => `<a href="${href}">x</a>`).join('\n');

  it('keeps the distributions of the project and says why not the others', () => {
    const page = links(
      'foo-1.0.tar.gz',
      'foo-1.0-py3-none-any.whl',
      'bar-1.0.tar.gz',
      'bar-1.0-py3-none-any.whl',
      '..%2Ffoo-1.0.zip',
      'foo-1.0%00.zip',
      'foo.zip',
    );
    const { files, skipped } = parseProjectHtml(page, { url, name: foo });
    expect(files.map(({ filename, version, packageType }) => [filename, version, packageType])).toEqual([
      ['foo-1.0.tar.gz', '1.0', 'sdist'],
      ['foo-1.0-py3-none-any.whl', '1.0', 'bdist_wheel'],
    ]);
    expect(skipped.map(({ filename }) => filename)).toEqual([
      'bar-1.0.tar.gz',
      'bar-1.0-py3-none-any.whl',
      '../foo-1.0.zip',
      'foo-1.0\u0000.zip',
      'foo.zip',
    ]);
    expect(skipped.map(({ because }) => because)).toEqual(expect.arrayContaining(['other-project', 'unsafe-filename']));
  });

  it('takes the link with the strongest digest where a filename repeats', () => {
    const md5 = 'b'.repeat(32);
    const page = links('a/foo-1.0.zip', `b/foo-1.0.zip#md5=${md5}`, `c/foo-1.0.zip#sha256=${sha256}`, 'd/foo-1.0.zip');
    expect(parseProjectHtml(page, { url, name: foo }).files).toMatchObject([{ url: `${url}c/foo-1.0.zip`, hashes: { sha256 } }]);
  });

  it('warns where a filename repeats with another digest', () => {
    const page = links(`foo-1.0.zip#sha256=${sha256}`, `foo-1.0.zip#sha256=${'c'.repeat(64)}`);
    const { files, warnings } = parseProjectHtml(page, { url, name: foo });
    expect(files).toMatchObject([{ hashes: { sha256 } }]);
    expect(warnings).toEqual(['the page of foo lists foo-1.0.zip with different digests']);
  });

  it('leaves out digests that are none', () => {
    expect(parseProjectHtml(links('foo-1.0.zip#sha256=abc'), { url, name: foo }).files[0]!.hashes).toEqual({});
  });

  it('takes user and password out of links', () => {
    expect(parseProjectHtml(links('https://u:p@h.example/foo-1.0.zip'), { url, name: foo }).files[0]!.url).toBe(
      'https://h.example/foo-1.0.zip',
    );
  });

  it.each([
    ['&amp;gt;=3.6', '>=3.6'],
    ['&gt=3.6', '>=3.6'],
    ['  &gt;=3.6,&lt;4 ', '>=3.6,<4'],
    ['   ', undefined],
  ])('reads data-requires-python="%s" as %s', (written, expected) => {
    const page = `<a href="foo-1.0.zip" data-requires-python="${written}">x</a>`;
    expect(parseProjectHtml(page, { url, name: foo }).files[0]!.requiresPython).toBe(expected);
  });
});
