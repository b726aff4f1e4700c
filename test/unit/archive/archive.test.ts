import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import AdmZip from 'adm-zip';
import * as tar from 'tar';
import { findMetadata, findMetadataInZip, type MetadataSearch, type SearchOptions } from '../../../src/archive/archive.ts';
import { metadataPlaces } from '../../../src/archive/metadata-places.ts';
import type { PackageType } from '../../../src/packaging/distribution-file.ts';
import { fixture } from '../../support/bytes.ts';
import { tarBytes, tarGzBytes } from '../../support/tar-bytes.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { endRecords, zipBytes, type ZipInput, type ZipOptions } from '../../support/zip-bytes.ts';

const newFolder = temporaryFolders();

const metadata = (name = 'foo', more = '') => `Metadata-Version: 1.1\nName: ${name}\nVersion: 1.0\n${more}`;

function searchFor(packageType: PackageType, extension: string): MetadataSearch {
  const places = metadataPlaces(packageType);
  if (places === undefined) throw new Error(`no reader for ${packageType}`);
  return { filename: `foo-1.0${extension}`, extension, places, belongs: (bytes) => Buffer.from(bytes).includes('Name: foo\n') };
}

async function find(bytes: Uint8Array, packageType: PackageType, extension: string, options?: SearchOptions) {
  const path = join(await newFolder(), 'archive');
  await writeFile(path, bytes);
  const found = await findMetadata(path, searchFor(packageType, extension), options);
  return found === undefined ? undefined : [found.path, Buffer.from(found.bytes).toString()];
}

const inSdist = (bytes: Uint8Array, options?: SearchOptions) => find(bytes, 'sdist', '.tar.gz', options);
const inWheel = (members: readonly ZipInput[], options?: ZipOptions, search?: SearchOptions) =>
  find(zipBytes(members, options), 'bdist_wheel', '.whl', search);
const invalid = (message: string) => ({ code: 'ARCHIVE_INVALID', message });

const wheelMetadata = { path: 'foo-1.0.dist-info/METADATA', content: metadata() };

