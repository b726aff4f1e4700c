import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAgreement } from '../../support/vectors.ts';
import { closeVersionTexts, noise, versionTexts } from '../../support/versions.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import {
  canonicalVersion,
  compareVersions,
  compareVersionTexts,
  formatVersion,
  parseVersion,
  sortByVersion,
  tryParseVersion,
} from '../../../src/packaging/version.ts';

describe('versions', () => {
  it('parse and print as the reference implementation does', () => expectAgreement('versions.json', 'parse'));

  it('compare as the reference implementation does', () => expectAgreement('versions.json', 'compare'));

  it('sort as the reference implementation does', () => expectAgreement('versions.json', 'sort'));
});

/** Versions close to each other, versions of all kinds, and texts that are none. */
const anyTexts = fc.oneof(closeVersionTexts, versionTexts, noise, fc.constantFrom('2004d', '2011k', 'dev', 'latest', 'r01', 'r1', 'R1'));
const someVersions = fc.oneof(closeVersionTexts, versionTexts).map(parseVersion);

describe('parseVersion', () => {
  it('reads back what formatVersion writes', () => {
    fc.assert(
      fc.property(versionTexts, (text) => {
        const version = parseVersion(text);
        const written = formatVersion(version);
        expect(parseVersion(written)).toEqual(version);
        expect(formatVersion(parseVersion(written))).toBe(written);
      }),
    );
  });

  it('keeps numbers beyond 2^53 exact', () => {
    expect(formatVersion(parseVersion('1.9007199254740993.dev99999999999999999999'))).toBe('1.9007199254740993.dev99999999999999999999');
    expect(compareVersions(parseVersion('9007199254740993'), parseVersion('9007199254740992'))).toBe(1);
  });

  it('throws nothing but VERSION_INVALID, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(noise, versionTexts), (text) => {
        const expected = tryParseVersion(text);
        try {
          expect(parseVersion(text)).toEqual(expected);
        } catch (error) {
          if (!isPkgsyncError(error, 'VERSION_INVALID')) throw error;
          expect(expected).toBeUndefined();
        }
      }),
    );
  });

  it('names the text, with control characters made visible', () => {
    expect(() => parseVersion('1.0\u001b[2J')).toThrow("'1.0\\u001b[2J' is not a valid version");
  });

  it('refuses more than 512 characters and says so', () => {
    expect(formatVersion(parseVersion('1'.repeat(512)))).toBe('1'.repeat(512));
    expect(() => parseVersion('1'.repeat(513))).toThrow(expect.objectContaining({ hint: 'a version has at most 512 characters' }));
  });
});

describe('compareVersions', () => {
  it('follows the chain of the specification', () => {
    const chain =
      '1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345 1.0rc1.dev456 1.0rc1 ' +
      '1.0 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1 1!0.1';
    const versions = chain.split(' ').map(parseVersion);
    expect(versions.toReversed().sort(compareVersions).map(formatVersion).join(' ')).toBe(chain);
  });

  it('is antisymmetric, and 0 only for equal canonical versions', () => {
    fc.assert(
      fc.property(someVersions, someVersions, (a, b) => {
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
        expect(compareVersions(a, b) === 0).toBe(canonicalVersion(formatVersion(a)) === canonicalVersion(formatVersion(b)));
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(someVersions, someVersions, someVersions, (a, b, c) => {
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('canonicalVersion', () => {
  it('cuts trailing zeros and keeps one number', () => {
    expect(['1.0.0', '0.0', '1.0.0rc1', '1.0.1', '1!2.0+a.0'].map(canonicalVersion)).toEqual(['1', '0', '1rc1', '1.0.1', '1!2+a.0']);
  });

  it('lower-cases a text that is no version', () => {
    expect(canonicalVersion('2004D-Final')).toBe('2004d-final');
  });

  it('makes no version of a text with a lookalike letter', () => {
    // U+212A, the Kelvin sign, is a small k in lower case.
    expect(canonicalVersion('1.0+\u212a')).toBe('1.0+\u212a');
    expect(compareVersionTexts('1.0+\u212a', '1.0+k')).toBe(-1);
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(anyTexts, (text) => expect(canonicalVersion(canonicalVersion(text))).toBe(canonicalVersion(text))));
  });
});

describe('compareVersionTexts', () => {
  it('puts texts that are no versions below all versions, their numbers by value', () => {
    const sorted = ['1.dev0', 'r10', '2004e', '0.dev0', 'r9', '2004d', 'latest'].sort(compareVersionTexts);
    expect(sorted).toEqual(['2004d', '2004e', 'latest', 'r9', 'r10', '0.dev0', '1.dev0']);
  });

  it('tells texts apart that differ in leading zeros only', () => {
    expect([compareVersionTexts('r01', 'r1'), compareVersionTexts('r1', 'r01')]).toEqual([-1, 1]);
  });

  it('is antisymmetric, and 0 only for equal canonical texts', () => {
    fc.assert(
      fc.property(anyTexts, anyTexts, (a, b) => {
        expect(compareVersionTexts(a, b) + compareVersionTexts(b, a)).toBe(0);
        expect(compareVersionTexts(a, b) === 0).toBe(canonicalVersion(a) === canonicalVersion(b));
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(anyTexts, anyTexts, anyTexts, (a, b, c) => {
        if (compareVersionTexts(a, b) <= 0 && compareVersionTexts(b, c) <= 0) expect(compareVersionTexts(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('sortByVersion', () => {
  it('agrees with compareVersionTexts and keeps the order of equal versions', () => {
    fc.assert(
      fc.property(fc.array(anyTexts), (texts) => {
        expect(sortByVersion(texts, (text) => text)).toEqual(texts.toSorted(compareVersionTexts));
      }),
    );
    expect(sortByVersion(['1.0', '2', '1', '1.0.0'], (text) => text)).toEqual(['1.0', '1', '1.0.0', '2']);
  });
});
