import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { wheel } from '../../examples/demo/archives.mjs';
import { bin, cleanEnvironment } from '../support/cli.ts';
import { problemsOf, servedOf, treeOf } from '../support/served-tree.ts';
import type { Tree } from '../support/served-tree.ts';
import { ballast, smallDisk, withoutSmallDisks } from '../support/small-disk.ts';
import type { SmallDisk } from '../support/small-disk.ts';
import { digest, sourceServer } from '../support/source-server.ts';
import type { OfferedFile, SourceServer } from '../support/source-server.ts';
import { uploadServer } from '../support/upload-server.ts';
import type { UploadServer } from '../support/upload-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

/* Sizes are kibibytes; the file systems give space away in steps of four. */

const big = (name: string, version: string, size: number): OfferedFile =>
  wheel({ name, version, summary: name, code: `X = '${'0123456789abcdef'.repeat(size * 64)}'\n` });
const index = {
  alpha: [big('alpha', '1.0', 4), big('alpha', '1.1', 31)],
  beta: [big('beta', '0.5', 15)],
  gamma: [big('gamma', '1.0', 7)],
};
const contents = new Map(Object.values(index).flatMap((files) => files.map(({ filename, bytes }) => [filename, digest('sha256', bytes)])));
const known = (filename: string): ReadonlySet<string> => new Set([contents.get(filename) ?? '']);
const first = { alpha: '*', beta: '*' };
/** One file less, one project less, one more. */
const second = { alpha: '>=1.1', gamma: '*' };

