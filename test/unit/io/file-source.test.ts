import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fileSource } from '../../../src/io/file-source.ts';
import { readAll } from '../../../src/io/hashing.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

async function fileWith(content: string | Uint8Array): Promise<string> {
  const path = join(await newFolder(), 'file.bin');
  await writeFile(path, content);
  return path;
}

describe('fileSource', () => {
  it('streams the whole file, as often as asked', async () => {
    const bytes = Buffer.alloc(700_001, 'abc');
    const source = fileSource(await fileWith(bytes));
    for (let time = 0; time < 2; time += 1) expect(Buffer.compare(await readAll(source.read(), 1e6, 'x'), bytes)).toBe(0);
  });

  it('streams a range, its end not included', async () => {
    const source = fileSource(await fileWith('0123456789'));
    const text = async (start: number, end: number) =>
      Buffer.from(await readAll(source.read({ range: { start, end } }), 100, 'x')).toString();
    expect(await text(3, 6)).toBe('345');
    expect(await text(9, 10)).toBe('9');
    expect(await text(4, 4)).toBe('');
  });

  it('is called by its path unless it gets another name', () => {
    expect(fileSource('/a/b').label).toBe('/a/b');
    expect(fileSource('/a/b', 'b').label).toBe('b');
  });

  it('says NOT_FOUND for a file that is not there', async () => {
    const path = join(await newFolder(), 'none');
    await expect(readAll(fileSource(path).read(), 1, 'x')).rejects.toMatchObject({ code: 'NOT_FOUND', message: `${path} does not exist` });
  });

  it('says FILE_SYSTEM with the path for a folder', async () => {
    const path = join(await newFolder(), 'folder');
    await mkdir(path);
    await expect(readAll(fileSource(path).read(), 1, 'x')).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: `cannot read ${path}: it is a folder (EISDIR)`,
    });
  });

  it('refuses a range past the end instead of giving less', async () => {
    const path = await fileWith('0123456789');
    await truncate(path, 5);
    await expect(readAll(fileSource(path).read({ range: { start: 3, end: 8 } }), 100, 'x')).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining('shorter'),
    });
  });

  it('stops at an abort with its reason', async () => {
    const controller = new AbortController();
    const source = fileSource(await fileWith(Buffer.alloc(3_000_000)));
    const reading = (async () => {
      for await (const chunk of source.read({ signal: controller.signal })) {
        expect(chunk.length).toBeGreaterThan(0);
        controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    await expect(readAll(source.read({ signal: controller.signal }), 1, 'x')).rejects.toThrow('enough');
  });
});
