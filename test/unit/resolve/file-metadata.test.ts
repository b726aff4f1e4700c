import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { companionBytes, sourceMetadata } from '../../../src/resolve/file-metadata.ts';
import { nameOf } from '../../support/builders.ts';
import { fakeSource } from '../../support/fake-source.ts';
import type { SourceFile } from '../../support/fake-source.ts';
import { zipBytes } from '../../support/zip-bytes.ts';

const filename = 'a-1.0-py3-none-any.whl';
const metadataOf = (name: string) => `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\nRequires-Dist: b\n`;
const wheel = zipBytes([{ path: 'a-1.0.dist-info/METADATA', content: metadataOf('a') }]);

async function given(file: SourceFile) {
  const source = fakeSource({ a: [file] });
  const [listed] = (await source.project(nameOf('a')))?.files ?? [];
  if (listed === undefined) throw new Error('the source has no file');
  return { source, listed };
}

describe('sourceMetadata', () => {
  it('reads the companion and leaves the archive alone', async () => {
    const { source, listed } = await given({ filename, metadata: metadataOf('a') });
    expect((await sourceMetadata(source, listed)).requiresDist).toEqual(['b']);
    expect([...source.reads.keys()]).toEqual([`${filename}.metadata`]);
  });

  it('reads the archive where there is no companion, and keeps nothing', async () => {
    const { source, listed } = await given({ filename, content: wheel });
    const before = (await readdir(tmpdir())).filter((entry) => entry.startsWith('pkgsync-'));
    expect((await sourceMetadata(source, listed)).requiresDist).toEqual(['b']);
    // Tests that run beside this one keep their folders here too.
    const after = (await readdir(tmpdir())).filter((entry) => entry.startsWith('pkgsync-') && !entry.startsWith('pkgsync-e2e-'));
    expect(after.filter((entry) => !before.includes(entry))).toEqual([]);
  });

  it('refuses a companion with another digest, and one of another project', async () => {
    const forged = await given({ filename, metadata: metadataOf('a'), coreMetadata: { sha256: '0'.repeat(64) } });
    await expect(sourceMetadata(forged.source, forged.listed)).rejects.toMatchObject({ code: 'INTEGRITY' });
    const foreign = await given({ filename, metadata: metadataOf('b') });
    await expect(sourceMetadata(foreign.source, foreign.listed)).rejects.toMatchObject({ code: 'METADATA_INVALID' });
  });

  it('refuses an archive with another digest', async () => {
    const { source, listed } = await given({ filename, content: wheel, hashes: { sha256: '0'.repeat(64) } });
    await expect(sourceMetadata(source, listed)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
});

describe('companionBytes', () => {
  it('is nothing where the page names no companion', async () => {
    const { source, listed } = await given({ filename });
    expect(await companionBytes(source, listed)).toBeUndefined();
  });
});
