import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readWhole } from '../../../src/cli/import-files.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

describe('readWhole', () => {
  it('reads a file up to its limit', async () => {
    const path = join(await newFolder(), 'requirements.txt');
    await writeFile(path, 'django');
    expect(Buffer.from(await readWhole(path, 6)).toString()).toBe('django');
    expect(await failureOf(readWhole(path, 5))).toMatchObject({ code: 'IMPORT_INVALID' });
  });

  // Windows has no pipes among its files.
  (process.platform === 'win32' ? it.skip : it)('does not wait at a pipe that nobody writes to', async () => {
    const path = join(await newFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    expect(await failureOf(readWhole(path, 100))).toMatchObject({ code: 'FILE_SYSTEM', message: `cannot read ${path}: it is a pipe` });
  });
});
