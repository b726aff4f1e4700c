import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { folderIndex } from '../../../src/indexes/folder-index.ts';
import { scanFilenames } from '../../../src/indexes/folder-scan.ts';
import { localIndex } from '../../../src/indexes/local-index.ts';
import { staticIndex } from '../../../src/indexes/static-index.ts';
import { readAll } from '../../../src/io/hashing.ts';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import type { DistributionFile } from '../../../src/packaging/distribution-file.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { collect } from '../../support/collect.ts';
import { failureOf } from '../../support/http.ts';
import { htmlList, htmlPage, jsonList, jsonPage, sha256Of } from '../../support/pages.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const temporaryFolder = temporaryFolders();
const foo = normalizeName('foo');

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const options = (path: string, onWarning?: (warning: string) => void) => ({ name: 'local', path, address: './wheels', onWarning });
const text = async (source: ByteSource): Promise<string> => Buffer.from(await readAll(source.read(), 1000, source.label)).toString();
const at = (url: string): DistributionFile => ({
  name: foo,
  version: '1.0',
  filename: 'foo-1.0.zip',
  packageType: 'sdist',
  url,
  hashes: {},
  yanked: false,
});

describe('folderIndex', () => {
  it('lists what lies in the folder, with names and sizes but without digests', async () => {
    const path = await folderWith({
      'foo-1.0.tar.gz': 'sdist',
      'Foo-1.1-py3-none-any.whl': 'wheel',
      'zope.interface-5.0.tar.gz': 'z',
      'README.txt': '',
      'foo-1.0.tar.gz.asc': '',
      '.foo-2.0.zip': '',
      'below/foo-3.0.zip': '',
    });
    const index = folderIndex(options(path));
    expect(await collect(index.projects())).toEqual(['foo', 'zope-interface']);
    expect((await index.project(foo))!.files).toEqual([
      expect.objectContaining({ filename: 'Foo-1.1-py3-none-any.whl', version: '1.1', packageType: 'bdist_wheel', size: 5, hashes: {} }),
      expect.objectContaining({
        filename: 'foo-1.0.tar.gz',
        url: pathToFileURL(join(path, 'foo-1.0.tar.gz')).href,
        size: 5,
        yanked: false,
      }),
    ]);
    expect(await index.project(normalizeName('bar'))).toBeUndefined();
    expect((await index.legacyDigests(foo)).size).toBe(0);
  });

  it('opens files, also with names that URLs escape', async () => {
    const path = await folderWith({ 'foo-1.0+cu 118%.zip': 'bytes', 'foo-1.0+cu 118%.zip.metadata': 'Name: foo' });
    const index = folderIndex(options(path));
    const [file] = (await index.project(foo))!.files;
    expect(file).toMatchObject({ filename: 'foo-1.0+cu 118%.zip' });
    expect(await text(index.open(file!))).toBe('bytes');
    expect(await text(index.openMetadata(file!))).toBe('Name: foo');
  });

  it('follows symbolic links only inside the folder, and only to files', async () => {
    const outside = await folderWith({ 'secret.zip': 'secret' });
    const path = await folderWith({ 'foo-1.0.zip': 'x', 'foo-5.0.zip/inside': '' });
    await symlink('foo-1.0.zip', join(path, 'foo-1.1.zip'));
    await symlink(join(outside, 'secret.zip'), join(path, 'foo-2.0.zip'));
    await symlink('nowhere', join(path, 'foo-3.0.zip'));
    await symlink('foo-4.0.zip', join(path, 'foo-4.0.zip'));
    await symlink('foo-5.0.zip', join(path, 'foo-6.0.zip'));
    const project = await folderIndex(options(path)).project(foo);
    expect(project!.files.map(({ filename }) => filename)).toEqual(['foo-1.0.zip', 'foo-1.1.zip']);
    expect(project!.skipped).toEqual([
      { filename: 'foo-2.0.zip', because: 'outside-the-index' },
      { filename: 'foo-3.0.zip', because: 'missing-file' },
      { filename: 'foo-4.0.zip', because: 'missing-file' },
      { filename: 'foo-6.0.zip', because: 'not-a-file' },
    ]);
  });

  it('judges again where a file leads when it is opened', async () => {
    const outside = await folderWith({ 'secret.zip': 'secret' });
    const path = await folderWith({ 'foo-1.0.zip': 'x' });
    const index = folderIndex(options(path));
    const [file] = (await index.project(foo))!.files;
    await rm(join(path, 'foo-1.0.zip'));
    expect(await failureOf(text(index.open(file!)))).toMatchObject({ code: 'NOT_FOUND' });
    await symlink(join(outside, 'secret.zip'), join(path, 'foo-1.0.zip'));
    expect(await failureOf(text(index.open(file!)))).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it.each(['file:///etc/passwd', 'file:///%00', 'https://pypi.org/foo-1.0.zip', 'no url', 'file://host/foo-1.0.zip'])(
    'does not open %s',
    async (url) => {
      const path = await folderWith({});
      expect(await failureOf(text(folderIndex(options(path)).open(at(url))))).toMatchObject({ code: 'BAD_RESPONSE' });
    },
  );

  it('does not open what only begins like the folder', async () => {
    const path = await folderWith({});
    const beside = `${path}-beside`;
    await mkdir(beside);
    try {
      await writeFile(join(beside, 'foo-1.0.zip'), 'x');
      expect(await failureOf(text(folderIndex(options(path)).open(at(pathToFileURL(join(beside, 'foo-1.0.zip')).href))))).toMatchObject({
        code: 'BAD_RESPONSE',
      });
    } finally {
      await rm(beside, { recursive: true });
    }
  });

  it('reads the folder again when it has changed', async () => {
    const path = await folderWith({ 'foo-1.0.zip': 'x' });
    const index = folderIndex(options(path));
    expect((await index.project(foo))!.files).toHaveLength(1);
    await writeFile(join(path, 'foo-2.0.zip'), 'x');
    await utimes(path, 1, 1);
    expect((await index.project(foo))!.files).toHaveLength(2);
  });

  it('tells once of names that it cannot read', async () => {
    const path = await folderWith({ 'foo.zip': '', 'a\u001b.whl': '', 'b.whl': '', 'c.whl': '', 'foo-1.0.zip': '' });
    const warnings: string[] = [];
    const index = folderIndex(options(path, (warning) => warnings.push(warning)));
    await collect(index.projects());
    await index.project(foo);
    expect(warnings).toEqual(['./wheels has files whose names are not those of distributions: a\\u001b.whl, b.whl, c.whl, and 1 more']);
  });

  it('says so where there is no folder, and finds it when it is there', async () => {
    const path = join(await temporaryFolder(), 'later');
    const index = folderIndex(options(path));
    const error = await failureOf(index.project(foo));
    expect(error).toMatchObject({ code: 'FILE_SYSTEM' });
    expect(error.message).toContain('no such file or folder');
    await rename(await folderWith({ 'foo-1.0.zip': 'x' }), path);
    expect((await index.project(foo))!.files).toHaveLength(1);
  });
});

describe('folderIndex, after a scan that failed', () => {
  it('scans again even where the time of the last change is the same', async () => {
    const path = join(await folderWith({ here: 'not a folder' }), 'here');
    await utimes(path, 1, 1);
    const index = folderIndex(options(path));
    expect(await failureOf(index.project(foo))).toMatchObject({ code: 'FILE_SYSTEM' });
    await rm(path);
    await rename(await folderWith({ 'foo-1.0.zip': 'x' }), path);
    await utimes(path, 1, 1);
    expect((await index.project(foo))!.files).toHaveLength(1);
  });
});

describe('scanFilenames', () => {
  const projects = (...filenames: string[]) => Object.fromEntries(scanFilenames(filenames).files);

  it('gives an ambiguous name to the project that another file names', () => {
    expect(projects('a-1-1.tar.gz')).toEqual({ a: ['a-1-1.tar.gz'] });
    expect(projects('a-1-1.tar.gz', 'a_1-1-py3-none-any.whl')).toEqual({ 'a-1': ['a-1-1.tar.gz', 'a_1-1-py3-none-any.whl'] });
    expect(projects('a-1-1.tar.gz', 'a_1-2.tar.gz')).toEqual({ 'a-1': ['a-1-1.tar.gz', 'a_1-2.tar.gz'] });
    expect(projects('a-1-1.tar.gz', 'a_1-2.tar.gz', 'a-3.tar.gz')).toEqual({ a: ['a-1-1.tar.gz', 'a-3.tar.gz'], 'a-1': ['a_1-2.tar.gz'] });
  });

  it('is not in doubt where only one reading gives a version', () => {
    expect(projects('foo-2-1.0.zip', 'foo-1.0.zip', 'python-dateutil-2.8.tar.gz')).toEqual({
      foo: ['foo-1.0.zip'],
      'foo-2': ['foo-2-1.0.zip'],
      'python-dateutil': ['python-dateutil-2.8.tar.gz'],
    });
  });
});

describe('staticIndex', () => {
  const files = [{ filename: 'foo-1.0.tar.gz', content: 'bytes', href: '../../packages/foo/foo-1.0.tar.gz' }];
  const packages = { 'packages/foo/foo-1.0.tar.gz': 'bytes', 'packages/foo/foo-1.0.tar.gz.metadata': 'Name: foo' };

  it.each([
    ['JSON', { 'simple/index.v1_json': jsonList(['foo']), 'simple/foo/index.v1_json': jsonPage('foo', files) }],
    ['HTML', { 'simple/index.html': htmlList(['foo']), 'simple/foo/index.html': htmlPage('foo', files) }],
    ['pages without a list', { 'simple/foo/index.html': htmlPage('foo', files) }],
    ['other spellings', { 'simple/Foo/index.html': htmlPage('Foo', files) }],
  ])('reads %s, from the root and from the simple folder', async (_, pages) => {
    const root = await folderWith({ ...packages, ...pages });
    for (const path of [root, join(root, 'simple')]) {
      const index = staticIndex(options(path));
      expect(await collect(index.projects())).toEqual(['foo']);
      const project = await index.project(foo);
      expect(project).toMatchObject({
        name: 'foo',
        skipped: [],
        files: [{ filename: 'foo-1.0.tar.gz', size: 5, hashes: { sha256: sha256Of('bytes') } }],
      });
      expect(await text(index.open(project!.files[0]!))).toBe('bytes');
      expect(await text(index.openMetadata(project!.files[0]!))).toBe('Name: foo');
      expect(await index.project(normalizeName('bar'))).toBeUndefined();
    }
  });

  it('prefers JSON', async () => {
    const root = await folderWith({
      ...packages,
      'simple/foo/index.v1_json': jsonPage('foo', files),
      'simple/foo/index.html': htmlPage('foo', []),
    });
    expect((await staticIndex(options(root)).project(foo))!.files).toHaveLength(1);
  });

  it('reads an index under another name', async () => {
    const root = await folderWith({ 'foo/index.html': htmlPage('foo', [{ filename: 'foo-1.0.zip' }]), 'foo/foo-1.0.zip': 'x' });
    expect((await staticIndex(options(root)).project(foo))!.files).toMatchObject([{ size: 1 }]);
  });

  it('skips links that leave the index', async () => {
    const outside = await folderWith({ 'foo-2.0.zip': 'secret' });
    const root = await folderWith({
      ...packages,
      'simple/foo/index.v1_json': jsonPage('foo', [
        ...files,
        { filename: 'foo-2.0.zip', href: pathToFileURL(join(outside, 'foo-2.0.zip')).href },
        { filename: 'foo-3.0.zip', href: '../../../../../../../../etc/hostname' },
        { filename: 'foo-4.0.zip', href: 'https://files.example.com/foo-4.0.zip' },
        { filename: 'foo-5.0.zip', href: '../../packages/foo/link.zip' },
        { filename: 'foo-6.0.zip', href: '../../packages/foo/missing.zip' },
        { filename: 'foo-7.0.zip', href: '../../packages/foo' },
        { filename: 'foo-9.0.zip', href: '../../../nonexistent/foo-9.0.zip' },
        { filename: 'foo-8.0.zip', href: '..%2f..%2f..%2fetc/hostname' },
      ]),
    });
    await symlink(join(outside, 'foo-2.0.zip'), join(root, 'packages/foo/link.zip'));
    const project = await staticIndex(options(root)).project(foo);
    expect(project!.files.map(({ filename }) => filename)).toEqual(['foo-1.0.tar.gz']);
    expect(project!.skipped).toEqual([
      { filename: 'foo-2.0.zip', because: 'outside-the-index' },
      { filename: 'foo-3.0.zip', because: 'outside-the-index' },
      { filename: 'foo-4.0.zip', because: 'remote-link' },
      { filename: 'foo-5.0.zip', because: 'outside-the-index' },
      { filename: 'foo-6.0.zip', because: 'missing-file' },
      { filename: 'foo-7.0.zip', because: 'not-a-file' },
      { filename: 'foo-9.0.zip', because: 'outside-the-index' },
      { filename: 'foo-8.0.zip', because: 'unsafe-path' },
    ]);
  });

  it('does not take a page whose files are all elsewhere for an empty project', async () => {
    const root = await folderWith({
      'simple/foo/index.html': htmlPage('foo', [{ filename: 'foo-1.0.zip', href: 'https://files.example.com/foo-1.0.zip' }]),
    });
    const error = await failureOf(staticIndex(options(root)).project(foo));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(error.message).toContain('remote-link');
  });

  it.each([
    ['is cut off', { 'simple/foo/index.html': htmlPage('foo', files).slice(0, -60) }, 'was cut off'],
    ['is no page', { 'simple/foo/index.html': '<html></html>' }, 'is no page of a simple index'],
    ['is broken JSON', { 'simple/foo/index.v1_json': '{"files":[' }, 'is not a whole JSON document'],
    ['is missing', { 'simple/foo/other.html': '' }, 'has no page'],
  ])('fails where a page %s', async (_, pages: Record<string, string>, says) => {
    const root = await folderWith({ ...packages, ...pages });
    const error = await failureOf(staticIndex(options(root)).project(foo));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(error.message).toContain(says);
  });

  it('fails where there is no folder', async () => {
    const index = staticIndex(options('/nonexistent/index'));
    expect(await failureOf(index.project(foo))).toMatchObject({ code: 'FILE_SYSTEM' });
    expect(await failureOf(collect(index.projects()))).toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

describe('localIndex', () => {
  const page = htmlPage('foo', [{ filename: 'foo-1.0.zip' }]);

  it.each<[string, Record<string, string>, string, boolean]>([
    ['a folder of files', { 'foo-1.0.zip': 'x' }, '', false],
    ['an empty folder', {}, '', false],
    ['files beside pages made for them', { 'foo-1.0.zip': 'x', 'index.html': '', 'foo/index.html': page }, '', false],
    ['files beside a simple folder', { 'bar-1.0.zip': 'x', 'simple/foo/index.html': page, 'simple/foo/foo-1.0.zip': 'x' }, '', true],
    ['a static index', { 'simple/foo/index.html': page, 'simple/foo/foo-1.0.zip': 'x' }, '', true],
    ['its simple folder', { 'simple/foo/index.html': page, 'simple/foo/foo-1.0.zip': 'x' }, 'simple', true],
    ['one under another name', { 'web/foo/index.html': page, 'web/foo/foo-1.0.zip': 'x' }, 'web', true],
  ])('sees %s', async (_, files, below, isStatic) => {
    const index = await localIndex(options(join(await folderWith(files), below)));
    const project = await index.project(foo);
    // Only pages have digests.
    if (isStatic) expect(project!.files).toMatchObject([{ filename: 'foo-1.0.zip', hashes: { sha256: sha256Of('foo-1.0.zip') } }]);
    else
      expect(project?.files ?? []).toEqual(
        'foo-1.0.zip' in files ? [expect.objectContaining({ filename: 'foo-1.0.zip', hashes: {} })] : [],
      );
  });

  it('fails where there is no folder', async () => {
    expect(await failureOf(localIndex(options('/nonexistent/index')))).toMatchObject({ code: 'FILE_SYSTEM' });
  });
});
