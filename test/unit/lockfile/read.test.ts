import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LayoutReader } from '../../../src/lockfile/layout.ts';
import { lineBatches } from '../../../src/lockfile/lines.ts';
import { readLockFile } from '../../../src/lockfile/read.ts';
import { encodeLock } from '../../../src/lockfile/write.ts';
import { anyLock, lockPackage } from '../../support/locks.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

async function gathered<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const textOf = async (packages: Parameters<typeof encodeLock>[0]) => (await gathered(encodeLock(packages))).join('');

describe('LayoutReader', () => {
  it('knows every line that we write, so nothing that we wrote is read whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyLock, async (packages) => {
        const layout = new LayoutReader();
        const lines = (await textOf(packages)).split('\n').slice(0, -1);
        const unknown = lines.filter((line) => layout.next(line) === undefined);
        expect(unknown).toEqual([]);
        expect(layout.complete).toBe(true);
        expect(layout.next('')).toBeUndefined();
      }),
    );
  });

  it('never finds a lock complete from which a line is missing', async () => {
    const lines = (await textOf(['a', 'b', 'c'].map((name) => lockPackage(name)))).split('\n').slice(0, -1);
    for (const missing of lines.keys()) {
      const layout = new LayoutReader();
      const fits = lines.toSpliced(missing, 1).every((line) => layout.next(line) !== undefined);
      expect(fits && layout.complete).toBe(false);
    }
  });
});

describe('lineBatches', () => {
  it('gives the lines of the text wherever its bytes are cut', async () => {
    const text = fc.array(fc.constantFrom('a', '\n', 'é', '😀', '\r', '\u2028', ' '), { maxLength: 30 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), async (written, sizes) => {
        const bytes = Buffer.from(written);
        // eslint-disable-next-line @typescript-eslint/require-await -- the shape of a stream is what is needed
        async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let at = 0, index = 0; at < bytes.length; index++) {
            const size = sizes[index % sizes.length]!;
            yield bytes.subarray(at, at + size);
            at += size;
          }
        }
        const lines = (await gathered(lineBatches(chunks(), 'file'))).flat();
        const expected = written.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });
});

describe('a file that is too large to be read whole', () => {
  const readSmall = async (text: string) => {
    const path = join(await newFolder(), 'pkgsync.lock');
    await writeFile(path, text);
    return { path, read: gathered(readLockFile(path, 100)) };
  };

  it('is read as ever in our layout', async () => {
    const packages = [lockPackage('a'), lockPackage('b')];
    const { read } = await readSmall(await textOf(packages));
    expect(await read).toEqual(packages);
  });

  it('is refused in another one, with the first line that differs', async () => {
    const text = (await textOf([lockPackage('a')])).replace('    {"name"', '  {"name"');
    const { path, read } = await readSmall(text);
    await expect(read).rejects.toMatchObject({
      code: 'LOCK_INVALID',
      message: `${path}:4: from here on the file is not in the layout that pkgsync writes, and it is too large to be read otherwise`,
    });
  });

  it('is still recognised as written by a newer pkgsync, or as a conflict', async () => {
    const text = await textOf([lockPackage('a')]);
    await expect((await readSmall(text.replace(': 1,', ': 2,'))).read).rejects.toMatchObject({ hint: 'update pkgsync' });
    await expect((await readSmall(text.replace('    {"name"', '<<<<<<< HEAD\n    {"name"'))).read).rejects.toMatchObject({
      message: expect.stringContaining('merge conflict') as unknown,
    });
  });
});

describe('an entry whose version was edited', () => {
  it.each([
    ['as we wrote it', (text: string) => text],
    ['in another layout', (text: string) => JSON.stringify(JSON.parse(text), undefined, 4)],
  ])('is refused with its place, in a file %s', async (_, laidOut) => {
    const folder = await newFolder();
    const path = join(folder, 'pkgsync.lock');
    const text = laidOut(await textOf([lockPackage('alpha'), lockPackage('beta')]));
    const edited = text.replace(/"version": ?"1\.0"(?![^]*"version")/, '"version": "2.0"');
    const line = edited.slice(0, edited.indexOf('"2.0"')).split('\n').length;
    expect(edited).not.toBe(text);
    await writeFile(path, edited);
    await expect(gathered(readLockFile(path))).rejects.toMatchObject({
      code: 'LOCK_OUTDATED',
      problems: [expect.stringMatching(`pkgsync\\.lock:${line}:\\d+: .*beta has beta-1.0.tar.gz in the lock as version 2.0`)],
    });
  });

  it('is accepted in another spelling of the same version', async () => {
    const path = join(await newFolder(), 'pkgsync.lock');
    await writeFile(path, (await textOf([lockPackage('alpha')])).replace('"version":"1.0"', '"version":"1.0.0"'));
    expect(await gathered(readLockFile(path))).toMatchObject([{ files: [{ version: '1.0.0' }] }]);
  });
});
