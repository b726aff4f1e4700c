import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { removeFile, stageFile } from '../../../src/io/atomic-write.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

async function* failing(): AsyncGenerator<string> {
  yield await Promise.resolve('x');
  throw new Error('source broke');
}

describe('stageFile', () => {
  it('leaves the old content until it is committed', async () => {
    const folder = await newFolder();
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    const staged = await stageFile(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('old');
    await staged.commit();
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('leaves no trace when it is discarded', async () => {
    const folder = await newFolder();
    const staged = await stageFile(join(folder, 'file'), 'new');
    expect(await readdir(folder)).toHaveLength(1);
    await staged.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves no trace when the content fails', async () => {
    const folder = await newFolder();
    await expect(stageFile(join(folder, 'file'), failing())).rejects.toThrow('source broke');
    expect(await readdir(folder)).toEqual([]);
  });

  it('removes the temporary file when the commit fails', async () => {
    const folder = await newFolder();
    const path = join(folder, 'file');
    const staged = await stageFile(path, 'new');
    await mkdir(path);
    await expect(staged.commit()).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('removeFile', () => {
  it('removes a file, and is content where there is none', async () => {
    const folder = await newFolder();
    const path = join(folder, 'file');
    await writeFile(path, 'x');
    await removeFile(path);
    await removeFile(path);
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what cannot be removed', async () => {
    await expect(removeFile(await newFolder())).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});
