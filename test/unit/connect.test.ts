import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { connect } from '../../src/connect.ts';
import { parseManifest } from '../../src/manifest/load.ts';
import { failureOf } from '../support/http.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const newFolder = temporaryFolders();

/** Connects what a manifest in `folder` says. */
function connected(folder: string, source: string, destination: string) {
  const text = JSON.stringify({ manifestVersion: 1, source, destination, packages: { foo: '*' } });
  return connect(parseManifest(text, { path: 'pkgsync.json', folder }));
}

describe('a folder that is source and destination', () => {
  const spellings: readonly [string, (folder: string) => readonly [source: string, destination: string]][] = [
    ['the simple of the index', () => ['./index', './index/simple']],
    ['the index of the simple', () => ['./index/simple', './index']],
    ['an absolute path', (folder) => ['./index', join(folder, 'index')]],
    ['a file URL', (folder) => [pathToFileURL(join(folder, 'index')).href, './index']],
    ['a link', () => ['./index', './link']],
  ];

  it.each(spellings)('is refused in the spelling of %s', async (_what, places) => {
    const folder = await newFolder();
    await mkdir(join(folder, 'index', 'simple'), { recursive: true });
    await symlink('index', join(folder, 'link'));
    const error = await failureOf(connected(folder, ...places(folder)));
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('the same place as the source') as unknown });
  });

  it('is not one that lies in the other, or is not there yet', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'files'));
    await writeFile(join(folder, 'files', 'foo-1.0-py3-none-any.whl'), 'x');
    for (const destination of ['./files/mirror', './mirror', './mirror/simple']) {
      const connection = await connected(folder, './files', destination);
      expect(connection.destinations).toHaveLength(1);
      await connection.close();
    }
  });
});

describe('a destination that is no folder', () => {
  it.each(['./taken', './taken/below'])('is refused as %s before anything else happens', async (destination) => {
    const folder = await newFolder();
    await mkdir(join(folder, 'index'));
    await writeFile(join(folder, 'taken'), 'a file');
    const error = await failureOf(connected(folder, './index', destination));
    expect(error).toMatchObject({
      code: 'USAGE',
      message: `the destination ${destination} cannot be a folder: there is a file of that name, or on the way to it`,
    });
  });
});

describe('sources that are not asked for', () => {
  it('are not connected to, and need no credentials', async () => {
    const folder = await newFolder();
    const source = { url: 'https://source.example/', auth: { username: 'ci', passwordEnv: 'NOBODY_SETS_THIS' } };
    const text = JSON.stringify({ manifestVersion: 1, source, destination: './mirror', packages: { foo: '*' } });
    const manifest = parseManifest(text, { path: 'pkgsync.json', folder });
    await expect(connect(manifest)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    const connection = await connect(manifest, { sources: [] });
    expect([connection.sources.size, connection.destinations.length]).toEqual([0, 1]);
    await connection.close();
  });
});
