import { describe, expect, it } from '@jest/globals';
import { consultSources } from '../../../src/import/consult.ts';
import type { Imported } from '../../../src/import/imported.ts';
import { entriesOf, importedLock, type KnownFiles } from '../../../src/import/lock.ts';
import { importedManifest, type ImportedManifestOptions } from '../../../src/import/manifest.ts';
import { parsePoetryLock } from '../../../src/import/poetry-lock.ts';
import { parseRequirementsTxt } from '../../../src/import/requirements-txt.ts';
import { parseUvLock } from '../../../src/import/uv-lock.ts';
import type { PackageName } from '../../../src/packaging/name.ts';
import { outdatedPackages } from '../../../src/sync/check-lock.ts';
import { digestsOf } from '../../support/builders.ts';
import { fakeSource } from '../../support/fake-source.ts';
import { thrownBy } from '../../support/thrown.ts';

const requirements = (text: string): Imported => parseRequirementsTxt(text, { label: 'r.txt', environment: {}, constraint: false });
const options: ImportedManifestOptions = {
  destination: './mirror',
  targets: {},
  path: 'pkgsync.json',
  folder: '/srv/here',
  inputFolder: '/srv/here',
};
const linux = { linux: { python: '3.12', platform: 'manylinux_2_28_x86_64' } };

function made(input: Imported, overrides: Partial<ImportedManifestOptions> = {}) {
  const { text, ...rest } = importedManifest(input, { ...options, ...overrides });
  const {
    $schema: _schema,
    manifestVersion: _version,
    destination: _destination,
    ...written
  } = JSON.parse(text) as Record<string, unknown>;
  return { ...rest, written };
}

describe('importedManifest', () => {
  it('writes pins short, and everything else as a rule', () => {
    const input = requirements('a==1.0\nB[x]>=2\nc\nd==1; sys_platform == "win32"\nd==2; sys_platform != "win32"\n');
    expect(made(input).written).toEqual({
      source: 'https://pypi.org/simple/',
      packages: { a: '==1.0', b: { version: '>=2', extras: ['x'] }, c: '*', d: { version: ['==1', '==2'] } },
    });
    expect(made(input).notes).toEqual([
      '1 package has a marker and is taken for every environment: --target decides for declared ones',
      "not pinned to a version: b, c. Every version that matches is taken, without what it requires: 'latest' and 'dependencies' in the rule say otherwise",
    ]);
  });

  it('asks for pre-releases where the input does, unless the version is pinned anyway', () => {
    expect(made(requirements('--pre\na\nb==1rc1\n')).written).toMatchObject({
      packages: { a: { version: '*', prereleases: true }, b: '==1rc1' },
    });
  });

  it('names several indexes, the main one first, and warns of their order', () => {
    const { written, notes } = made(requirements('--extra-index-url https://b.example/simple\n-i https://a.example/simple\nx==1\n'));
    expect(written).toMatchObject({
      sources: { 'a.example': 'https://a.example/simple/', 'b.example': 'https://b.example/simple/' },
      packages: { x: '==1' },
    });
    expect(notes).toEqual([expect.stringContaining('several indexes (a.example, b.example): the first that has a project supplies it')]);
  });

  it('takes each package from the index that its lock names', () => {
    const poetry = parsePoetryLock(
      '[[package]]\nname = "a"\nversion = "1"\n[[package]]\nname = "b"\nversion = "1"\nsource = { type = "legacy", url = "https://b.example/x", reference = "corp index" }\n',
      { label: 'poetry.lock' },
    );
    expect(made(poetry).written).toEqual({
      sources: { pypi: 'https://pypi.org/simple/', 'corp-index': 'https://b.example/x/' },
      packages: { a: { version: '==1', source: 'pypi' }, b: { version: '==1', source: 'corp-index' } },
    });
    expect(made(poetry).notes).toEqual([]);
    expect(made(poetry, { source: './wheels' }).written).toEqual({ source: './wheels', packages: { a: '==1', b: '==1' } });
  });

  it('writes a folder as seen from the manifest, and none that came over the network', () => {
    const lock = parseUvLock('version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "../wheels" }\n', {
      label: 'uv.lock',
    });
    expect(made(lock, { inputFolder: '/srv/project' }).written).toMatchObject({ source: '../wheels' });
    expect(made(lock, { inputFolder: '/srv/here/project' }).written).toMatchObject({ source: './wheels' });
    expect(made(lock, { inputFolder: undefined })).toMatchObject({
      written: { source: 'https://pypi.org/simple/' },
      skipped: [{ what: '../wheels' }],
    });
  });

  it('leaves out what belongs to an index that cannot be used, unless another is named', () => {
    const lock = parseUvLock(
      'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://${HOST}/x" }\n[[package]]\nname = "b"\nversion = "1"\nsource = { registry = "https://b.example/" }\n',
      { label: 'uv.lock' },
    );
    expect(made(lock)).toMatchObject({
      written: { packages: { b: '==1' } },
      skipped: [{ what: 'a', because: expect.stringContaining('its index cannot be used here') }],
    });
    expect(made(lock, { source: 'https://c.example/' }).written).toMatchObject({ packages: { a: '==1', b: '==1' } });
  });

  it('decides markers where targets are declared', () => {
    const input = requirements(
      'a==1; sys_platform == "win32"\nb==1; python_version >= "3.12"\nc==1; extra == "x" or python_version < "3"\nd==1\n',
    );
    const { written, skipped, notes } = made(input, { targets: linux });
    expect(written).toMatchObject({ targets: linux, packages: { b: '==1', d: '==1' } });
    expect(Object.keys(written['packages'] as object)).not.toContain('a');
    expect(skipped[0]).toEqual({ what: 'a', because: 'its marker holds for no target: sys_platform == "win32"', where: 'r.txt:1' });
    expect(notes).toEqual([]);
  });

  it('takes a package whose marker cannot be judged, and says so', () => {
    const input: Imported = {
      ...requirements('a==1\n'),
      requirements: requirements('a==1\n').requirements.map((one) => ({ ...one, marker: '"dev" in dependency_groups' })),
    };
    const { written, notes } = made(input, { targets: linux });
    expect(written).toMatchObject({ packages: { a: '==1' } });
    expect(notes).toEqual([expect.stringMatching(/^r\.txt:1: the marker of a cannot be judged \(.*\): it is taken for every target$/)]);
  });

  it('refuses an input of which nothing is left, with every reason', () => {
    expect(thrownBy(() => made(requirements('-e .\n./b\n')))).toMatchObject({
      code: 'IMPORT_INVALID',
      problems: [expect.stringContaining('r.txt:1: --editable .: '), expect.stringContaining('r.txt:2: ./b: a path')],
    });
  });
});

