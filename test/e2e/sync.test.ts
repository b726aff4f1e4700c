import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { scriptedServer } from '../support/scripted-server.ts';
import { digest, sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { demoWheel, smallIndex } from '../support/small-index.ts';
import { uploadServer } from '../support/upload-server.ts';
import type { UploadServer } from '../support/upload-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

describe('pkgsync sync', () => {
  let source: SourceServer;
  let folder: Workspace;

  beforeEach(async () => {
    source = await sourceServer(smallIndex());
    folder = await workspace();
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  const sync = (...args: string[]) => folder.run('sync', '--source-url', source.url, ...args);
  const distributions = async (path = 'mirror') =>
    (await folder.files(`${path}/packages`)).filter((name) => !name.endsWith('.metadata')).map((name) => name.replace(/^.*\//, ''));

  describe('into a directory', () => {
    const mirror = (...args: string[]) => sync('--destination-url', './mirror', ...args);

    it('shows the plan and does it, without manifest and lock', async () => {
      const { code, stdout } = await mirror('Alpha>=1.1', 'beta');
      expect(stdout).toContain('Destination ./mirror (static directory)');
      expect(stdout).toContain('+ upload      alpha-1.1-py3-none-any.whl');
      expect(stdout).not.toContain('Lock:');
      expect(stdout).toContain('Applied: 4 of 4 done');
      expect(code).toBe(0);
      expect(await distributions()).toEqual(['alpha-1.1-py3-none-any.whl', 'beta-0.5-py3-none-any.whl']);
      expect(await folder.read('mirror/simple/alpha/index.html')).toContain(digest('sha256', source.projects['alpha']![2]!.bytes));
      expect((await folder.files('.')).filter((name) => !name.startsWith('mirror/'))).toEqual([]);
    });

    it('leaves alone what is there already', async () => {
      await mirror('alpha', 'beta');
      const before = source.downloads().length;
      const { code, stdout } = await mirror('alpha', 'beta');
      expect(stdout).toContain('4 unchanged');
      expect(stdout).toContain('Nothing to do.');
      expect(code).toBe(0);
      expect(source.downloads()).toHaveLength(before);
    });

    it('stops after the plan with --dry-run', async () => {
      const { code, stdout, stderr } = await mirror('--dry-run', 'alpha');
      expect(stdout).toContain('1 to register, 3 to upload');
      expect(stderr).toContain('Dry run: nothing was written.');
      expect(code).toBe(0);
      expect(await folder.files('.')).toEqual([]);
      expect(source.downloads()).toEqual([]);
    });

    it.each([
      [['--latest', 'alpha'], ['alpha-1.1-py3-none-any.whl']],
      [
        ['alpha', '--latest=2'],
        ['alpha-1.0-py3-none-any.whl', 'alpha-1.0.tar.gz', 'alpha-1.1-py3-none-any.whl'],
      ],
      [['alpha', 'beta', '--exclude', 'alpha<1.1', '--exclude', 'b*'], ['alpha-1.1-py3-none-any.whl']],
      [
        ['--all', '--exclude', 'alpha==1.0'],
        ['alpha-1.1-py3-none-any.whl', 'alpha-2.0rc1-py3-none-any.whl', 'beta-0.5-py3-none-any.whl'],
      ],
      [
        ['--all', '--exclude', 'alpha==1.0', '--no-prereleases'],
        ['alpha-1.1-py3-none-any.whl', 'beta-0.5-py3-none-any.whl'],
      ],
    ])('takes with %j only %j', async (args, expected) => {
      expect((await mirror(...args)).code).toBe(0);
      expect(await distributions()).toEqual(expected);
    });

    it('never removes', async () => {
      await mirror('alpha', 'beta');
      source.projects = { alpha: [demoWheel('alpha', '3.0')] };
      expect((await mirror('--all')).code).toBe(0);
      expect(await distributions()).toHaveLength(5);
    });

    it('never overwrites: other bytes are a mismatch, and everything else arrives', async () => {
      await mirror('alpha');
      await writeFile(folder.path('mirror/packages/alpha/alpha-1.0.tar.gz'), 'other bytes');
      const { code, stdout } = await mirror('alpha', 'beta');
      expect(stdout).toContain('! mismatch    alpha-1.0.tar.gz');
      expect(code).toBe(22);
      expect(await folder.read('mirror/packages/alpha/alpha-1.0.tar.gz')).toBe('other bytes');
      expect(await distributions()).toContain('beta-0.5-py3-none-any.whl');
    });

    it('writes nothing where the source lacks a package that is named', async () => {
      const { code, stderr } = await mirror('alpha', 'aplha');
      expect(stderr).toContain('error: the source does not have all that was asked for: see the blocked lines. Nothing was written.');
      expect(code).toBe(20);
      expect(await folder.files('mirror')).toEqual([]);
    });

    it('goes on with --all after failures of single projects and files, and reports them', async () => {
      const names = Array.from({ length: 30 }, (_, index) => `p${String(index).padStart(2, '0')}`);
      source.projects = Object.fromEntries(names.map((name) => [name, [demoWheel(name, '1.0')]]));
      source.projects['p10'] = [demoWheel('p10', '1.0', { download: { status: 404 } })];
      source.pages.set('p20', { body: 'no page', headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' } });
      const { code, stdout } = await mirror('--all');
      expect(stdout).toMatch(/p20\n {2}! blocked +project +listing-failed/);
      expect(stdout).toMatch(/^Index is consistent: 56 of 58 done, 2 failed/m);
      expect(stdout).toContain('! upload p10-1.0-py3-none-any.whl');
      expect(code).toBe(29);
      expect(await distributions()).toHaveLength(28);

      source.projects['p10'] = [demoWheel('p10', '1.0')];
      source.pages.clear();
      expect((await mirror('--all')).code).toBe(0);
      expect(await distributions()).toHaveLength(30);
    });

    it('refuses an index that lists nothing: it cannot be meant', async () => {
      source.projects = {};
      const { code, stderr } = await mirror('--all');
      expect(stderr).toContain('lists no projects at all');
      expect(code).toBe(27);
    });

    it('refuses where another apply holds the lease', async () => {
      const expires = new Date(Date.now() + 60_000).toISOString();
      const holder = {
        id: '0'.repeat(8) + '-0000-0000-0000-' + '0'.repeat(12),
        pid: process.pid,
        host: hostname(),
        started: expires,
        expires,
      };
      await folder.write('mirror/.pkgsync/lease.json', JSON.stringify(holder));
      const { code, stderr } = await mirror('alpha');
      expect(stderr).toContain('another apply is running on ./mirror');
      expect(code).toBe(28);
      expect(await distributions()).toEqual([]);
    });

    it('prints JSON lines: the plan, then what came of it', async () => {
      const { code, stdout } = await mirror('--json', 'beta');
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines[0]).toMatchObject({ type: 'header' });
      expect(lines.at(-2)).toMatchObject({ type: 'trailer' });
      expect(lines.at(-1)).toMatchObject({ type: 'result', done: 2, failed: 0 });
      expect(code).toBe(0);
    });

    it('takes a folder of files for a source', async () => {
      for (const { filename, bytes } of source.projects['beta'] ?? []) await folder.write(`wheels/${filename}`, bytes);
      expect((await folder.run('sync', '--source-url', './wheels', '--destination-url', './mirror', 'beta')).code).toBe(0);
      expect(await distributions()).toEqual(['beta-0.5-py3-none-any.whl']);
    });
  });

  describe('with --from-versions-file', () => {
    const mirror = (...args: string[]) => sync('--destination-url', './mirror', ...args);

    it('takes the versions that a buildout file pins, with what it extends', async () => {
      await folder.write('base.cfg', '[versions]\nalpha = 1.0\nBeta = 0.5  # pinned\n');
      await folder.write('conf/versions.cfg', '[buildout]\nextends = ../base.cfg\n[versions]\nalpha = ${versions:newer}\nnewer = 1.1\n');
      const { code, stdout } = await mirror('--from-versions-file', 'conf/versions.cfg', '--exclude', 'newer');
      expect(stdout).toContain('2 to register, 2 to upload');
      expect(code).toBe(0);
      expect(await distributions()).toEqual(['alpha-1.1-py3-none-any.whl', 'beta-0.5-py3-none-any.whl']);
    });

    it('reads the file over HTTP, and writes the same into a manifest', async () => {
      const web = await scriptedServer(() => ({ body: '[versions]\nalpha = 1.0\n' }));
      try {
        const args = ['--from-versions-file', web.url('/v/versions.cfg'), 'beta'];
        expect((await mirror(...args, '--write-manifest', 'pkgsync.json')).code).toBe(0);
        expect(JSON.parse(await folder.read('pkgsync.json'))).toMatchObject({ packages: { alpha: '==1.0', beta: '*' } });
        expect((await mirror(...args)).code).toBe(0);
        expect(await distributions()).toEqual(['alpha-1.0-py3-none-any.whl', 'alpha-1.0.tar.gz', 'beta-0.5-py3-none-any.whl']);
      } finally {
        await web[Symbol.asyncDispose]();
      }
    });

    it.each([
      ['a file that is not there', 'nowhere.cfg', [], /nowhere\.cfg/],
      ['a file without pins', 'empty.cfg', [], /empty\.cfg pins no versions/],
      ['a package that is named, too', 'versions.cfg', ['alpha'], /alpha is asked for twice, also in versions\.cfg:2/],
      ['--all beside it', 'versions.cfg', ['--all'], /exclude each other, found 'versions\.cfg'/],
    ])('refuses %s', async (_what, file, args, expected) => {
      await folder.write('versions.cfg', '[versions]\nalpha = 1.0\n');
      await folder.write('empty.cfg', '[versions]\n');
      const { code, stderr } = await mirror('--from-versions-file', file, ...args);
      expect(stderr).toMatch(expected);
      expect(code).toBe(20);
      expect(await folder.files('mirror')).toEqual([]);
    });
  });

  describe('to an upload API', () => {
    const password = 'canary-5b1e77';
    let target: UploadServer;

    beforeEach(async () => {
      target = await uploadServer({ credentials: { username: 'ci', password } });
    });
    afterEach(async () => {
      await target[Symbol.asyncDispose]();
    });

    const upload = (env: Readonly<Record<string, string>>, ...args: string[]) =>
      folder.runWith({ env }, 'sync', '--source-url', source.url, '--destination-url', target.url, '--destination-username', 'ci', ...args);

    it.each([
      ['a flag', {}, ['--destination-password', password]],
      ['a variable', { PKGSYNC_DESTINATION_PASSWORD: password }, []],
    ])('sends the password that %s holds, and never shows it', async (_what, env, args) => {
      const { code, stdout, stderr } = await upload(env, ...args, '--verbose', 'alpha');
      expect(code).toBe(0);
      expect(target.files.map(({ filename }) => filename).sort()).toEqual([
        'alpha-1.0-py3-none-any.whl',
        'alpha-1.0.tar.gz',
        'alpha-1.1-py3-none-any.whl',
      ]);
      expect(stdout + stderr).not.toContain(password);
      expect(source.server.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
      for (const name of await folder.files('.')) expect(await folder.read(name)).not.toContain(password);
    });

    it('says where a password can come from, where there is no terminal to ask on', async () => {
      const { code, stderr } = await upload({}, 'alpha');
      expect(stderr).toContain('PKGSYNC_DESTINATION_PASSWORD');
      expect(code).toBe(26);
      expect(target.server.requests).toEqual([]);
    });

    it('ends with 26 where the password is wrong, and does not show it', async () => {
      const { code, stdout, stderr } = await upload({}, '--destination-password', 'canary-wrong', 'alpha');
      expect(stdout + stderr).not.toContain('canary-wrong');
      expect(code).toBe(26);
      expect(target.files).toEqual([]);
    });

    it('keeps a file that is there with other bytes', async () => {
      target.store('alpha-1.0.tar.gz', 'other bytes', 'alpha');
      const { code, stdout } = await upload({ PKGSYNC_DESTINATION_PASSWORD: password }, 'alpha');
      expect(stdout).toContain('! mismatch    alpha-1.0.tar.gz');
      expect(code).toBe(22);
      expect(target.bytesOf('alpha-1.0.tar.gz')?.toString()).toBe('other bytes');
      expect(target.files).toHaveLength(3);
    });

    it('sends source credentials to the source only', async () => {
      const env = { PKGSYNC_DESTINATION_PASSWORD: password, PKGSYNC_SOURCE_PASSWORD: 'canary-source' };
      const { code, stdout, stderr } = await upload(env, '--source-username', 'reader', 'beta');
      expect(code).toBe(0);
      const basic = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
      const sent = (requests: readonly { headers: { authorization?: string | undefined } }[]) =>
        new Set(requests.map(({ headers }) => headers.authorization).filter((value) => value !== undefined));
      expect(sent(source.server.requests)).toEqual(new Set([basic('reader', 'canary-source')]));
      expect(sent(target.server.requests)).toEqual(new Set([basic('ci', password)]));
      expect(stdout + stderr).not.toContain('canary');
    });
  });

  describe('with --write-manifest', () => {
    it('writes what plan then makes the same plan of, and contacts nobody', async () => {
      const args = ['--destination-url', './mirror', 'alpha>=1.0', 'beta', '--latest', '1', '--exclude', 'alpha==1.1'];
      await folder.write('conf/.keep', '');
      expect((await sync(...args, '--write-manifest', 'conf/pkgsync.json')).stdout).toContain('Wrote conf/pkgsync.json.');
      expect(source.server.requests).toEqual([]);
      const one = await sync(...args, '--dry-run', '--json');
      const other = await folder.run('plan', '--json', '-f', 'conf/pkgsync.json');
      const actions = (text: string) => text.split('\n').filter((line) => line.startsWith('{"type":"action"'));
      expect(actions(one.stdout).length).toBeGreaterThan(2);
      expect(actions(other.stdout)).toEqual(actions(one.stdout));
      expect((await folder.run('apply', '--yes', '-f', 'conf/pkgsync.json')).code).toBe(0);
      expect(await distributions()).toEqual(['alpha-1.0-py3-none-any.whl', 'alpha-1.0.tar.gz', 'beta-0.5-py3-none-any.whl']);
    });

    it('never writes a password', async () => {
      const secrets = ['--source-username', 'a', '--source-password', 'canary-a', '--destination-password', 'canary-b'];
      const to = ['--destination-url', 'https://x.example/', '--destination-username', 'b'];
      const { code, stdout, stderr } = await sync(...to, ...secrets, '--write-manifest', 'pkgsync.json', 'alpha');
      expect(code).toBe(0);
      expect((await folder.read('pkgsync.json')) + stdout + stderr).not.toContain('canary');
      expect((await folder.run('validate')).code).toBe(0);
    });

    it('never replaces a file', async () => {
      await folder.write('pkgsync.json', 'mine');
      const { code, stderr } = await sync('--destination-url', './mirror', '--write-manifest', 'pkgsync.json', 'alpha');
      expect(stderr).toContain('pkgsync.json exists already');
      expect(code).toBe(20);
      expect(await folder.read('pkgsync.json')).toBe('mine');
    });
  });

  it.each([
    ['nothing to sync', ['--destination-url', './mirror'], /nothing is asked for/],
    ['packages beside --all', ['--destination-url', './mirror', '--all', 'alpha'], /exclude each other/],
    ['no destination', ['alpha'], /destination-url/],
    ['a flag of manifests', ['--destination-url', './mirror', '--manifest', 'x.json', 'alpha'], /manifest/],
    ['a host for a folder', ['--destination-url', 'pypi.example', 'alpha'], /--destination-url: 'pypi\.example' looks like a URL/],
    ['a marker', ['--destination-url', './mirror', "alpha; python_version>'3'"], /a marker can play no part/],
  ])('refuses %s', async (_what, args, expected) => {
    const { code, stderr } = await sync(...args);
    expect(stderr).toMatch(expected);
    expect(code).toBe(20);
    expect(await folder.files('.')).toEqual([]);
  });
});
