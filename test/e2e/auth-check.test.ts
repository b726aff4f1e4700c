import { chmod } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { smallIndex } from '../support/small-index.ts';
import { sourceServer, type SourceServer } from '../support/source-server.ts';
import { uploadServer, type UploadServer } from '../support/upload-server.ts';
import { workspace, type Workspace } from '../support/workspace.ts';

const canary = 'canary-5ecret';
let work: Workspace;
let source: SourceServer;
let target: UploadServer;

beforeEach(async () => {
  work = await workspace();
  source = await sourceServer(smallIndex());
  target = await uploadServer({ credentials: { username: 'ci', password: canary } });
  await work.manifest({
    source: source.url,
    destination: { type: 'upload', url: target.url, server: 'pypiserver', auth: { username: 'ci', passwordEnv: 'PLANT_PASSWORD' } },
    packages: { alpha: '*' },
  });
});
afterEach(async () => {
  for (const one of [target, source, work]) await one[Symbol.asyncDispose]();
});

const check = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const result = await work.runWith({ env: { HOME: work.folder, ...env } }, 'auth', 'check', ...args);
  expect(result.stdout + result.stderr).not.toContain(canary);
  return result;
};

describe('auth check', () => {
  it('says who goes where, and that reading and writing are accepted', async () => {
    const { code, stdout } = await check([], { PLANT_PASSWORD: canary });
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`credentials: the variable PLANT_PASSWORD, user ci, for ${target.server.origin}`),
    ]);
    expect(stdout).toContain('not taken: PKGSYNC_SOURCE_TOKEN and PKGSYNC_SOURCE_PASSWORD are not set');
    expect(stdout).toMatch(/reading: accepted\n {2}writing: accepted/);
    expect(target.uploads).toBe(0);
  });

  it('says what is refused and what is not set, with exit 26', async () => {
    const refused = await check([], { PLANT_PASSWORD: 'wrong' });
    expect(refused).toMatchObject({ code: 26, stdout: expect.stringContaining('writing: refused (403)') as unknown });
    const absent = await check(['--json']);
    expect(absent.code).toBe(26);
    expect(JSON.parse(absent.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'auth-check',
      read: 'not-tested',
      message: 'the environment variable PLANT_PASSWORD holds no credentials',
    });
  });

  it('contacts nobody and runs nothing with --offline', async () => {
    await work.write('helper', '#!/bin/sh\necho ran > ran.txt\n');
    await chmod(work.path('helper'), 0o755);
    await work.manifest({ source: { url: source.url, auth: { command: ['./helper'] } }, packages: { alpha: '*' } });
    const { code, stdout } = await check(['--offline']);
    expect([code, stdout]).toEqual([0, expect.stringContaining("the command './helper', for ")]);
    expect(await work.files('.')).not.toContain('ran.txt');
    expect(source.server.requests).toEqual([]);
  });

  it('is exit 27 where nothing can be told', async () => {
    await work.manifest({ source: source.url, packages: { alpha: '*' } });
    source.server.use(() => ({ status: 418 }));
    expect(await check([])).toMatchObject({ code: 27, stdout: expect.stringContaining('reading: unreachable') as unknown });
  });

  it('looks at what upload would use, and says where the right to write cannot be asked for', async () => {
    const flags = ['--destination-url', target.url, '-u', 'ci', '--server', 'generic'];
    const { code, stdout } = await check(flags, { TWINE_PASSWORD: canary });
    expect([code, stdout]).toEqual([0, expect.stringContaining('may read, right to write unknown until the first upload')]);
    expect(stdout).toContain('credentials: the variable TWINE_PASSWORD, user ci');
  });
});
