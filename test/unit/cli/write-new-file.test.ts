import { lstat, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { writeNewFile } from '../../../src/cli/write-new-file.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

describe('writeNewFile', () => {
  it('writes where nothing is, and leaves what is there', async () => {
    const path = join(await newFolder(), 'pkgsync.json');
    await writeNewFile(path, 'one');
    expect(await failureOf(writeNewFile(path, 'two'))).toMatchObject({ code: 'USAGE' });
    expect(await readFile(path, 'utf8')).toBe('one');
  });

  it('leaves a link to nothing as it is', async () => {
    const path = join(await newFolder(), 'pkgsync.json');
    await symlink('nowhere', path);
    expect(await failureOf(writeNewFile(path, 'text'))).toMatchObject({ code: 'USAGE' });
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  it('says in a sentence why it cannot tell', async () => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    expect(await failureOf(writeNewFile(join(file, 'pkgsync.json'), 'text'))).toMatchObject({ code: 'FILE_SYSTEM' });
  });
});
