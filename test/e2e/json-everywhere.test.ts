import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nameOf } from '../../src/cli/command.ts';
import { commandSpecs } from '../../src/cli/specs/all.ts';
import { lineProblem, problemsBySchema } from '../../src/io/json-schema.ts';
import { demoSdist, smallIndex } from '../support/small-index.ts';
import { sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

const planLines = new Set(['header', 'action', 'package', 'lock', 'trailer']);

function linesOf(stdout: string): readonly Record<string, unknown>[] {
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const value = JSON.parse(line) as Record<string, unknown>;
      const problems = planLines.has(String(value['type'])) ? [lineProblem(value) ?? []].flat() : problemsBySchema('events', value);
      expect({ line, problems }).toEqual({ line, problems: [] });
      return value;
    });
}

describe('--json', () => {
  let source: SourceServer;
  let folder: Workspace;
  beforeAll(async () => {
    source = await sourceServer(smallIndex());
    folder = await workspace();
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '==1.0' } });
    const { filename, bytes } = demoSdist('alpha', '1.0');
    await folder.write(`dist/${filename}`, bytes);
    await folder.write('requirements.txt', 'alpha==1.0\n');
    expect((await folder.run('apply', '--yes')).code).toBe(0);
    expect((await folder.run('plan', '--out', 'saved.jsonl')).code).toBe(0);
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  /** A run of every command that comes to something, and the line by which it ends. */
  const runs: Readonly<Record<string, readonly (readonly [args: readonly string[], last: string])[]>> = {
    init: [[['-f', 'new.json', 'alpha'], 'manifest-written']],
    import: [[['requirements.txt', '--dry-run'], 'imported']],
    validate: [[[], 'validated']],
    plan: [[[], 'trailer']],
    apply: [[['--yes'], 'result']],
    lock: [
      [[], 'trailer'],
      [['--check'], 'lock-check'],
    ],
    drift: [[[], 'drift-summary']],
    verify: [
      [[], 'verify-summary'],
      [['--deep'], 'verify-summary'],
    ],
    show: [[['saved.jsonl'], 'trailer']],
    auth: [
      [['check'], 'auth-check'],
      [['check', '--offline'], 'auth-check'],
    ],
    sync: [
      [['--destination-url', './other', 'alpha'], 'result'],
      [['--destination-url', './other', 'alpha', '--dry-run'], 'trailer'],
      [['--destination-url', './other', 'alpha', '--write-manifest', 'written.json'], 'manifest-written'],
    ],
    list: [[['alpha'], 'listed']],
    inspect: [[['dist/alpha-1.0.tar.gz'], 'distribution']],
    download: [[['alpha', '--to', 'wheels'], 'download-summary']],
    register: [[['dist/alpha-1.0.tar.gz', '--destination-url', './third'], 'register']],
    upload: [[['dist/alpha-1.0.tar.gz', '--destination-url', './third'], 'upload-summary']],
    help: [
      [['plan'], 'help'],
      [[], 'help'],
    ],
    completion: [[['bash'], 'completion']],
  };

  it.each(commandSpecs.map((spec) => [nameOf(spec)]))('prints documented lines for %s, and says what went wrong in one', async (name) => {
    const fromSource = ['sync', 'list', 'download'].includes(name) ? ['--source-url', source.url] : [];
    expect(runs[name]).toBeDefined();
    for (const [args, last] of runs[name] ?? []) {
      const { code, stdout, stderr } = await folder.run(name, '--json', ...fromSource, ...args);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(linesOf(stdout).at(-1)).toMatchObject({ type: last });
    }
    const { code, stdout } = await folder.run(name, '--json', '--no-such-flag');
    expect(linesOf(stdout)).toEqual([expect.objectContaining({ type: 'error', code: 'USAGE' })]);
    expect(code).toBe(20);
  });

  it('says what ends a command', async () => {
    const cases: readonly (readonly [args: readonly string[], code: number, error: string])[] = [
      [[], 20, 'USAGE'],
      [['aply'], 20, 'USAGE'],
      [['init'], 20, 'USAGE'],
      [['plan', '-f', 'nowhere.json'], 20, 'MANIFEST_INVALID'],
      [['show', 'nowhere.jsonl'], 20, 'PLAN_INVALID'],
      [['help', 'aply'], 20, 'USAGE'],
      [['sync', '--destination-url', './m', 'nothing-of-that-name', '--source-url', source.url], 20, 'MANIFEST_INVALID'],
      [['sync', '--destination-url', 'http://127.0.0.1:1/', '--destination-username', 'ci', 'alpha'], 26, 'UNAUTHORIZED'],
    ];
    for (const [args, code, error] of cases) {
      const result = await folder.run(...args, '--json');
      expect([args, result.code, linesOf(result.stdout).at(-1)]).toEqual([
        args,
        code,
        expect.objectContaining({ type: 'error', code: error }),
      ]);
      expect(result.stderr).toMatch(/^error: /m);
    }
  });

  it('is heeded from its variable, also where the line cannot be read', async () => {
    const { stdout } = await folder.runWith({ env: { PKGSYNC_JSON: '1' } }, 'plan', '--lockd');
    expect(linesOf(stdout)).toEqual([expect.objectContaining({ type: 'error', code: 'USAGE' })]);
  });

  it('tells declined runs: there is nobody to ask', async () => {
    await folder.write(
      'more.json',
      JSON.stringify({ manifestVersion: 1, source: source.url, destination: './more', packages: { beta: '*' } }),
    );
    const { code, stdout, stderr } = await folder.run('apply', '--json', '-f', 'more.json', '--lockfile', 'more.lock');
    expect(linesOf(stdout).at(-1)).toMatchObject({ type: 'error', code: 'DECLINED' });
    expect(stderr).toContain('there is no terminal to ask on');
    expect(code).toBe(30);
    expect(await folder.files('more')).toEqual([]);
  });

  it('tells the notes of a plan after its lines, which still are a plan file', async () => {
    source.projects['alpha'] = [...(source.projects['alpha'] ?? []), demoSdist('alpha', '9.0')];
    await folder.write(
      'any.json',
      JSON.stringify({ manifestVersion: 1, source: source.url, destination: './any', packages: { beta: '*' } }),
    );
    await folder.write(
      'loose.json',
      JSON.stringify({ manifestVersion: 1, source: source.url, destination: './any', packages: { alpha: '*' } }),
    );
    const loose = ['-f', 'loose.json', '--lockfile', 'loose.lock', '--json'];
    expect((await folder.run('lock', ...loose)).code).toBe(0);
    source.projects['alpha'] = [...source.projects['alpha'], demoSdist('alpha', '10.0')];
    for (const command of ['plan', 'lock']) {
      const { stdout } = await folder.run(command, ...loose);
      const lines = linesOf(stdout);
      const trailer = lines.findIndex(({ type }) => type === 'trailer');
      expect(lines.slice(trailer + 1)).toEqual([
        expect.objectContaining({
          type: 'note',
          class: 'newer-release',
          name: 'alpha',
          message: expect.stringContaining('--upgrade takes it') as unknown,
        }),
      ]);
      expect(lines.slice(0, trailer).some(({ type }) => type === 'note')).toBe(false);
      if (command !== 'plan') continue;
      await folder.write('from-stdout.jsonl', stdout);
      expect((await folder.run('show', 'from-stdout.jsonl')).code).toBe(0);
    }
    const applied = linesOf((await folder.run('apply', ...loose, '--yes')).stdout).map(({ type }) => type);
    expect(applied.slice(-3)).toEqual(['trailer', 'note', 'result']);
  });
});
