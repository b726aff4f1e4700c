import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EffectiveRule } from '../../../src/manifest/manifest.ts';
import { canonicalRule, effectiveRule, sameRule } from '../../../src/manifest/rule.ts';
import type { WrittenRule } from '../../../src/manifest/written.ts';
import { manifestWith } from '../../support/manifest.ts';

const linux = { python: '3.12', platform: 'manylinux_2_28_x86_64' };
const mac = { python: '3.13', platform: 'macosx_14_0_arm64' };
const full = { implementation: 'cp' };

const ruleOf = (own: WrittenRule, defaults: WrittenRule = {}) => effectiveRule(own, defaults, []);

describe('the effective rule', () => {
  it("puts the rule's own fields before the defaults'", () => {
    expect(ruleOf({ latest: 1 }, { latest: 3, prereleases: true })).toEqual({ latest: 1, prereleases: true });
  });

  it('knows no default where null takes it back', () => {
    expect(ruleOf({ latest: null, version: null }, { latest: 3, version: '<9', yanked: 'include' })).toEqual({ yanked: 'include' });
  });

  it('leaves out what has its default value anyway', () => {
    const files = ['dmg', 'wheel', 'sdist', 'egg', 'wininst', 'msi', 'rpm', 'dumb'] as const;
    const written: WrittenRule = {
      version: ' * ',
      exclude: [],
      yanked: 'skip',
      files,
      sdist: 'always',
      minAge: '0d',
      dependencies: false,
      extras: [],
      destinations: [],
    };
    expect(ruleOf(written)).toEqual({});
    expect(ruleOf({ version: '' })).toEqual({});
  });

  it('keeps prereleases: false, which is not the default', () => {
    expect(ruleOf({ prereleases: false })).toEqual({ prereleases: false });
  });

  it('is canonical: specifiers, kinds, names and units have one spelling', () => {
    expect(
      ruleOf({
        version: '>= 4.2 ,<6,',
        exclude: [' ==5.0.1', '==4.2.3', '== 5.0.1'],
        files: ['egg', 'wheel'],
        minAge: '1d',
        maxFileSize: '1 kB',
        extras: ['Redis', 'a_b', 'redis'],
        destinations: ['b', 'a'],
      }),
    ).toEqual({
      version: '<6,>=4.2',
      exclude: ['==4.2.3', '==5.0.1'],
      files: ['wheel', 'egg'],
      minAge: 86_400,
      maxFileSize: 1000,
      extras: ['a-b', 'redis'],
      destinations: ['a', 'b'],
    });
    expect(ruleOf({ exclude: '==1.0' })).toEqual(ruleOf({ exclude: ['==1.0'] }));
  });

  it('has one spelling for several specifiers of which any may hold', () => {
    expect(ruleOf({ version: ['==2.1', ' ==1.26', '==2.1'] })).toEqual({ version: ['==1.26', '==2.1'] });
    expect(ruleOf({ version: ['>=1, <2'] })).toEqual({ version: '<2,>=1' });
    expect(ruleOf({ version: ['==1.0', '*'] })).toEqual({});
  });

  it('has its keys in one order, whatever the order in which they were written', () => {
    const rule = ruleOf({ extras: ['x'], latest: 1, source: 's', version: '>1' }, { dependencies: true });
    expect(Object.keys(rule)).toEqual(['version', 'latest', 'source', 'dependencies', 'extras']);
  });
});

describe('the targets of a rule', () => {
  const targets = { mac, linux, also: { ...linux } };
  const targetsOf = (rule: WrittenRule, defaults: WrittenRule = {}) =>
    manifestWith({ targets, defaults, packages: { a: rule } }).packages[0]?.rule.targets;

  it('are all that the manifest declares, by content, in order of their names', () => {
    expect(targetsOf({})).toEqual([
      { ...linux, ...full },
      { ...mac, ...full },
    ]);
  });

  it('are those that it names, or that the defaults name', () => {
    expect(targetsOf({ targets: ['mac'] })).toEqual([{ ...mac, ...full }]);
    expect(targetsOf({}, { targets: ['linux'] })).toEqual([{ ...linux, ...full }]);
    expect(targetsOf({ targets: ['mac'] }, { targets: ['linux'] })).toEqual([{ ...mac, ...full }]);
  });

  it('are absent with null: wheels for everything', () => {
    expect(targetsOf({ targets: null })).toBeUndefined();
    expect(targetsOf({ targets: null }, { targets: ['linux'] })).toBeUndefined();
  });

  it('do not depend on what they are called', () => {
    const one = manifestWith({ targets: { a: linux }, packages: { p: '*' } }).packages[0]?.rule;
    const other = manifestWith({ targets: { z: { ...linux, implementation: 'cp' } }, packages: { p: '*' } }).packages[0]?.rule;
    expect(one).toEqual(other);
  });
});

describe('canonicalRule', () => {
  const rule: EffectiveRule = {
    version: '>=1',
    exclude: ['==1.1'],
    latest: 2,
    latestPer: 'minor',
    prereleases: false,
    yanked: 'include',
    files: ['wheel'],
    sdist: 'never',
    targets: [{ ...linux, ...full, abi: 'cp312' }],
    minAge: 60,
    maxFileSize: 1,
    source: 's',
    destinations: ['d'],
    dependencies: true,
    extras: ['x'],
  };

  it('is one line of JSON with every field', () => {
    expect(JSON.parse(canonicalRule(rule))).toEqual(rule);
    expect(canonicalRule(rule)).not.toContain('\n');
  });

  it('does not depend on the order of keys, in targets either', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.keys(rule), { minLength: Object.keys(rule).length }), (keys) => {
        const shuffled = Object.fromEntries(keys.map((key) => [key, rule[key as keyof EffectiveRule]])) as EffectiveRule;
        expect(canonicalRule(shuffled)).toBe(canonicalRule(rule));
      }),
    );
    const reversed = { ...rule, targets: [{ abi: 'cp312', ...full, platform: linux.platform, python: linux.python }] };
    expect(canonicalRule(reversed)).toBe(canonicalRule(rule));
  });

  it('tells rules apart that differ in any one field', () => {
    for (const key of Object.keys(rule)) {
      expect(sameRule({ ...rule, [key]: undefined }, rule)).toBe(false);
    }
    expect(sameRule({ ...rule }, rule)).toBe(true);
  });

  it('takes an absent field and an undefined one for the same', () => {
    expect(sameRule({ latest: undefined }, {})).toBe(true);
  });
});
