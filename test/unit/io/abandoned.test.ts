import { spawnSync } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { privateFolder } from '../../../src/engine/temporary.ts';
import { isTemporaryName, removeAbandonedFiles, temporaryName } from '../../../src/io/abandoned.ts';
import { processMark } from '../../../src/io/process-mark.ts';
import { writeLock } from '../../../src/lockfile/lockfile.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
/** What a process that was alive a moment ago put into names. */
const deadMark = (): string => processMark().replace(/\d+$/, String(spawnSync(process.execPath, ['-e', '']).pid));
const nameOf = (mark: string): string => temporaryName().replace(processMark(), mark);

describe('temporary files', () => {
  it('are known by their names', () => {
    expect(isTemporaryName(temporaryName())).toBe(true);
    for (const name of ['.pkgsync', '.pkgsync-mine.tmp', `x${temporaryName()}`, `${temporaryName()}.bak`])
      expect(isTemporaryName(name)).toBe(false);
  });

  it('of killed processes go; those of live ones, of other machines and of other names stay', async () => {
    const here = await folder();
    const stay = [temporaryName(), nameOf('00000000-7'), '.pkgsync-mine.tmp', 'pkgsync.lock'];
    for (const name of [nameOf(deadMark()), ...stay]) await writeFile(join(here, name), 'half');
    await mkdir(join(here, 'kept'));
    await writeFile(join(here, 'kept', 'precious'), '');
    const link = nameOf(deadMark());
    await symlink('kept', join(here, link));
    await removeAbandonedFiles(here);
    expect((await readdir(here)).sort()).toEqual([...stay, 'kept', link].sort());
    expect(await readdir(join(here, 'kept'))).toEqual(['precious']);
  });

  it('are no reason to fail where the folder is not there', async () => {
    await expect(removeAbandonedFiles(join(await folder(), 'missing'))).resolves.toBeUndefined();
  });

  it.each(['pkgsync.lock', 'locks/'])('beside the lock go when %s is written', async (lock) => {
    const here = await folder();
    const beside = join(here, lock, lock.endsWith('/') ? '.' : '..');
    await mkdir(beside, { recursive: true });
    await writeFile(join(beside, nameOf(deadMark())), 'half');
    await writeLock(join(here, lock), []);
    expect((await readdir(beside)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('private folders', () => {
  it('of killed processes go when the next one is made', async () => {
    const parent = await folder();
    const dead = `pkgsync-${deadMark()}-abc123`;
    await mkdir(join(parent, dead, 'files'), { recursive: true });
    await writeFile(join(parent, dead, 'files', 'plan.jsonl'), '');
    const stay = [`pkgsync-00000000-7-abc123`, 'pkgsync-mine', `pkgsync-${processMark()}-abc123`];
    for (const name of stay) await mkdir(join(parent, name));
    const made = await privateFolder(parent);
    expect(made.path).toContain(processMark());
    await made.remove();
    expect((await readdir(parent)).sort()).toEqual([...stay].sort());
  });
});
