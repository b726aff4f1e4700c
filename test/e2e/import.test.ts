import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { problemsBySchema } from '../../src/io/json-schema.ts';
import { inputs, pipfileLock, type NamedFile } from '../support/import-inputs.ts';
import { demoSdist, demoWheel } from '../support/small-index.ts';
import { digest, sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

const alpha = {
  sdist: demoSdist('alpha', '1.0'),
  wheel: demoWheel('alpha', '1.0'),
  other: demoWheel('alpha', '1.0', { tag: 'cp312-cp312-win_amd64' }),
  yanked: demoWheel('alpha', '1.1', { yanked: 'broken' }),
};
const beta = { wheel: demoWheel('beta', '0.5rc1', { requiresPython: '>=3.8' }), newer: demoWheel('beta', '0.6') };

/** Two versions of one project, one of them yanked, and a pre-release; of the first version not every file. */
const wanted: readonly NamedFile[] = [
  { name: 'alpha', version: '1.0', file: alpha.sdist },
  { name: 'alpha', version: '1.0', file: alpha.wheel },
  { name: 'alpha', version: '1.1', file: alpha.yanked },
  { name: 'beta', version: '0.5rc1', file: beta.wheel },
];
const mirrored = [
  'alpha/alpha-1.0-py3-none-any.whl',
  'alpha/alpha-1.0.tar.gz',
  'alpha/alpha-1.1-py3-none-any.whl',
  'beta/beta-0.5rc1-py3-none-any.whl',
];

let source: SourceServer;
let folder: Workspace;

beforeEach(async () => {
  source = await sourceServer({ alpha: Object.values(alpha), beta: Object.values(beta), gamma: [demoWheel('gamma', '1.0')] });
  folder = await workspace();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

const pageRequests = () => source.server.requests.map(({ path }) => path).filter((path) => path.startsWith('/simple/'));
const packageFiles = async () => (await folder.files('mirror/packages')).filter((file) => !file.endsWith('.metadata'));

async function run(...args: string[]) {
  const result = await folder.run(...args);
  return { ...result, all: result.stdout + result.stderr };
}

const allInputs = { ...inputs, 'Pipfile.lock': { path: 'Pipfile.lock', text: pipfileLock } };

describe.each(Object.entries(allInputs))('%s', (_name, { path, text }) => {
  it('becomes a manifest and a lock of exactly its files, which apply --locked mirrors', async () => {
    await folder.write(path, text(wanted, source.url));
    const imported = await run('import', path);
    expect(imported.all).toContain('2 packages, 4 files with digests.');
    expect(imported.stdout).toContain('Wrote pkgsync.json and pkgsync.lock.\nNext: pkgsync plan --locked\n');
    expect(imported.code).toBe(0);
    expect(JSON.parse(await folder.read('pkgsync.json'))).toMatchObject({
      source: source.url,
      destination: './mirror',
      packages: { alpha: { version: ['==1.0', '==1.1'] }, beta: '==0.5rc1' },
    });
    // Each package's page once, nobody else's.
    expect([...pageRequests()].sort()).toEqual(['/simple/alpha/', '/simple/beta/']);

    expect(await run('lock', '--check')).toMatchObject({ code: 0 });
    expect((await run('plan', '--locked', '--detailed-exitcode')).stdout).toContain('4 to upload');
    expect(await run('apply', '--locked', '--yes')).toMatchObject({ code: 0 });
    expect(await packageFiles()).toEqual(mirrored);
    expect(await folder.read('mirror/simple/beta/index.html')).toContain('data-requires-python="&gt;=3.8"');
    expect(await folder.read('mirror/simple/alpha/index.html')).toContain('data-yanked="broken"');
    expect(await run('plan', '--locked', '--detailed-exitcode')).toMatchObject({ code: 0 });
  });

  it('keeps to its digests where the source has other bytes', async () => {
    await folder.write(path, text(wanted, source.url));
    source.projects = {
      ...source.projects,
      beta: [demoWheel('beta', '0.5rc1', { requiresPython: '>=3.9' }), beta.newer].map((file) => ({
        ...file,
        bytes: Buffer.concat([file.bytes, Buffer.from('x')]),
      })),
    };
    const imported = await run('import', path);
    const planned = imported.code === 0 ? await run('plan', '--locked') : undefined;
    expect(`${imported.all}${planned?.all ?? ''}`).toMatch(
      /beta-0\.5rc1-py3-none-any\.whl has other bytes|no file of beta at .* has any of its 1 digests/,
    );
    expect([imported.code, planned?.code]).toEqual(imported.code === 0 ? [0, 22] : [22, undefined]);
  });
});

describe.each(Object.entries(inputs).filter(([name]) => !name.includes('requirements')))('%s offline', (_name, { path, text }) => {
  it('needs nobody to become a lock', async () => {
    await folder.write(path, text(wanted, source.url));
    expect(await run('import', path, '--offline')).toMatchObject({ code: 0 });
    expect(source.server.requests).toEqual([]);
    expect(await run('lock', '--check')).toMatchObject({ code: 0 });
    expect(await run('apply', '--locked', '--yes')).toMatchObject({ code: 0 });
    expect(await packageFiles()).toEqual(mirrored);
  });
});

describe('an input without digests', () => {
  it('becomes a manifest, and says what makes the lock', async () => {
    await folder.write('versions.cfg', '[versions]\nalpha = 1.0\nBeta = <0.6\n');
    const imported = await run('import', 'versions.cfg', '--source', source.url);
    expect(imported.stdout).toBe(
      [
        'versions.cfg (buildout versions): 2 packages, 0 files with digests.',
        'Wrote pkgsync.json.',
        "No lock: the input has no digests; 'pkgsync lock' makes one.",
        'Next: pkgsync lock',
        '',
      ].join('\n'),
    );
    expect(imported.stderr).toContain('note: not pinned to a version: beta.');
    expect(source.server.requests).toEqual([]);
    expect(await run('lock')).toMatchObject({ code: 0 });
  });

  it('reads what it extends, near and far, each over what it extends itself', async () => {
    await folder.write('versions.cfg', '[buildout]\nextends = base/a.cfg\n[versions]\nalpha = 1.0\n');
    await folder.write('base/a.cfg', '[buildout]\nextends = b.cfg\n[versions]\nalpha = 9\nbeta = 0.6\n');
    await folder.write('base/b.cfg', '[versions]\nbeta = 9\ngamma = 1.0\n');
    expect(await run('import', 'versions.cfg')).toMatchObject({ code: 0 });
    expect(JSON.parse(await folder.read('pkgsync.json'))).toMatchObject({
      source: 'https://pypi.org/simple/',
      packages: { alpha: '==1.0', beta: '==0.6', gamma: '==1.0' },
    });
  });

  it('refuses files that include each other', async () => {
    await folder.write('a.txt', '-r b.txt\n');
    await folder.write('b.txt', 'alpha\n-r a.txt\n');
    const { code, stderr } = await run('import', 'a.txt');
    expect(stderr).toContain('a.txt: includes itself: a.txt -> b.txt -> a.txt');
    expect(code).toBe(20);
  });
});

describe('several requirements files', () => {
  it('are joined, with constraints and what they include', async () => {
    await folder.write(
      'requirements.txt',
      'alpha>=1.0\n-r more/dev.txt\n-c constraints.txt\n./local-package\n-e git+https://user:secret@git.example/x.git#egg=x\n',
    );
    await folder.write('more/dev.txt', 'Beta\n');
    await folder.write('constraints.txt', 'alpha<1.1\nunrelated==3\n');
    await folder.write('docs.txt', 'gamma==1.0\n');
    const { code, stdout, all } = await run('import', 'requirements.txt', 'docs.txt', '--source', source.url);
    expect(code).toBe(0);
    expect(all).not.toContain('secret');
    expect(stdout).toContain('  requirements.txt:4: ./local-package: a path: no index supplies it\n');
    expect(stdout).toContain('  requirements.txt:5: --editable git+https://****@git.example/x.git');
    expect(JSON.parse(await folder.read('pkgsync.json'))).toMatchObject({ packages: { alpha: '<1.1,>=1.0', beta: '*', gamma: '==1.0' } });
  });

  it('cannot be joined with a lock', async () => {
    await folder.write('requirements.txt', 'alpha\n');
    await folder.write('uv.lock', 'version = 1\n');
    expect(await run('import', 'requirements.txt', 'uv.lock')).toMatchObject({ code: 20 });
    expect(await folder.files('.')).toEqual(['requirements.txt', 'uv.lock']);
  });
});

describe('what is there already', () => {
  const text = () => inputs['uv.lock']!.text(wanted, source.url);

  it('is kept, unless --force says otherwise', async () => {
    await folder.write('uv.lock', text());
    await folder.write('pkgsync.lock', 'mine');
    const { code, stderr } = await run('import', 'uv.lock');
    expect(stderr).toContain('pkgsync.lock exists already and is left as it is');
    expect(code).toBe(20);
    expect(await folder.files('.')).toEqual(['pkgsync.lock', 'uv.lock']);
    expect(await run('import', 'uv.lock', '--force')).toMatchObject({ code: 0 });
    expect(await run('lock', '--check')).toMatchObject({ code: 0 });
  });

  it('is not replaced because a variable is set', async () => {
    await folder.write('uv.lock', text());
    const { code, stderr } = await folder.runWith({ env: { PKGSYNC_FORCE: '1' } }, 'import', 'uv.lock');
    expect(stderr).toContain('PKGSYNC_FORCE is set');
    expect(code).toBe(20);
  });

  it('is not touched by --dry-run', async () => {
    await folder.write('uv.lock', text());
    const { code, stdout } = await run('import', 'uv.lock', '--dry-run');
    expect(stdout).toContain('Would write pkgsync.json and pkgsync.lock.');
    expect(code).toBe(0);
    expect(await folder.files('.')).toEqual(['uv.lock']);
  });
});

describe('credentials', () => {
  it('in an index address reach neither the manifest, the lock nor a message', async () => {
    const address = source.url.replace('http://', 'http://ci:hunter2@');
    await folder.write(
      'requirements.txt',
      `--index-url ${address}\n--extra-index-url https://\${USER_NAME}:\${TOKEN}@pypi.corp.example/simple\nalpha==1.0 --hash=sha256:${digest('sha256', alpha.wheel.bytes)}\n`,
    );
    const env = { USER_NAME: 'robot', TOKEN: 'hunter3' };
    const { code, stdout, stderr } = await folder.runWith({ env }, 'import', 'requirements.txt', '--offline');
    expect(code).toBe(0);
    expect(stderr).toContain('the credentials of http://****@127.0.0.1');
    const everything = stdout + stderr + (await folder.read('pkgsync.json'));
    expect(everything).not.toMatch(/hunter|robot/);
    expect(JSON.parse(await folder.read('pkgsync.json'))).toMatchObject({
      sources: { '127.0.0.1': source.url, 'pypi.corp.example': 'https://pypi.corp.example/simple/' },
    });
  });

  it('out of the environment never get into the manifest by another way', async () => {
    await folder.write('requirements.txt', '--index-url https://pypi.corp.example/${TOKEN}/simple\nalpha==1.0\n');
    const { code, stdout, stderr } = await folder.runWith({ env: { TOKEN: 'hunter3' } }, 'import', 'requirements.txt');
    expect(stderr).toContain('there is nothing to import');
    expect(stderr).toContain('it holds a variable: name the source with --source');
    expect(stdout + stderr).not.toContain('hunter3');
    expect(code).toBe(20);
  });
});

describe('--target', () => {
  it('leaves out what its marker or its tags keep from the target', async () => {
    await folder.write('requirements.txt', 'alpha==1.0\nbeta==0.6; sys_platform == "win32"\n');
    await folder.write('uv.lock', inputs['uv.lock']!.text([...wanted, { name: 'alpha', version: '1.0', file: alpha.other }], source.url));
    const first = await run('import', 'requirements.txt', '--target', '3.12:manylinux_2_28_x86_64', '--dry-run');
    expect(first.stdout).toContain('requirements.txt:2: beta: its marker holds for no target');
    const second = await run('import', 'uv.lock', '--target', '3.12:manylinux_2_28_x86_64');
    expect(second.stdout).toContain('alpha-1.0-cp312-cp312-win_amd64.whl: the rule of alpha does not select it (target)');
    expect(await run('lock', '--check')).toMatchObject({ code: 0 });
    expect(await run('apply', '--locked', '--yes')).toMatchObject({ code: 0 });
    expect(await packageFiles()).toEqual(mirrored);
  });
});

describe('--json', () => {
  it('tells everything in one line', async () => {
    await folder.write('uv.lock', inputs['uv.lock']!.text(wanted, source.url));
    const { stdout } = await run('import', 'uv.lock', '--json');
    expect(problemsBySchema('events', JSON.parse(stdout))).toEqual([]);
    expect(JSON.parse(stdout)).toEqual({
      type: 'imported',
      eventsVersion: 1,
      format: 'uv',
      manifest: 'pkgsync.json',
      lock: 'pkgsync.lock',
      written: true,
      packages: 2,
      files: 4,
      unlocked: [],
      skipped: [
        { what: 'demo .', because: 'it comes from a folder (the project itself): no index supplies it', where: 'uv.lock: package (demo)' },
      ],
      notes: [],
      next: 'pkgsync plan --locked',
    });
  });
});

describe('a file of another kind', () => {
  it.each([
    ['pyproject.toml', '[project]\n', 'lock it first'],
    ['notes.md', 'hello', '--format'],
    ['uv.lock', 'version = 2\n', 'version 2 is not known; expected 1'],
    ['pylock.toml', 'lock-version = "1.0"\n[[packages]]\nname = 3\n', 'packages[0].name: expected a text, found 3'],
    ['poetry.lock', '[[package]\n', 'poetry.lock:1:'],
    ['Pipfile.lock', '{"_meta": {}, "default": []}', 'default: expected a table, found an array'],
    ['requirements.txt', 'alpha==1.0\nnonsense here\n', 'requirements.txt:2: '],
  ])('%s is refused with a sentence that helps', async (path, text, expected) => {
    await folder.write(path, text);
    const { code, stderr } = await run('import', path);
    expect(stderr).toContain(expected);
    expect(code).toBe(20);
    expect(await folder.files('.')).toEqual([path]);
  });
});
