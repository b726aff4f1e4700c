import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { PkgsyncError } from '../../../src/errors.ts';
import type { Imported } from '../../../src/import/imported.ts';
import { parsePipfileLock } from '../../../src/import/pipfile-lock.ts';
import { parsePoetryLock } from '../../../src/import/poetry-lock.ts';
import { parsePylock } from '../../../src/import/pylock.ts';
import { parseUvLock } from '../../../src/import/uv-lock.ts';
import { thrownBy } from '../../support/thrown.ts';

const sha = 'c'.repeat(64);
const place = { label: 'the.lock' };
const uv = (body: string) => parseUvLock(`version = 1\n${body}`, place);
const pylock = (body: string) => parsePylock(`lock-version = "1.0"\n${body}`, place);
const poetry = (body: string) => parsePoetryLock(`${body}\n[metadata]\nlock-version = "2.1"\n`, place);
const pipfile = (document: unknown) => parsePipfileLock(JSON.stringify(document), place);
const skipped = ({ skipped: entries }: Imported) => entries.map(({ what, because }) => `${what}: ${because}`);

describe('parseUvLock', () => {
  it.each([
    ['{ git = "https://u:p@git.example/x?rev=main#abc" }', 'a https://****@git.example/x: it comes from a git repository'],
    ['{ url = "https://files.example/a-1.0.zip" }', 'a https://files.example/a-1.0.zip: it comes from a direct URL'],
    ['{ path = "../a-1.0.zip" }', 'a ../a-1.0.zip: it comes from a file'],
    ['{ directory = "../a" }', 'a ../a: it comes from a folder'],
    ['{ editable = "." }', 'a .: it comes from a folder (editable)'],
    ['{ virtual = "." }', 'a .: it comes from a folder (the project itself)'],
  ])('leaves out a package from %s', (source, expected) => {
    const read = uv(`[[package]]\nname = "a"\nsource = ${source}\n`);
    expect(skipped(read)).toEqual([`${expected}: no index supplies it`]);
    expect(read.requirements).toEqual([]);
  });

  it('takes a registry that is a folder, and files by their path', () => {
    const read = uv(
      `[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "../wheels" }\nwheels = [{ path = "sub/a-1.0-py3-none-any.whl", hash = "sha256:${sha}" }]\n`,
    );
    expect(read.sources).toMatchObject([{ location: '../wheels' }]);
    expect(read.files).toMatchObject([{ filename: 'a-1.0-py3-none-any.whl', version: '1.0', hashes: { sha256: sha } }]);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['https://files.example/..%2F..%2Fa-1.0-py3-none-any.whl', '../../a-1.0-py3-none-any.whl'],
    ['b-1.0-py3-none-any.whl', 'b-1.0-py3-none-any.whl'],
    ['a-1.0-py3-none-any.whl\\u0000.whl', 'a-1.0-py3-none-any.whl\\u0000.whl'],
    ['a-2.0-py3-none-any.whl', 'a-2.0-py3-none-any.whl'],
  ])('leaves out the file %s', (path, shown) => {
    const read = uv(
      `[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "https://i.example/" }\nwheels = [{ path = "${path}", hash = "sha256:${sha}" }]\n`,
    );
    expect(read.files).toEqual([]);
    expect(read.skipped.map(({ what }) => what)).toEqual([shown]);
  });

  it('leaves out a file without a digest', () => {
    const read = uv(
      '[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "https://i.example/" }\nsdist = { url = "https://i.example/a-1.0.tar.gz" }\n',
    );
    expect(skipped(read)).toEqual(['a-1.0.tar.gz: it has no digest that pkgsync knows']);
  });

  it.each([
    ['name = 1', 'package[0].name: expected a text, found 1'],
    ['name = "a b"', "package (a b).name: 'a b' is not a valid project name"],
    ['name = "a"\nversion = 1.0\nsource = { registry = "x" }', 'package (a).version: expected a text, found 1'],
    ['name = "a"\nversion = "1"\nsource = "x"', "package (a).source: expected a table, found 'x'"],
    ['name = "a"\nversion = "1"\nsource = { registry = "x" }\nwheels = {}', 'package (a).wheels: expected an array, found a table'],
    ['name = "a"\nversion = "1"\nsource = { registry = "x" }\nwheels = [1]', 'package (a).wheels[0]: expected a table, found 1'],
    [
      'name = "a"\nversion = "1"\nsource = { registry = "x" }\nsdist = { size = -1 }',
      'package (a).sdist.size: expected a number of bytes, found -1',
    ],
    [
      'name = "a"\nversion = "1"\nsource = { registry = "x" }\nsdist = { size = 99999999999999999 }',
      'package (a).sdist.size: expected a number of bytes, found 99999999999999999',
    ],
    [
      'name = "a"\nversion = "1"\nsource = { registry = "x" }\nsdist = { upload-time = "soon" }',
      "package (a).sdist.upload-time: expected a time, found 'soon'",
    ],
  ])('refuses %j with its place', (body, expected) => {
    const error = thrownBy(() => uv(`[[package]]\n${body}\n`));
    expect(error).toMatchObject({ code: 'IMPORT_INVALID' });
    expect(error.message).toContain(`the.lock: ${expected}`);
  });

  it('reads version 1 only', () => {
    for (const version of ['0', '2', '"1"', '1.5'])
      expect(thrownBy(() => parseUvLock(`version = ${version}\n`, place)).message).toContain('expected 1');
    expect(thrownBy(() => parseUvLock('', place)).message).toContain('expected 1');
  });

  it('refuses what is no TOML with line and column', () => {
    expect(thrownBy(() => uv('[[package]]\nname = \n')).message).toMatch(/^the\.lock:3:\d+: not TOML/);
    expect(thrownBy(() => uv(`x = ${'['.repeat(100_000)}`)).message).toContain('not TOML');
  });

  it('is not taken in by keys that objects have', () => {
    const read = uv(
      '[__proto__]\nname = "x"\n[constructor]\nprototype = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://i.example/" }\n',
    );
    expect(read.requirements).toHaveLength(1);
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
    expect(thrownBy(() => uv('[[package]]\nname = "a"\nversion = "1"\n[package.source.__proto__]\nregistry = "x"\n')).message).toContain(
      'source.registry',
    );
  });
});

