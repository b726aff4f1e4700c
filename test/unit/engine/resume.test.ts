import { chmod, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PkgsyncError } from '../../../src/errors.ts';
import type { SyncEvent } from '../../../src/events.ts';
import { partStem } from '../../../src/io/part-files.ts';
import { digestsOf, manifest } from '../../support/builders.ts';
import { engineRun } from '../../support/engine-run.ts';
import type { EngineRun } from '../../support/engine-run.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import { fakeSource } from '../../support/fake-source.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const filename = 'alpha-1.0.tar.gz';
const content = 'content of a file that is long enough to be cut off';
const oneFile = () => fakeSource({ alpha: [{ filename, content }] });
const newRun = async (source = oneFile(), destination = fakeDestination()) =>
  engineRun({ folder: await folder(), source, destination, manifest: { packages: manifest({ alpha: {} }).packages } });

/** A run whose one download is cut off by an interruption after 20 bytes. */
async function cutOff(): Promise<EngineRun> {
  const run = await newRun();
  const controller = new AbortController();
  run.source.failReads(filename, [{ error: new PkgsyncError('INTERRUPTED', 'interrupted'), afterBytes: 20 }]);
  const onEvent = (event: SyncEvent) => {
    if (event.type === 'bytes') controller.abort();
  };
  const { result } = await run.apply({ signal: controller.signal, onEvent });
  expect(result).toMatchObject({ interrupted: true, done: 0 });
  return run;
}

const stateFiles = async (run: EngineRun) =>
  (await run.files()).filter((file) => file.startsWith('.pkgsync/') && !file.endsWith('.gitignore'));

describe('an apply that was cut off', () => {
  it('leaves what it had fetched, and its journal, to the next', async () => {
    const run = await cutOff();
    expect(await run.temporary()).toEqual([expect.stringMatching(/^pkgsync-staging-[0-9a-f]{16}$/)]);
    expect(await stateFiles(run)).toEqual([expect.stringMatching(/^\.pkgsync\/journal-[0-9a-f]{16}\.jsonl$/)]);
    expect((await run.apply()).result).toMatchObject({ done: 2, failed: 0 });
    expect(await run.temporary()).toEqual([]);
    expect(await stateFiles(run)).toEqual([]);
  });

  it('leaves nothing that another plan cannot use', async () => {
    const run = await cutOff();
    run.source.setProject('alpha', [{ filename, content: 'other bytes by now' }]);
    await rm(run.lockPath);
    expect((await run.apply()).result).toMatchObject({ done: 2, failed: 0 });
    expect(await run.temporary()).toEqual([]);
  });

  it.each([
    ['cut short', '{"journalVersion":1}\n{"fetched":".al'],
    ['of a version to come', '{"journalVersion":7}\n'],
    ['made up', `{"journalVersion":1}\n${JSON.stringify({ fetched: partStem(filename, digestsOf(content).sha256), size: 20 })}\n`],
    ['no journal', '\0\0\0'],
  ])('does no harm by a journal that is %s', async (_what, text) => {
    const run = await cutOff();
    const [journal = ''] = await stateFiles(run);
    await writeFile(join(run.lockPath, '..', journal), text);
    expect((await run.apply()).result).toMatchObject({ done: 2, failed: 0 });
    expect(await stateFiles(run)).toEqual([]);
  });

  it('may have done all but its own files: an apply with nothing to do clears them, and asks nobody', async () => {
    const run = await cutOff();
    const [journal = ''] = await stateFiles(run);
    const [staging = ''] = await run.temporary();
    await run.apply();
    await writeFile(join(run.lockPath, '..', journal), '{"journalVersion":1}\n');
    await mkdir(join(run.lockPath, '..', '..', 'temporary', staging), { mode: 0o700 });
    await run.apply({ approve: () => Promise.reject(new Error('asked')) });
    expect(await stateFiles(run)).toEqual([]);
    expect(await run.temporary()).toEqual([]);
  });
});

describe('the staging folder of uploads', () => {
  const staged = async (run: EngineRun) => {
    const [name = ''] = await run.temporary();
    return join(run.lockPath, '..', '..', 'temporary', name);
  };

  it('can be looked into by nobody else', async () => {
    const run = await newRun();
    let mode = 0;
    run.destination.beforePut = async () => {
      mode = (await stat(await staged(run))).mode & 0o777;
    };
    await run.apply();
    expect(mode).toBe(0o700);
  });

  it.each([
    ['others can write to it', (path: string) => chmod(path, 0o777)],
    [
      'it is a link to elsewhere',
      async (path: string) => {
        await rm(path, { recursive: true });
        await mkdir(`${path}-elsewhere`);
        await writeFile(`${path}-elsewhere/precious`, 'precious');
        await symlink(`${path}-elsewhere`, path);
      },
    ],
  ])('is another one where %s, which is left alone', async (_what, spoil) => {
    const run = await cutOff();
    const path = await staged(run);
    await spoil(path);
    const before = await readdir(path);
    expect((await run.apply()).result).toMatchObject({ done: 2 });
    expect(await readdir(path)).toEqual(before);
    for (const name of before) expect((await readFile(join(path, name), 'utf8')).length).toBeGreaterThan(0);
  });
});
