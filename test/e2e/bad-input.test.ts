import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Reply } from '../support/scripted-server.ts';
import { sourceServer } from '../support/source-server.ts';
import type { OfferedFile, SourceServer } from '../support/source-server.ts';
import { demoSdist, demoWheel, smallIndex } from '../support/small-index.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

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

const simple = (packages: unknown = { alpha: '*', beta: '*' }) => ({ source: source.url, destination: './mirror', packages });

describe('a bad manifest', () => {
  const cases: readonly (readonly [what: string, content: () => unknown, expected: RegExp])[] = [
    ['is not JSON', () => '{ "manifestVersion": 1, ', /pkgsync\.json:\d+:\d+/],
    ['has a misspelt key', () => ({ ...simple(), packges: {} }), /pkgsync\.json:\d+:\d+: \/packges: .*did you mean 'packages'/],
    ['has a malformed specifier', () => simple({ alpha: '>=1.*' }), /pkgsync\.json:\d+:\d+: \/packages\/alpha: .*>=1\.\*/],
    [
      'names an unknown source',
      () => simple({ alpha: { version: '*', source: 'corp' } }),
      /pkgsync\.json:\d+:\d+: \/packages\/alpha\/source: .*corp/,
    ],
    [
      'holds a password',
      () => ({
        ...simple(),
        destination: { type: 'upload', url: 'https://pypi.corp.example/', auth: { username: 'ci', password: 'hunter2' } },
      }),
      /passwordEnv/,
    ],
  ];
  it.each(cases)('that %s gets exit 20 and its place', async (_what, content, expected) => {
    await folder.manifest(content());
    for (const command of [['validate'], ['plan'], ['apply', '--yes']]) {
      const { code, stderr } = await folder.run(...command);
      expect(stderr).toMatch(expected);
      expect(stderr).not.toContain('hunter2');
      expect(code).toBe(20);
    }
    expect(await folder.files('.')).toEqual(['pkgsync.json']);
  });

  it('that does not exist gets exit 20', async () => {
    const { code, stderr } = await folder.run('plan');
    expect(stderr).toContain('pkgsync.json');
    expect(stderr).toContain('pkgsync init');
    expect(code).toBe(20);
  });

  it('reports all problems at once', async () => {
    await folder.manifest({ ...simple({ alpha: '>=1.*', 'not a name': '*' }), pruen: 'never' });
    const { stderr } = await folder.run('validate');
    expect(stderr.split('\n').filter((line) => /pkgsync\.json:\d+:\d+:/.test(line)).length).toBeGreaterThanOrEqual(3);
  });
});

