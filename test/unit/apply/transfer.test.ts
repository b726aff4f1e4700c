import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fetchContent } from '../../../src/apply/transfer.ts';
import type { FetchRequest } from '../../../src/apply/transfer.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import { PartFiles, partStem } from '../../../src/io/part-files.ts';
import { digestsOf, nameOf } from '../../support/builders.ts';
import { fakeSource } from '../../support/fake-source.ts';
import type { SourceFile } from '../../support/fake-source.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { zipBytes } from '../../support/zip-bytes.ts';

const folder = temporaryFolders();
const filename = 'a-1.0-py3-none-any.whl';
const metadataOf = (name: string, version = '1.0') => `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
const wheel = (metadata: string) => zipBytes([{ path: 'a-1.0.dist-info/METADATA', content: metadata }]);

async function fetched(given: SourceFile, overrides: Partial<FetchRequest> = {}) {
  const source = fakeSource({ a: [given] });
  const [file] = (await source.project(nameOf('a')))?.files ?? [];
  if (file === undefined) throw new Error('the source has no file');
  const warnings: string[] = [];
  const staging = await folder();
  const running = fetchContent({
    source,
    file,
    approved: { hashes: file.hashes, size: file.size },
    folder: staging,
    parts: new PartFiles(),
    sleep: () => Promise.resolve(),
    onWarning: (message) => void warnings.push(message),
    ...overrides,
  });
  return { running, warnings, left: () => readdir(staging) };
}

describe('fetchContent', () => {
  it('gives the verified bytes with digests and the metadata inside', async () => {
    const content = wheel(metadataOf('a'));
    const { running, warnings, left } = await fetched({ filename, content });
    const got = await running;
    expect(await readFile(got.path)).toEqual(content);
    expect(got).toMatchObject({
      size: content.length,
      hashes: digestsOf(content),
      metadata: { name: 'a', version: '1.0', fromFilename: false },
    });
    expect(Buffer.from(got.metadataBytes ?? []).toString()).toBe(metadataOf('a'));
    expect(warnings).toEqual([]);
    await got.discard();
    expect(await left()).toEqual([]);
  });

  it('goes by the approved digests, whatever the source says', async () => {
    const content = wheel(metadataOf('a'));
    const { running, left } = await fetched({ filename, content, hashes: {} }, { approved: { hashes: { sha256: '0'.repeat(64) } } });
    await expect(running).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(await left()).toEqual([]);
  });

  it('looks a second time at bytes that are not the approved ones, and no third time', async () => {
    const content = wheel(metadataOf('a'));
    const source = fakeSource({ a: [{ filename, content }] });
    const [file] = (await source.project(nameOf('a')))?.files ?? [];
    let looks = 0;
    const answering = (goodFrom: number) => ({
      ...source,
      open: (asked: typeof file & object) => ({
        ...source.open(asked),
        async *read() {
          looks += 1;
          await Promise.resolve();
          yield looks >= goodFrom ? content : Buffer.alloc(content.length, looks);
        },
      }),
    });
    const fetch = async (goodFrom: number) =>
      await fetchContent({
        source: answering(goodFrom),
        file: file!,
        approved: { hashes: file!.hashes, size: file!.size },
        folder: await folder(),
        parts: new PartFiles(),
        sleep: () => Promise.resolve(),
      });
    expect(await readFile((await fetch(2)).path)).toEqual(content);
    looks = 0;
    await expect(fetch(3)).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(looks).toBe(2);
  });

  it('refuses bytes of another size', async () => {
    const { running } = await fetched({ filename, content: wheel(metadataOf('a')) }, { approved: { hashes: {}, size: 3 } });
    await expect(running).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  it.each([
    ['goes on with a read that broke off, in three tries at most', 2, 3],
    ['leaves it to the source to repeat a read that never began', 0, 1],
  ])('%s', async (_what, size, expected) => {
    const content = wheel(metadataOf('a'));
    const plain = fakeSource({ a: [{ filename, content }] });
    let reads = 0;
    const read = async function* () {
      reads += 1;
      if (size > 0) yield content.subarray(0, size);
      await Promise.resolve();
      throw new PkgsyncError('UNREACHABLE', 'the connection broke', { retryable: true });
    };
    const source = { ...plain, open: () => ({ label: filename, read }) };
    const { running, left } = await fetched({ filename, content }, { source });
    await expect(running).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(reads).toBe(expected);
    expect(await left()).toEqual([]);
  });

  it('refuses a file of another project, and keeps nothing of it', async () => {
    const { running, left } = await fetched({
      filename,
      content: zipBytes([{ path: 'b-1.0.dist-info/METADATA', content: metadataOf('b') }]),
    });
    await expect(running).rejects.toMatchObject({ code: 'METADATA_INVALID' });
    expect(await left()).toEqual([]);
  });

  it('takes the companion where the archive cannot be read', async () => {
    const { running, warnings } = await fetched({
      filename,
      content: 'no zip',
      metadata: `${metadataOf('a')}Summary: from the companion\n`,
    });
    expect((await running).metadata.summary).toBe('from the companion');
    expect(warnings).toEqual([]);
  });

  it('takes name and version of the filename where there is nothing else, and says so', async () => {
    const { running, warnings } = await fetched({ filename, content: 'no zip' });
    expect((await running).metadata).toMatchObject({ name: 'a', version: '1.0', fromFilename: true });
    expect(warnings).toEqual([expect.stringMatching(/its metadata cannot be read .*; name and version are taken from the filename$/)]);
  });
});

describe('fetchContent after a run that was cut off', () => {
  const content = wheel(metadataOf('a'));
  const stem = partStem(filename, digestsOf(content).sha256);

  /** A source that says no size, as HTML pages do, and counts what is read of it. */
  async function after(left: Uint8Array, hint?: number) {
    const reads: (number | undefined)[] = [];
    const plain = fakeSource({ a: [{ filename, content }] });
    const [listed] = (await plain.project(nameOf('a')))?.files ?? [];
    const file = { ...listed!, size: undefined };
    const open = () => {
      const bytes = plain.open(file);
      return {
        label: bytes.label,
        read: (options: Parameters<typeof bytes.read>[0]) => {
          reads.push(options?.range?.start);
          return bytes.read(options);
        },
      };
    };
    const staging = await folder();
    await writeFile(join(staging, `${stem}.part`), left);
    const got = await fetchContent({
      source: { ...plain, open },
      file,
      approved: { hashes: file.hashes },
      folder: staging,
      parts: new PartFiles(),
      sizeHint: (asked) => (asked === stem ? hint : undefined),
      sleep: () => Promise.resolve(),
    });
    expect(await readFile(got.path)).toEqual(content);
    expect(got.hashes).toEqual(digestsOf(content));
    return reads;
  }

  it('goes on where the file ends', async () => {
    expect(await after(content.subarray(0, 40))).toEqual([40]);
  });

  it('asks the source for nothing where the file is whole, by what the journal says of its size', async () => {
    expect(await after(content, content.length)).toEqual([]);
  });

  it.each([
    ['is cut short', content.subarray(0, 40), 40, [40]],
    ['has other bytes of that length', Buffer.alloc(content.length), content.length, [content.length, undefined]],
    ['is longer than all there is', Buffer.concat([content, content]), content.length * 2, [content.length * 2, undefined]],
  ])('believes the journal nothing: a file that %s is completed or begun anew', async (_what, left, hint, expected) => {
    expect(await after(left, hint)).toEqual(expected);
  });

  it('leaves an interrupted download to the next run, and what failed otherwise to nobody', async () => {
    for (const [code, expected] of [
      ['INTERRUPTED', [`${stem}.part`]],
      ['FORBIDDEN', []],
    ] as const) {
      const plain = fakeSource({ a: [{ filename, content }] });
      plain.failReads(filename, [{ error: new PkgsyncError(code, 'no more'), afterBytes: 30 }]);
      const { running, left } = await fetched({ filename, content }, { source: plain });
      await expect(running).rejects.toMatchObject({ code });
      expect(await left()).toEqual(expected);
    }
  });
});
