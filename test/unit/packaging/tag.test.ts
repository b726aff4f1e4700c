import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAgreement, expectVectors, loadVectors } from '../../support/vectors.ts';
import { thrownBy } from '../../support/thrown.ts';
import type { TargetVector } from '../../vectors/tags.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { bestRank, expandPlatform, expandTags, tagRanks } from '../../../src/packaging/tag.ts';
import { parseTarget, tagsOf } from '../../../src/packaging/target.ts';

/** These definitions have a name instead of an id. */
const targetVectors = loadVectors<TargetVector & { id: string }>('tags.json', 'target').map((vector) => ({ ...vector, id: vector.target }));

describe('expandPlatform', () => {
  it('gives the list of the reference implementation', () => expectAgreement('tags.json', 'platforms'));

  it('takes what is built for armv7l on an armv8l machine, after its own', () => {
    expect(expandPlatform('manylinux_2_18_armv8l')).toEqual([
      'manylinux_2_18_armv8l',
      'manylinux_2_17_armv8l',
      'manylinux2014_armv8l',
      'manylinux_2_18_armv7l',
      'manylinux_2_17_armv7l',
      'manylinux2014_armv7l',
    ]);
    expect(expandPlatform('linux_armv8l')).toEqual(['linux_armv8l', 'linux_armv7l']);
  });

  it('stops at the macOS versions that PowerPC Macs had', () => {
    expect(expandPlatform('macosx_10_6_ppc64')[0]).toBe('macosx_10_5_ppc64');
    expect(expandPlatform('macosx_10_4_ppc64')).toEqual(['macosx_10_4_ppc64', 'macosx_10_4_fat64', 'macosx_10_4_universal']);
    expect(expandPlatform('macosx_10_1_ppc').slice(-4)).toEqual([
      'macosx_10_0_ppc',
      'macosx_10_0_fat3',
      'macosx_10_0_fat',
      'macosx_10_0_universal',
    ]);
  });

  it('lets an unknown platform stand for itself', () => {
    expect(expandPlatform('Plan9_AMD64')).toEqual(['plan9_amd64']);
    expect(expandPlatform('manylinux_2_4_x86_64')).toEqual(['manylinux_2_4_x86_64']);
    expect(expandPlatform('manylinux_3_20_x86_64')).toEqual(['manylinux_3_20_x86_64']);
    expect(expandPlatform('manylinux_2_99999999_x86_64')).toEqual(['manylinux_2_99999999_x86_64']);
  });

  it('gives at least one tag, each once, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), platformText()), (platform) => {
        const tags = expandPlatform(platform);
        expect(tags.length).toBeGreaterThan(0);
        expect(new Set(tags).size).toBe(tags.length);
      }),
    );
  });
});

describe('tagsOf', () => {
  it('gives the tags of the reference implementation in its order', () => expectAgreement('tags.json', 'target'));

  it("chooses the interpreter's usual ABI where none is declared", async () => {
    const usual = targetVectors.filter(({ abi }) => abi !== null && !abi.endsWith('t'));
    await expectVectors(
      usual,
      ({ implementation, python, platform }) => tagsOf({ implementation, python, platform })[0],
      ({ tags_head }) => tags_head[0],
    );
  });

  it('knows the ABIs of old builds', () => {
    const first = (python: string, platform: string, implementation = 'cp'): string | undefined =>
      tagsOf({ implementation, python, platform })[0];
    expect(first('3.2', 'linux_x86_64')).toBe('cp32-cp32mu-linux_x86_64');
    expect(first('3.3', 'linux_x86_64')).toBe('cp33-cp33m-linux_x86_64');
    expect(first('2.7', 'win32')).toBe('cp27-cp27m-win32');
    expect(first('2.7', 'manylinux2010_x86_64', 'pp')).toBe('pp27-pypy_73-manylinux_2_12_x86_64');
  });

  it('lets a debug build load release wheels too', () => {
    const tags = tagsOf({ implementation: 'cp', python: '3.13', platform: 'win_amd64', abi: 'cp313td' });
    expect(tags.slice(0, 4)).toEqual([
      'cp313-cp313td-win_amd64',
      'cp313-cp313t-win_amd64',
      'cp313-abi3t-win_amd64',
      'cp313-none-win_amd64',
    ]);
  });

  it('accepts pure Python wheels only on the platform any', () => {
    expect(tagsOf({ implementation: 'cp', python: '3.1', platform: 'any' })).toEqual([
      'cp31-none-any',
      'py31-none-any',
      'py3-none-any',
      'py30-none-any',
    ]);
  });
});

describe('tagRanks and bestRank', () => {
  it('find the compatible and the best wheels as the reference implementation does', () => expectAgreement('tags.json', 'match'));

  it('rank the first tag 0', () => {
    const ranks = tagRanks(parseTarget({ python: '3.12', platform: 'win_amd64' }));
    expect(bestRank(ranks, ['py3-none-any', 'cp312-cp312-win_amd64'])).toBe(0);
    expect(bestRank(ranks, ['cp311-cp311-win_amd64'])).toBeUndefined();
    expect(bestRank(ranks, [])).toBeUndefined();
  });
});

describe('expandTags', () => {
  it('gives every triple in lower case and in written order', () => {
    expect(expandTags('py2.py3-None-any')).toEqual(['py2-none-any', 'py3-none-any']);
    expect(expandTags('cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64')).toEqual([
      'cp39-abi3-manylinux_2_17_x86_64',
      'cp39-abi3-manylinux2014_x86_64',
    ]);
    expect(expandTags('py3.PY3-none-any')).toEqual(['py3-none-any']);
  });

  it.each(['', 'py3-none', 'py3-none-any-extra', 'py3-none-', 'py3..py2-none-any', '3-none-any', 'p y-none-any'])('refuses %j', (text) => {
    expect(thrownBy(() => expandTags(text)).code).toBe('FILENAME_INVALID');
  });

  it('refuses a set that stands for more tags than any wheel has, before it builds them', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `a${index}`).join('.');
    expect(thrownBy(() => expandTags(`${many}-${many}-${many}`)).message).toContain('1000000000 tags');
  });

  it('throws nothing but FILENAME_INVALID', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9._-]*$/)), (text) => {
        try {
          const tags = expandTags(text);
          expect(tags.every((tag) => tag.split('-').length === 3)).toBe(true);
        } catch (error) {
          if (!isPkgsyncError(error, 'FILENAME_INVALID')) throw error;
        }
      }),
    );
  });
});

/** Texts near the grammar of platform tags. */
function platformText(): fc.Arbitrary<string> {
  const family = fc.constantFrom('manylinux', 'musllinux', 'macosx', 'ios', 'android', 'linux', 'win', 'emscripten');
  const arch = fc.constantFrom('x86_64', 'arm64', 'armv8l', 'universal2', 'i386', 'ppc64', 'ppc', 'arm64_iphoneos');
  return fc.tuple(family, fc.nat(130), fc.nat(130), arch).map(([name, major, minor, machine]) => `${name}_${major}_${minor}_${machine}`);
}
