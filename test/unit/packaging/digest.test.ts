import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareDigests, hasDigest, hashAlgorithms, parseDigests, strongestDigest } from '../../../src/packaging/digest.ts';
import type { DigestSet } from '../../../src/packaging/digest.ts';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const other = (digest: string): string => digest.replace(/^./, 'f');

describe('parseDigests', () => {
  it('lower-cases well-formed digests', () => {
    expect(parseDigests({ sha256: sha256.toUpperCase(), md5 })).toEqual({ sha256, md5 });
  });

  it.each([
    ['of another length', { sha256: md5 }],
    ['with other characters', { md5: `${md5.slice(1)}g` }],
    ['with a line end', { md5: `${md5}\n` }],
    ['that are empty', { md5: '' }],
    ['that are no text', { md5: 1, sha256: [sha256] }],
    ['of unknown algorithms', { blake2b_256: sha256 }],
  ])('leaves out digests %s', (_what, written) => {
    expect(parseDigests(written)).toEqual({});
  });

  it('reads no inherited property', () => {
    expect(parseDigests(Object.create({ md5 }) as Record<string, unknown>)).toEqual({});
  });
});

describe('compareDigests', () => {
  it.each<[string, DigestSet, DigestSet, string]>([
    ['nothing is shared', { md5 }, { sha256 }, 'unknown'],
    ['both are empty', {}, {}, 'unknown'],
    ['a strong digest is equal', { sha256, md5 }, { sha256 }, 'same'],
    ['only a weak digest is shared and equal', { sha256, md5 }, { md5 }, 'same-weak'],
    ['strong and weak digests are equal', { sha256, md5 }, { sha256, md5 }, 'same'],
    ['the strong digest differs', { sha256, md5 }, { sha256: other(sha256), md5 }, 'different'],
    ['only the weak digest differs', { sha256, md5 }, { sha256, md5: other(md5) }, 'different'],
  ])('where %s', (_where, a, b, expected) => {
    expect(compareDigests(a, b)).toBe(expected);
    expect(compareDigests(b, a)).toBe(expected);
  });
});

describe('strongestDigest', () => {
  it('names the first algorithm that is there', () => {
    expect(strongestDigest({ md5, sha256 })).toBe(`sha256:${sha256}`);
    expect(strongestDigest({ md5 })).toBe(`md5:${md5}`);
    expect(strongestDigest({})).toBeUndefined();
  });
});

describe('hasDigest', () => {
  it('is true exactly where there is a strongest digest', () => {
    const sets = fc.dictionary(fc.constantFrom(...hashAlgorithms), fc.constant(md5)) as fc.Arbitrary<DigestSet>;
    fc.assert(fc.property(sets, (set) => expect(hasDigest(set)).toBe(strongestDigest(set) !== undefined)));
    expect(hasDigest({ sha1: undefined } as unknown as DigestSet)).toBe(false);
  });
});
