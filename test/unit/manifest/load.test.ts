import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadManifest } from '../../../src/manifest/load.ts';
import { manifestOf, problemsIn } from '../../support/manifest.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { thrownBy } from '../../support/thrown.ts';

const newFolder = temporaryFolders();

const minimal = '{ "manifestVersion": 1, "source": "https://pypi.org/simple/", "packages": {} }';

async function fileWith(content: string | Uint8Array): Promise<{ path: string; folder: string }> {
  const folder = await newFolder();
  const path = join(folder, 'pkgsync.json');
  await writeFile(path, content);
  return { path, folder };
}

describe('loadManifest', () => {
  it('reads a file and resolves its folder', async () => {
    const { path, folder } = await fileWith(minimal);
    expect(await loadManifest(path)).toMatchObject({ path, folder });
  });

  it('accepts a byte order mark', async () => {
    const { path } = await fileWith(`\ufeff${minimal}`);
    expect((await loadManifest(path)).sources).toHaveLength(1);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const { path } = await fileWith(Buffer.concat([Buffer.from(minimal), Buffer.from([0x2f, 0x2f, 0xff])]));
    await expect(loadManifest(path)).rejects.toMatchObject({ code: 'MANIFEST_INVALID', message: `${path} is not UTF-8 text` });
  });

  it('says how to start one where there is none', async () => {
    const path = join(await newFolder(), 'pkgsync.json');
    await expect(loadManifest(path)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: `there is no manifest ${path}`,
      hint: "run 'pkgsync init' to start one, or name another file with --manifest",
    });
  });

  it('passes on that a file cannot be read', async () => {
    await expect(loadManifest(await newFolder())).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

describe('the text of a manifest', () => {
  it('may have comments and trailing commas', () => {
    const { packages } = manifestOf(`{
      // one
      "manifestVersion": 1, /* two */
      "source": "https://pypi.org/simple/",
      "packages": { "celery": "*", },
    }`);
    expect(packages).toHaveLength(1);
  });

  it.each([
    ['', '1:1: /: not JSON: expected a value'],
    ['{ "manifestVersion": 1', "1:23: /: not JSON: expected '}'; a brace is missing, or the text ends too early"],
    ['{\n  "manifestVersion" 1\n}', "2:21: /: not JSON: expected ':' after the key"],
    ["{ 'manifestVersion': 1 }", '1:3: /: not JSON: expected a value such as "text", 1, true, null, an object or an array'],
    ['{ "manifestVersion": 1 } x', '1:26: /: not JSON: expected a value such as "text", 1, true, null, an object or an array'],
    ['{ "a": "b\n" }', '1:8: /: not JSON: the string is not closed on its line'],
    ['{ "a": "\\q" }', '1:8: /: not JSON: unknown escape in a string (a backslash is written as \\\\)'],
    ['{ /* }', '1:3: /: not JSON: the comment is not closed'],
    ['['.repeat(70), '1:65: /: nested deeper than 64 levels'],
    ['[]', '1:1: /: expected a pkgsync manifest, found an empty array'],
    ['"pkgsync"', "1:1: /: expected a pkgsync manifest, found 'pkgsync'"],
  ])('%j is refused with the place', (text, problem) => {
    expect(problemsIn(text)).toEqual([problem]);
  });

  it('is refused with every problem at once, in the order of the text', () => {
    const text = `{
  "manifestVersion": 1,
  "sorce": "https://pypi.org/simple/",
  "destination": { "type": "dirctory", "path": "x" },
  "prune": "tomstoned",
  "packages": {
    "Celery": ">=1.*",
    "celery": ">2,<1",
    "foo_": "*",
    "django": { "latset": 2, "targets": ["linx"], "minAge": "7 days" }
  },
  "targets": { "linux": { "python": "3.12", "platform": "manylinux_2_28_x86_64" } }
}`;
    expect(problemsIn(text)).toEqual([
      "1:1: /: the key 'source' is missing: the URL or path that packages come from (or 'sources' for several)",
      "3:3: /sorce: unknown key 'sorce'; did you mean 'source'?",
      "4:28: /destination/type: expected 'directory' or 'upload', found 'dirctory'; did you mean 'directory'?",
      "5:12: /prune: expected 'never', 'tombstoned' or 'exact', found 'tomstoned'; did you mean 'tombstoned'?",
      "7:15: /packages/Celery: '>=1.*' is not a valid version specifier; '1.*' is not a version",
      "8:5: /packages/celery: 'celery' is the same project as 'Celery'; expected one entry per project",
      "8:15: /packages/celery: no version can satisfy '>2,<1'",
      "9:5: /packages/foo_: the key 'foo_' is not a project name (ASCII letters, digits, '.', '_' and '-'; first and last a letter or digit)",
      "10:17: /packages/django/latset: unknown key 'latset'; did you mean 'latest'?",
      "10:42: /packages/django/targets/0: there is no target 'linx'; did you mean 'linux'?",
      '10:61: /packages/django/minAge: expected a duration such as "90m", "36h", "7d" or "2w", found \'7 days\'',
    ]);
  });

  it('is refused with a hundred problems at most, and their number', () => {
    const packages = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`p${index}`, '=1']));
    const error = thrownBy(() => manifestOf({ manifestVersion: 1, source: './wheels', packages }));
    expect(error.message).toBe('pkgsync.json is not a valid manifest: 150 problems');
    expect(error.problems).toHaveLength(101);
    expect(error.problems.at(-1)).toBe('pkgsync.json: and 50 more, not shown');
  });

  it('of a newer format is refused for that alone', () => {
    expect(problemsIn('{ "manifestVersion": 2, "sauces": [] }')).toEqual([
      '1:22: /manifestVersion: written for a newer pkgsync (manifestVersion 2; this one reads 1): update pkgsync',
    ]);
  });

  it.each([['0'], ['"1"'], ['1.5'], ['null']])('with manifestVersion %s is refused', (version) => {
    const problems = problemsIn(`{ "manifestVersion": ${version}, "source": "./wheels", "packages": {} }`);
    expect(problems[0]).toMatch(/^1:22: \/manifestVersion: expected /);
  });

  it('shows control characters of keys and values as escapes', () => {
    expect(problemsIn('{ "manifestVersion": 1, "source": "./w", "packages": {}, "a\\u001b[31m\\nb": 1 }')[0]).toMatch(
      /^1:58: \/a\\u001b\[31m\\u000ab: unknown key 'a\\u001b\[31m\\u000ab'; expected /,
    );
  });

  it('takes __proto__ for a key like any other', () => {
    expect(problemsIn('{ "manifestVersion": 1, "source": "./w", "packages": { "__proto__": { "latest": 1 } }, "__proto__": {} }')).toEqual([
      expect.stringMatching(/^1:56: \/packages\/__proto__: the key '__proto__' is not a project name/),
      expect.stringMatching(/^1:88: \/__proto__: unknown key '__proto__'; expected /),
    ]);
    expect({}).not.toHaveProperty('latest');
  });

  it('takes names of Object.prototype for names', () => {
    const { packages } = manifestOf('{ "manifestVersion": 1, "source": "./w", "packages": { "constructor": "*", "tostring": ">=1" } }');
    expect(packages.map(({ name }) => name)).toEqual(['constructor', 'tostring']);
    expect(
      problemsIn('{ "manifestVersion": 1, "source": "./w", "packages": { "a": { "targets": ["constructor"], "source": "toString" } } }'),
    ).toEqual([
      "1:75: /packages/a/targets/0: there is no target 'constructor'; the manifest declares no target",
      "1:101: /packages/a/source: there is no source 'toString'; expected 'default'",
    ]);
  });

  it('with a key that stands twice is refused, at any depth', () => {
    const text = `{
  "manifestVersion": 1,
  "source": "./wheels",
  "packages": {
    "celery": "*",
    "django": { "latest": 1, "latest": 2 },
    "celery": ">=5"
  }
}`;
    expect(problemsIn('{ "manifestVersion": 1, "all": true, "all": true, "all": true, "source": "./w" }')).toEqual([
      "1:51: /all: the key 'all' stands here twice (first in line 1): remove one",
    ]);
    expect(problemsIn(text)).toEqual([
      "6:30: /packages/django/latest: the key 'latest' stands here twice (first in line 6): remove one",
      "7:5: /packages/celery: the key 'celery' stands here twice (first in line 5): remove one",
    ]);
  });
});
