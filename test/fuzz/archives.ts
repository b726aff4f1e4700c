import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { maxMetadataBytes } from '../../src/archive/core-metadata.ts';
import { readFileMetadata } from '../../src/archive/file-metadata.ts';
import { isNameOf, normalizeName } from '../../src/packaging/name.ts';
import { eggBytes, sdistBytes, wheelBytes, wininstBytes, type BuiltFile } from '../support/archives.ts';
import { mutated } from '../support/mutate.ts';
import { gzipBytes } from '../support/tar-bytes.ts';
import { holds, settledOr, surface, type Surface } from './surface.ts';

const name = normalizeName('foo');
const input = { name: 'foo', version: '1.0', requiresDist: ['bar>=1'], description: 'A description.\n'.repeat(20) };
const fixture = (filename: string): BuiltFile => ({
  filename,
  bytes: readFileSync(new URL(`../fixtures/archives/${filename}`, import.meta.url)),
});

/** One of every format that is looked into. */
const archives: readonly BuiltFile[] = [
  wheelBytes(input),
  eggBytes(input),
  wininstBytes(input),
  sdistBytes({ ...input, extension: '.zip' }),
  sdistBytes({ ...input, extension: '.tar' }),
  sdistBytes({ ...input, extension: '.tar.gz' }),
  fixture('foo-1.0.tar.bz2'),
  fixture('foo-1.0.tar.xz'),
  fixture('foo-1.0.tar.Z'),
];

/** Damage to the packed bytes, and damage to a tar file before it is packed: behind a checksum nothing else would get through. */
const damaged = fc.oneof(
  fc.constantFrom(...archives).chain(({ filename, bytes }) => mutated([bytes]).map((changed) => ({ filename, bytes: changed }))),
  mutated([sdistBytes({ ...input, extension: '.tar' }).bytes]).map((bytes) => ({ filename: 'foo-1.0.tar.gz', bytes: gzipBytes(bytes) })),
);

let written = 0;

export const archiveSurfaces: readonly Surface[] = [
  surface({
    name: 'archives',
    weight: 3,
    // Each is written to the disk and opened there.
    base: 1000,
    inputs: damaged,
    check: async ({ filename, bytes }) => {
      written += 1;
      const path = join(tmpdir(), `pkgsync-fuzz-${process.pid}-${written}`);
      await writeFile(path, bytes);
      try {
        const read = await settledOr(['ARCHIVE_INVALID', 'METADATA_INVALID'], readFileMetadata(path, filename, name));
        if (read === undefined) return;
        holds('the metadata is of this project', isNameOf(read.metadata.name, name));
        holds('it is no larger than allowed', (read.bytes?.length ?? 0) <= maxMetadataBytes);
      } finally {
        await rm(path);
      }
    },
  }),
];
