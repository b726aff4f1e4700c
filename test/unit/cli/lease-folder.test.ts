import { describe, expect, it } from '@jest/globals';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { leaseFolder } from '../../../src/cli/lease-folder.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const ends = (stagingFolder: string | undefined) => [{ live: { stagingFolder } }] as never;

describe('leaseFolder', () => {
  it("is in the user's cache folder, wherever the run starts", async () => {
    const cache = await folder();
    expect(await leaseFolder(ends(undefined), { XDG_CACHE_HOME: cache })).toBe(join(cache, 'pkgsync'));
    expect((await stat(join(cache, 'pkgsync'))).isDirectory()).toBe(true);
  });

  it('is none where every destination is a directory, which has its own', async () => {
    expect(await leaseFolder(ends('/mirror/.pkgsync/staging'), { XDG_CACHE_HOME: '/nowhere' })).toBeUndefined();
  });

  it("is a folder of the user's own among temporary files where there can be no cache", async () => {
    const cache = join(await folder(), 'file');
    await writeFile(cache, '');
    const place = await leaseFolder(ends(undefined), { XDG_CACHE_HOME: cache });
    expect(place).toBe(join(tmpdir(), `pkgsync-${userInfo().uid}`));
    expect((await stat(place ?? '')).uid).toBe(userInfo().uid);
  });

  it('pays no heed to a relative path', async () => {
    const home = await folder();
    await mkdir(join(home, '.cache'));
    await chmod(home, 0o700);
    expect(await leaseFolder(ends(undefined), { XDG_CACHE_HOME: 'relative' })).not.toContain('relative');
  });
});
