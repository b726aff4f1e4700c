import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRootHtml } from '../../../src/indexes/parse-root-html.ts';
import { parseRootJson } from '../../../src/indexes/parse-root-json.ts';
import { failureOf } from '../../support/http.ts';
import { expectAgreement } from '../../support/vectors.ts';

const url = 'https://idx.example.com/simple/';
const contentType = 'text/html';

/** The bytes in pieces of `size`, so that every seam is met. */
function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe('parseRootJson', () => {
  const read = async (text: string, size = 7) => (await parseRootJson(pieces(Buffer.from(text), size), { url })).names;
  const refusal = (text: string) => failureOf(parseRootJson([Buffer.from(text)], { url }));

  it('reads all vectors', () => expectAgreement('simple-json.json', 'root'));

  it('takes keys in any order, normalises names, and reads past what it does not know', async () => {
    const text =
      '\ufeff { "x": [{"name": "no"}], "projects": [{"_last-serial": 5, "y": {"name": "no"}, "name": "Foo.Bar"}, {"name": "q\\u0031"}], "meta": {} }\n';
    for (const size of [1, 2, 3, 1000]) expect(await read(text, size)).toEqual(['foo-bar', 'q1']);
  });

  it('counts entries without a name in a warning', async () => {
    const text = '{"projects":[{"name":"a"},{"name":"../b"},{"name":5},{},"c",null,["d"],{"name":"e"}]}';
    const list = await parseRootJson([Buffer.from(text)], { url });
    expect(list.names).toEqual(['a', 'e']);
    expect(list.warnings).toEqual([`${url} has 6 entries without a valid project name`]);
  });

  it('accepts an empty index', async () => {
    expect(await read('{"meta":{"api-version":"1.0"},"projects":[]}')).toEqual([]);
  });

  it.each([
    ['', 'it is empty'],
    ['{"files":[],"name":"foo"}', 'it is a page of one project'],
    ['{}', 'it has no list of projects'],
    ['{"projects":{"name":"a"}}', 'it has no list of projects'],
    ['[{"name":"a"}]', 'it has no list of projects'],
    ['"projects"', 'it has no list of projects'],
  ])('refuses %s', async (text, because) => {
    const error = await refusal(text);
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(error.message).toContain(because);
  });

  it.each([
    '{"projects":[{"name":"a"},]}',
    '{"projects":[{"name":"a"}]',
    '{"projects":[{"name" "a"}]}',
    '{"projects":[]}}',
    '<html></html>',
    '{"projects":[]} x',
  ])('refuses what is no whole JSON: %s', async (text) => {
    expect((await refusal(text)).message).toContain('is not a whole JSON document');
  });

  it('never takes the beginning of a list for the list', async () => {
    const whole = JSON.stringify({ meta: { 'api-version': '1.4' }, projects: [{ name: 'aa' }, { name: 'bb', '_last-serial': 12 }] });
    for (let length = 0; length < whole.length; length += 1) {
      expect(await refusal(whole.slice(0, length))).toMatchObject({ code: 'BAD_RESPONSE' });
    }
    expect(await read(whole)).toEqual(['aa', 'bb']);
  });

  it('survives absurd depth', async () => {
    const depth = 1_000_000;
    expect((await refusal('['.repeat(depth))).code).toBe('BAD_RESPONSE');
    expect(await read(`{"projects":[${'['.repeat(depth)}${']'.repeat(depth)},{"name":"foo"}]}`, 65_536)).toEqual(['foo']);
  });

  it('refuses a newer major version of the API', async () => {
    expect((await refusal('{"projects":[],"meta":{"api-version":"2.0"}}')).message).toContain('version 2.0');
  });

  it('agrees with JSON.parse on what is JSON', async () => {
    const soup = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"projects"', '"name"', '"a"', '1', 'true', 'null', ' '), {
      maxLength: 12,
    });
    const json = fc.json({ maxDepth: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          soup.map((parts) => parts.join('')),
          json.map((text) => `{"projects":[${text}]}`),
        ),
        fc.integer({ min: 1, max: 9 }),
        async (text, size) => {
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          const outcome = await parseRootJson(pieces(Buffer.from(text), size), { url }).then(
            () => 'read',
            (error: unknown) => String(error),
          );
          if (valid) expect(outcome).not.toContain('is not a whole JSON document');
          else expect(outcome).not.toBe('read');
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('parseRootHtml', () => {
  const read = async (text: string, size = 7) => (await parseRootHtml(pieces(Buffer.from(text), size), { url, contentType })).names;
  const refusal = (text: string) => failureOf(parseRootHtml([Buffer.from(text)], { url, contentType }));
  const declared = '<title>Simple index</title>';

  it('reads all vectors', () => expectAgreement('simple-html.json', 'root'));

  it.each([
    [
      'devpi',
      '<!DOCTYPE html><html lang="en"><head><title>root/dev: simple list (including inherited indices)</title></head><body><h1>root/dev: simple list (including inherited indices)</h1><h2>root/dev</h2><a href="foo/">foo</a><br>\n<a href="bar-baz/">bar-baz</a><br>\n</body></html>',
    ],
    ['devpi for installers', '<!DOCTYPE html><html lang="en"><body><a href="foo/">foo</a>\n<a href="bar-baz/">bar-baz</a>\n</body></html>'],
    [
      'pypiserver',
      '<!DOCTYPE html>\n<html>\n<head><title>Simple Index</title></head>\n<body><h1>Simple Index</h1>\n<a href="foo/">foo</a><br>\n<a href="bar-baz/">bar-baz</a><br>\n</body></html>',
    ],
    [
      'dumb-pypi',
      '<html><body><input><script>x</script><ul><li><a href="foo/index.html">foo</a></li><li><a href="Bar.Baz/index.html">bar-baz</a></li></ul></body></html>',
    ],
    [
      'Python http.server',
      '<!DOCTYPE HTML><html><head><title>Directory listing for /simple/</title></head><body><ul><li><a href="foo/">foo/</a></li><li><a href="bar-baz/">bar-baz/</a></li><li><a href="index.html">index.html</a></li><li><a href="index.v1_json">index.v1_json</a></li></ul></body></html>',
    ],
    [
      'nginx',
      '<html><head><title>Index of /simple/</title></head><body><pre><a href="../">../</a>\r\n<a href="foo/">foo/</a>  24-May-2023 10:11  -\r\n<a href="bar-baz/">bar-b..&gt;</a>\r\n</pre></body></html>',
    ],
    [
      'Apache',
      '<html><head><title>Index of /simple</title></head><body><a href="?C=N;O=D">Name</a><a href="/">Parent Directory</a><a href="foo/">foo/</a><a href="bar-baz/">bar-baz/</a></body></html>',
    ],
    ['unescaped, upper case, unclosed', '<TITLE>Simple index</TITLE><A HREF=/simple/foo/>foo<A HREF="/simple/bar_baz/">Bar.Baz'],
    ['with a base', '<base href="/simple/"><a href="foo/">foo</a><a href="bar-baz/">bar-baz</a>'],
  ])('reads the list of %s', async (_, text) => {
    for (const size of [1, 10_000]) expect(await read(text, size)).toEqual(['foo', 'bar-baz']);
  });

  it.each([
    ['another host', 'https://evil.example/simple/foo/', 'foo'],
    ['a link upwards', '../', 'up'],
    ['the page itself', './', 'here'],
    ['a sort link', '?C=N;O=D', 'Name'],
    ['a mail address', 'mailto:me@example.org', 'me'],
    ['no name at all', 'a%20b/', 'a b'],
  ])('does not take %s for a project', async (_, href, text) => {
    expect(await read(`${declared}<a href="${href}">${text}</a>`)).toEqual([]);
  });

  it('prefers a valid text, and takes the path where the text is cut or free', async () => {
    expect(
      await read(
        `${declared}<a href="/simple/f/foo-one/">Foo_Two</a><a href="very-long-name/">very-lo..&gt;</a><a href="x/">The X project</a>`,
      ),
    ).toEqual(['foo-two', 'very-long-name', 'x']);
  });

  it('accepts an empty list only from a page that says what it is', async () => {
    expect(await read('<html><head><title>Simple Index</title></head><body><h1>Simple Index</h1></body></html>')).toEqual([]);
    expect(await read('<html><head><meta name="pypi:repository-version" content="1.0"></head><body></body></html>')).toEqual([]);
    const page = '<meta name="pypi:repository-version" content="1.4"><title>Links for simple</title>';
    for (const text of ['', '<html></html>', '<title>Index of /</title>', '<title>Links for foo</title>', page]) {
      expect((await refusal(text)).message).toContain('no project list of a simple index');
    }
  });

  it('refuses a login page whatever it links to', async () => {
    const text = '<title>Sign in</title><form><input type="password"></form><a href="/help/">Help</a><a href="/about/">About</a>';
    expect((await refusal(text)).message).toContain('no project list of a simple index');
  });

  it('refuses a website that happens to have a link or two of that form', async () => {
    const text =
      '<title>Example Corp</title><a href="/about/">About</a><a href="/jobs/">We are hiring</a><a href="https://x.example/">Partner</a>';
    expect((await refusal(text)).message).toContain('no project list of a simple index');
  });

  it('refuses a page of files', async () => {
    expect((await refusal('<title>Links for simple</title><a href="simple-1.0.zip">simple-1.0.zip</a>')).message).toContain(
      'it links to files',
    );
  });

  it('refuses a list that ends inside a tag, and one that nobody vouches for and that never closes', async () => {
    const text = '<html><title>Simple index</title><a href="foo/">foo</a>';
    expect(await refusal(`${text}<a hre`)).toMatchObject({ code: 'BAD_RESPONSE', retryable: true });
    expect(await read(text)).toEqual(['foo']);
    expect(await failureOf(parseRootHtml([Buffer.from(text)], { url, contentType, framed: false }))).toMatchObject({
      code: 'BAD_RESPONSE',
    });
  });
});