describe('parsePylock', () => {
  it('takes the name of a file from name, path or url, in this order', () => {
    const file = (body: string) =>
      pylock(`[[packages]]\nname = "a"\nwheels = [{ ${body}, hashes = { sha256 = "${sha}" } }]\n`).files.map(({ filename }) => filename);
    expect(file('name = "a-1-py3-none-any.whl", url = "https://f.example/b.whl"')).toEqual(['a-1-py3-none-any.whl']);
    expect(file('path = "w/a-2-py3-none-any.whl", url = "https://f.example/b.whl"')).toEqual(['a-2-py3-none-any.whl']);
    expect(file('url = "https://f.example/a-3%2Bx-py3-none-any.whl?sig=1"')).toEqual(['a-3+x-py3-none-any.whl']);
  });

  it('takes the version from a file where the package has none', () => {
    const read = pylock(`[[packages]]\nname = "a"\nsdist = { url = "https://f.example/a-1.5.tar.gz", hashes = { sha256 = "${sha}" } }\n`);
    expect(read.requirements).toMatchObject([{ name: 'a', specifier: '==1.5' }]);
  });

  it('leaves out what is no file of an index', () => {
    const read = pylock(
      '[[packages]]\nname = "a"\nvcs = { type = "git", url = "https://u:p@g.example/a", commit-id = "0" }\n[[packages]]\nname = "b"\ndirectory = { path = "." }\n[[packages]]\nname = "c"\narchive = { url = "https://f.example/c.zip", hashes = {} }\n[[packages]]\nname = "d"\n',
    );
    expect(skipped(read)).toEqual([
      'a https://****@g.example/a: it comes from a repository: no index supplies it',
      'b .: it comes from a folder: no index supplies it',
      'c https://f.example/c.zip: it comes from a direct URL or path: no index supplies it',
      'd: it has neither a version nor a file that tells it',
    ]);
  });

  it('reads a later minor version with a note, and no other major version', () => {
    expect(parsePylock('lock-version = "1.3"\npackages = []\n', place).notes).toEqual([
      'the.lock has lock-version 1.3: what came after 1.0 is not looked at',
    ]);
    expect(thrownBy(() => parsePylock('lock-version = "2.0"\npackages = []\n', place)).message).toContain('lock-version 2.0 is not known');
    expect(thrownBy(() => pylock('')).message).toContain('packages: expected an array, found nothing');
  });
});

describe('parsePoetryLock', () => {
  it('takes the files of format 1 to the version that they are of', () => {
    const read = parsePoetryLock(
      `[[package]]\nname = "A"\nversion = "1.0"\n[[package]]\nname = "a"\nversion = "2.0"\n[metadata]\nlock-version = "1.1"\n[metadata.files]\na = [{file = "a-2.0.tar.gz", hash = "sha256:${sha}"}, {file = "a-1.0.tar.gz", hash = "sha256:${sha}"}]\n`,
      place,
    );
    expect(read.files.map(({ filename, version }) => `${version} ${filename}`)).toEqual(['1.0 a-1.0.tar.gz', '2.0 a-2.0.tar.gz']);
    expect(read.skipped).toEqual([]);
  });

  it('joins the markers of groups, where all of them have one', () => {
    const marker = (body: string) => poetry(`[[package]]\nname = "a"\nversion = "1"\n${body}\n`).requirements[0]?.marker;
    expect(marker('markers = "x"')).toBe('x');
    expect(marker('groups = ["main", "dev"]\nmarkers = { main = "x", dev = "y" }')).toBe('(x) or (y)');
    expect(marker('groups = ["main", "dev"]\nmarkers = { main = "x" }')).toBeUndefined();
  });

  it.each(['git', 'directory', 'url', 'file', 'hg'])('leaves out a package of source %s', (type) => {
    const read = poetry(`[[package]]\nname = "a"\nversion = "1"\n[package.source]\ntype = "${type}"\nurl = "https://u:p@x.example/"\n`);
    expect(read.requirements).toEqual([]);
    expect(skipped(read)[0]).toMatch(/^a 1 https:\/\/\*\*\*\*@x\.example\/: it comes from .*: no index supplies it$/);
  });
});

