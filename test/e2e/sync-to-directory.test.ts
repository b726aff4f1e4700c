import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { digest, sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { demoWheel, smallIndex } from '../support/small-index.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

describe('a sync into a directory', () => {
  let source: SourceServer;
  let folder: Workspace;

  beforeEach(async () => {
    source = await sourceServer(smallIndex());
    folder = await workspace();
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '>=1.0', beta: '*' } });
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  it('plans without writing anything', async () => {
    const { code, stdout } = await folder.run('plan');
    expect(stdout).toContain('+ upload      alpha-1.0-py3-none-any.whl');
    expect(stdout).toContain('Lock: 4 to add, 0 to tombstone.');
    expect(stdout).toMatch(
      /^Plan [0-9a-f]{12}: 2 to register, 4 to upload, 0 to replace, 0 to update, 0 to remove, 0 mismatch, 0 blocked, 0 unchanged, 0 unverifiable\.$/m,
    );
    expect(code).toBe(0);
    expect(await folder.files('.')).toEqual(['pkgsync.json']);
    expect(source.downloads()).toEqual([]);
  });

  it('answers 2 with --detailed-exitcode where there are differences', async () => {
    expect((await folder.run('plan', '--detailed-exitcode')).code).toBe(2);
  });

  describe('after apply', () => {
    beforeEach(async () => {
      const { code, stderr } = await folder.run('apply', '--yes');
      expect(stderr).not.toContain('error');
      expect(code).toBe(0);
    });

    it('has every selected file once, with pages and companions', async () => {
      expect(await folder.files('mirror/packages')).toEqual([
        'alpha/alpha-1.0-py3-none-any.whl',
        'alpha/alpha-1.0-py3-none-any.whl.metadata',
        'alpha/alpha-1.0.tar.gz',
        'alpha/alpha-1.1-py3-none-any.whl',
        'alpha/alpha-1.1-py3-none-any.whl.metadata',
        'beta/beta-0.5-py3-none-any.whl',
        'beta/beta-0.5-py3-none-any.whl.metadata',
      ]);
      expect(await folder.files('mirror/simple')).toEqual([
        'alpha/index.html',
        'alpha/index.v1_json',
        'beta/index.html',
        'beta/index.v1_json',
        'index.html',
        'index.v1_json',
      ]);
      expect([...source.downloads()].sort()).toEqual([
        'alpha-1.0-py3-none-any.whl',
        'alpha-1.0.tar.gz',
        'alpha-1.1-py3-none-any.whl',
        'beta-0.5-py3-none-any.whl',
      ]);
    });

    it('has locked the digests of the bytes', async () => {
      const lock = JSON.parse(await folder.read('pkgsync.lock')) as {
        packages: { name: string; files: { filename: string; hashes: Record<string, string> }[] }[];
      };
      const [alpha] = source.projects['alpha'] ?? [];
      expect(lock.packages.map(({ name }) => name)).toEqual(['alpha', 'beta']);
      expect(lock.packages[0]?.files[0]).toMatchObject({
        filename: alpha?.filename,
        hashes: { sha256: digest('sha256', alpha!.bytes), md5: digest('md5', alpha!.bytes) },
      });
    });

    it('plans nothing more', async () => {
      const { code, stdout } = await folder.run('plan', '--detailed-exitcode');
      expect(stdout).toContain('0 to register, 0 to upload, 0 to replace, 0 to update, 0 to remove, 0 mismatch, 0 blocked, 4 unchanged');
      expect(stdout).not.toContain('Lock:');
      expect(code).toBe(0);
    });

    it('writes nothing when applied again', async () => {
      const before = await folder.read('pkgsync.lock');
      const { code, stdout } = await folder.run('apply', '--locked', '--yes');
      expect(stdout).toContain('Nothing to do.');
      expect(code).toBe(0);
      expect(await folder.read('pkgsync.lock')).toBe(before);
    });

    it('sees no drift', async () => {
      const { code, stdout } = await folder.run('drift');
      expect(stdout).toContain('No drift: 4 files as approved.');
      expect(code).toBe(0);
    });

    it('counts a file that nobody approved, and names it where asked to; it is no drift', async () => {
      await folder.write('mirror/packages/alpha/alpha-9.0.tar.gz', 'foreign');
      // The page lists it from now on.
      expect((await folder.run('apply', '--yes')).code).toBe(0);
      const note = 'note: ./mirror holds 1 file in 1 project that nobody approved and that prune leaves there\n';
      const drift = await folder.run('drift');
      expect(drift.stderr).toContain(note);
      expect(drift.stdout).not.toContain('alpha-9.0');
      const verbose = await folder.run('drift', '--verbose');
      expect(verbose.stdout).toContain('  · unlisted alpha-9.0.tar.gz\n');
      const json = await folder.run('drift', '--json');
      const lines = json.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.filter(({ type }) => type === 'note')).toEqual([
        expect.objectContaining({ class: 'unlisted', destination: 'default', name: 'alpha', filename: 'alpha-9.0.tar.gz' }),
        expect.objectContaining({ class: 'unlisted', destination: 'default' }),
      ]);
      expect(lines.at(-1)).toMatchObject({ type: 'drift-summary', unlisted: 1 });
      expect([drift.code, verbose.code, json.code]).toEqual([0, 0, 0]);
    });

    it('finds a broken and a lost file, and mends the lost one only', async () => {
      await writeFile(folder.path('mirror/packages/alpha/alpha-1.0.tar.gz'), 'broken');
      await rm(folder.path('mirror/packages/beta/beta-0.5-py3-none-any.whl'));
      const drift = await folder.run('drift');
      expect(drift.stdout).toMatch(/digest-mismatch alpha-1\.0\.tar\.gz/);
      expect(drift.stdout).toMatch(/missing +beta-0\.5-py3-none-any\.whl/);
      expect(drift.code).toBe(2);

      const apply = await folder.run('apply', '--locked', '--yes');
      expect(apply.code).toBe(22);
      expect(await folder.files('mirror/packages/beta')).toContain('beta-0.5-py3-none-any.whl');
      expect(await folder.read('mirror/packages/alpha/alpha-1.0.tar.gz')).toBe('broken');
      expect(await folder.read('mirror/simple/alpha/index.html')).not.toContain(digest('sha256', Buffer.from('broken')));
    });

    it('replaces a broken file where the manifest allows it', async () => {
      await writeFile(folder.path('mirror/packages/alpha/alpha-1.0.tar.gz'), 'broken');
      await folder.manifest({
        source: source.url,
        destination: './mirror',
        onMismatch: 'replace',
        packages: { alpha: '>=1.0', beta: '*' },
      });
      const { code, stdout } = await folder.run('apply', '--yes');
      expect(stdout).toContain('~ replace     alpha-1.0.tar.gz');
      expect(code).toBe(0);
      expect((await folder.run('drift')).code).toBe(0);
    });

    it('mends pages', async () => {
      await writeFile(folder.path('mirror/simple/alpha/index.html'), '<!doctype html>');
      await rm(folder.path('mirror/simple/index.html'));
      const drift = await folder.run('drift');
      expect(drift.stdout).toContain('page-stale');
      expect(drift.code).toBe(2);
      expect((await folder.run('apply', '--yes')).code).toBe(0);
      expect((await folder.run('drift')).code).toBe(0);
    });

    it('keeps what is locked until an upgrade is asked for', async () => {
      source.projects = { ...source.projects, alpha: [...(source.projects['alpha'] ?? []), demoWheel('alpha', '3.0')] };
      const plan = await folder.run('plan', '--detailed-exitcode');
      expect(plan.stdout).toContain('1 more file matches at the source (1 release): --upgrade takes it');
      expect(plan.code).toBe(0);
      const upgrade = await folder.run('apply', '--yes', '--upgrade', 'alpha');
      expect(upgrade.stdout).toContain('alpha-3.0-py3-none-any.whl');
      expect(await folder.files('mirror/packages/alpha')).toContain('alpha-3.0-py3-none-any.whl');
    });

    it('carries over that a file was yanked', async () => {
      const [first, ...rest] = source.projects['alpha'] ?? [];
      source.projects = { ...source.projects, alpha: [{ ...first!, yanked: 'broken build' }, ...rest] };
      const plan = await folder.run('plan');
      expect(plan.stdout).toContain('~ update      alpha-1.0-py3-none-any.whl  yanked: broken build');
      expect((await folder.run('apply', '--yes')).code).toBe(0);
      expect(await folder.read('mirror/simple/alpha/index.html')).toContain('data-yanked="broken build"');
      expect((await folder.run('drift')).code).toBe(0);
    });

    it('keeps files that left the manifest unless pruning is asked for', async () => {
      await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '>=1.0' } });
      const kept = await folder.run('apply', '--yes');
      expect(kept.stdout).toContain('Lock: 0 to add, 1 to tombstone.');
      expect(kept.code).toBe(0);
      expect(await folder.files('mirror/packages/beta')).toContain('beta-0.5-py3-none-any.whl');

      await folder.manifest({ source: source.url, destination: './mirror', prune: 'tombstoned', packages: { alpha: '>=1.0' } });
      const pruned = await folder.run('apply', '--yes');
      expect(pruned.stdout).toContain('- remove      beta-0.5-py3-none-any.whl  no longer approved');
      expect(pruned.code).toBe(0);
      expect(await folder.files('mirror/packages/beta')).toEqual([]);
      expect(await folder.read('pkgsync.lock')).not.toContain('beta');
      expect(await folder.read('mirror/simple/index.html')).not.toContain('beta');
      expect((await folder.run('plan', '--detailed-exitcode')).code).toBe(0);
    });
  });

  it('follows dependencies', async () => {
    source.projects = {
      app: [demoWheel('app', '1.0', { requires: ['lib>=1,<2', "other; sys_platform == 'win32'"] })],
      lib: [demoWheel('lib', '1.4'), demoWheel('lib', '1.5', { requires: ['deep'] }), demoWheel('lib', '2.0')],
      deep: [demoWheel('deep', '0.1')],
      other: [demoWheel('other', '1.0')],
    };
    const rule = { version: '*', dependencies: true, targets: ['linux'] };
    await folder.manifest({
      source: source.url,
      destination: './mirror',
      targets: { linux: { python: '3.12', platform: 'manylinux_2_28_x86_64' } },
      packages: { app: rule },
    });
    const { code } = await folder.run('apply', '--yes');
    expect(code).toBe(0);
    expect((await folder.files('mirror/packages')).filter((name) => name.endsWith('.whl'))).toEqual([
      'app/app-1.0-py3-none-any.whl',
      'deep/deep-0.1-py3-none-any.whl',
      'lib/lib-1.5-py3-none-any.whl',
    ]);
    expect((await folder.run('plan', '--locked', '--detailed-exitcode')).code).toBe(0);
    expect((await folder.run('plan', '--detailed-exitcode')).code).toBe(0);
  });
});
