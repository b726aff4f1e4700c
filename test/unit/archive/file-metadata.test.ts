import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFileMetadata, readFileMetadata } from '../../../src/archive/file-metadata.ts';
import { parseRawMetadata } from '../../../src/archive/raw-metadata.ts';
import { validateRawMetadata } from '../../../src/archive/validate-metadata.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import {
  eggBytes,
  metadataText,
  sdistBytes,
  wheelBytes,
  wininstBytes,
  type BuiltFile,
  type DistributionInput,
} from '../../support/archives.ts';
import { fixture } from '../../support/bytes.ts';
import { mutated } from '../../support/mutate.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

async function read({ filename, bytes }: { filename: string; bytes: Uint8Array }, project: string) {
  const path = join(await newFolder(), 'stored-under-another-name');
  await writeFile(path, bytes);
  return readFileMetadata(path, filename, normalizeName(project));
}

const described = {
  name: 'Foo.Bar',
  version: '1.0',
  summary: 'A foo',
  requiresPython: '>=3.8',
  requiresDist: ['baz>=1'],
  description: '# Foo\n',
};

describe('readFileMetadata', () => {
  it.each<readonly [string, (input: DistributionInput) => BuiltFile, string]>([
    ['wheel', wheelBytes, 'foo_bar-1.0-py3-none-any.whl'],
    ['source distribution', sdistBytes, 'foo_bar-1.0.tar.gz'],
    ['zipped source distribution', (input) => sdistBytes({ ...input, extension: '.zip' }), 'foo_bar-1.0.zip'],
    ['egg', eggBytes, 'foo_bar-1.0-py2.7.egg'],
    ['Windows installer', wininstBytes, 'Foo.Bar-1.0.win32-py2.7.exe'],
  ])('reads a %s, its bytes as they are', async (_kind, build, filename) => {
    const file = build(described);
    expect(file.filename).toBe(filename);
    const { bytes, metadata } = await read(file, 'foo-bar');
    expect(Buffer.from(bytes ?? []).toString()).toBe(metadataText(described));
    expect(metadata).toMatchObject({
      name: 'Foo.Bar',
      version: '1.0',
      summary: 'A foo',
      requiresPython: '>=3.8',
      requiresDist: ['baz>=1'],
      description: '# Foo\n',
      fromFilename: false,
      warnings: [],
    });
  });

  it('is given distributions that the standard accepts by the builders', async () => {
    const { bytes } = await read(wheelBytes(described), 'foo-bar');
    expect(validateRawMetadata(parseRawMetadata(bytes ?? Buffer.alloc(0)))).toEqual([]);
  });

  describe('without metadata in the archive', () => {
    it.each<readonly [string, BuiltFile, string, object]>([
      ['a source distribution', sdistBytes({ name: 'Foo', version: '1.0', metadata: false }), 'foo', { name: 'foo', version: '1.0' }],
      [
        'an old name',
        sdistBytes({ name: 'x', version: '1', metadata: false, filename: 'AnOldStylePackage-1.2.1-beta3.tgz' }),
        'anoldstylepackage',
        { name: 'AnOldStylePackage', version: '1.2.1-beta3' },
      ],
      [
        'PKG-INFO without a Metadata-Version',
        sdistBytes({ name: 'Foo', version: '1.0', metadata: 'Name: Foo\nVersion: 1.0\n' }),
        'foo',
        { name: 'foo', version: '1.0' },
      ],
      [
        "only a vendored project's",
        sdistBytes({
          name: 'foo',
          version: '1.0',
          metadata: false,
          files: { 'vendor/PKG-INFO': metadataText({ name: 'bar', version: '2' }) },
        }),
        'foo',
        { name: 'foo', version: '1.0' },
      ],
      ['an egg', eggBytes({ name: 'foo', version: '1.0-r5', metadata: false }), 'foo', { name: 'foo', version: '1.0-r5' }],
    ])('takes name and version of the filename: %s', async (_what, file, project, identity) => {
      const { bytes, metadata } = await read(file, project);
      expect(bytes).toBeUndefined();
      expect(metadata).toMatchObject({
        ...identity,
        metadataVersion: '1.0',
        summary: 'UNKNOWN',
        platforms: ['UNKNOWN'],
        fromFilename: true,
      });
      expect(metadata.warnings).toEqual(["the archive has no metadata; name and version are the filename's"]);
    });

    it.each(['foo-1.0-1.noarch.rpm', 'foo-1.0.win32-py2.7.msi', 'foo-1.0.dmg', 'foo-1.0.tar.lzma'])(
      'does not look into %s',
      async (filename) => {
        const { metadata } = await read({ filename, bytes: Buffer.from('no archive') }, 'foo');
        expect(metadata).toMatchObject({ name: 'foo', version: '1.0', fromFilename: true });
        expect(metadata.warnings[0]).toMatch(/^metadata of \.\w+(?:\.\w+)? files cannot be read/);
      },
    );

    it('refuses a wheel', async () => {
      await expect(read(wheelBytes({ ...described, metadata: false }), 'foo-bar')).rejects.toMatchObject({
        code: 'ARCHIVE_INVALID',
        message: 'foo_bar-1.0-py3-none-any.whl has no .dist-info/METADATA',
      });
    });
  });

  describe('compares with the filename', () => {
    it.each<readonly [string, BuiltFile]>([
      ['wheel', wheelBytes({ name: 'foo', version: '1.0', metadata: metadataText({ name: 'bar', version: '1.0' }) })],
      ['source distribution', sdistBytes({ name: 'foo', version: '1.0', metadata: metadataText({ name: 'bar', version: '1.0' }) })],
    ])('and refuses the metadata of another project: %s', async (_kind, file) => {
      await expect(read(file, 'foo')).rejects.toMatchObject({
        code: 'METADATA_INVALID',
        message: `${file.filename} holds the metadata of another project: its Name is 'bar'`,
      });
    });

    it('and refuses a wheel of another project that was given this name', async () => {
      const { bytes } = wheelBytes({ name: 'bar', version: '1.0' });
      await expect(read({ filename: 'foo-1.0-py3-none-any.whl', bytes }, 'foo')).rejects.toMatchObject({
        code: 'METADATA_INVALID',
        message: "foo-1.0-py3-none-any.whl holds the metadata of another project: 'bar-1.0.dist-info'",
      });
    });

    it('and refuses a wheel of another version', async () => {
      const { bytes } = wheelBytes({ name: 'foo', version: '2.0' });
      await expect(read({ filename: 'foo-1.0-py3-none-any.whl', bytes }, 'foo')).rejects.toMatchObject({
        code: 'METADATA_INVALID',
        message: "foo-1.0-py3-none-any.whl: its metadata has version '2.0', its filename '1.0'",
      });
    });

    it('and warns of a source distribution of another version', async () => {
      const { metadata } = await read(
        sdistBytes({ name: 'foo', version: '1.0', metadata: metadataText({ name: 'foo', version: '1.0.dev' }) }),
        'foo',
      );
      expect(metadata.warnings).toEqual(["its metadata has version '1.0.dev', its filename '1.0'"]);
    });

    it('and takes other spellings for the same', async () => {
      const { bytes } = wheelBytes({ name: 'FOO__bar', version: '1.0.0' });
      const { metadata } = await read({ filename: 'Foo.Bar-1.0-py3-none-any.whl', bytes }, 'foo-bar');
      expect(metadata).toMatchObject({ name: 'FOO__bar', version: '1.0.0', warnings: [] });
    });

    it("and takes the filename's name and version for UNKNOWN", async () => {
      const { metadata } = await read(
        sdistBytes({ name: 'Foo', version: '1.0', metadata: metadataText({ name: 'UNKNOWN', version: 'UNKNOWN' }) }),
        'foo',
      );
      expect(metadata).toMatchObject({ name: 'foo', version: '1.0', fromFilename: false });
    });
  });

  it('names the file when its metadata is malformed', async () => {
    await expect(
      read(wheelBytes({ name: 'foo', version: '1.0', metadata: 'Metadata-Version: 2.1\nName: foo\n' }), 'foo'),
    ).rejects.toMatchObject({
      code: 'METADATA_INVALID',
      message: 'foo-1.0-py3-none-any.whl: the metadata has no Version',
    });
  });

  it("refuses a filename that is none of the project's", async () => {
    await expect(readFileMetadata('/nowhere', 'bar-1.0.tar.gz', normalizeName('foo'))).rejects.toMatchObject({ code: 'FILENAME_INVALID' });
    await expect(readFileMetadata('/nowhere', 'foo-1.0.txt', normalizeName('foo'))).rejects.toMatchObject({ code: 'FILENAME_INVALID' });
  });

  it('throws nothing but ARCHIVE_INVALID and METADATA_INVALID, whatever the bytes', async () => {
    const folder = await newFolder();
    const packed = await Promise.all(['foo-1.0.tar.bz2', 'foo-1.0.tar.xz', 'foo-1.0.tar.Z'].map((name) => fixture(`archives/${name}`)));
    const input = { name: 'foo', version: '1.0', summary: 'x' };
    const files = [
      wheelBytes(input),
      sdistBytes(input),
      sdistBytes({ ...input, extension: '.zip' }),
      sdistBytes({ ...input, extension: '.tar' }),
      eggBytes(input),
      wininstBytes(input),
      ...packed.map((bytes) => ({ filename: 'foo-1.0.tar.gz', bytes })),
    ];
    const cases = fc.constantFrom(...files).chain(({ filename, bytes }) => fc.tuple(fc.constant(filename), mutated([bytes], 3)));
    await fc.assert(
      fc.asyncProperty(cases, async ([filename, bytes]) => {
        const path = join(folder, 'mutated');
        await writeFile(path, bytes);
        try {
          const { metadata } = await readFileMetadata(path, filename, normalizeName('foo'));
          expect(normalizeName(metadata.name)).toBe('foo');
        } catch (error) {
          if (!isPkgsyncError(error, 'ARCHIVE_INVALID', 'METADATA_INVALID')) throw error;
          expect(error.message).toContain(filename);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('parseFileMetadata', () => {
  const filename = 'foo-1.0-py3-none-any.whl';

  it('checks a companion as the file itself would be', () => {
    expect(parseFileMetadata(Buffer.from(metadataText({ name: 'Foo', version: '1.0' })), filename, normalizeName('foo')).name).toBe('Foo');
    expect(() => parseFileMetadata(Buffer.from(metadataText({ name: 'bar', version: '1.0' })), filename, normalizeName('foo'))).toThrow(
      expect.objectContaining({ code: 'METADATA_INVALID' }),
    );
  });
});
