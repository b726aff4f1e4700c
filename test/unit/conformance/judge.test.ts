import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { environmentOf, parseTarget } from '../../../src/packaging/target.ts';
import { judge } from '../../vectors/files.ts';
import { evaluated } from '../../vectors/markers.ts';

const right = { id: 'right', kind: 'compare', a: '1.0', b: '2.0', expect: -1 };
const wrong = { id: 'wrong', kind: 'compare', a: '1.0', b: '2.0', expect: 1 };

describe('judge', () => {
  it('counts cases that agree and describes those that do not', async () => {
    const { passed, failures } = await judge('versions.json', [right, wrong, { ...right, a: 'x' }]);
    expect(passed).toBe(1);
    expect(failures).toEqual([
      expect.stringMatching(/^ {2}wrong: .*\n.*expected .*1,-1.*\n.*received .*-1,1/),
      expect.stringContaining('is not a valid version'),
    ]);
  });

  it.each([
    ['others.json', [right], 'unknown file'],
    ['toString', [right], 'unknown file'],
    ['versions.json', [{ ...right, kind: 'guess' }], "unknown kind 'guess'"],
    ['versions.json', [{ ...right, kind: 'toString' }], "unknown kind 'toString'"],
    ['versions.json', [], 'no cases'],
    ['versions.json', { right }, 'no array'],
    ['versions.json', [null], 'no array'],
  ])('fails for %s with %j', async (file, content, because) => {
    const { passed, failures } = await judge(file, content);
    expect([passed, failures]).toEqual([0, [expect.stringContaining(because)]]);
  });
});

describe('evaluated markers', () => {
  it.each([
    ["os_name == 'posix'", true],
    ["'x' in extras", 'undefined-name'],
    ["dependency_groups == 'x'", 'undefined-name'],
    ["'a' == 'a'", 'undefined-name'],
    ["os_name ~= 'x'", 'undefined-comparison'],
  ])('give for %s %s', (marker, expected) => {
    const environment = environmentOf(parseTarget({ python: '3.12', platform: 'manylinux_2_28_x86_64' }));
    expect(evaluated(marker, environment, undefined)).toBe(expected);
  });
});

describe('npm run vectors', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pkgsync-vectors-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(): { code: number | null; lines: readonly string[] } {
    const args = ['--import', './test/support/register-typescript.mjs', 'test/vectors/run.ts', folder];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    return { code: status, lines: `${stdout}${stderr}`.trimEnd().split('\n') };
  }

  it('ends with one line per file and one for all', () => {
    writeFileSync(join(folder, 'versions.json'), JSON.stringify([right, right]));
    writeFileSync(join(folder, 'README.md'), 'not a vector file');
    expect(run()).toEqual({ code: 0, lines: ['versions.json: 2 passed, 0 failed', '2 passed, 0 failed'] });
  });

  it('exits with 1 where a case fails, a file is unknown, broken, or there is none', () => {
    expect(run().code).toBe(1);
    writeFileSync(join(folder, 'versions.json'), JSON.stringify([right, wrong]));
    writeFileSync(join(folder, 'others.json'), '[]');
    writeFileSync(join(folder, 'tags.json'), '[');
    const { code, lines } = run();
    expect(code).toBe(1);
    expect(lines.filter((line) => /passed, \d+ failed$/.test(line))).toEqual([
      'others.json: 0 passed, 1 failed',
      'tags.json: 0 passed, 1 failed',
      'versions.json: 1 passed, 1 failed',
      '1 passed, 3 failed',
    ]);
  });
});
