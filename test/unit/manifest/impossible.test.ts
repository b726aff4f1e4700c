import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isEvidentlyEmpty } from '../../../src/manifest/impossible.ts';
import { parseSpecifierSet, specifierContains } from '../../../src/packaging/specifier.ts';

const isEmpty = (text: string) => isEvidentlyEmpty(parseSpecifierSet(text));

describe('a specifier that no version can satisfy', () => {
  it.each([
    '>2,<1',
    '>1,<1',
    '>=1,<1',
    '>1,<=1',
    '>=2.0a1,<2.0',
    '~=1.4,<1.4',
    '==1.0,==2.0',
    '==1.0,!=1.0',
    '==1.0+x,!=1.0',
    '==1.0,>1.0',
    '==1.5,==1.4.*',
    '==1.0+a,==1.0+b',
    '===1.0,>2',
    '===foo,>2',
    '>=1!1,<2',
  ])('%s', (text) => {
    expect(isEmpty(text)).toBe(true);
  });
});

describe('a specifier that some version satisfies', () => {
  it.each([
    ['', '1'],
    ['>=1,<=1', '1'],
    ['>=1,<2', '1'],
    ['>=2.0a1,<2.0a2', '2.0a1'],
    ['==1.0,!=1.0+x', '1.0'],
    ['===foo', 'foo'],
    ['==1.0,===1.0+x', '1.0+x'],
  ])('%j is left alone: %s', (text, witness) => {
    expect(specifierContains(parseSpecifierSet(text), witness)).toBe(true);
    expect(isEmpty(text)).toBe(false);
  });
});

it('says nothing where only a closer look would tell', () => {
  expect(isEmpty('>1.0,<1.0.post1')).toBe(false);
});

it('never calls a specifier empty that takes one of many versions', () => {
  const version = fc
    .tuple(fc.nat(2), fc.nat(2), fc.constantFrom('', 'a1', 'rc1', '.post1', '.dev1', 'a1.dev1', '.post1.dev1'))
    .map(([major, minor, rest]) => `${major}.${minor}${rest}`);
  const pin = fc.tuple(version, fc.constantFrom('', '+x', '+y')).map(([text, local]) => text + local);
  const clause = fc.oneof(
    fc.tuple(fc.constantFrom('>=', '<=', '>', '<', '~='), version).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('==', '!=', '==='), pin).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('==', '!='), fc.nat(2)).map(([operator, major]) => `${operator}${major}.*`),
  );
  fc.assert(
    fc.property(fc.array(clause, { minLength: 1, maxLength: 4 }), fc.array(pin, { minLength: 20, maxLength: 60 }), (clauses, versions) => {
      const set = parseSpecifierSet(clauses.join(','));
      const witness = versions.find((candidate) => specifierContains(set, candidate, { prereleases: true }));
      fc.pre(witness !== undefined);
      expect(isEvidentlyEmpty(set)).toBe(false);
    }),
    { numRuns: 2000 },
  );
});
