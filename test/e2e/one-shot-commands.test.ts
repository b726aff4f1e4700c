import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv, type AnySchema } from 'ajv';
import { sdistBytes } from '../support/archives.ts';
import type { CliResult } from '../support/cli.ts';
import { demoSdist, demoWheel, smallIndex } from '../support/small-index.ts';
import { digest, sourceServer, type SourceServer } from '../support/source-server.ts';
import { uploadServer, type UploadServer, type UploadServerOptions } from '../support/upload-server.ts';
import { workspace, type Workspace } from '../support/workspace.ts';

const canary = 'canary-5ecret';
const credentials = { username: 'ci', password: canary };
let work: Workspace;
const open: AsyncDisposable[] = [];

beforeEach(async () => {
  work = await workspace();
  open.push(work);
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function source(projects = smallIndex()): Promise<SourceServer> {
  const server = await sourceServer(projects);
  open.push(server);
  return server;
}

async function destination(options: UploadServerOptions = {}): Promise<UploadServer> {
  const server = await uploadServer(options);
  open.push(server);
  return server;
}

/** Runs the command line with the workspace as the user's own folder, and checks that nothing it prints holds the secret. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const result = await work.runWith({ env: { HOME: work.folder, ...env } }, ...args);
  expect(`${result.stdout}\n${result.stderr}`).not.toContain(canary);
  expect(`${result.stdout}\n${result.stderr}`).not.toContain(btoa(`ci:${canary}`));
  return result;
}

const isEvent = new Ajv({ strict: false }).compile(
  JSON.parse(readFileSync(new URL('../../schema/events.schema.json', import.meta.url), 'utf8')) as AnySchema,
);

/** The lines of a run with --json, each as the published schema has it. */
function jsonLines({ stdout }: CliResult): readonly Record<string, unknown>[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => {
    const value = JSON.parse(line) as Record<string, unknown>;
    expect({ line, errors: isEvent(value) ? [] : isEvent.errors }).toEqual({ line, errors: [] });
    return value;
  });
}

/** Two files of one release under dist/. */
async function built(): Promise<readonly string[]> {
  const files = [demoWheel('alpha', '1.0'), demoSdist('alpha', '1.0')];
  for (const { filename, bytes } of files) await work.write(`dist/${filename}`, bytes);
  return files.map(({ filename }) => filename);
}

describe('pkgsync list', () => {
  it('prints one line per file with tabs, newest version first', async () => {
    const { url } = await source();
    const result = await run(['list', 'alpha', '--source-url', url]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const rows = result.stdout.split('\n').map((line) => line.split('\t'));
    expect(rows.map(([filename]) => filename)).toEqual([
      'alpha-1.1-py3-none-any.whl',
      'alpha-1.0-py3-none-any.whl',
      'alpha-1.0.tar.gz',
      '',
    ]);
    const { bytes } = demoWheel('alpha', '1.1');
    expect(rows[0]).toEqual([rows[0]![0], '1.1', String(bytes.length), '', `sha256:${digest('sha256', bytes)}`, '', '']);
  });

  it('selects by excludes, count, pre-release and target', async () => {
    const tags = ['cp312-cp312-win_amd64', 'cp312-cp312-manylinux_2_17_x86_64'];
    const { url } = await source({ ...smallIndex(), gamma: tags.map((tag) => demoWheel('gamma', '1.0', { tag })) });
    const names = async (...args: string[]) => {
      const result = await run(['list', ...args, '--json', '--source-url', url]);
      expect(result.code).toBe(0);
      return jsonLines(result).map(({ filename }) => filename);
    };
    expect(await names('alpha', '--exclude', '==1.1', '--exclude', 'alpha==1.0', '--pre')).toEqual(['alpha-2.0rc1-py3-none-any.whl']);
    expect(await names('alpha', '--latest', '1')).toEqual(['alpha-1.1-py3-none-any.whl']);
    expect(await names('gamma', '--target', '3.12:win_amd64')).toEqual(['gamma-1.0-cp312-cp312-win_amd64.whl']);
  });

  it('exits 20 for what selects nothing, and shows the rest', async () => {
    const { url } = await source();
    const result = await run(['list', 'beta', 'nosuch', 'alpha>9', '--source-url', url]);
    expect(result.code).toBe(20);
    expect(result.stdout).toContain('beta-0.5');
    expect(result.stderr).toContain(`${url} has no project 'nosuch'`);
    expect(jsonLines(await run(['list', 'beta', 'nosuch', '--source-url', url, '--json']))).toMatchObject([
      { type: 'listed' },
      { type: 'missing' },
    ]);
    expect(result.stderr).toContain("none of the 4 files of alpha is selected by 'alpha>9' (newest: 2.0rc1)");
  });

  it('asks nobody for a password without a terminal', async () => {
    const { url } = await source();
    expect(await run(['list', 'alpha', '--source-url', url, '--source-username', 'ci'])).toMatchObject({ code: 26 });
    expect(await run(['list', 'alpha', '--source-url', url, '--source-username', 'ci'], { PKGSYNC_SOURCE_PASSWORD: canary })).toMatchObject(
      { code: 0 },
    );
  });

  it('contacts nobody offline', async () => {
    const { url, server } = await source();
    expect(await run(['list', 'alpha', '--source-url', url, '--offline'])).toMatchObject({ code: 27 });
    expect(server.requests).toEqual([]);
  });
});

describe('pkgsync inspect', () => {
  it('shows digests, tags and metadata for people, and all of it for machines', async () => {
    const [wheel = ''] = await built();
    const text = await run(['inspect', `dist/${wheel}`]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    const { bytes } = demoWheel('alpha', '1.0');
    for (const shown of [digest('sha256', bytes), digest('md5', bytes), 'py3-none-any', 'About alpha'])
      expect(text.stdout).toContain(shown);
    const [file] = jsonLines(await run(['inspect', `dist/${wheel}`, '--json']));
    expect(file).toMatchObject({
      type: 'distribution',
      filename: wheel,
      packageType: 'bdist_wheel',
      pyversion: 'py3',
      size: bytes.length,
      tags: ['py3-none-any'],
      hashes: { sha256: digest('sha256', bytes), md5: digest('md5', bytes) },
      metadata: { name: 'alpha', version: '1.0', summary: 'About alpha', fromFilename: false },
    });
  });

  it('shows the others where one cannot be read', async () => {
    const [wheel = ''] = await built();
    await work.write('dist/broken-1.0.tar.gz', 'not an archive');
    await work.write('dist/notes.txt', 'no distribution');
    const result = await run(['inspect', 'dist/*']);
    expect(result.code).toBe(22);
    expect(result.stdout).toContain(wheel);
    expect(result.stderr).toContain('broken-1.0.tar.gz');
    expect(jsonLines(await run(['inspect', 'dist/notes.txt', '--json']))).toMatchObject([{ type: 'error', code: 'FILENAME_INVALID' }]);
    expect(await run(['inspect', 'dist/notes.txt'])).toMatchObject({ code: 20 });
    expect(await run(['inspect', 'dist/none.whl'])).toMatchObject({ code: 20 });
  });

  it('says what has no metadata of its own', async () => {
    const { filename, bytes } = sdistBytes({ name: 'old', version: '0.1', metadata: false });
    await work.write(filename, bytes);
    expect((await run(['inspect', filename])).stdout).toContain('no metadata of its own');
  });
});

describe('pkgsync download', () => {
  it('puts verified files into a folder, and is safe to run again', async () => {
    const server = await source();
    const args = ['download', 'alpha', 'beta', '--source-url', server.url, '--to', 'out'];
    const first = await run(args);
    expect(first.code).toBe(0);
    const files = ['alpha-1.0-py3-none-any.whl', 'alpha-1.0.tar.gz', 'alpha-1.1-py3-none-any.whl', 'beta-0.5-py3-none-any.whl'];
    expect(first.stdout.trim().split('\n').sort()).toEqual(files.map((name) => `out/${name}`));
    expect(await work.files('out')).toEqual(files);
    const again = await run([...args, '--json']);
    expect(jsonLines(again).at(-1)).toMatchObject({ type: 'download-summary', downloaded: 0, present: 4, failed: 0 });
    expect(server.downloads()).toHaveLength(4);
  });

  it('refuses wrong bytes, and still brings the others', async () => {
    const bad = demoWheel('alpha', '1.1', { claims: { sha256: 'c'.repeat(64) } });
    const { url } = await source({ alpha: [demoWheel('alpha', '1.0'), bad] });
    const result = await run(['download', 'alpha', '--source-url', url, '--to', 'out']);
    expect(result.code).toBe(22);
    const lines = jsonLines(await run(['download', 'alpha', '--source-url', url, '--to', 'out', '--json']));
    expect(lines.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'present', undefined]);
    expect(await work.files('out')).toEqual(['alpha-1.0-py3-none-any.whl']);
    expect(result.stderr).toContain('failed: download alpha-1.1-py3-none-any.whl:');
    expect(result.stderr).toContain('the bytes were altered or cut on the way');
  });

  it('downloads nothing where a requirement selects nothing', async () => {
    const server = await source();
    expect(await run(['download', 'alpha', 'nosuch', '--source-url', server.url])).toMatchObject({ code: 20 });
    expect(server.downloads()).toEqual([]);
  });
});

describe('pkgsync upload', () => {
  it('sends what a pattern names, and is safe to run again', async () => {
    const files = await built();
    const server = await destination({ credentials });
    const args = ['upload', 'dist/*', '--repository-url', server.url, '-u', 'ci', '-p', canary];
    const first = await run(args);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout.trim().split('\n').sort()).toEqual(files.map((name) => `uploaded       ${name}`).sort());
    const again = await run([...args, '--skip-existing', '--json']);
    expect(again.code).toBe(0);
    expect(jsonLines(again).at(-1)).toEqual({ type: 'upload-summary', eventsVersion: 1, uploaded: 0, present: 2, failed: 0, skipped: 0 });
    expect(server.uploads).toBe(2);
    expect(await run([...args, '--no-skip-existing'])).toMatchObject({ code: 29 });
  });

  it('never replaces other bytes: both digests are told, and the siblings arrive', async () => {
    const [wheel = '', sdist = ''] = await built();
    const server = await destination();
    server.store(sdist, 'other bytes', 'alpha');
    const result = await run(['upload', 'dist/*', '--destination-url', server.url, '--skip-existing']);
    expect(result.code).toBe(22);
    const lines = jsonLines(await run(['upload', 'dist/*', '--destination-url', server.url, '--json']));
    expect(lines.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'not-needed', undefined]);
    expect(result.stderr).toContain(`there sha256:${digest('sha256', Buffer.from('other bytes'))}`);
    expect(result.stderr).toContain(`here sha256:${digest('sha256', demoSdist('alpha', '1.0').bytes)}`);
    expect(server.files.map(({ filename }) => filename).sort()).toEqual([wheel, sdist].sort());
    expect(server.bytesOf(sdist)?.toString()).toBe('other bytes');
  });

  it('checks every file before the first byte leaves', async () => {
    await built();
    await work.write('dist/broken-1.0.tar.gz', 'not an archive');
    await work.write('dist/notes.txt', 'no distribution');
    const server = await destination();
    const result = await run(['upload', 'dist/*', '--destination-url', server.url]);
    expect(result.code).toBe(20);
    for (const name of ['broken-1.0.tar.gz', 'notes.txt']) expect(result.stderr).toContain(name);
    expect(server.server.requests).toEqual([]);
  });

  it('leaves signatures and folders out with a note', async () => {
    const [wheel = ''] = await built();
    await work.write(`dist/${wheel}.asc`, 'a signature');
    await mkdir(work.path('dist', 'folder'));
    const server = await destination();
    const result = await run(['upload', 'dist/*', '--destination-url', server.url]);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain(`note: dist/${wheel}.asc is left out`);
    expect(result.stderr).toContain('note: dist/folder is left out: it is a folder');
    expect(server.files).toHaveLength(2);
  });

  describe('finds out where to and as whom', () => {
    const rc = (url: string, more = '') =>
      `[distutils]\nindex-servers =\n    corp\n    other\n[corp]\nrepository = ${url}\nusername = ci\npassword = ${canary}\n[other]\nrepository = http://127.0.0.1:9/\n${more}`;

    it('by .pypirc', async () => {
      const server = await destination({ credentials });
      await built();
      await work.write('.pypirc', rc(server.url));
      expect(await run(['upload', 'dist/*', '-r', 'corp'])).toMatchObject({ code: 0 });
      expect(server.files).toHaveLength(2);
    });

    it('by .pypirc of another name, and by the name in TWINE_REPOSITORY', async () => {
      const server = await destination({ credentials });
      await built();
      await work.write('my.rc', rc(server.url));
      expect(await run(['upload', 'dist/*', '--config-file', 'my.rc'], { TWINE_REPOSITORY: 'corp' })).toMatchObject({ code: 0 });
    });

    it('by variables of twine', async () => {
      const server = await destination({ credentials });
      await built();
      const env = { TWINE_REPOSITORY_URL: server.url, TWINE_USERNAME: 'ci', TWINE_PASSWORD: canary };
      expect(await run(['upload', 'dist/*'], env)).toMatchObject({ code: 0 });
    });

    it('by flags before all else', async () => {
      const server = await destination({ credentials });
      await built();
      const env = { TWINE_REPOSITORY_URL: 'http://127.0.0.1:9/', TWINE_USERNAME: 'wrong', TWINE_PASSWORD: 'wrong' };
      const flags = ['--destination-url', server.url, '-u', 'ci', '-p', canary];
      expect(await run(['upload', 'dist/*', ...flags], env)).toMatchObject({ code: 0 });
    });

    it('by a URL with user and password in it, which is shown without them', async () => {
      const server = await destination({ credentials });
      await built();
      const url = server.url.replace('http://', `http://ci:${canary}@`);
      const result = await run(['upload', 'dist/*', '--destination-url', url]);
      expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining(`to ${server.url} `) });
    });

    it('never sends the password of .pypirc to a URL that was given elsewhere', async () => {
      const server = await destination({ credentials });
      await built();
      await work.write('.pypirc', rc(server.url).replace('[corp]', '[DEFAULT]\n[corp]'));
      const result = await run(['upload', 'dist/*', '--destination-url', server.url]);
      expect(result.code).toBe(26);
      expect(server.server.requests.map(({ headers }) => headers.authorization).filter((header) => header !== undefined)).toEqual([]);
    });

    it('or asks for what is missing, and says so where there is no terminal', async () => {
      await built();
      const result = await run(['upload', 'dist/*']);
      expect(result.code).toBe(26);
      expect(result.stderr).toContain('no password for __token__ at https://upload.pypi.org/legacy/');
    });

    it('and shows no line of a broken .pypirc', async () => {
      await built();
      await work.write('.pypirc', `[pypi]\nusername = __token__\n${canary}\n`);
      const result = await run(['upload', 'dist/*']);
      expect(result.code).toBe(20);
      expect(result.stderr).toContain('.pypirc:3: expected a key, = and a value');
    });
  });

  it('stops after wrong credentials instead of trying them with every file', async () => {
    for (let minor = 0; minor < 12; minor += 1) {
      const { filename, bytes } = demoWheel('alpha', `1.${minor}`);
      await work.write(`dist/${filename}`, bytes);
    }
    const server = await destination({ credentials });
    const result = await run(['upload', 'dist/*', '--destination-url', server.url, '--concurrency', '1']);
    expect(result.code).toBe(26);
    expect(server.server.log().filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(result.stdout.split('\n').filter((line) => line.startsWith('not tried'))).toHaveLength(11);
  });

  it('exits 27 where nobody answers', async () => {
    await built();
    const result = await run(['upload', 'dist/*', '--destination-url', 'http://127.0.0.1:1/', '--server', 'pypiserver']);
    expect(result.code).toBe(27);
  });

  it('makes an index of a folder, which register knows too', async () => {
    const [wheel = ''] = await built();
    const registered = await run(['register', `dist/${wheel}`, '--destination-url', './mirror']);
    expect(registered).toMatchObject({ code: 0, stdout: expect.stringContaining('registered') });
    expect(await run(['upload', 'dist/*', '--destination-url', './mirror'])).toMatchObject({ code: 0 });
    expect((await run(['list', 'alpha', '--source-url', './mirror'])).stdout.split('\n')).toHaveLength(3);
  });
});

describe('pkgsync register', () => {
  it('says that there is nothing to do where files make projects', async () => {
    const [wheel = ''] = await built();
    const server = await destination();
    const args = ['register', `dist/${wheel}`, '--destination-url', server.url, '--server', 'pypiserver'];
    expect(await run(args)).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
    expect(jsonLines(await run([...args, '--json']))).toMatchObject([{ type: 'register', name: 'alpha', outcome: 'not-needed' }]);
  });
});