describe('without enough space', () => {
  let source: SourceServer;
  let target: UploadServer;
  let folder: Workspace;
  let disk: SmallDisk | undefined;

  beforeAll(async () => {
    source = await sourceServer(index);
  });
  afterAll(async () => {
    await source[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await disk?.[Symbol.asyncDispose]();
    disk = undefined;
    await folder[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  /** A workspace with a small disk at `at`, where one is wanted. */
  async function begin(to: 'directory' | 'upload', at?: string): Promise<SmallDisk | undefined> {
    folder = await workspace();
    target = await uploadServer();
    await manifest(to, first);
    await folder.write('state/.keep', '');
    await folder.write('temporary/.keep', '');
    if (at === undefined) return undefined;
    return (disk = await smallDisk(folder.path(at), 1024 * 1024));
  }

  async function manifest(to: 'directory' | 'upload', packages: object): Promise<void> {
    const upload = { type: 'upload', url: target.url, server: 'generic' };
    const prune = to === 'directory' ? { prune: 'tombstoned' } : {};
    await folder.manifest({ source: source.url, destination: to === 'upload' ? upload : './mirror', ...prune, packages });
  }

  const apply = (...more: string[]) =>
    folder.runWith({ env: { TMPDIR: folder.path('temporary') } }, 'apply', '--yes', '--lockfile', 'state/my.lock', ...more);

  /** What pkgsync keeps for itself and for nobody else; `.gitignore` may stay. */
  async function leftovers(): Promise<readonly string[]> {
    const own = /(^|\/)(\.pkgsync-|pkgsync-|lease|journal|\.gitignore\.)|\.(part|tmp|staged|new)$/;
    return (await folder.files('.')).filter((path) => own.test(path));
  }

  const tree = async (): Promise<Tree> => {
    const all = await treeOf(folder.path('mirror')).catch(() => new Map<string, Uint8Array>());
    return new Map([...all].filter(([path]) => basename(path) !== ballast));
  };
  const shown = (all: Tree) => Object.fromEntries([...servedOf(all)].map(([path, bytes]) => [path, digest('sha256', bytes)] as const));
  const lockText = () => folder.read('state/my.lock').catch(() => undefined);
  /** What the lock approves: md5 is what an apply adds to it at its end. */
  const approvals = async () => ((await lockText()) ?? '').replace(/,"md5":"[0-9a-f]+"/g, '');

  interface Wanted {
    readonly shown: object;
    readonly approvals: string;
  }
  const results = new Map<string, Wanted>();

  /** What applies that nothing disturbs come to; they are run once. */
  async function undisturbed(to: 'directory' | 'upload', ...all: object[]): Promise<Wanted> {
    const key = `${to} ${all.length}`;
    const before = results.get(key);
    if (before !== undefined) return before;
    await begin(to);
    for (const packages of all) {
      await manifest(to, packages);
      expect((await apply()).code).toBe(0);
    }
    const result = { shown: to === 'directory' ? shown(await tree()) : uploaded(), approvals: await approvals() };
    results.set(key, result);
    await folder[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
    return result;
  }
  const uploaded = () => Object.fromEntries(target.files.map(({ filename, bytes }) => [filename, digest('sha256', bytes)] as const).sort());

  const missing = withoutSmallDisks();
  const mounted = missing === undefined ? describe : describe.skip;
  mounted(`on a real disk${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    it.each([
      ['lease', 'mirror', 0, /cannot take the lease .*mirror\/\.pkgsync\/lease\.json/],
      ['journal, and then the staging folder', 'mirror', 8, /cannot write .*mirror\/\.pkgsync\/staging\//],
      ['staging folder', 'mirror', 16, /cannot write .*mirror\/\.pkgsync\/staging\//],
      ['destination, somewhere on the way', 'mirror', 60, /cannot (write|publish) .*mirror\//],
      ['first page', 'mirror/simple', 0, /register (alpha|beta): cannot write .*mirror\/simple\/(alpha|beta)\/index\.v1_json/],
      ['second page', 'mirror/simple', 8, /cannot write .*mirror\/simple\/.*index\.(html|v1_json)/],
      ['list of all projects', 'mirror/simple', 12, /cannot write .*mirror\/simple\/index\.v1_json/],
      ['page with files', 'mirror/simple', 20, /cannot write .*mirror\/simple\/.*index\.(html|v1_json)/],
      ['lock', 'state', 0, /cannot write state\/my\.lock/],
    ])('for the %s of a directory (%s, %d KiB left), says so, and the next apply does the rest', async (_what, at, left, says) => {
      const wanted = await undisturbed('directory', first);
      await (await begin('directory', at))!.leave(left * 1024);
      const full = await apply();
      expect(`${full.stdout}${full.stderr}`).toMatch(says);
      expect(`${full.stdout}${full.stderr}`).toContain('the disk is full (ENOSPC)\n');
      expect(full.code).toBe(29);
      expect(problemsOf(await tree(), known)).toEqual([]);
      expect([undefined, wanted.approvals]).toContain((await lockText()) === undefined ? undefined : await approvals());
      expect((await leftovers()).filter((path) => !path.includes('journal'))).toEqual([]);

      await disk!.free();
      const again = await apply();
      expect(again.stderr).not.toMatch(/error|failed|warning/);
      expect(again.code).toBe(0);
      expect(shown(await tree())).toEqual(wanted.shown);
      expect(await approvals()).toBe(wanted.approvals);
      expect(await leftovers()).toEqual([]);
    });

    it.each([8, 24])(
      'for an apply that adds, retires and removes (%d KiB left), nothing is lost, and the next one does the rest',
      async (left) => {
        const wanted = await undisturbed('directory', first, second);
        await begin('directory', 'mirror');
        expect((await apply()).code).toBe(0);
        const before = servedOf(await tree());
        await manifest('directory', second);
        await disk!.leave(left * 1024);
        const full = await apply();
        expect(`${full.stdout}${full.stderr}`).toMatch(/mirror\/.*: the disk is full \(ENOSPC\)\n/);
        expect(full.code).toBe(29);
        const now = await tree();
        expect(problemsOf(now, known)).toEqual([]);
        expect(now.has('packages/alpha/alpha-1.1-py3-none-any.whl')).toBe(true);
        expect(before.size).toBeGreaterThan(8);

        await disk!.free();
        const again = await apply();
        expect(again.code).toBe(0);
        expect(shown(await tree())).toEqual(wanted.shown);
        expect(await approvals()).toBe(wanted.approvals);
        expect(await leftovers()).toEqual([]);
      },
    );

    it('for the closing write of the lock, tells what was done all the same', async () => {
      const wanted = await undisturbed('directory', first);
      await (await begin('directory', 'state'))!.leave(4 * 1024);
      const full = await apply();
      expect(full.stdout).toContain('Index is consistent: 5 of 6 done, 1 failed, nothing half-written.');
      expect(full.stdout).toContain('  ! update lock: cannot write state/my.lock: the disk is full (ENOSPC)\n');
      expect(full.code).toBe(29);
      expect(shown(await tree())).toEqual(wanted.shown);
      expect(await approvals()).toBe(wanted.approvals);
      expect(await leftovers()).toEqual([]);
      await disk!.free();
      expect((await apply()).code).toBe(0);
    });

    it.each([
      ['lease', 'state', 4, [], /cannot take the lease state\/\.pkgsync\/lease-/],
      ['journal, and then the lock', 'state', 8, [], /error: cannot write state\/my\.lock/],
      ['closing write of the lock', 'state', 16, [], /! update lock: cannot write state\/my\.lock/],
      ["plan, in the system's temporary folder", 'temporary', 0, [], /cannot write .*\/temporary\/pkgsync-.*plan\.jsonl/],
      ["files, in the system's temporary folder", 'temporary', 8, [], /cannot write .*\/temporary\/pkgsync-staging-/],
      ['plan, in the cache folder', 'cache', 0, ['--cache-dir', 'cache'], /cannot write .*\/cache\/pkgsync-.*plan\.jsonl/],
      ['files, in the cache folder', 'cache', 20, ['--cache-dir', 'cache'], /cannot write .*\/cache\/pkgsync-staging-/],
    ])('for the %s of an upload (%s, %d KiB left), says so, and the next apply does the rest', async (_what, at, left, flags, says) => {
      const wanted = await undisturbed('upload', first);
      await (await begin('upload', at))!.leave(left * 1024);
      const full = await apply(...flags);
      expect(`${full.stdout}${full.stderr}`).toMatch(says);
      expect(`${full.stdout}${full.stderr}`).toContain('the disk is full (ENOSPC)\n');
      expect(full.code).toBe(29);
      expect(wanted.shown).toMatchObject(uploaded());
      expect((await leftovers()).filter((path) => !path.includes('journal'))).toEqual([]);

      await disk!.free();
      const again = await apply(...flags);
      expect(again.stderr).not.toMatch(/error|failed|warning/);
      expect(again.code).toBe(0);
      expect(uploaded()).toEqual(wanted.shown);
      expect(await approvals()).toBe(wanted.approvals);
      expect(await leftovers()).toEqual([]);
    });

    it('for the journal alone, goes on without it', async () => {
      await begin('upload', 'state');
      expect((await folder.run('lock', '--lockfile', 'state/my.lock')).code).toBe(0);
      await disk!.leave(8 * 1024);
      const run = await apply('--locked');
      expect(run.stderr).toMatch(/^warning: cannot write state\/\.pkgsync\/journal-[0-9a-f]+\.jsonl: the disk is full \(ENOSPC\); should/m);
      expect(run.code).toBe(0);
      expect(target.files).toHaveLength(3);
      expect(await leftovers()).toEqual([]);
    });

    it('for a download, says so once, and the next one goes on', async () => {
      await (await begin('directory', 'down'))!.leave(8 * 1024);
      const download = () =>
        folder.run('download', '--source', source.url, '--to', 'down', '--concurrency', '1', 'alpha>=1.1', 'beta', 'gamma');
      const full = await download();
      expect(full.stderr.match(/^failed: .*$/gm)).toHaveLength(1);
      expect(full.stderr).toMatch(/^failed: download alpha-1\.1\S+: cannot write \S+\/down\/\S+\.part: the disk is full \(ENOSPC\)$/m);
      expect(full.stderr).toContain('3 files, 0 B: 0 downloaded, 1 failed, 2 not finished.\n');
      expect(full.code).toBe(29);
      expect((await readdir(folder.path('down'))).filter((name) => !name.startsWith('.'))).toEqual([]);
      await disk!.free();
      expect((await download()).code).toBe(0);
      const files = ['alpha-1.1-py3-none-any.whl', 'beta-0.5-py3-none-any.whl', 'gamma-1.0-py3-none-any.whl'];
      expect((await readdir(folder.path('down'))).sort()).toEqual(files);
      expect(
        problemsOf(new Map([...(await treeOf(folder.path('down')))].map(([name, bytes]) => [`packages/x/${name}`, bytes])), known),
      ).toEqual([]);
    });
  });

  (process.platform === 'win32' ? it.skip : it)('for one file because of a limit of the process, the others arrive', async () => {
    const wanted = await undisturbed('directory', first);
    await begin('directory');
    const { code, stdout } = await limitedTo(16, ['apply', '--yes', '--lockfile', 'state/my.lock'], folder.folder);
    expect(stdout).toMatch(/! upload alpha-1\.1\S+: cannot write .*: the file would be larger than .* allows \(EFBIG\)\n/);
    expect(stdout).toContain('1 failed, nothing half-written.');
    expect(code).toBe(29);
    expect(problemsOf(await tree(), known)).toEqual([]);
    expect(await leftovers()).toEqual([]);
    expect((await apply()).code).toBe(0);
    expect(shown(await tree())).toEqual(wanted.shown);
    expect(await approvals()).toBe(wanted.approvals);
  });
});

/** Runs the built command line where no file may be larger than `size` KiB. */
function limitedTo(size: number, args: readonly string[], cwd: string): Promise<{ readonly code: unknown; readonly stdout: string }> {
  const script = `ulimit -f ${size} && exec "$0" "$@"`;
  return new Promise((resolve) => {
    execFile('bash', ['-c', script, process.execPath, bin, ...args], { cwd, env: cleanEnvironment() }, (error, stdout) => {
      resolve({ code: error === null ? 0 : error.code, stdout });
    });
  });
}
