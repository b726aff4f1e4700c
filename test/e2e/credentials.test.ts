import { chmod } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CliResult } from '../support/cli.ts';
import { demoWheel, smallIndex } from '../support/small-index.ts';
import { sourceServer } from '../support/source-server.ts';
import { uploadServer, type UploadServer } from '../support/upload-server.ts';
import { workspace, type Workspace } from '../support/workspace.ts';

const canary = 'canary-5ecret';
const credentials = { username: 'ci', password: canary };
let work: Workspace;
let target: UploadServer;
let sourceUrl: string;
const open: AsyncDisposable[] = [];

beforeEach(async () => {
  work = await workspace();
  target = await uploadServer({ credentials, strict: true });
  const source = await sourceServer(smallIndex());
  sourceUrl = source.url;
  open.push(work, target, source);
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** Runs the command line, and checks that neither what it prints nor what it leaves behind holds the secret. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const result = await work.runWith({ env: { HOME: work.folder, ...env } }, ...args);
  const left = (await work.files('.')).filter((path) => /\.(json|lock|plan)$/.test(path));
  const texts = await Promise.all(left.map((path) => work.read(path)));
  for (const text of [result.stdout, result.stderr, ...texts]) {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(btoa(`ci:${canary}`));
  }
  return result;
}

async function manifest(auth?: unknown): Promise<void> {
  await work.manifest({
    source: sourceUrl,
    destination: { type: 'upload', url: target.url, server: 'generic', ...(auth === undefined ? {} : { auth }) },
    packages: { alpha: '*' },
  });
}

describe('a netrc file', () => {
  const netrc = async (text: string): Promise<Record<string, string>> => {
    await work.write('rc', text);
    await chmod(work.path('rc'), 0o600);
    return { NETRC: work.path('rc') };
  };

  it('serves lock, plan, apply and drift', async () => {
    await manifest();
    const env = await netrc(`machine 127.0.0.1 login ci password ${canary}`);
    expect(await run(['lock'], env)).toMatchObject({ code: 0 });
    expect(await run(['plan', '--out', 'saved.plan', '--json'], env)).toMatchObject({ code: 0 });
    expect(await run(['apply', '--yes'], env)).toMatchObject({ code: 0 });
    expect(await run(['drift'], env)).toMatchObject({ code: 0 });
    expect(target.files).toHaveLength(3);
  });

  it('serves the one-shot commands, from the home folder too', async () => {
    await work.write('.netrc', `machine 127.0.0.1 login ci password ${canary}`);
    const env = { NETRC: '' };
    const { filename, bytes } = demoWheel('alpha', '1.0');
    await work.write(filename, bytes);
    const upload = await run(['upload', filename, '--destination-url', target.url], env);
    expect(upload).toMatchObject({ code: 0, stderr: expect.stringContaining('other users can read it: chmod 600 it') as unknown });
    const list = await run(['list', 'alpha', '--source-url', target.url, '--source-username', 'ci'], env);
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining(filename) as unknown });
  });

  it('stands behind what auth names', async () => {
    await manifest({ username: 'ci', passwordEnv: 'WRONG' });
    const env = await netrc(`machine 127.0.0.1 login ci password ${canary}`);
    expect(await run(['apply', '--yes'], { ...env, WRONG: 'wrong' })).toMatchObject({ code: 26 });
    expect(target.files).toEqual([]);
  });

  it('is never asked for its default', async () => {
    await manifest();
    const env = await netrc(`default login ci password ${canary}`);
    expect(await run(['apply', '--yes'], env)).toMatchObject({ code: 26 });
    expect(target.files).toEqual([]);
  });

  it('is told of where it cannot be read, and left out', async () => {
    await manifest({ username: 'ci', passwordEnv: 'RIGHT' });
    const env = await netrc(`machine 127.0.0.1 pasword ${canary}`);
    const result = await run(['plan'], { ...env, RIGHT: canary });
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/warning: .*rc:1: expected .*; this file is not used/) as unknown,
    });
  });
});

