import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ExistingFile, WantedFile, WritableDestination } from '../../../src/destinations/destination.ts';
import { staticDirectory } from '../../../src/destinations/static-directory.ts';
import { systemErrorCode } from '../../../src/io/file-errors.ts';
import { normalizeName, type PackageName } from '../../../src/packaging/name.ts';
import { temporaryName } from '../../../src/io/abandoned.ts';
import { coreMetadata, digestsOf, metadataText, verifiedContent, wantedFile, wheelBytes } from '../../support/distributions.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const foo = normalizeName('foo');
const sdist = 'foo-1.0.tar.gz';
const wheel = 'foo-1.0-py3-none-any.whl';
const metadata = metadataText('foo', '1.0', 'Requires-Python: >=3.8\nSummary: caf\u00e9\n');
const wheelContent = wheelBytes('foo', '1.0', metadata);
const isRoot = process.getuid?.() === 0;

let temporary: string;
let root: string;
let mirror: WritableDestination;
beforeEach(async () => {
  temporary = await newFolder();
  root = join(temporary, 'mirror');
  mirror = open();
});

function open(): WritableDestination {
  return staticDirectory({ name: 'mirror', path: root, address: './mirror' });
}
const at = (...parts: readonly string[]): string => join(root, ...parts);
const textOf = (...parts: readonly string[]): Promise<string> => readFile(at(...parts), 'utf8');

async function place(relative: string, content: string | Uint8Array = 'bytes'): Promise<void> {
  await mkdir(dirname(at(relative)), { recursive: true });
  await writeFile(at(relative), content);
}

async function put(
  filename: string,
  bytes: string | Uint8Array,
  facts: Partial<WantedFile> = {},
  metadataBytes?: Uint8Array,
): Promise<WantedFile> {
  const file = wantedFile(foo, filename, bytes, facts);
  expect(await mirror.put({ file, content: await verifiedContent(temporary, bytes, { metadataBytes }) })).toEqual({ outcome: 'done' });
  return file;
}

async function existing(filename: string, destination = mirror): Promise<ExistingFile> {
  const found = (await destination.list(foo)).files.find((file) => file.filename === filename);
  if (found === undefined) throw new Error(`${filename} is not listed`);
  return found;
}

async function allFiles(folder = root): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('.pkgsync/digests/'))
    .sort();
}

async function names(destination = mirror): Promise<readonly PackageName[]> {
  const all = new Set<PackageName>();
  for await (const name of destination.projects()) all.add(name);
  return [...all].sort();
}

