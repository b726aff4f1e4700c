import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hostname } from 'node:os';
import { demoWheel, smallIndex } from '../support/small-index.ts';
import { sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { uploadServer } from '../support/upload-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
// eslint-disable-next-line no-control-regex -- what terminals understand is what these tests look for
const control = /[\u0000-\u0008\u000b-\u001f]/;
// eslint-disable-next-line no-control-regex -- the same
const colour = /\u001b\[\d+m/;
/** util-linux' `script` gives a command a terminal; others call their flags differently. */
const hasTerminals = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

let source: SourceServer;
let folder: Workspace;
beforeEach(async () => {
  source = await sourceServer(smallIndex());
  folder = await workspace();
  await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*', beta: '*' } });
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

/** Runs a command line of a shell, with `pkgsync` in it, and what it prints. */
async function shell(
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const program = `pkgsync() { "$NODE" "$BIN" "$@"; }; ${line}`;
  const child = spawn('bash', ['--norc', '-c', program], {
    cwd: folder.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder.folder, TERM: 'xterm', NODE: process.execPath, BIN: bin, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { code, output };
}

/** The same on a terminal of so many columns. */
const onTerminal = (args: string, env: Readonly<Record<string, string>> = {}, columns = 80) =>
  shell(`script -qec "stty cols ${columns}; '$NODE' '$BIN' ${args}" /dev/null`, env);

describe('piped output', () => {
  it.each([
    ['plan'],
    ['apply --yes'],
    ['drift'],
    ['help'],
    ['list alpha --source-url SOURCE'],
    ['sync alpha --destination-url ./x --source-url SOURCE'],
  ])('of %s has no colour and redraws nothing', async (args) => {
    const { output } = await shell(`pkgsync ${args.replace('SOURCE', source.url)} 2>&1 | cat`);
    expect(output.length).toBeGreaterThan(50);
    expect(output).not.toMatch(control);
  });

  it('is the same twice', async () => {
    const [first, second] = [await shell('pkgsync plan | cat'), await shell('pkgsync plan | cat')];
    expect(first.output).toContain('Plan ');
    expect(second.output).toBe(first.output);
  });

  it('may be cut off: the reader gets its line, and the run its own exit code', async () => {
    const { output } = await shell('pkgsync plan --detailed-exitcode 2>&1 | head -1; echo "${PIPESTATUS[0]}"');
    expect(output.split('\n')).toEqual([expect.stringMatching(/^Destination /), '2', '']);
    const help = await shell('pkgsync help sync | head -1; echo "${PIPESTATUS[0]}"');
    expect(help.output).toMatch(/^pkgsync sync: .*\n0\n$/);
  });

  it('is coloured where that is asked for, and nowhere else', async () => {
    expect((await shell('pkgsync plan --color always | cat')).output).toContain('\u001b[32m');
    expect((await shell('pkgsync plan | cat', { FORCE_COLOR: '1' })).output).toContain('\u001b[32m');
    expect((await shell('pkgsync plan --color never | cat', { FORCE_COLOR: '1' })).output).not.toMatch(control);
    expect((await shell('pkgsync plan | cat', { NO_COLOR: '1', FORCE_COLOR: '1' })).output).not.toMatch(control);
  });

  it('follows COLUMNS in help', async () => {
    const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));
    expect(widest((await shell('pkgsync help | cat', { COLUMNS: '60' })).output)).toBeLessThanOrEqual(60);
    expect(widest((await shell('pkgsync help | cat')).output)).toBeLessThanOrEqual(80);
  });

  it('shows long names whole', async () => {
    const name = `n${'a'.repeat(150)}`;
    source.projects = { [name]: [demoWheel(name, '1.0')] };
    const { code, output } = await shell(`pkgsync sync ${name} --destination-url ./x --source-url ${source.url} | cat`);
    expect(output).toContain(`${name}-1.0-py3-none-any.whl`);
    expect(code).toBe(0);
  });
});

describe('without a terminal', () => {
  it.each([['</dev/null'], ['<&-']])('asks nobody, with its input %s', async (input) => {
    const apply = await shell(`pkgsync apply ${input}`);
    expect(apply.output).toContain('there is no terminal to ask on: pass --yes');
    expect(apply.code).toBe(30);
    const upload = await shell(`pkgsync sync alpha --destination-url http://127.0.0.1:1/ --destination-username ci ${input}`);
    expect(upload.output).toContain('no password for ci at http://127.0.0.1:1/, and no terminal to ask on');
    expect(upload.code).toBe(26);
  });

  it('prints the list of commands on stderr where none is named, and fails', async () => {
    const { code, stdout, stderr } = await folder.run();
    expect(stdout).toBe('');
    expect(stderr).toContain('State in git:');
    expect(stderr).toContain('error: no command is named');
    expect(code).toBe(20);
  });

  it('warns of a variable that is misspelt, but not with --quiet', async () => {
    const env = { PKGSYNC_CONCURENCY: 'canary' };
    const { stderr, code } = await folder.runWith({ env }, 'validate');
    expect(stderr).toBe('warning: the variable PKGSYNC_CONCURENCY is known to no command: did you mean PKGSYNC_CONCURRENCY?\n');
    expect(code).toBe(0);
    expect((await folder.runWith({ env }, 'validate', '--quiet')).stderr).toBe('');
  });

  it('takes the words help and version for arguments where they are', async () => {
    source.projects['help'] = [demoWheel('help', '1.0')];
    const { stdout, code } = await folder.run('list', 'help', '--source-url', source.url);
    expect(stdout).toMatch(/^help-1\.0-py3-none-any\.whl\t/);
    expect(code).toBe(0);
  });
});

(hasTerminals ? describe : describe.skip)("on a terminal (skipped without util-linux' script)", () => {
  it('colours, unless NO_COLOR, TERM=dumb or a flag says no', async () => {
    expect((await onTerminal('plan')).output).toContain('\u001b[32m');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) expect((await onTerminal('plan', env)).output).not.toMatch(colour);
    expect((await onTerminal('plan --color=never')).output).not.toMatch(colour);
  });

  it.each([30, 50, 100])('stays within %d columns with help', async (columns) => {
    const { output } = await onTerminal('help', { NO_COLOR: '1' }, columns);
    const longest = Math.max(...output.split('\n').map((line) => line.replace('\r', '').length));
    // Narrower than the usage line it is wrapped by the terminal.
    expect(longest).toBeLessThanOrEqual(Math.max(42, columns));
    expect(output).toContain('State in git:');
  });

  it('shows a plan whole where the terminal is narrow', async () => {
    const { output, code } = await onTerminal('apply --yes', { NO_COLOR: '1' }, 20);
    expect(output).toContain('alpha-1.0-py3-none-any.whl');
    expect(output).toContain('Applied: 6 of 6 done');
    expect(code).toBe(0);
  });
});

describe('pkgsync sync to a server', () => {
  it('leaves nothing in the working folder', async () => {
    const target = await uploadServer();
    try {
      const before = await folder.files('.');
      const { code } = await folder.run('sync', 'alpha', '--source-url', source.url, '--destination-url', target.url);
      expect(code).toBe(0);
      expect(target.files).toHaveLength(3);
      expect(await folder.files('.')).toEqual(before);
      expect((await shell('ls -A')).output).not.toContain('.pkgsync');
    } finally {
      await target[Symbol.asyncDispose]();
    }
  });

  it('refuses where another run of this user writes there, whatever folder that started in', async () => {
    const target = await uploadServer();
    const elsewhere = await workspace();
    try {
      const env = { XDG_CACHE_HOME: folder.path('cache') };
      const args = ['sync', '--source-url', source.url, '--destination-url', target.url];
      expect((await folder.runWith({ env }, ...args, 'alpha')).code).toBe(0);
      // The lease has gone with the run; somebody else takes it.
      const lease = (await folder.files('cache')).find((name) => name.endsWith('.gitignore'))?.replace(/[^/]*$/, '') ?? '';
      expect(lease).toBe('pkgsync/.pkgsync/');
      const running = await heldLease(folder, target.url);
      const { code, stderr } = await elsewhere.runWith({ env }, ...args, 'beta');
      expect(stderr).toContain('another apply is running on');
      expect(code).toBe(28);
      expect(running).toContain('cache/');
      expect(target.files.filter(({ filename }) => filename.startsWith('beta'))).toEqual([]);
    } finally {
      await elsewhere[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    }
  });

  it('refuses to exclude all that is asked for', async () => {
    const { code, stdout, stderr } = await folder.run(
      'sync',
      'alpha',
      'beta',
      '--exclude',
      '*',
      '--destination-url',
      './x',
      '--source-url',
      source.url,
    );
    expect(stderr).toContain('everything that is asked for is excluded (alpha, beta)');
    expect(stdout).toBe('');
    expect(code).toBe(20);
  });
});

/** A lease on the server that a living process (this one) holds. @returns its path in the workspace */
async function heldLease(at: Workspace, url: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const started = new Date().toISOString();
  const expires = new Date(Date.now() + 60_000).toISOString();
  const id = '00000000-0000-0000-0000-000000000000';
  const key = createHash('sha256').update(url).digest('hex').slice(0, 16);
  const path = `cache/pkgsync/.pkgsync/lease-${key}.json`;
  await at.write(path, JSON.stringify({ id, pid: process.pid, host: hostname(), started, expires }));
  return path;
}
