import { link, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { PartFiles, partStem } from '../../../src/io/part-files.ts';
import { clearStaging } from '../../../src/io/staging.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

describe('clearing a staging folder', () => {
  const folder = temporaryFolders();
  const stem = partStem('a-1.0.tar.gz', 'abc123');
  const wanting =
    (...stems: readonly string[]) =>
    (found: ReadonlySet<string>) =>
      Promise.resolve(new Set(stems.filter((one) => found.has(one))));
  let here: string;
  const put = (name: string, content = 'bytes') => writeFile(join(here, name), content);

  beforeEach(async () => {
    here = join(await folder(), 'staging');
    await mkdir(here);
  });

  it('leaves nothing where nothing is wanted', async () => {
    await put(`${stem}.part`);
    await put('.pkgsync-0123456789abcdef01234567.tmp');
    await mkdir(join(here, 'sub', 'folder'), { recursive: true });
    expect(await clearStaging(here)).toBe(false);
    expect(await readdir(here)).toEqual([]);
  });

  it('keeps the parts of what is wanted, of any machine and process, where the next download finds them', async () => {
    await put(`${stem}.89abcdef-4242-7.part`, 'half of it');
    await put(`${partStem('b-1.0.tar.gz', 'abc123')}.part`);
    await put('0123456789abcdef01234567.staged');
    expect(await clearStaging(here, wanting(stem))).toBe(true);
    expect(await readdir(here)).toEqual([`${stem}.part`]);
    const part = await new PartFiles().claim(here, 'a-1.0.tar.gz', 'abc123');
    expect(part.size).toBe('half of it'.length);
  });

  it('keeps one part of each content, the longest', async () => {
    await put(`${stem}.89abcdef-1-1.part`, 'a');
    await put(`${stem}.89abcdef-2-1.part`, 'abc');
    await put(`${stem}.part`, 'ab');
    await clearStaging(here, wanting(stem));
    expect(await readdir(here)).toEqual([`${stem}.part`]);
    expect(await readFile(join(here, `${stem}.part`), 'utf8')).toBe('abc');
  });

  it('keeps a copy of a part whose bytes have a name elsewhere: going on with it would change a published file', async () => {
    const published = join(here, '..', 'published');
    await put(`${stem}.part`, 'published');
    await link(join(here, `${stem}.part`), published);
    expect(await clearStaging(here, wanting(stem))).toBe(true);
    expect(await readdir(here)).toEqual([`${stem}.part`]);
    await writeFile(join(here, `${stem}.part`), 'other');
    expect(await readFile(published, 'utf8')).toBe('published');
  });

  it('keeps a part that had a second name in the folder only', async () => {
    await put(`${stem}.part`, 'whole');
    await link(join(here, `${stem}.part`), join(here, '0123456789abcdef01234567.staged'));
    expect(await clearStaging(here, wanting(stem))).toBe(true);
    expect(await readdir(here)).toEqual([`${stem}.part`]);
  });

  it('keeps neither links nor folders nor empty files under the name of a part', async () => {
    await put('../precious', 'precious');
    await symlink('../precious', join(here, `${stem}.part`));
    await mkdir(join(here, `${stem}.89abcdef-1-1.part`));
    await put(`${stem}.89abcdef-2-1.part`, '');
    expect(await clearStaging(here, wanting(stem))).toBe(false);
    expect(await readdir(here)).toEqual([]);
    expect(await readFile(join(here, '..', 'precious'), 'utf8')).toBe('precious');
  });

  it('asks what is wanted only where there is something', async () => {
    const asked: unknown[] = [];
    const wanted = (stems: ReadonlySet<string>) => {
      asked.push(stems);
      return Promise.resolve(stems);
    };
    await put('other');
    expect(await clearStaging(here, wanted)).toBe(false);
    expect(await clearStaging(join(here, 'missing'), wanted)).toBe(false);
    expect(asked).toEqual([]);
  });

  it('empties no folder that a link in its place points to', async () => {
    await put('mine');
    const link_ = join(here, '..', 'link');
    await symlink(here, link_);
    await clearStaging(link_);
    expect(await readdir(here)).toEqual(['mine']);
  });
});
