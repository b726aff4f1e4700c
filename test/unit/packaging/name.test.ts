import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAgreement } from '../../support/vectors.ts';
import { compareText, isNameOf, isNormalizedName, isValidName, normalizeName, parseName } from '../../../src/packaging/name.ts';

// U+212A, the Kelvin sign: its lower case is a small k, so a lookalike has the normal form of a valid name.
const lookalike = '\u212a';

describe('normalizeName', () => {
  it('agrees with the reference implementation', () => expectAgreement('filenames.json', 'name'));

  it('gives a normalised name for every valid one, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?$/), (name) => {
        const normalized = normalizeName(name);
        expect(isValidName(name)).toBe(true);
        expect(isNormalizedName(normalized)).toBe(true);
        expect(normalizeName(normalized)).toBe(normalized);
      }),
    );
  });
});

describe('isNameOf', () => {
  it('takes every valid spelling', () => {
    const spellings = ['foo-k', 'Foo_K', 'FOO.k', 'foo--K', 'foo', 'foo-k-', '_foo-k', `foo-${lookalike}`];
    expect(spellings.filter((text) => isNameOf(text, normalizeName('foo-k')))).toEqual(['foo-k', 'Foo_K', 'FOO.k', 'foo--K']);
  });
});

describe('parseName', () => {
  it('normalises a valid name', () => {
    expect(parseName('Foo_Bar..baz')).toBe('foo-bar-baz');
  });

  it.each(['', '-foo', 'foo-', '.', 'foo bar', 'foo\n', 'f\u00f6o', lookalike, '\u017f', 'foo/bar'])('refuses %j', (name) => {
    expect(() => parseName(name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  });
});

describe('compareText', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('a', 'b', '\uffee', '\u{1f600}', '\u{10000}'), fc.string({ unit: 'grapheme', maxLength: 1 })),
  });

  it('is the order of the UTF-8 bytes', () => {
    fc.assert(fc.property(text, text, (a, b) => expect(compareText(a, b)).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))));
  });

  it('puts an emoji after the last characters of the basic plane', () => {
    expect(['\u{1f600}', '\uffee', 'a', ''].sort(compareText)).toEqual(['', 'a', '\uffee', '\u{1f600}']);
  });
});