describe('a source that fails', () => {
  const page = (reply: Reply) => source.pages.set('alpha', reply);
  const html = (status: number): Reply => ({
    status,
    body: '<html><head><title>Please log in</title></head><body><form></form></body></html>',
    headers: { 'content-type': 'text/html' },
  });
  const cases: readonly (readonly [what: string, script: () => void, code: number, expected: RegExp])[] = [
    ['404 for a package of the manifest', () => page({ status: 404 }), 20, /source-missing: the source has no such project/],
    ['401', () => page({ status: 401 }), 26, /requires credentials/],
    ['403', () => page({ status: 403 }), 26, /./],
    ['an HTML page with 200', () => page(html(200)), 27, /./],
    [
      'JSON that ends early',
      () =>
        page({
          body: '{"meta":{"api-version":"1.0"},"name":"alpha","files":[',
          headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' },
        }),
      27,
      /./,
    ],
    [
      'a body shorter than promised',
      () => page({ body: '{}', claimedLength: 100, headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' } }),
      27,
      /./,
    ],
  ];
  it.each(cases)('with %s blocks that project, leaves the others, and is never "empty"', async (_what, script, code, expected) => {
    script();
    await folder.manifest(simple());
    const plan = await folder.run('plan');
    expect(plan.stdout).toContain('+ upload      beta-0.5-py3-none-any.whl');
    expect(plan.stdout).toMatch(/! blocked .*(listing-failed|source-missing)/);
    expect(plan.stdout).toMatch(expected);
    expect(plan.code).toBe(code);
  });

  it('never makes tombstones or removals', async () => {
    await folder.manifest({ ...simple(), prune: 'exact' });
    expect((await folder.run('apply', '--yes')).code).toBe(0);
    for (const reply of [
      { status: 404 },
      {
        body: '{"meta":{"api-version":"1.0"},"name":"alpha","files":[]}',
        headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' },
      },
    ]) {
      page(reply);
      const { stdout, code } = await folder.run('plan', '--detailed-exitcode', '--upgrade');
      expect(stdout).not.toContain('remove ');
      expect(stdout).not.toContain('tombstone');
      expect(code).toBe(0);
    }
  });
});

describe('a file that is not what was promised', () => {
  const honest = demoWheel('beta', '0.5');
  const cases: readonly (readonly [what: string, file: () => OfferedFile])[] = [
    ['a digest that lies', () => demoSdist('alpha', '1.0', { claims: { sha256: 'ab'.repeat(32) } })],
    ['a size that lies', () => demoSdist('alpha', '1.0', { claims: { size: 7 } })],
    [
      'a body that breaks off',
      () => ({ ...demoSdist('alpha', '1.0'), download: { body: demoSdist('alpha', '1.0').bytes, dropAfter: 100 } }),
    ],
    [
      'a body that was unpacked on the way',
      () => ({ ...demoSdist('alpha', '1.0'), download: { body: gunzipSync(demoSdist('alpha', '1.0').bytes) } }),
    ],
  ];
  it.each(cases)(
    '(%s) is not stored; its siblings are',
    async (_what, file) => {
      source.projects = { alpha: [file(), demoWheel('alpha', '1.0')], beta: [honest] };
      await folder.manifest(simple());
      const { code, stdout, stderr } = await folder.run('apply', '--yes');
      expect(stdout).toMatch(/Index is consistent: 4 of 5 done, 1 failed, nothing half-written\./);
      expect(`${stdout}${stderr}`).toContain('alpha-1.0.tar.gz');
      expect([22, 29]).toContain(code);
      expect((await folder.files('mirror/packages')).filter((name) => !name.endsWith('.metadata'))).toEqual([
        'alpha/alpha-1.0-py3-none-any.whl',
        'beta/beta-0.5-py3-none-any.whl',
      ]);
      expect(await folder.files('mirror/.pkgsync/staging')).toEqual([]);
      expect(await folder.read('mirror/simple/alpha/index.html')).not.toContain('alpha-1.0.tar.gz');

      source.projects = { alpha: [demoSdist('alpha', '1.0'), demoWheel('alpha', '1.0')], beta: [honest] };
      const digestWasWrong = _what === 'a digest that lies' || _what === 'a size that lies';
      expect((await folder.run('apply', '--yes')).code).toBe(digestWasWrong ? 22 : 0);
    },
    60_000,
  );
});

describe('hostile filenames', () => {
  const evil = [
    '../../evil-1.0.tar.gz',
    '/etc/alpha-1.0.tar.gz',
    'alpha-1.0\u0000.tar.gz',
    'beta-1.0.tar.gz',
    '..\\alpha-1.0.tar.gz',
    '.alpha-1.0.tar.gz',
    'alpha-1.0\u202e-py3-none-any.whl',
  ];
  it.each(evil)('%j is left out, and nothing lands outside', async (filename) => {
    source.projects = { alpha: [demoWheel('alpha', '1.0'), demoSdist('alpha', '1.0', { claims: { filename } })] };
    await folder.manifest(simple({ alpha: '*' }));
    const { code } = await folder.run('apply', '--yes');
    expect(code).toBe(0);
    expect((await folder.files('mirror/packages')).filter((name) => !name.endsWith('.metadata'))).toEqual([
      'alpha/alpha-1.0-py3-none-any.whl',
    ]);
    expect(await folder.files('.')).not.toContain('evil-1.0.tar.gz');
  });
});

describe('a bad lock', () => {
  beforeEach(async () => {
    await folder.manifest(simple());
    expect((await folder.run('lock')).code).toBe(0);
  });
  const edits: readonly (readonly [what: string, edit: (text: string) => string, expected: RegExp])[] = [
    ['with conflict markers', (text) => `<<<<<<< ours\n${text}=======\n${text}>>>>>>> theirs\n`, /pkgsync\.lock:1.*conflict/],
    ['from a newer version', (text) => text.replace('"lockVersion": 1', '"lockVersion": 99'), /newer pkgsync/],
    ['with a digest edited by hand', (text) => text.replace(/"sha256":\s*"[0-9a-f]{10}/, '"sha256": "nothex____'), /pkgsync\.lock:\d+/],
    ['that ends early', (text) => text.slice(0, text.length / 2), /pkgsync\.lock/],
  ];
  it.each(edits)('%s is refused, with its place, and stays as it is', async (_what, edit, expected) => {
    const bad = edit(await folder.read('pkgsync.lock'));
    await writeFile(folder.path('pkgsync.lock'), bad);
    for (const command of [['plan'], ['apply', '--yes'], ['lock'], ['lock', '--check'], ['drift']]) {
      const { code, stderr } = await folder.run(...command);
      expect(stderr).toMatch(expected);
      expect(code).toBe(20);
    }
    expect(await folder.read('pkgsync.lock')).toBe(bad);
    expect(await folder.files('mirror')).toEqual([]);
  });
});