describe('findMetadata', () => {
  describe('in formats', () => {
    it.each(['.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz', '.tar.xz', '.txz', '.tar.z'])(
      'reads a source distribution called %s by its content',
      async (extension) => {
        const packed = [
          tarBytes([{ path: 'foo-1.0/PKG-INFO', content: metadata() }]),
          gzipSync(tarBytes([{ path: 'foo-1.0/PKG-INFO', content: metadata() }])),
          await fixture('archives/foo-1.0.tar.bz2'),
          await fixture('archives/foo-1.0.tar.xz'),
          await fixture('archives/foo-1.0.tar.Z'),
        ];
        for (const bytes of packed) expect((await find(bytes, 'sdist', extension))?.[1]).toContain('Metadata-Version: 1.1\nName: foo\n');
      },
    );

    it.each([
      ['sdist', '.zip', 'foo-1.0/PKG-INFO'],
      ['bdist_wheel', '.whl', 'foo-1.0.dist-info/METADATA'],
      ['bdist_egg', '.egg', 'EGG-INFO/PKG-INFO'],
      ['bdist_wininst', '.exe', 'PURELIB/foo-1.0-py2.7.egg-info'],
      ['bdist_wininst', '.exe', 'PLATLIB/foo-1.0-py2.7.egg-info/PKG-INFO'],
    ] as const)('reads %s %s at %s, stored and packed', async (packageType, extension, path) => {
      for (const deflate of [false, true]) {
        const bytes = zipBytes([
          { path: 'foo.py', content: 'x' },
          { path, content: metadata(), deflate },
        ]);
        expect(await find(bytes, packageType, extension)).toEqual([path, metadata()]);
      }
    });

    it('reads the image of an installation', async () => {
      const path = 'usr/lib/python2.7/site-packages/foo-1.0-py2.7.egg-info';
      expect(await find(tarGzBytes([{ path: `./${path}`, content: metadata() }]), 'bdist_dumb', '.tar.gz')).toEqual([path, metadata()]);
    });

    it.each(['.exe', '.egg'])('reads an archive behind a program: %s', async (extension) => {
      const path = 'EGG-INFO/PKG-INFO';
      for (const zip64 of [false, true]) {
        const bytes = zipBytes([{ path, content: metadata() }], { prefix: Buffer.alloc(100_000, 7), zip64, comment: 'made by hand' });
        expect(await find(bytes, extension === '.exe' ? 'bdist_wininst' : 'bdist_egg', extension)).toEqual([path, metadata()]);
      }
    });

    it('reads what other writers write', async () => {
      const zip = new AdmZip();
      zip.addFile('foo/__init__.py', Buffer.alloc(100_000));
      zip.addFile('foo-1.0.dist-info/METADATA', Buffer.from(metadata('foo', `Summary: ${'long '.repeat(1000)}\n`)));
      expect((await find(zip.toBuffer(), 'bdist_wheel', '.whl'))?.[0]).toBe('foo-1.0.dist-info/METADATA');

      const folder = await newFolder();
      const top = `foo-1.0-${'very-long-name-'.repeat(10)}`;
      await mkdir(join(folder, top, 'a'.repeat(120)), { recursive: true });
      await writeFile(join(folder, top, 'a'.repeat(120), 'x.py'), 'x');
      await writeFile(join(folder, top, 'PKG-INFO'), metadata());
      await tar.create({ file: join(folder, 'x.tar.gz'), cwd: folder, gzip: true }, [`./${top}`]);
      expect((await findMetadata(join(folder, 'x.tar.gz'), searchFor('sdist', '.tar.gz')))?.path).toBe(`${top}/PKG-INFO`);
    });

    it('tolerates what follows the end of a zip file', async () => {
      const bytes = Buffer.concat([zipBytes([wheelMetadata]), Buffer.from('\n')]);
      expect(await find(bytes, 'bdist_wheel', '.whl')).toEqual([wheelMetadata.path, metadata()]);
    });
  });

  describe('in source distributions', () => {
    it('takes the one in the top folder, whatever stands before it or ./ before its name', async () => {
      const bytes = tarGzBytes([
        { path: 'foo-1.0/src/foo.egg-info/PKG-INFO', content: metadata('foo', 'Summary: older\n') },
        { path: 'PKG-INFO', content: metadata('foo', 'Summary: stray\n') },
        { path: './foo-1.0/./PKG-INFO', content: metadata() },
      ]);
      expect(await inSdist(bytes)).toEqual(['foo-1.0/PKG-INFO', metadata()]);
    });

    it.each(['tar', 'zip'])('looks elsewhere where the top folder has none, the shallowest first: %s', async (format) => {
      const members = [
        { path: 'foo-1.0/a/b/PKG-INFO', content: metadata('foo', 'Summary: deep\n') },
        { path: 'foo-1.0/z.egg-info/PKG-INFO', content: metadata('foo', 'Summary: last\n') },
        { path: 'foo-1.0/foo.egg-info/PKG-INFO', content: metadata() },
        { path: 'foo-1.0/bar.egg-info/PKG-INFO', content: metadata('bar') },
        { path: 'foo-1.0/y.egg-info/PKG-INFO', content: metadata('foo', 'Summary: later\n') },
        { path: 'foo-1.0/PKG-INFO', content: 'not what it is called\n' },
      ];
      const found = format === 'tar' ? await inSdist(tarGzBytes(members)) : await find(zipBytes(members), 'sdist', '.zip');
      expect(found).toEqual(['foo-1.0/foo.egg-info/PKG-INFO', metadata()]);
    });

    it('never follows a link', async () => {
      const bytes = tarGzBytes([
        { path: 'foo-1.0/PKG-INFO', type: '2', linkTo: '/etc/passwd' },
        { path: 'foo-1.0/PKG-INFO', type: '1', linkTo: 'foo-1.0/setup.py', content: metadata('foo', 'Summary: in a link\n') },
        { path: 'foo-1.0/foo.egg-info/PKG-INFO', content: metadata() },
      ]);
      expect(await inSdist(bytes)).toEqual(['foo-1.0/foo.egg-info/PKG-INFO', metadata()]);
    });

    it('answers undefined where there is none', async () => {
      expect(await inSdist(tarGzBytes([{ path: 'foo-1.0/setup.py', content: 'x' }]))).toBeUndefined();
      expect(await find(zipBytes([{ path: 'foo-1.0/setup.py', content: 'x' }]), 'sdist', '.zip')).toBeUndefined();
      expect(await inSdist(tarGzBytes([{ path: 'foo-1.0/vendor/PKG-INFO', content: metadata('bar') }]))).toBeUndefined();
    });

    it('stops at the metadata: damage and garbage behind it do not matter', async () => {
      const members = [
        { path: 'foo-1.0/PKG-INFO', content: metadata() },
        { path: 'foo-1.0/../../etc/passwd', content: 'x' },
      ];
      const whole = tarBytes(members);
      const variants = [
        whole,
        whole.subarray(0, 1024 + 100),
        Buffer.concat([whole.subarray(0, 1024), Buffer.alloc(2000, 0xff)]),
        gzipSync(whole),
        Buffer.concat([gzipSync(tarBytes([{ path: 'foo-1.0/PKG-INFO', content: metadata() }])), Buffer.alloc(3000, 7)]),
      ];
      for (const bytes of variants) expect(await inSdist(bytes)).toEqual(['foo-1.0/PKG-INFO', metadata()]);
    });

    it('reads no further than the metadata', async () => {
      const path = join(await newFolder(), 'big.tar');
      await writeFile(path, tarBytes([{ path: 'foo-1.0/PKG-INFO', content: metadata() }]).subarray(0, 1024));
      await truncate(path, 3_000_000_000);
      const started = performance.now();
      expect((await findMetadata(path, searchFor('sdist', '.tar')))?.path).toBe('foo-1.0/PKG-INFO');
      expect(performance.now() - started).toBeLessThan(2000);
    });
  });

  describe('in a zip file of 3 GB', () => {
    it('reads the directory and little else, each part once', async () => {
      const { file, directorySize, bytesRead } = hugeWheel();
      const found = await findMetadataInZip(file, searchFor('bdist_wheel', '.whl'));
      expect(Buffer.from(found?.bytes ?? []).toString()).toBe(metadata());
      // Besides the directory: its end twice, and one window where METADATA lies.
      expect(bytesRead()).toBeLessThan(directorySize + 4 * 65_600);
    });
  });

  describe('refuses', () => {
    it.each([
      ['nothing at all', Buffer.alloc(0), 'foo-1.0.tar.gz is no tar file'],
      ['text', Buffer.from('<html>not found</html>'.repeat(100)), 'foo-1.0.tar.gz is damaged or no tar file (checksum failure)'],
      [
        'a zip file',
        zipBytes([{ path: 'foo-1.0/PKG-INFO', content: 'x'.repeat(600) }]),
        'foo-1.0.tar.gz is damaged or no tar file (checksum failure)',
      ],
      ['a tar file packed twice', gzipSync(gzipSync(tarBytes([]))), 'foo-1.0.tar.gz is packed twice'],
      ['a cut tar file', tarBytes([{ path: 'foo-1.0/PKG-INFO', content: metadata() }]).subarray(0, 530), 'foo-1.0.tar.gz is cut short'],
      [
        'a cut gzip file',
        gzipSync(tarBytes([{ path: 'foo-1.0/PKG-INFO', content: metadata() }])).subarray(0, 60),
        'foo-1.0.tar.gz is cut short',
      ],
      [
        'a damaged member',
        tarBytes([{ path: 'foo-1.0/setup.py' }, { path: 'foo-1.0/PKG-INFO', content: metadata() }]).fill(1, 512, 600),
        'foo-1.0.tar.gz is damaged or no tar file (checksum failure)',
      ],
      ['a path out of the archive', tarBytes([{ path: '../x' }]), "foo-1.0.tar.gz holds a member whose path leads out of it: '../x'"],
      ['an absolute path', tarBytes([{ path: '/etc/passwd' }]), "foo-1.0.tar.gz holds a member whose path leads out of it: '/etc/passwd'"],
      [
        'a path with backslashes',
        tarBytes([{ path: 'a\\..\\..\\x' }]),
        "foo-1.0.tar.gz holds a member whose path leads out of it: 'a\\..\\..\\x'",
      ],
    ])('as a source distribution: %s', async (_what, bytes, message) => {
      await expect(inSdist(bytes)).rejects.toMatchObject(invalid(message));
    });

    it.each<readonly [string, Uint8Array, string]>([
      ['nothing at all', Buffer.alloc(0), 'foo-1.0.whl is no zip file, or cut short: it has no end record'],
      ['text', Buffer.from('<html>not found</html>'), 'foo-1.0.whl is no zip file, or cut short: it has no end record'],
      ['a cut zip file', zipBytes([wheelMetadata]).subarray(0, -30), 'foo-1.0.whl is no zip file, or cut short: it has no end record'],
      [
        'a cut comment',
        zipBytes([wheelMetadata], { comment: 'comment' }).subarray(0, -3),
        'foo-1.0.whl is cut short: its end record is incomplete',
      ],
      ['a missing middle', without(zipBytes([wheelMetadata]), 10, 30), 'foo-1.0.whl is damaged: its end record does not fit the file'],
      [
        'something before it',
        zipBytes([wheelMetadata], { prefix: Buffer.from('#!sh') }),
        'foo-1.0.whl is damaged: something stands before its first member',
      ],
      [
        'a hidden member',
        zipBytes([{ path: 'a', content: '' }, wheelMetadata], { entryCount: 1 }),
        'foo-1.0.whl is damaged: its directory is longer than it says',
      ],
      [
        'a member too few',
        zipBytes([wheelMetadata], { entryCount: 2 }),
        'foo-1.0.whl is damaged: its directory is broken (an offset points outside of the file)',
      ],
      [
        'an encrypted member',
        zipBytes([{ path: 'secret', content: 'x'.repeat(12), flags: 0x801, size: 0 }]),
        "foo-1.0.whl holds an encrypted member: 'secret'",
      ],
      ['a strongly encrypted member', zipBytes([{ path: 'secret', content: 'x', flags: 0x841 }]), 'foo-1.0.whl holds an encrypted member'],
      [
        'a path out of the archive',
        zipBytes([{ path: 'a/../../x', content: '' }]),
        'foo-1.0.whl holds a member whose path leads out of it (invalid relative path: a/../../x)',
      ],
      [
        'an absolute path',
        zipBytes([{ path: '/x', content: '' }]),
        'foo-1.0.whl holds a member whose path leads out of it (absolute path: /x)',
      ],
      [
        'a drive letter',
        zipBytes([{ path: 'C:\\x', content: '' }]),
        'foo-1.0.whl holds a member whose path leads out of it (absolute path: C:/x)',
      ],
      [
        'names that disagree',
        zipBytes([{ ...wheelMetadata, localPath: 'bar-1.0.dist-info/METADATA' }]),
        'foo-1.0.whl is damaged: its directory and its members disagree about foo-1.0.dist-info/METADATA',
      ],
      [
        'a wrong checksum',
        zipBytes([{ ...wheelMetadata, crc: 1 }]),
        'foo-1.0.whl is damaged: foo-1.0.dist-info/METADATA does not match its checksum',
      ],
      [
        'a member longer than it says',
        zipBytes([{ ...wheelMetadata, deflate: true, size: 5 }]),
        'foo-1.0.whl is damaged: foo-1.0.dist-info/METADATA is longer than it says',
      ],
      [
        'a member shorter than it says',
        zipBytes([{ ...wheelMetadata, deflate: true, size: 500 }]),
        'foo-1.0.whl is damaged: foo-1.0.dist-info/METADATA does not match its checksum',
      ],
      [
        'packed data that is none',
        zipBytes([{ ...wheelMetadata, method: 8 }]),
        'foo-1.0.whl is damaged: foo-1.0.dist-info/METADATA cannot be unpacked',
      ],
      [
        'an unknown packing',
        zipBytes([{ ...wheelMetadata, method: 14 }]),
        'foo-1.0.whl holds foo-1.0.dist-info/METADATA packed by method 14, which cannot be read',
      ],
      [
        'two differing METADATA of one name',
        zipBytes([wheelMetadata, { ...wheelMetadata, content: metadata('foo', 'Summary: other\n') }]),
        'foo-1.0.whl is ambiguous: it holds two files foo-1.0.dist-info/METADATA that differ',
      ],
      [
        'two differing .dist-info folders',
        zipBytes([wheelMetadata, { path: 'Foo-1.0.dist-info/METADATA', content: metadata('Foo') }]),
        'foo-1.0.whl is ambiguous: it holds Foo-1.0.dist-info/METADATA and foo-1.0.dist-info/METADATA that differ',
      ],
    ])('as a wheel: %s', async (_what, bytes, message) => {
      await expect(find(bytes, 'bdist_wheel', '.whl')).rejects.toMatchObject(invalid(message));
    });

    it('no member that is there twice with the same content', async () => {
      expect(await inWheel([wheelMetadata, wheelMetadata])).toEqual([wheelMetadata.path, metadata()]);
    });

    it('two files of one name that differ, in a tar file too', async () => {
      const path = 'foo-1.0/foo.egg-info/PKG-INFO';
      const bytes = tarGzBytes([
        { path, content: metadata() },
        { path, content: metadata('foo', 'Summary: other\n') },
      ]);
      await expect(inSdist(bytes)).rejects.toMatchObject(invalid(`foo-1.0.tar.gz is ambiguous: it holds two files ${path} that differ`));
    });
  });

  describe('keeps to limits:', () => {
    const many = Array.from({ length: 20 }, (_none, index) => ({ path: `foo-1.0/${index}`, content: 'x' }));

    it('members', async () => {
      const limits = { members: 10 };
      const message = 'foo-1.0.tar.gz holds more than 10 members';
      await expect(inSdist(tarGzBytes(many), { limits })).rejects.toMatchObject(invalid(message));
      await expect(inSdist(tarGzBytes(many.map(({ path }) => ({ path, type: 'Z' }))), { limits })).rejects.toMatchObject(invalid(message));
      await expect(inWheel(many, {}, { limits })).rejects.toMatchObject(invalid('foo-1.0.whl holds more than 10 members'));
    });

    it('the size of the directory', async () => {
      await expect(inWheel(many, {}, { limits: { directoryBytes: 100 } })).rejects.toMatchObject(
        invalid('foo-1.0.whl has a directory of more than 100 bytes'),
      );
    });

    it('the size of the metadata', async () => {
      const limits = { metadataBytes: 100 };
      const content = metadata('foo', `Summary: ${'x'.repeat(100)}\n`);
      await expect(inSdist(tarGzBytes([{ path: 'foo-1.0/PKG-INFO', content }]), { limits })).rejects.toMatchObject(
        invalid('foo-1.0.tar.gz holds a foo-1.0/PKG-INFO of more than 100 bytes'),
      );
      for (const deflate of [true, false]) {
        await expect(inWheel([{ path: wheelMetadata.path, content, deflate }], {}, { limits })).rejects.toMatchObject(
          invalid('foo-1.0.whl holds a foo-1.0.dist-info/METADATA of more than 100 bytes'),
        );
      }
      const elsewhere = [
        { path: 'foo-1.0/a/PKG-INFO', content },
        { path: 'foo-1.0/a/b/PKG-INFO', content: metadata() },
      ];
      expect((await inSdist(tarGzBytes(elsewhere), { limits }))?.[0]).toBe('foo-1.0/a/b/PKG-INFO');
      expect((await find(zipBytes(elsewhere), 'sdist', '.zip', { limits }))?.[0]).toBe('foo-1.0/a/b/PKG-INFO');
    });

    it('what comes out of decompression', async () => {
      const bytes = gzipSync(tarBytes([{ path: 'foo-1.0/zeros', content: Buffer.alloc(3_000_000) }]));
      await expect(inSdist(bytes, { limits: { inflatedBytes: 1_000_000 } })).rejects.toMatchObject(
        invalid('foo-1.0.tar.gz unpacks to more than 1000000 bytes before its metadata is found'),
      );
      await expect(inSdist(bytes, { limits: { ratioFreeBytes: 1_000_000 } })).rejects.toMatchObject(
        invalid('foo-1.0.tar.gz unpacks to more than 200 times its size'),
      );
      expect(await inSdist(bytes)).toBeUndefined();
    });

    it('the ratio that a real bomb has, by default', async () => {
      const bomb = gzipSync(tarBytes([{ path: 'foo-1.0/zeros', content: Buffer.alloc(80_000_000) }]));
      await expect(inSdist(bomb)).rejects.toMatchObject(invalid('foo-1.0.tar.gz unpacks to more than 200 times its size'));
    });

    it('the time', async () => {
      const bytes = gzipSync(tarBytes([{ path: 'foo-1.0/zeros', content: Buffer.alloc(30_000_000) }]));
      await expect(inSdist(bytes, { limits: { milliseconds: 1 } })).rejects.toMatchObject(
        invalid('foo-1.0.tar.gz takes longer than 0.001 seconds to search'),
      );
    });
  });

  it('stops at an abort with its reason', async () => {
    const options = { signal: AbortSignal.abort(new Error('interrupted')) };
    await expect(inSdist(tarGzBytes([{ path: 'foo-1.0/PKG-INFO', content: metadata() }]), options)).rejects.toThrow('interrupted');
    await expect(inWheel([wheelMetadata], {}, options)).rejects.toThrow('interrupted');
  });

  it.each(['.tar.gz', '.zip'])('says NOT_FOUND for a file that is not there: %s', async (extension) => {
    const path = join(await newFolder(), 'none');
    await expect(findMetadata(path, searchFor('sdist', extension))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

function without(bytes: Buffer, from: number, count: number): Buffer {
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + count)]);
}

/** A wheel with METADATA before one member of 3 GB, of which only the parts that are not zero exist. */
function hugeWheel() {
  const big = 3 * 1024 ** 3;
  const sections = (member: ZipInput) => {
    const bytes = zipBytes([member]);
    const directoryAt = bytes.length - 22 - 46 - member.path.length;
    return { local: bytes.subarray(0, directoryAt), entry: bytes.subarray(directoryAt, -22) };
  };
  const first = sections(wheelMetadata);
  const library = sections({ path: 'lib.so', content: '' });
  for (const [header, at] of [
    [library.local, 18],
    [library.entry, 20],
  ] as const) {
    header.writeUInt32LE(big, at);
    header.writeUInt32LE(big, at + 4);
  }
  library.entry.writeUInt32LE(first.local.length, 42);
  const others = Array.from({ length: 5000 }, (_none, index) => sections({ path: `pkg/data-${index}`, content: '' }).entry);
  const directory = Buffer.concat([library.entry, ...others, first.entry]);
  const head = Buffer.concat([first.local, library.local]);
  const directoryStart = head.length + big;
  const tail = Buffer.concat([directory, endRecords(others.length + 2, directory.length, directoryStart, { zip64: true })]);
  const parts = [
    { at: 0, bytes: head },
    { at: directoryStart, bytes: tail },
  ];
  let count = 0;
  const file = {
    size: directoryStart + tail.length,
    read(start: number, end: number): Promise<Uint8Array> {
      count += end - start;
      const bytes = Buffer.alloc(end - start);
      for (const part of parts) {
        const from = Math.max(start, part.at);
        const to = Math.min(end, part.at + part.bytes.length);
        if (from < to) part.bytes.copy(bytes, from - start, from - part.at, to - part.at);
      }
      return Promise.resolve(bytes);
    },
  };
  return { file, directorySize: directory.length, bytesRead: () => count };
}