describe('a directory that does not exist yet', () => {
  it('is an empty destination, and looking at it creates nothing', async () => {
    expect(await names()).toEqual([]);
    expect(await mirror.list(foo)).toEqual({ name: 'foo', present: false, files: [], stalePage: undefined, warnings: [] });
    await expect(lstat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('stays away when there is nothing to publish', async () => {
    await mirror.cleanStaging();
    await mirror.publish({ name: foo, wanted: [] });
    await mirror.finish();
    await expect(lstat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a path that is a file', () => {
  it('is an error, not an empty destination', async () => {
    await writeFile(root, 'no folder');
    await expect(mirror.list(foo)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    await expect(names()).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

describe('list', () => {
  it('tells what lies on disk with size and digests, and that the page does not show it', async () => {
    await place(`packages/foo/${sdist}`, 'content');
    expect(await mirror.list(foo)).toEqual({
      name: 'foo',
      present: true,
      stalePage: 'the project has no page; the list of all projects (simple/index.v1_json) is missing',
      warnings: [],
      files: [
        {
          name: 'foo',
          filename: sdist,
          version: '1.0',
          packageType: 'sdist',
          url: pathToFileURL(at('packages', 'foo', sdist)).href,
          hashes: digestsOf('content'),
          size: 7,
          yanked: false,
          page: 'missing',
        },
      ],
    });
  });

  it('lists regular files only, and says what it leaves alone', async () => {
    await place(`packages/foo/${sdist}`);
    await place(`packages/foo/${sdist}.metadata`);
    await place('packages/foo/bar-1.0.tar.gz');
    await place('packages/foo/notes.txt');
    await place('packages/foo/.hidden-1.0.tar.gz');
    await mkdir(at('packages/foo/foo-2.0.tar.gz'));
    await symlink('/etc/passwd', at('packages/foo/foo-3.0.tar.gz'));
    const listed = await mirror.list(foo);
    expect(listed.files.map((file) => file.filename)).toEqual([sdist]);
    expect(listed.warnings).toEqual([
      'packages/foo/bar-1.0.tar.gz is left alone: it is no distribution of foo (other-project)',
      'packages/foo/foo-2.0.tar.gz is left alone: it is no regular file',
      'packages/foo/foo-3.0.tar.gz is left alone: it is a symbolic link',
      'packages/foo/notes.txt is left alone: it is no distribution of foo (unknown-extension)',
    ]);
  });

  it('does not follow a companion that is a link', async () => {
    await place(`packages/foo/${wheel}`);
    await symlink('/etc/passwd', at(`packages/foo/${wheel}.metadata`));
    expect((await existing(wheel)).coreMetadata).toBeUndefined();
  });

  it('refuses a name that is not normalised: it would become a path', async () => {
    await expect(mirror.list('../foo' as PackageName)).rejects.toMatchObject({ code: 'NAME_INVALID' });
  });

  it('stops when told so', async () => {
    await place(`packages/foo/${sdist}`);
    await expect(mirror.list(foo, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

describe('projects', () => {
  it('are the folders with normalised names, whether they have files or pages', async () => {
    await place('packages/foo/x');
    await place('packages/Bar/x');
    await place('packages/not--normal/x');
    await place('packages/stray-file');
    await place('simple/baz/index.html');
    await place('simple/index.html');
    expect(await names()).toEqual(['baz', 'foo']);
  });
});

describe('remembered digests', () => {
  const memory = (): Promise<string> => textOf('.pkgsync/digests/foo.json');
  /** Age that the file system's clock can tell from now. */
  const old = new Date(Date.now() - 3_600_000);
  const wrong = createHash('sha256').update('wrong').digest('hex');

  /** One remembered file whose remembered digest is wrong: whoever reports it has used the memory. */
  async function withWrongMemory(): Promise<void> {
    await place(`packages/foo/${sdist}`, 'content');
    await utimes(at(`packages/foo/${sdist}`), old, old);
    await mirror.list(foo);
    const text = await memory();
    await writeFile(at('.pkgsync/digests/foo.json'), text.replace(digestsOf('content').sha256, wrong));
  }

  it('are used while size and modification time are the same', async () => {
    await withWrongMemory();
    expect((await existing(sdist)).hashes.sha256).toBe(wrong);
  });

  it('are computed anew when the modification time differs', async () => {
    await withWrongMemory();
    await utimes(at(`packages/foo/${sdist}`), old, new Date(old.getTime() + 1000));
    expect((await existing(sdist)).hashes).toEqual(digestsOf('content'));
  });

  it('are computed anew when the size differs', async () => {
    await withWrongMemory();
    await truncate(at(`packages/foo/${sdist}`), 3);
    await utimes(at(`packages/foo/${sdist}`), old, old);
    expect((await existing(sdist)).hashes).toEqual(digestsOf('con'));
  });

  it('are neither asked nor written where only what is declared is listed', async () => {
    await withWrongMemory();
    const memory = await textOf('.pkgsync/digests/foo.json');
    expect((await mirror.listDeclared(foo)).files).toMatchObject([{ filename: sdist, hashes: {}, size: 7, page: 'missing' }]);
    expect(await textOf('.pkgsync/digests/foo.json')).toBe(memory);
  });

  it.each([
    '',
    '{',
    'null',
    '{"formatVersion":1}',
    '{"formatVersion":2,"files":[]}',
    '{"formatVersion":1,"files":[[],null,["a",1,"x","y","z"]]}',
  ])('are computed anew when the memory is %j', async (damaged) => {
    await withWrongMemory();
    await writeFile(at('.pkgsync/digests/foo.json'), damaged);
    expect((await existing(sdist)).hashes).toEqual(digestsOf('content'));
    expect(await memory()).toContain(digestsOf('content').sha256);
  });

  it('are not kept for a file that has just been written: it may change again within the same tick of the clock', async () => {
    await place(`packages/foo/${sdist}`, 'content');
    const soon = new Date(Date.now() + 60_000);
    await utimes(at(`packages/foo/${sdist}`), soon, soon);
    await mirror.list(foo);
    expect(await memory()).not.toContain(digestsOf('content').sha256);
  });

  it('forget files that are gone', async () => {
    await withWrongMemory();
    await place('packages/foo/foo-2.0.tar.gz');
    await utimes(at('packages/foo/foo-2.0.tar.gz'), old, old);
    await rm(at(`packages/foo/${sdist}`));
    await mirror.list(foo);
    expect(JSON.parse(await memory())).toEqual({
      formatVersion: 1,
      files: [['foo-2.0.tar.gz', 5, expect.any(String), expect.any(String), expect.any(String)]],
    });
  });

  it('may be impossible to write: the listing is the same', async () => {
    await place(`packages/foo/${sdist}`, 'content');
    // A file where the folder should be stops root, too.
    await place('.pkgsync', 'in the way');
    expect((await existing(sdist)).hashes).toEqual(digestsOf('content'));
  });

  (isRoot ? it.skip : it)('may be impossible to write in a read-only directory', async () => {
    await place(`packages/foo/${sdist}`, 'content');
    await chmod(root, 0o555);
    try {
      expect((await existing(sdist)).hashes).toEqual(digestsOf('content'));
    } finally {
      await chmod(root, 0o755);
    }
  });
});

describe('put', () => {
  it('gives the bytes their name, readable for others, and leaves the temporary file alone', async () => {
    const content = await verifiedContent(temporary, 'content');
    const counts: number[] = [];
    const file = wantedFile(foo, sdist, 'content');
    expect(await mirror.put({ file, content, onBytes: (count) => counts.push(count) })).toEqual({ outcome: 'done' });
    expect(await textOf('packages/foo', sdist)).toBe('content');
    expect((await lstat(at('packages/foo', sdist))).mode & 0o777).toBe(0o644);
    expect(await readFile(content.path, 'utf8')).toBe('content');
    expect(counts).toEqual([7]);
    expect(await allFiles()).toEqual([`packages/foo/${sdist}`]);
  });

  it('writes the metadata companion of a wheel byte for byte', async () => {
    await put(wheel, wheelContent, {}, metadata);
    expect(await textOf(`packages/foo/${wheel}.metadata`)).toBe(metadata.toString());
  });

  it('writes no companion of an sdist, unless the approved facts promise these bytes', async () => {
    await put(sdist, 'content', {}, metadata);
    await put('foo-2.0.tar.gz', 'two', { coreMetadata: { sha256: digestsOf(metadata).sha256 } }, metadata);
    await put('foo-3.0.tar.gz', 'three', { coreMetadata: { sha256: digestsOf('other').sha256 } }, metadata);
    expect(await readdir(at('packages/foo'))).toEqual([sdist, 'foo-2.0.tar.gz', 'foo-2.0.tar.gz.metadata', 'foo-3.0.tar.gz']);
  });

  it('takes a companion away that lay there for other bytes', async () => {
    await place(`packages/foo/${wheel}.metadata`, 'stale');
    await put(wheel, wheelContent);
    expect(await readdir(at('packages/foo'))).toEqual([wheel]);
  });

  it('reports a name that has the same bytes as existing, and adds a missing companion', async () => {
    await place(`packages/foo/${wheel}`, wheelContent);
    const content = await verifiedContent(temporary, wheelContent, { metadataBytes: metadata });
    expect(await mirror.put({ file: wantedFile(foo, wheel, wheelContent), content })).toEqual({ outcome: 'exists' });
    expect(await textOf(`packages/foo/${wheel}.metadata`)).toBe(metadata.toString());
  });

  it('never replaces other bytes unasked, nor their companion', async () => {
    await place(`packages/foo/${wheel}`, 'theirs');
    await place(`packages/foo/${wheel}.metadata`, 'their metadata');
    const content = await verifiedContent(temporary, wheelContent, { metadataBytes: metadata });
    await expect(mirror.put({ file: wantedFile(foo, wheel, wheelContent), content })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await textOf('packages/foo', wheel)).toBe('theirs');
    expect(await textOf('packages/foo', `${wheel}.metadata`)).toBe('their metadata');
  });

  it('replaces when told which bytes', async () => {
    await place(`packages/foo/${wheel}`, 'old');
    const replaces = await existing(wheel);
    const content = await verifiedContent(temporary, wheelContent, { metadataBytes: metadata });
    expect(await mirror.put({ file: wantedFile(foo, wheel, wheelContent), content, replaces })).toEqual({ outcome: 'done' });
    expect(digestsOf(await readFile(at('packages/foo', wheel)))).toEqual(digestsOf(wheelContent));
    expect(await textOf(`packages/foo/${wheel}.metadata`)).toBe(metadata.toString());
  });

  it('does not replace bytes that have changed since they were listed, even with size and time kept', async () => {
    await place(`packages/foo/${sdist}`, 'old');
    const time = new Date(Date.now() - 3_600_000);
    await utimes(at('packages/foo', sdist), time, time);
    const replaces = await existing(sdist);
    await writeFile(at('packages/foo', sdist), 'new');
    await utimes(at('packages/foo', sdist), time, time);
    const content = await verifiedContent(temporary, 'content');
    await expect(mirror.put({ file: wantedFile(foo, sdist, 'content'), content, replaces })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await textOf('packages/foo', sdist)).toBe('new');
  });

  it('does not replace what is no longer there', async () => {
    await place(`packages/foo/${sdist}`, 'old');
    const replaces = await existing(sdist);
    await rm(at('packages/foo', sdist));
    const content = await verifiedContent(temporary, 'content');
    await expect(mirror.put({ file: wantedFile(foo, sdist, 'content'), content, replaces })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await allFiles()).toEqual([]);
  });

  it('does not replace with bytes that changed after they were verified', async () => {
    await place(`packages/foo/${sdist}`, 'old');
    const replaces = await existing(sdist);
    const content = await verifiedContent(temporary, 'content');
    await writeFile(content.path, 'CONTENT');
    await expect(mirror.put({ file: wantedFile(foo, sdist, 'content'), content, replaces })).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await textOf('packages/foo', sdist)).toBe('old');
    expect(await allFiles()).toEqual([`packages/foo/${sdist}`]);
  });

  it('refuses content that is no longer as long as it was', async () => {
    const content = await verifiedContent(temporary, 'content');
    await truncate(content.path, 3);
    await expect(mirror.put({ file: wantedFile(foo, sdist, 'content'), content })).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await allFiles()).toEqual([]);
  });

  it('does not write through a link', async () => {
    const target = join(temporary, 'target');
    await writeFile(target, 'precious');
    await mkdir(at('packages/foo'), { recursive: true });
    await symlink(target, at('packages/foo', sdist));
    const content = await verifiedContent(temporary, 'content');
    await expect(mirror.put({ file: wantedFile(foo, sdist, 'content'), content })).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(await readFile(target, 'utf8')).toBe('precious');
  });

  it.each([
    '../evil-1.0.tar.gz',
    'foo-1.0.exe/../../x.tar.gz',
    '.foo-1.0.tar.gz',
    'foo-1.0.txt',
    'bar-1.0.tar.gz',
    `foo-1.0${'0'.repeat(240)}.tar.gz`,
  ])('refuses the filename %j', async (filename) => {
    const content = await verifiedContent(temporary, 'content');
    const file = { ...wantedFile(foo, sdist, 'content'), filename };
    await expect(mirror.put({ file, content })).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(lstat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes filenames with characters that mean something in URLs', async () => {
    const filename = 'foo-1!1.0+local.1.tar.gz';
    const file = await put(filename, 'content');
    await mirror.publish({ name: foo, wanted: [file] });
    expect((await existing(filename)).page).toBe('current');
    const href = /href="([^"#]*)/.exec(await textOf('simple/foo/index.html'))?.[1] ?? '';
    expect(await readFile(new URL(href, pathToFileURL(at('simple/foo/index.html'))), 'utf8')).toBe('content');
  });

  it('takes several files of one project at once', async () => {
    const versions = ['1', '2', '3', '4', '5'].map((version) => `foo-${version}.tar.gz`);
    await Promise.all(versions.map((filename) => put(filename, filename)));
    expect((await mirror.list(foo)).files.map((file) => file.filename)).toEqual(versions);
  });
});

describe('publish', () => {
  it('shows the wanted files with the approved facts', async () => {
    const facts = { requiresPython: '>=3.8', uploadTime: '2024-01-02T03:04:05.000006Z', yanked: { reason: 'broken' } };
    const file = await put(wheel, wheelContent, facts, metadata);
    await mirror.publish({ name: foo, wanted: [file] });
    await mirror.finish();
    const { sha256 } = digestsOf(wheelContent);
    expect(await textOf('simple/foo/index.html')).toContain(
      `<a href="../../packages/foo/${wheel}#sha256=${sha256}" data-requires-python="&gt;=3.8" data-core-metadata="sha256=${digestsOf(metadata).sha256}" ` +
        `data-dist-info-metadata="sha256=${digestsOf(metadata).sha256}" data-yanked="broken">${wheel}</a>`,
    );
    const listed = await mirror.list(foo);
    expect(listed).toMatchObject({ present: true, warnings: [] });
    expect(listed.stalePage).toBeUndefined();
    expect(listed.files).toMatchObject([{ ...facts, coreMetadata: { sha256: digestsOf(metadata).sha256 }, page: 'current' }]);
  });

  it('writes nothing when everything is as wanted', async () => {
    const file = await put(sdist, 'content');
    await mirror.publish({ name: foo, wanted: [file] });
    await mirror.finish();
    const pages = ['simple/foo/index.html', 'simple/foo/index.v1_json', 'simple/index.html', 'simple/index.v1_json'];
    const inodes = async (): Promise<readonly bigint[]> =>
      Promise.all(pages.map(async (path) => (await lstat(at(path), { bigint: true })).ino));
    const before = await inodes();
    await mirror.publish({ name: foo, wanted: [file] });
    await mirror.finish();
    expect(await inodes()).toEqual(before);
  });

  it('keeps the approved digest where the bytes on disk have changed, so that installers refuse them', async () => {
    const file = await put(sdist, 'content');
    await mirror.publish({ name: foo, wanted: [file] });
    await writeFile(at('packages/foo', sdist), 'tampered!');
    await mirror.publish({ name: foo, wanted: [file] });
    expect(await textOf('simple/foo/index.html')).toContain(`#sha256=${digestsOf('content').sha256}`);
    const [listed] = (await mirror.list(foo)).files;
    expect(listed).toMatchObject({ hashes: digestsOf('tampered!'), page: 'differs' });
  });

  it('keeps the digest that the page had for a file that nobody wants', async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    await writeFile(at('packages/foo', sdist), 'tampered!');
    await mirror.publish({ name: foo, wanted: [] });
    expect(await textOf('simple/foo/index.v1_json')).toContain(digestsOf('content').sha256);
  });

  it('keeps the other facts of a file that nobody wants', async () => {
    const file = await put(sdist, 'content', { requiresPython: '>=3', yanked: { reason: 'bad' }, uploadTime: '2020-01-01T00:00:00Z' });
    await mirror.publish({ name: foo, wanted: [file] });
    const page = await textOf('simple/foo/index.v1_json');
    await mirror.publish({ name: foo, wanted: [] });
    expect(await textOf('simple/foo/index.v1_json')).toBe(page);
  });

  it('shows a file that was laid there by hand with its own digest and requires-python', async () => {
    await place(`packages/foo/${wheel}`, wheelContent);
    await mirror.publish({ name: foo, wanted: [] });
    expect(JSON.parse(await textOf('simple/foo/index.v1_json'))).toMatchObject({
      files: [{ filename: wheel, hashes: { sha256: digestsOf(wheelContent).sha256 }, 'requires-python': '>=3.8' }],
    });
  });

  it('lists no wanted file that is not there', async () => {
    const file = await put(sdist, 'content');
    await mirror.publish({ name: foo, wanted: [file, wantedFile(foo, 'foo-2.0.tar.gz', 'two')] });
    expect(await textOf('simple/foo/index.html')).not.toContain('foo-2.0');
  });

  it('gives sha256 of the bytes where only another digest is approved and agrees', async () => {
    const sha512 = createHash('sha512').update('content').digest('hex');
    await put(sdist, 'content');
    await mirror.publish({ name: foo, wanted: [wantedFile(foo, sdist, 'content', { hashes: { sha512 } })] });
    expect(await textOf('simple/foo/index.html')).toContain(`#sha256=${digestsOf('content').sha256}`);
    expect((await existing(sdist)).page).toBe('current');
  });

  it('gives the approved digest where it is another one and does not agree', async () => {
    const { md5 } = digestsOf('approved');
    await place(`packages/foo/${sdist}`, 'content');
    await mirror.publish({ name: foo, wanted: [wantedFile(foo, sdist, 'approved', { hashes: { md5 } })] });
    expect(await textOf('simple/foo/index.html')).toContain(`#md5=${md5}`);
  });

  it('restores the companion of a wheel from the approved archive', async () => {
    const promised = { coreMetadata: { sha256: digestsOf(metadata).sha256 } };
    await place(`packages/foo/${wheel}`, wheelContent);
    await mirror.publish({ name: foo, wanted: [wantedFile(foo, wheel, wheelContent, promised)] });
    expect(await textOf(`packages/foo/${wheel}.metadata`)).toBe(metadata.toString());
    expect(await existing(wheel)).toMatchObject({ page: 'current', ...promised });
  });

  it('restores a companion that has other bytes than approved', async () => {
    const promised = { coreMetadata: { sha256: digestsOf(metadata).sha256 } };
    await place(`packages/foo/${wheel}`, wheelContent);
    await place(`packages/foo/${wheel}.metadata`, 'altered');
    await mirror.publish({ name: foo, wanted: [wantedFile(foo, wheel, wheelContent, promised)] });
    expect(await textOf(`packages/foo/${wheel}.metadata`)).toBe(metadata.toString());
  });

  it('makes no companion from an archive that is not the approved one', async () => {
    await place(`packages/foo/${wheel}`, wheelContent);
    await mirror.publish({ name: foo, wanted: [wantedFile(foo, wheel, 'approved')] });
    expect(await readdir(at('packages/foo'))).toEqual([wheel]);
    expect(await textOf('simple/foo/index.html')).not.toContain('core-metadata');
  });
});

describe('what is wrong with the pages', () => {
  beforeEach(async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    await mirror.finish();
    expect((await mirror.list(foo)).stalePage).toBeUndefined();
  });
  const stale = async (): Promise<string | undefined> => (await mirror.list(foo)).stalePage;

  it('is said when the HTML page is missing', async () => {
    await rm(at('simple/foo/index.html'));
    expect(await stale()).toBe('the HTML page is missing');
  });

  it('is said when the JSON page is missing', async () => {
    await rm(at('simple/foo/index.v1_json'));
    expect(await stale()).toBe('the JSON page is missing');
    expect((await existing(sdist)).page).toBe('missing');
  });

  it('is said when the JSON page is damaged', async () => {
    await truncate(at('simple/foo/index.v1_json'), 20);
    expect(await stale()).toBe('the JSON page cannot be read');
  });

  it('is said when somebody edited the HTML page', async () => {
    await writeFile(
      at('simple/foo/index.html'),
      (await textOf('simple/foo/index.html')).replace(digestsOf('content').sha256, digestsOf('evil').sha256),
    );
    expect(await stale()).toBe('the HTML page does not show what the JSON page shows');
  });

  it('is said when another program wrote the JSON page', async () => {
    const pages = JSON.parse(await textOf('simple/foo/index.v1_json')) as object;
    await writeFile(at('simple/foo/index.v1_json'), JSON.stringify(pages));
    expect(await stale()).toBe('the JSON page is not as pkgsync writes it');
  });

  it('is said when a listed file is gone', async () => {
    await rm(at('packages/foo', sdist));
    expect(await stale()).toBe(`the page lists ${sdist} that is not there`);
  });

  it('is said when the list of all projects lacks the project', async () => {
    await writeFile(at('simple/index.v1_json'), (await textOf('simple/index.v1_json')).replace('{"name":"foo"}', ''));
    await writeFile(at('simple/index.html'), (await textOf('simple/index.html')).replace('    <a href="foo/">foo</a><br>\n', ''));
    expect(await stale()).toBe('the two lists of all projects do not agree, or are not as pkgsync writes them');
    await mirror.finish();
    expect(await stale()).toBeUndefined();
    await rename(at('simple/foo'), at('simple/bar'));
    await mirror.finish();
    await rename(at('simple/bar'), at('simple/foo'));
    expect(await stale()).toBe('the list of all projects lacks it');
  });

  it('is said when one of the lists of all projects is missing or damaged', async () => {
    await rm(at('simple/index.html'));
    expect(await stale()).toBe('the two lists of all projects do not agree, or are not as pkgsync writes them');
    await writeFile(at('simple/index.v1_json'), 'damaged');
    expect(await stale()).toBe('the list of all projects (simple/index.v1_json) cannot be read');
    await rm(at('simple/index.v1_json'));
    expect(await stale()).toBe('the list of all projects (simple/index.v1_json) is missing');
  });

  it('is said when the list of all projects names a project that is gone', async () => {
    await rm(at('simple/foo'), { recursive: true });
    await rm(at('packages/foo'), { recursive: true });
    expect(await mirror.list(foo)).toMatchObject({ present: false, files: [], stalePage: 'the project has no page' });
  });

  it('is put right by publish and finish', async () => {
    const file = wantedFile(foo, sdist, 'content');
    const before = await allFiles();
    await rm(at('simple'), { recursive: true });
    await mirror.publish({ name: foo, wanted: [file] });
    await mirror.finish();
    expect(await stale()).toBeUndefined();
    expect(await allFiles()).toEqual(before);
  });
});

describe('register', () => {
  const request = { name: foo, file: wantedFile(foo, sdist, 'content'), metadata: {} as never };

  it('makes the project known with an empty page', async () => {
    expect(await mirror.register(request)).toEqual({ outcome: 'done' });
    await mirror.finish();
    const { stalePage, ...listed } = await mirror.list(foo);
    expect(stalePage).toBeUndefined();
    expect(listed).toEqual({ name: 'foo', present: true, files: [], warnings: [] });
    expect(await textOf('simple/index.html')).toContain('<a href="foo/">foo</a>');
  });

  it('touches no page that is there, and blesses no file that lies there', async () => {
    await place(`packages/foo/${sdist}`, 'unknown');
    await mirror.register(request);
    expect(await allFiles()).toEqual([`packages/foo/${sdist}`]);
    await mirror.publish({ name: foo, wanted: [] });
    const page = await textOf('simple/foo/index.html');
    await mirror.register(request);
    expect(await textOf('simple/foo/index.html')).toBe(page);
  });
});

describe('remove', () => {
  it('takes the file, its companion and its place in the page away', async () => {
    const kept = await put(sdist, 'content');
    await mirror.publish({ name: foo, wanted: [kept, await put(wheel, wheelContent, {}, metadata)] });
    expect(await mirror.remove({ name: foo, file: await existing(wheel) })).toEqual({ outcome: 'done' });
    await mirror.finish();
    expect(await readdir(at('packages/foo'))).toEqual([sdist]);
    expect(await textOf('simple/foo/index.html')).not.toContain(wheel);
    const listed = await mirror.list(foo);
    expect(listed.stalePage).toBeUndefined();
    expect(listed.files).toMatchObject([{ filename: sdist, page: 'current' }]);
  });

  it('leaves a file alone that has changed since it was listed', async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    const file = await existing(sdist);
    await writeFile(at('packages/foo', sdist), 'changed');
    await expect(mirror.remove({ name: foo, file })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await textOf('packages/foo', sdist)).toBe('changed');
    expect(await textOf('simple/foo/index.html')).toContain(sdist);
  });

  it('is done when the file is gone already, and the page no longer lists it', async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    const file = await existing(sdist);
    await rm(at('packages/foo', sdist));
    expect(await mirror.remove({ name: foo, file })).toEqual({ outcome: 'done' });
    expect(await textOf('simple/foo/index.html')).not.toContain(sdist);
  });

  it('removes nothing where the page cannot be read back: what else it lists would be lost', async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    const file = await existing(sdist);
    await rm(at('simple/foo/index.v1_json'));
    await expect(mirror.remove({ name: foo, file })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await textOf('packages/foo', sdist)).toBe('content');
  });

  it('takes the whole project away with its last file: the list of all projects first, then the page', async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    await mirror.finish();
    await mirror.remove({ name: foo, file: await existing(sdist) });
    expect(await textOf('simple/foo/index.html')).not.toContain(sdist);
    await mirror.finish();
    expect(await allFiles()).toEqual(['simple/index.html', 'simple/index.v1_json']);
    expect(await textOf('simple/index.html')).not.toContain('foo');
    expect(await names()).toEqual([]);
    expect((await mirror.list(foo)).present).toBe(false);
  });

  it('keeps the project that gets a file again before the end', async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    await mirror.remove({ name: foo, file: await existing(sdist) });
    await mirror.publish({ name: foo, wanted: [await put(wheel, wheelContent)] });
    await mirror.finish();
    expect(await textOf('simple/index.html')).toContain('<a href="foo/">');
    expect((await existing(wheel)).page).toBe('current');
  });

  it('leaves what others keep in the folders of a removed project', async () => {
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    await place('packages/foo/README.txt', 'theirs');
    await mirror.remove({ name: foo, file: await existing(sdist) });
    await mirror.finish();
    expect(await allFiles()).toEqual(['packages/foo/README.txt', 'simple/index.html', 'simple/index.v1_json']);
  });

  it('removes several files of one project at once without losing one from the page', async () => {
    const files = await Promise.all(['1', '2', '3', '4'].map((version) => put(`foo-${version}.tar.gz`, version)));
    await mirror.publish({ name: foo, wanted: files });
    const { files: listed } = await mirror.list(foo);
    await Promise.all(listed.slice(0, 3).map((file) => mirror.remove({ name: foo, file })));
    await mirror.finish();
    const after = await mirror.list(foo);
    expect(after.stalePage).toBeUndefined();
    expect(after.files.map((file) => file.filename)).toEqual(['foo-4.tar.gz']);
  });
});

describe('finish', () => {
  it('lists all projects that have a page, sorted', async () => {
    for (const name of ['zeta', 'foo', 'foo-bar', 'alpha']) await place(`simple/${name}/index.html`, '');
    await place('simple/Not-Normal/index.html', '');
    await mkdir(at('simple/without-page'));
    await mirror.finish();
    expect(JSON.parse(await textOf('simple/index.v1_json'))).toMatchObject({
      projects: [{ name: 'alpha' }, { name: 'foo' }, { name: 'foo-bar' }, { name: 'zeta' }],
    });
  });
});

describe('what a killed run left', () => {
  it('of a project whose last file it had removed goes with the next run, and a project that has no release yet stays', async () => {
    await mirror.register({
      name: normalizeName('unreleased'),
      file: wantedFile(normalizeName('unreleased'), 'unreleased-1.0.tar.gz', ''),
      metadata: coreMetadata(),
    });
    const wanted = await put(sdist, 'content');
    await mirror.publish({ name: foo, wanted: [wanted] });
    await mirror.finish();
    const [file] = (await mirror.list(foo)).files;
    await mirror.remove({ name: foo, file: file! });
    expect(await allFiles()).toContain('simple/foo/index.html');
    const next = staticDirectory({ name: 'default', path: root, address: './mirror' });
    await next.cleanStaging();
    expect(await allFiles()).toEqual([
      'simple/index.html',
      'simple/index.v1_json',
      'simple/unreleased/index.html',
      'simple/unreleased/index.v1_json',
    ]);
    expect(await readFile(at('simple/index.html'), 'utf8')).not.toContain('foo');
    expect(await readdir(at('.pkgsync'))).not.toContain('emptied');
  });

  const leftover = temporaryName();

  it('is taken out of the staging folder, and out of folders when they are written', async () => {
    const staging = mirror.stagingFolder?.slice(root.length + 1) ?? '';
    for (const folder of [staging, 'simple', 'simple/foo', 'packages/foo', '.pkgsync/digests']) await place(`${folder}/${leftover}`);
    await place('packages/foo/.keep');
    await mirror.cleanStaging();
    await mirror.publish({ name: foo, wanted: [await put(sdist, 'content')] });
    await mirror.finish();
    expect(await allFiles()).toEqual([
      'packages/foo/.keep',
      `packages/foo/${sdist}`,
      'simple/foo/index.html',
      'simple/foo/index.v1_json',
      'simple/index.html',
      'simple/index.v1_json',
    ]);
    expect(await readdir(at('.pkgsync/digests'))).not.toContain(leftover);
  });
});

describe('at every moment of an apply', () => {
  /** What is wrong with the pages as they are now; synchronous, so that at most one file operation can happen meanwhile. */
  function broken(): readonly string[] {
    const rootPage = tryRead(at('simple/index.html')) ?? '';
    const unlisted = linksOf(rootPage).filter((link) => tryRead(at('simple', link, 'index.html')) === undefined);
    const page = tryRead(at('simple/foo/index.html')) ?? '';
    const files = linksOf(page).filter((link) => {
      const [path = '', sha256] = link.split('#sha256=');
      const bytes = tryRead(at('simple/foo', decodeURIComponent(path)));
      return bytes === undefined || digestsOf(bytes).sha256 !== sha256;
    });
    return [...unlisted.map((link) => `${link} has no page`), ...files.map((link) => `${link} is not there, or not whole`)];
  }
  const linksOf = (html: string): readonly string[] => [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1] ?? '');
  function tryRead(path: string): string | undefined {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  it('pages list only files that are there whole, and the list of projects only pages that are there', async () => {
    const problems = new Set<string>();
    let looks = 0;
    const stop = new AbortController();
    const watch = (async () => {
      while (!stop.signal.aborted) {
        for (const problem of broken()) problems.add(problem);
        looks += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const filenames = ['1', '2', '3', '4', '5', '6'].map((version) => `foo-${version}.tar.gz`);
    const files = await Promise.all(filenames.map((filename) => put(filename, filename.repeat(1000))));
    await mirror.publish({ name: foo, wanted: files });
    await mirror.finish();
    const listed = (await mirror.list(foo)).files;
    expect(listed).toHaveLength(6);
    for (const file of listed) await mirror.remove({ name: foo, file });
    await mirror.publish({ name: foo, wanted: [] });
    await mirror.finish();
    stop.abort();
    await watch;
    expect([...problems]).toEqual([]);
    expect(looks).toBeGreaterThan(20);
    expect(await allFiles()).toEqual(['simple/index.html', 'simple/index.v1_json']);
  });
});

describe('a disk that refuses', () => {
  let folder: string;
  beforeEach(async () => {
    folder = at('simple/foo');
    await put(sdist, 'content');
    // A file where the folder of pages should be.
    await mkdir(at('simple'));
    await writeFile(folder, 'in the way');
  });
  afterEach(async () => {
    await rm(folder);
  });

  it('makes publish and listing fail, never silently', async () => {
    await expect(mirror.publish({ name: foo, wanted: [] })).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    await expect(mirror.list(foo)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

describe('traits', () => {
  it('say that a directory can do everything', () => {
    expect(mirror).toMatchObject({
      type: 'directory',
      address: './mirror',
      traits: { canRemove: true, canReplace: true, canUpdate: true, register: 'done' },
    });
  });
});
