import { describe, expect, it } from '@jest/globals';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '../../../src/io/make-folders.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

describe('makeFolders', () => {
  it('makes what is missing and says where it began', async () => {
    const root = await newFolder();
    expect(await makeFolders(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
    expect((await stat(join(root, 'a', 'b', 'c'))).isDirectory()).toBe(true);
    expect(await makeFolders(join(root, 'a', 'b', 'd'))).toBe(join(root, 'a', 'b', 'd'));
    expect(await makeFolders(join(root, 'a', 'b'))).toBeUndefined();
  });

  it('lets many make the same folder at once', async () => {
    const path = join(await newFolder(), 'a', 'b');
    await Promise.all(Array.from({ length: 8 }, () => makeFolders(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it.each([
    ['a file of that name', ['file'], 'EEXIST'],
    ['a file on the way', ['file', 'below'], 'ENOTDIR'],
  ])('fails over %s', async (_, below, code) => {
    const root = await newFolder();
    await writeFile(join(root, 'file'), '');
    await expect(makeFolders(join(root, ...below))).rejects.toMatchObject({ code });
  });

  (process.platform === 'linux' ? it : it.skip)('ends where the file system takes no folders', async () => {
    await expect(makeFolders('/proc/nope/deep/er')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
