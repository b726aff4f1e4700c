import { describe, expect, it } from '@jest/globals';
import type { LockPackage } from '../../../src/lockfile/lock.ts';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { parseTarget } from '../../../src/packaging/target.ts';
import { outdatedPackages } from '../../../src/sync/check-lock.ts';
import { entry, locked, manifest, nameOf } from '../../support/builders.ts';
import { each } from '../../support/plans.ts';

const check = (declared: Manifest, ...lock: readonly LockPackage[]) => outdatedPackages(declared, each(lock));
const dead = (filename: string) => entry(filename, { removed: 'rule-changed' });

describe('outdatedPackages', () => {
  it('is content where every rule is recorded and every entry satisfies it', async () => {
    const rule = { version: '>=1', latest: 2 };
    expect(await check(manifest({ a: rule }), locked('a', ['a-1.0.tar.gz', 'a-2.0.tar.gz', dead('a-0.1.tar.gz')], { rule }))).toEqual([]);
  });

  it('does not mind the order of keys in a rule', async () => {
    expect(
      await check(manifest({ a: { latest: 2, version: '>=1' } }), locked('a', ['a-1.0.tar.gz'], { rule: { version: '>=1', latest: 2 } })),
    ).toEqual([]);
  });

  it('names what is missing, what was locked under another rule, and what nobody names, in name order', async () => {
    const declared = manifest({ b: { version: '>=2' }, c: {} });
    expect(await check(declared, locked('a', ['a-1.0.tar.gz']), locked('b', ['b-1.0.tar.gz']))).toEqual([
      'a is locked, and the manifest does not name it',
      'b was locked under another rule (+version: ">=2")',
      'c is not in the lock',
    ]);
  });

  it('does not mind tombstones of what has left', async () => {
    expect(await check(manifest({}), locked('a', [dead('a-1.0.tar.gz')]))).toEqual([]);
  });

  it('finds a named package without live files', async () => {
    expect(await check(manifest({ a: {} }), locked('a', [dead('a-1.0.tar.gz')]))).toEqual(['a has no files in the lock']);
  });

  it.each([
    [{ version: '<2' }, 'a-2.0.tar.gz', 'version'],
    [{ exclude: ['==2.0'] }, 'a-2.0.tar.gz', 'exclude'],
    [{ files: ['wheel' as const] }, 'a-2.0.tar.gz', 'kind'],
    [{ sdist: 'never' as const }, 'a-2.0.tar.gz', 'sdist'],
    [{ prereleases: false }, 'a-2.0rc1.tar.gz', 'prerelease'],
    [{ targets: [parseTarget({ python: '3.12', platform: 'win_amd64' })] }, 'a-2.0-cp311-cp311-win_amd64.whl', 'target'],
  ])('finds an entry that %j does not allow', async (rule, filename, because) => {
    expect(await check(manifest({ a: rule }), locked('a', ['a-1.0-py3-none-any.whl', filename], { rule }))).toEqual([
      `a has ${filename} in the lock, which its rule does not select (${because})`,
    ]);
  });

  it.each([[{ latest: 1 }], [{ minAge: 9 ** 9 }], [{ sdist: 'fallback' as const }], [{ maxFileSize: 1 }], [{}]])(
    'does not judge by %j what depended on the source at the time',
    async (rule) => {
      const files = ['a-1.0-py3-none-any.whl', 'a-1.0.tar.gz', entry('a-2.0rc1.tar.gz', { yanked: 'bad' }), 'a-2.0.tar.gz'];
      expect(await check(manifest({ a: rule }), locked('a', files, { rule }))).toEqual([]);
    },
  );

  describe('with all', () => {
    const all = manifest({}, { all: true, exclude: ['c', 'b<2'] });

    it('takes what the lock has for what the source had', async () => {
      const rule = { exclude: ['<2'] };
      expect(
        await check(all, locked('a', ['a-1.0.tar.gz']), locked('b', ['b-2.0.tar.gz'], { rule }), locked('d', [dead('d-1.0.tar.gz')])),
      ).toEqual([]);
    });

    it('finds what is excluded', async () => {
      expect(await check(all, locked('b', ['b-2.0.tar.gz']), locked('c', ['c-1.0.tar.gz']))).toEqual([
        'b was locked under another rule (+exclude: ["<2"])',
        'c is locked, and the manifest does not name it',
      ]);
    });
  });

  describe('with dependencies', () => {
    const declared = manifest({ a: { dependencies: true } });
    const a = locked('a', ['a-1.0.tar.gz'], { rule: { dependencies: true } });
    const dependency = (name: string, ...via: readonly string[]) =>
      locked(name, [`${name}-1.0.tar.gz`], { rule: null, via: via.map(nameOf) });

    it('follows the chain of requirers to the manifest', async () => {
      expect(await check(declared, a, dependency('b', 'a'), dependency('c', 'b'))).toEqual([]);
    });

    it('finds what nothing requires any more, also in a circle', async () => {
      expect(await check(declared, a, dependency('b', 'c'), dependency('c', 'b'), dependency('d'))).toEqual(
        ['b', 'c', 'd'].map((name) => `${name} is locked as a dependency, and nothing requires it any more`),
      );
    });

    it('finds dependencies where nothing is followed any more', async () => {
      expect(await check(manifest({ a: {} }), locked('a', ['a-1.0.tar.gz']), dependency('b', 'a'))).toEqual([
        'b is locked as a dependency, and nothing requires it any more',
      ]);
    });

    it('does not mind tombstones of dependencies', async () => {
      expect(await check(manifest({ a: {} }), locked('a', ['a-1.0.tar.gz']), locked('b', [dead('b-1.0.tar.gz')], { rule: null }))).toEqual(
        [],
      );
    });
  });
});