describe('a helper in the manifest', () => {
  const script = async (path: string, ...lines: readonly string[]): Promise<void> => {
    await work.write(path, ['#!/bin/sh', ...lines, ''].join('\n'));
    await chmod(work.path(path), 0o755);
  };

  it('serves apply by what its command prints, and runs once', async () => {
    await manifest({ username: 'ci', command: ['./tools/secret', 'word with blanks'] });
    await script(
      'tools/secret',
      'echo run >> runs.txt',
      '[ "$1" = "word with blanks" ] || exit 9',
      `echo ${canary}`,
      `echo got ${canary} >&2`,
    );
    expect(await run(['validate'])).toMatchObject({ code: 0 });
    expect(await work.files('.')).not.toContain('runs.txt');
    expect(await run(['plan', '--json', '--out', 'saved.plan'])).toMatchObject({ code: 0 });
    expect(await run(['apply', '--yes', '--verbose'])).toMatchObject({ code: 0 });
    expect(target.files).toHaveLength(3);
    expect(await work.read('runs.txt')).toBe('run\nrun\n');
  });

  it('is asked again after 401, and the upload made once more', async () => {
    await manifest({ username: 'ci', command: ['./secret'] });
    await script('secret', 'echo run >> runs.txt', `[ $(wc -l < runs.txt) = 1 ] && echo expired || echo ${canary}`);
    expect(await run(['apply', '--yes'])).toMatchObject({ code: 0 });
    expect(target.files).toHaveLength(3);
    expect(await work.read('runs.txt')).toBe('run\nrun\n');
  });

  it('serves by the keyring command', async () => {
    await manifest({ keyring: true });
    await script('bin/keyring', `[ "$4" = "${target.url}" ] && echo '{"username": "ci", "password": "${canary}"}'`);
    expect(await run(['apply', '--yes'], { PATH: `${work.path('bin')}:/usr/bin:/bin` })).toMatchObject({ code: 0 });
    expect(target.files).toHaveLength(3);
  });

  it('is named where it fails, without its secrets', async () => {
    await manifest({ command: ['./secret', 'word'] });
    await script('secret', `echo ${canary}`, `echo "no session for ${canary}, password: ${canary}" >&2`, 'exit 4');
    for (const flags of [[], ['--json'], ['--verbose']]) {
      const result = await run(['plan', ...flags]);
      expect(result).toMatchObject({ code: 26 });
      expect(result.stdout + result.stderr).toContain('ended with exit code 4: no session for ***');
    }
    await manifest({ keyring: 'corp' });
    const missing = await run(['plan'], { PATH: '/nonexistent' });
    expect(missing).toMatchObject({ code: 26, stdout: expect.stringContaining("'keyring' is not there") as unknown });
  });
});

describe('the right to write', () => {
  const guarded = async (open_: Parameters<typeof uploadServer>[0] = {}) => {
    const server = await uploadServer({ credentials, ...open_ });
    open.push(server);
    return server;
  };

  it('is asked for before anything is fetched, and after the plan is shown', async () => {
    const server = await guarded();
    const source = await sourceServer(smallIndex());
    open.push(source);
    await work.manifest({
      source: source.url,
      destination: { type: 'upload', url: server.url, server: 'pypiserver', auth: { username: 'ci', passwordEnv: 'PASSWORD' } },
      packages: { alpha: '*' },
    });
    expect(await run(['lock'])).toMatchObject({ code: 0 });
    const refused = await run(['apply', '--yes'], { PASSWORD: 'not-the-one' });
    expect(refused).toMatchObject({ code: 26, stdout: expect.stringMatching(/3 to upload/) as unknown });
    expect(refused.stderr).toMatch(/cannot upload there: .* does not allow this to the user/);
    expect(source.downloads()).toEqual([]);
    expect(server.uploads).toBe(0);
    expect(await run(['apply', '--yes'], { PASSWORD: canary })).toMatchObject({ code: 0 });
    expect(server.files).toHaveLength(3);
    // Nothing is to be written, so nobody needs the right to.
    expect(await run(['apply', '--yes'], { PASSWORD: 'not-the-one' })).toMatchObject({ code: 0 });
  });

  it('is asked for before the first byte of an upload', async () => {
    const server = await guarded();
    const { filename, bytes } = demoWheel('alpha', '1.0');
    await work.write(filename, bytes);
    const args = ['upload', filename, '--destination-url', server.url, '--server', 'pypiserver', '-u', 'ci'];
    expect(await run(args, { TWINE_PASSWORD: 'not-the-one' })).toMatchObject({ code: 26 });
    expect(server.server.requests.some(({ body }) => body.includes(filename))).toBe(false);
    expect(await run(args, { TWINE_PASSWORD: canary })).toMatchObject({ code: 0 });
  });
});

describe("uv's variables", () => {
  it('serve upload at their own address', async () => {
    const { filename, bytes } = demoWheel('alpha', '1.0');
    await work.write(filename, bytes);
    const env = { UV_PUBLISH_URL: target.url, UV_PUBLISH_USERNAME: 'ci', UV_PUBLISH_PASSWORD: canary };
    expect(await run(['upload', filename, '--json', '--simple-url', `${target.url}simple/`], env)).toMatchObject({ code: 0 });
    expect(target.files.map((file) => file.filename)).toEqual([filename]);
  });
});

describe("an installer's index", () => {
  it('serves list and download at its own origin, and no manifest', async () => {
    await manifest();
    const { filename, bytes } = demoWheel('alpha', '1.0');
    await work.write(filename, bytes);
    const index = target.url.replace('http://', `http://ci:${canary}@`);
    await run(['upload', filename, '--destination-url', target.url, '-u', 'ci'], { TWINE_PASSWORD: canary });
    for (const env of [
      { PIP_INDEX_URL: index },
      { UV_INDEX: `corp=${target.url}`, UV_INDEX_CORP_USERNAME: 'ci', UV_INDEX_CORP_PASSWORD: canary },
    ]) {
      const list = await run(['list', 'alpha', '--source-url', target.url], env);
      expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining(filename) as unknown });
      expect(await run(['apply', '--yes'], env)).toMatchObject({ code: 26 });
    }
    expect(await run(['list', 'alpha', '--source-url', target.url])).toMatchObject({ code: 26 });
  });
});