const sha = (content: string) => digestsOf(content).sha256;

async function consulted(given: string | Imported, source = fakeSource({}), others: ReturnType<typeof fakeSource>[] = []) {
  const input = typeof given === 'string' ? requirements(given) : given;
  const { manifest } = made(input);
  const names = manifest.sources.map(({ name }) => name);
  const live = [source, ...others].map((one, at) => [names[at]!, Object.assign(one, { name: names[at]! })] as const);
  const { known, skipped, notes } = await consultSources(manifest, entriesOf(input.files), input.digests, {
    sources: new Map(live),
    concurrency: 4,
  });
  return { manifest, lock: importedLock(manifest, known), skipped, notes };
}

describe('consultSources', () => {
  it('finds exactly the files that carry the digests, by any algorithm', async () => {
    const files = ['a-1.0.tar.gz', 'a-1.0-py3-none-any.whl', 'a-1.0-cp312-cp312-win_amd64.whl'].map((filename) => ({
      filename,
      content: filename,
    }));
    const { lock, manifest, skipped } = await consulted(
      `a==1.0 --hash=sha256:${sha('a-1.0.tar.gz')} --hash=sha256:${sha('a-1.0-py3-none-any.whl')}\n`,
      fakeSource({ a: files }),
    );
    expect(lock.packages.map(({ files: own }) => own.map(({ filename }) => filename))).toEqual([
      ['a-1.0-py3-none-any.whl', 'a-1.0.tar.gz'],
    ]);
    expect(skipped).toEqual([]);
    expect(await outdatedPackages(manifest, asyncOf(lock.packages))).toEqual([]);
  });

  it('reports a digest that no file has', async () => {
    const { skipped } = await consulted(
      `a==1.0 --hash=sha256:${sha('x')} --hash=sha256:${'0'.repeat(64)}\n`,
      fakeSource({ a: [{ filename: 'a-1.0.tar.gz', content: 'x' }] }),
    );
    expect(skipped).toEqual([{ what: `sha256:${'0'.repeat(64)}`, because: 'no file of a at the source has it', where: 'r.txt:1' }]);
  });

  it('refuses a package none of whose digests is found: any other file would not be what was pinned', async () => {
    await expect(consulted(`a==1.0 --hash=sha256:${'0'.repeat(64)}\n`, fakeSource({ a: ['a-1.0.tar.gz'] }))).rejects.toMatchObject({
      code: 'INTEGRITY',
    });
    await expect(consulted(`a==1.0 --hash=sha256:${'0'.repeat(64)}\n`, fakeSource({}))).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  it('looks for a digest at each index, and records where it was found', async () => {
    const text = `-i https://a.example/\n--extra-index-url https://b.example/\nx==1 --hash=sha256:${sha('private')}\n`;
    const first = fakeSource({ x: [{ filename: 'x-1.tar.gz', content: 'public' }] });
    const second = fakeSource({ x: [{ filename: 'x-1.tar.gz', content: 'private' }] });
    const { lock, manifest } = await consulted(text, first, [second]);
    expect(lock.packages).toMatchObject([{ source: 'b.example', files: [{ hashes: { sha256: sha('private') } }] }]);
    expect(await outdatedPackages(manifest, asyncOf(lock.packages))).toEqual([]);
  });

  it('takes the first index that has the digest, in their order', async () => {
    const text = `-i https://a.example/\n--extra-index-url https://b.example/\nx==1 --hash=sha256:${sha('same')}\n`;
    const files = { x: [{ filename: 'x-1.tar.gz', content: 'same' }] };
    expect((await consulted(text, fakeSource(files), [fakeSource(files)])).lock.packages).toMatchObject([{ source: 'a.example' }]);
  });

  it('completes a named file with what the page says of the same bytes, and of no others', async () => {
    const lockOf = (source: ReturnType<typeof fakeSource>) => consulted(lock, source);
    const lock = parseUvLock(
      `version = 1\n[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "https://i.example/" }\nsdist = { url = "https://f.example/a-1.0.tar.gz", hash = "sha256:${sha('x')}" }\n`,
      { label: 'uv.lock' },
    );
    const listed = (content: string) => fakeSource({ a: [{ filename: 'a-1.0.tar.gz', content, requiresPython: '>=3.8' }, 'a-1.0.zip'] });
    expect((await lockOf(listed('x'))).lock.packages[0]?.files).toMatchObject([{ filename: 'a-1.0.tar.gz', requiresPython: '>=3.8' }]);
    const other = await lockOf(listed('y'));
    expect(other.lock.packages[0]?.files).toEqual([expect.objectContaining({ hashes: { sha256: sha('x') }, requiresPython: undefined })]);
    expect(other.notes).toEqual([
      expect.stringContaining('a-1.0.tar.gz has other bytes at https://default.example/simple/ than the input says'),
    ]);
    expect((await lockOf(fakeSource({ a: ['a-2.0.tar.gz'] }))).notes).toEqual([
      'a-1.0.tar.gz: https://default.example/simple/ does not list it; it is locked all the same',
    ]);
    expect((await lockOf(fakeSource({}))).notes).toEqual(['a-1.0.tar.gz: no source has the project a; it is locked all the same']);
  });

  it('reads the pages of packages with digests only, each once', async () => {
    const source = fakeSource({ a: [{ filename: 'a-1.0.tar.gz', content: 'x' }], b: ['b-1.0.tar.gz'] });
    const { lock } = await consulted(`a==1.0 --hash=sha256:${sha('x')}\nb==1.0\n`, source);
    expect([...source.pages]).toEqual([['a', 1]]);
    expect(lock.missing).toEqual(['b']);
  });

  it('passes on what the source says', async () => {
    const source = fakeSource({ a: ['a-1.0.tar.gz'] });
    const failure = Object.assign(new Error('down'), {});
    source.failPage('a', failure);
    await expect(consulted(`a==1.0 --hash=sha256:${sha('x')}\n`, source)).rejects.toThrow('down');
  });
});

describe('importedLock', () => {
  const uv = (body: string) =>
    parseUvLock(`version = 1\n[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "https://i.example/" }\n${body}`, {
      label: 'uv.lock',
    });
  const wheelLine = (filename: string, hash: string) => `{ url = "https://f.example/${filename}", hash = "sha256:${hash}" }`;

  it('refuses a file that stands twice with different digests', () => {
    const input = uv(`wheels = [${wheelLine('a-1.0-py3-none-any.whl', sha('x'))}, ${wheelLine('a-1.0-py3-none-any.whl', sha('y'))}]`);
    expect(thrownBy(() => entriesOf(input.files))).toMatchObject({ code: 'IMPORT_INVALID' });
  });

  it('takes a file that stands twice with the same digest once', () => {
    const input = uv(`wheels = [${wheelLine('a-1.0-py3-none-any.whl', sha('x'))}, ${wheelLine('a-1.0-py3-none-any.whl', sha('x'))}]`);
    expect([...entriesOf(input.files).values()].map((files) => files.length)).toEqual([1]);
  });

  it('leaves out files that serve no target, so that the lock is current', async () => {
    const input = uv(
      `wheels = [${wheelLine('a-1.0-cp312-cp312-win_amd64.whl', sha('x'))}, ${wheelLine('a-1.0-py3-none-any.whl', sha('y'))}]`,
    );
    const { manifest } = made(input, { targets: linux });
    const known = new Map<PackageName, KnownFiles>([...entriesOf(input.files)].map(([name, entries]) => [name, { entries }]));
    const lock = importedLock(manifest, known);
    expect(lock.packages[0]?.files.map(({ filename }) => filename)).toEqual(['a-1.0-py3-none-any.whl']);
    expect(lock.skipped).toMatchObject([{ what: 'a-1.0-cp312-cp312-win_amd64.whl' }]);
    expect(await outdatedPackages(manifest, asyncOf(lock.packages))).toEqual([]);
  });
});

// eslint-disable-next-line @typescript-eslint/require-await -- a lock is read asynchronously
async function* asyncOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}