describe('parsePipfileLock', () => {
  const meta = { sources: [{ name: 'corp', url: 'https://${USER}:${PW}@pypi.corp.example/simple' }] };

  it('takes every category, and leaves credentials out', () => {
    const read = pipfile({
      _meta: meta,
      default: { A: { version: '==1', index: 'corp', hashes: [`sha256:${sha}`, 'sha256:no'] } },
      docs: { b: { version: '*' } },
    });
    expect(read.requirements).toMatchObject([
      { name: 'a', specifier: '==1', source: 'https://pypi.corp.example/simple/' },
      { name: 'b', specifier: '' },
    ]);
    expect(read.digests).toHaveLength(1);
    expect(skipped(read)).toEqual(['sha256:no: it is no digest that pkgsync knows (of a)']);
    expect(read.notes).toEqual([expect.stringContaining('the credentials of https://****@pypi.corp.example/simple are left out')]);
  });

  it('leaves out repositories and paths, and names that are none', () => {
    const read = pipfile({ _meta: meta, default: { a: { git: 'https://u:p@g.example/a' }, b: { path: '.', editable: true }, 'c d': {} } });
    expect(skipped(read)).toEqual([
      "a https://****@g.example/a: it comes from 'git': no index supplies it",
      "b .: it comes from 'path': no index supplies it",
      'c d: it is no project name',
    ]);
  });

  it.each([
    ['null', 'the.lock: expected an object'],
    ['{}', "the key '_meta' is missing"],
    ['{"_meta": {}, "default": {"a": {"hashes": "x"}}}', "default.a.hashes: expected an array, found 'x'"],
    ['{"_meta": {}, "default": {"a": {"version": null}}}', 'default.a.version: expected a text, found null'],
    ['{', 'not JSON: the.lock:1:2'],
  ])('refuses %s with its place', (text, expected) => {
    expect(thrownBy(() => parsePipfileLock(text, place)).message).toContain(expected);
  });
});

describe('every parser of lock files', () => {
  const key = fc.constantFrom(
    'version',
    'package',
    'packages',
    'name',
    'source',
    'registry',
    'sdist',
    'wheels',
    'url',
    'hash',
    'hashes',
    'files',
    'file',
    'metadata',
    'lock-version',
    '_meta',
    'default',
    'sources',
    '__proto__',
    'index',
    'markers',
    'groups',
  );
  const leaf = fc.oneof(
    fc.constantFrom('1.0', 'a', '2.1', `sha256:${sha}`, 'a-1.0.tar.gz', 'https://x.example/', ''),
    fc.string({ maxLength: 5 }),
    fc.integer(),
    fc.boolean(),
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
  );
  const { table } = fc.letrec<{ table: Record<string, unknown>; value: unknown }>((tie) => ({
    table: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
    value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('table'), { maxLength: 3 }), tie('table')),
  }));

  const onlyOurErrors = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PkgsyncError) || error.code !== 'IMPORT_INVALID') throw error;
    }
  };

  it('reads any document or refuses it with a sentence', () => {
    fc.assert(
      fc.property(table, (document) => {
        const toml = stringify(document);
        onlyOurErrors(() => parseUvLock(stringify({ ...document, version: 1 }), place));
        onlyOurErrors(() => parsePylock(stringify({ ...document, 'lock-version': '1.0' }), place));
        onlyOurErrors(() => parsePoetryLock(toml, place));
        onlyOurErrors(() => pipfile({ _meta: {}, ...document }));
      }),
    );
  });

  it('reads any text or refuses it with a sentence', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '[',
        ']',
        '[[package]]',
        '=',
        '"',
        "'''",
        '\n',
        '{',
        '}',
        'version',
        '1',
        ',',
        '.',
        '__proto__',
        '1979-05-27T07:32:00Z',
        'inf',
        '0x',
        '\\u',
      ),
      fc.string({ maxLength: 3, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        for (const parse of [parseUvLock, parsePylock, parsePoetryLock, parsePipfileLock]) onlyOurErrors(() => parse(text, place));
      }),
    );
  });
});
