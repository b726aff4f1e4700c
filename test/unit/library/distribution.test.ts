import { createHash } from 'node:crypto';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Distribution } from '../../../src/index.ts';
import { eggBytes, metadataText, sdistBytes, wheelBytes, type BuiltFile } from '../../support/archives.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const digest = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');

async function stored({ filename, bytes }: { filename: string; bytes: Uint8Array }): Promise<string> {
  const path = join(await newFolder(), filename);
  await writeFile(path, bytes);
  return path;
}

const described = { name: 'Foo.Bar', version: '1.0', summary: 'A foo', requiresDist: ['baz>=1'], headers: ['Classifier: A :: B'] };

describe('Distribution.open', () => {
  it.each<readonly [string, BuiltFile, object]>([
    ['wheel', wheelBytes({ ...described, pyTag: 'py2.py3' }), { packageType: 'bdist_wheel', pyversion: 'py2.py3' }],
    ['source distribution', sdistBytes(described), { packageType: 'sdist', pyversion: 'source' }],
    ['egg', eggBytes(described), { packageType: 'bdist_egg', pyversion: '2.7' }],
  ])('tells all about a %s', async (_kind, file, kind) => {
    const path = await stored(file);
    const distribution = await Distribution.open(path);
    expect(distribution).toMatchObject({
      ...kind,
      path,
      filename: file.filename,
      name: 'foo-bar',
      version: '1.0',
      size: file.bytes.length,
      hashes: { sha256: digest('sha256', file.bytes), md5: digest('md5', file.bytes) },
      md5Digest: digest('md5', file.bytes),
      metadata: {
        name: 'Foo.Bar',
        version: '1.0',
        summary: 'A foo',
        classifiers: ['A :: B'],
        requiresDist: ['baz>=1'],
        author: undefined,
        fromFilename: false,
      },
    });
  });

  it('has an absolute path, also for a relative one', async () => {
    const path = await stored(wheelBytes(described));
    expect((await Distribution.open(relative(process.cwd(), path))).path).toBe(path);
  });

  it('follows a link, and goes by its name', async () => {
    const path = await stored({ filename: 'blob', bytes: wheelBytes(described).bytes });
    const link = join(path, '..', 'foo_bar-1.0-py3-none-any.whl');
    await symlink(path, link);
    expect(await Distribution.open(link)).toMatchObject({ filename: 'foo_bar-1.0-py3-none-any.whl', name: 'foo-bar' });
  });

  it('says UNKNOWN in the text fields of an old-style distribution, and no word that a parser would stumble over', async () => {
    const file = sdistBytes({ name: 'x', version: '1', metadata: false, filename: 'AnOldStylePackage-1.2.1-beta3.tgz' });
    const distribution = await Distribution.open(await stored(file));
    expect(distribution).toMatchObject({ name: 'anoldstylepackage', version: '1.2.1-beta3', packageType: 'sdist' });
    const { warnings, ...metadata } = distribution.metadata;
    expect(warnings).toEqual(["the archive has no metadata; name and version are the filename's"]);
    const said = Object.entries(metadata).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
    expect(Object.fromEntries(said)).toEqual({
      metadataVersion: '1.0',
      name: 'AnOldStylePackage',
      version: '1.2.1-beta3',
      summary: 'UNKNOWN',
      description: 'UNKNOWN',
      keywords: 'UNKNOWN',
      homePage: 'UNKNOWN',
      downloadUrl: 'UNKNOWN',
      author: 'UNKNOWN',
      authorEmail: 'UNKNOWN',
      maintainer: 'UNKNOWN',
      maintainerEmail: 'UNKNOWN',
      license: 'UNKNOWN',
      platforms: ['UNKNOWN'],
      fromFilename: true,
    });
  });

  it('hashes what it cannot look into', async () => {
    const distribution = await Distribution.open(await stored({ filename: 'foo-1.0-1.noarch.rpm', bytes: Buffer.from('abc') }));
    expect(distribution).toMatchObject({ packageType: 'bdist_rpm', size: 3, md5Digest: '900150983cd24fb0d6963f7d28e17f72' });
    expect(distribution.metadata.fromFilename).toBe(true);
  });

  it('is told by the project where an ambiguous name ends', async () => {
    const path = await stored(sdistBytes({ name: 'foo-2', version: '1', filename: 'foo-2-1.tar.gz' }));
    expect(await Distribution.open(path, { project: 'Foo_2' })).toMatchObject({ name: 'foo-2', version: '1' });
    await expect(Distribution.open(path)).rejects.toMatchObject({ code: 'METADATA_INVALID' });
  });

  it('notices that the file changes meanwhile', async () => {
    // Large enough for many reads, between which the clock is turned.
    const path = await stored({ filename: 'foo-1.0-1.noarch.rpm', bytes: Buffer.alloc(8 * 1024 * 1024) });
    const progress = { isOver: false };
    const outcome = Distribution.open(path)
      .then(
        () => 'opened',
        (error: unknown) => error,
      )
      .finally(() => (progress.isOver = true));
    for (let second = 1; !progress.isOver; second += 1) await utimes(path, second, second);
    expect(await outcome).toMatchObject({ code: 'FILE_SYSTEM', message: `${path} changed while it was read` });
  });

  describe('refuses', () => {
    it.each(['notes.txt', 'foo.tar.gz', 'foo-1.0-py3.whl', '.foo-1.0.tar.gz'])('%s, which is no distribution', async (filename) => {
      const path = await stored({ filename, bytes: Buffer.from('x') });
      await expect(Distribution.open(path)).rejects.toMatchObject({ code: 'FILENAME_INVALID' });
    });

    it("a file that is not the project's", async () => {
      const path = await stored(wheelBytes(described));
      await expect(Distribution.open(path, { project: 'other' })).rejects.toMatchObject({
        code: 'FILENAME_INVALID',
        message: "'foo_bar-1.0-py3-none-any.whl' is not the name of a distribution of other (other-project)",
      });
      await expect(Distribution.open(path, { project: '../other' })).rejects.toMatchObject({ code: 'NAME_INVALID' });
    });

    it('what does not exist', async () => {
      const path = join(await newFolder(), 'foo-1.0.tar.gz');
      await expect(Distribution.open(path)).rejects.toMatchObject({ code: 'NOT_FOUND', message: `${path} does not exist` });
    });

    it('what is no file', async () => {
      const path = join(await newFolder(), 'foo-1.0.tar.gz');
      await mkdir(path);
      await expect(Distribution.open(path)).rejects.toMatchObject({ code: 'FILE_SYSTEM', message: `${path} is not a regular file` });
      await expect(Distribution.open(join(await stored({ filename: 'a', bytes: Buffer.of() }), 'foo-1.0.tar.gz'))).rejects.toMatchObject({
        code: 'FILE_SYSTEM',
      });
    });

    it('a broken archive', async () => {
      const { filename, bytes } = wheelBytes(described);
      await expect(Distribution.open(await stored({ filename, bytes: bytes.subarray(0, 100) }))).rejects.toMatchObject({
        code: 'ARCHIVE_INVALID',
      });
      await expect(Distribution.open(await stored(wheelBytes({ ...described, metadata: false })))).rejects.toMatchObject({
        code: 'ARCHIVE_INVALID',
      });
    });

    it.each([
      ['malformed metadata', 'Metadata-Version: 2.1\nName: foo\n'],
      ["another project's metadata", metadataText({ name: 'bar', version: '1.0' })],
    ])('%s', async (_what, metadata) => {
      const path = await stored(wheelBytes({ name: 'foo', version: '1.0', metadata }));
      await expect(Distribution.open(path)).rejects.toMatchObject({ code: 'METADATA_INVALID' });
    });
  });
});
