import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { demoSdist, demoWheel, smallIndex } from '../support/small-index.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

describe('exit codes', () => {
  let source: SourceServer;
  let folder: Workspace;
  const manifest = (more: object = {}) =>
    folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*', beta: '*' }, ...more });

  beforeEach(async () => {
    source = await sourceServer(smallIndex());
    folder = await workspace();
    await manifest();
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  it('0: done', async () => {
    expect((await folder.run('apply', '--yes')).code).toBe(0);
  });

  it('1: a fault of pkgsync itself, with its trace', async () => {
    await folder.write('break.mjs', "JSON.parse = () => { throw new TypeError('boom'); };\n");
    const { code, stderr } = await folder.runWith({ node: ['--import', folder.path('break.mjs')] }, 'plan');
    expect(stderr).toContain('boom');
    expect(stderr).toContain('this is a fault of pkgsync');
    expect(code).toBe(1);
  });

  it('2: differences', async () => {
    expect((await folder.run('plan', '--detailed-exitcode')).code).toBe(2);
    expect((await folder.run('plan')).code).toBe(0);
  });

  it.each([
    ['an unknown command', ['plna'], /plan/],
    ['an unknown flag', ['plan', '--lokced'], /lokced/i],
    ['no command', [], /command/],
    ['a value out of range', ['plan', '--concurrency', '0'], /--concurrency/],
    ['an unknown destination', ['plan', '--destination', 'nowhere'], /nowhere/],
  ])('20: %s', async (_what, args, expected) => {
    const { code, stderr } = await folder.run(...args);
    expect(stderr).toMatch(expected);
    expect(code).toBe(20);
  });

  it('20: an approval in the environment', async () => {
    const { code, stderr } = await folder.runWith({ env: { PKGSYNC_YES: '1' } }, 'apply');
    expect(stderr).toContain('PKGSYNC_YES');
    expect(code).toBe(20);
    expect(await folder.files('mirror')).toEqual([]);
  });

  it('21: the lock is missing, or not what the manifest asks for', async () => {
    for (const command of [['plan', '--locked'], ['apply', '--locked', '--yes'], ['lock', '--check'], ['drift']])
      expect((await folder.run(...command)).code).toBe(21);
    expect((await folder.run('lock')).code).toBe(0);
    expect((await folder.run('lock', '--check')).code).toBe(0);
    await manifest({ packages: { alpha: '>=1.1', beta: '*' } });
    for (const command of [['plan', '--locked'], ['apply', '--locked', '--yes'], ['lock', '--check'], ['drift']]) {
      const { code, stderr } = await folder.run(...command);
      expect(stderr).toContain('alpha was locked under another rule');
      expect(code).toBe(21);
    }
  });

  it('20: a destination, or a folder to download to, that cannot be a folder', async () => {
    await writeFile(folder.path('taken'), 'a file');
    const sync = await folder.run('sync', 'beta', '--source-url', source.url, '--destination-url', './taken');
    expect(sync.stderr).toContain('the destination ./taken cannot be a folder: there is a file of that name');
    expect(sync.code).toBe(20);
    if (process.platform !== 'linux') return;
    const download = await folder.run('download', 'beta', '--source-url', source.url, '--to', '/proc/nope/deep');
    expect(download.stderr).toContain('cannot create the folder /proc/nope/deep: the file system takes no folder there');
    expect(download.code).not.toBe(0);
  });

  it('0: lock --check says that it resolves no "all"', async () => {
    await folder.manifest({ source: source.url, destination: './mirror', all: true });
    expect((await folder.run('lock')).code).toBe(0);
    const { stdout, code } = await folder.run('lock', '--check');
    expect(stdout).toBe(
      'pkgsync.lock matches pkgsync.json; "all" was not resolved, so projects that are new at the source are not looked for (\'pkgsync plan\' shows them).\n',
    );
    expect(code).toBe(0);
  });

  it('21: a version in the lock that the filename does not bear out', async () => {
    expect((await folder.run('lock')).code).toBe(0);
    await writeFile(folder.path('pkgsync.lock'), (await folder.read('pkgsync.lock')).replace('"version":"0.5"', '"version":"9.9"'));
    const edited = await folder.read('pkgsync.lock');
    const line = edited.split('\n').findIndex((text) => text.includes('"9.9"')) + 1;
    const unlocked = [['plan'], ['apply', '--yes'], ['lock'], ['lock', '--upgrade'], ['verify']];
    for (const command of [['lock', '--check'], ['plan', '--locked'], ['apply', '--locked', '--yes'], ['drift'], ...unlocked]) {
      const { code, stderr } = await folder.run(...command);
      expect(stderr).toContain('beta has beta-0.5-py3-none-any.whl in the lock as version 9.9, which its name does not say');
      expect(stderr).toContain(`pkgsync.lock:${line}:`);
      expect(stderr).toContain('put the lines back as version control has them');
      expect(code).toBe(21);
    }
    expect(await folder.read('pkgsync.lock')).toBe(edited);
    expect(await folder.files('mirror')).toEqual([]);
  });

  it('22: bytes or digests other than promised', async () => {
    expect((await folder.run('lock')).code).toBe(0);
    const [wheel, , ...rest] = source.projects['alpha'] ?? [];
    source.projects = { ...source.projects, alpha: [wheel!, { ...demoSdist('alpha', '1.0'), bytes: Buffer.from('other bytes') }, ...rest] };
    const drift = await folder.run('drift');
    expect(drift.stdout).toContain('source-digest-changed');
    expect(drift.code).toBe(22);
    expect((await folder.run('plan')).code).toBe(22);
    expect((await folder.run('apply', '--yes')).code).toBe(22);
    expect((await folder.run('lock', '--accept', 'alpha-1.0.tar.gz')).code).toBe(0);
  });

  it('23: the plan is not the expected one', async () => {
    expect((await folder.run('apply', '--expect', 'abcdefabcdef')).code).toBe(23);
  });

  it('24: a limit; the override is bound to the count', async () => {
    await manifest({ limits: { maxUpload: { files: 2 } } });
    const refused = await folder.run('apply', '--yes');
    expect(refused.stdout).toContain('4 to upload');
    expect(refused.stderr).toContain('--allow upload=4');
    expect(refused.code).toBe(24);
    expect(await folder.files('mirror')).toEqual([]);
    expect((await folder.run('apply', '--yes', '--allow', 'upload=3')).code).toBe(24);
    expect((await folder.run('apply', '--yes', '--allow', 'upload=4')).code).toBe(0);
  });

  it('25: the policy', async () => {
    await manifest({ policy: { deny: ['alpha==1.1'] } });
    const plan = await folder.run('plan');
    expect(plan.stdout).toMatch(/! blocked +alpha-1\.1-py3-none-any\.whl +policy: policy\.deny/);
    expect(plan.code).toBe(25);
    expect((await folder.run('apply', '--yes')).code).toBe(25);
    expect((await folder.run('lock')).code).toBe(25);
    expect(await folder.files('.')).toEqual(['pkgsync.json']);
    await manifest({
      policy: { deny: ['alpha==1.1'] },
      exceptions: [{ what: 'alpha==1.1', gate: 'deny', reason: 'reviewed', until: '2999-01-01' }],
    });
    expect((await folder.run('apply', '--yes')).code).toBe(0);
  });

  it('26: authentication', async () => {
    source.pages.set('alpha', { status: 401 });
    expect((await folder.run('plan')).code).toBe(26);
    await manifest({ source: { corp: { url: source.url, auth: { username: 'ci', passwordEnv: 'NOT_SET' } } } });
    await folder.manifest({
      sources: { corp: { url: source.url, auth: { username: 'ci', passwordEnv: 'NOT_SET' } } },
      destination: './mirror',
      packages: { alpha: '*' },
    });
    const missing = await folder.run('plan');
    expect(missing.stderr).toContain('NOT_SET');
    expect(missing.code).toBe(26);
  });

  it('27: unreachable', async () => {
    const url = source.url;
    await source[Symbol.asyncDispose]();
    const { code, stdout } = await folder.run('plan', '--offline');
    expect(stdout).toContain('listing-failed');
    expect(code).toBe(27);
    source = await sourceServer(smallIndex());
    expect(url).not.toBe(source.url);
  });

  it('28: another apply is running', async () => {
    const lease = {
      id: 'x',
      pid: process.pid,
      host: hostname(),
      started: new Date().toISOString(),
      expires: new Date(Date.now() + 60_000).toISOString(),
    };
    await folder.write('mirror/.pkgsync/lease.json', JSON.stringify(lease));
    const { code, stderr } = await folder.run('apply', '--yes');
    expect(stderr).toContain('another apply is running on ./mirror');
    expect(code).toBe(28);
    expect(await folder.files('mirror/packages')).toEqual([]);
    expect(await folder.files('.')).not.toContain('pkgsync.lock');
    await rm(folder.path('mirror/.pkgsync/lease.json'));
    expect((await folder.run('apply', '--yes')).code).toBe(0);
  });

  it('29: partial', async () => {
    source.projects = { ...source.projects, beta: [{ ...demoWheel('beta', '0.5'), download: { status: 404 } }] };
    const { code, stdout } = await folder.run('apply', '--yes');
    expect(stdout).toContain('Index is consistent: 4 of 6 done, 2 failed');
    expect(code).toBe(29);
  });

  it('29: an approved file that cannot lie beside another, on every run', async () => {
    const twin = { ...demoWheel('beta', '0.5'), filename: 'Beta-0.5-py3-none-any.whl', bytes: Buffer.from('other bytes') };
    source.projects = { ...source.projects, beta: [...(source.projects['beta'] ?? []), twin] };
    for (let run = 0; run < 2; run += 1) {
      const { code, stdout } = await folder.run('apply', '--yes');
      expect(stdout).toMatch(/! blocked +beta-0\.5-py3-none-any\.whl +name-clash/);
      expect(code).toBe(29);
    }
  });

  it('30: nobody was there to ask', async () => {
    const { code, stderr } = await folder.run('apply');
    expect(stderr).toContain('--yes');
    expect(code).toBe(30);
    expect(await folder.files('.')).toEqual(['pkgsync.json']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s: %i, and the next run finishes the rest',
    async (signal, expected) => {
      const big = Buffer.alloc(200_000, 'x');
      const slow = { ...demoWheel('beta', '0.5'), bytes: big, download: { body: big, drip: { every: 50, bytes: 1000 } } };
      source.projects = { ...source.projects, beta: [slow] };
      const running = folder.start('apply', '--yes');
      await running.shown('transferred alpha-1.1-py3-none-any.whl');
      running.process.kill(signal);
      const { code, stderr } = await running.result;
      expect(stderr).toContain('Interrupted');
      expect(code).toBe(expected);
      // What had come of the file is kept for the next run, and nothing else.
      for (const name of await folder.files('mirror/.pkgsync/staging'))
        expect(name).toMatch(/^\.beta-0\.5-py3-none-any\.whl\.[0-9a-f]+\.part$/);
      expect(await folder.read('mirror/simple/alpha/index.html')).toContain('alpha-1.1-py3-none-any.whl');
      expect(await folder.files('mirror/packages/beta')).toEqual([]);

      source.projects = { ...source.projects, beta: [{ ...slow, download: { body: big } }] };
      expect((await folder.run('apply', '--yes')).code).toBe(0);
      expect((await folder.run('drift')).code).toBe(0);
      expect(await folder.files('mirror/.pkgsync/staging')).toEqual([]);
    },
    60_000,
  );

  it('a full disk leaves nothing half-written', async () => {
    const preload = `
      import fs from 'node:fs/promises';
      import { syncBuiltinESMExports } from 'node:module';
      const open = fs.open;
      fs.open = async (path, flags, mode) => {
        const handle = await open(path, flags, mode);
        if (flags === 'wx' && String(path).includes('staging')) {
          handle.write = handle.writeFile = handle.writev = async () => { throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28, syscall: 'write' }); };
        }
        return handle;
      };
      syncBuiltinESMExports();
    `;
    await writeFile(folder.path('full.mjs'), preload);
    const { code, stdout, stderr } = await folder.runWith({ node: ['--import', folder.path('full.mjs')] }, 'apply', '--yes');
    expect(`${stdout}${stderr}`).toMatch(/no space|full/i);
    expect(code).toBe(29);
    expect(await folder.files('mirror/packages')).toEqual([]);
    expect(await folder.files('mirror/.pkgsync/staging')).toEqual([]);
    expect((await folder.run('apply', '--yes')).code).toBe(0);
  });
});
