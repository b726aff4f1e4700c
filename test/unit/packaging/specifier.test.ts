import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAgreement } from '../../support/vectors.ts';
import { closeVersionTexts, noise, specifierTexts } from '../../support/versions.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import {
  filterBySpecifier,
  formatSpecifierSet,
  isExactPin,
  parseSpecifierSet,
  specifierContains,
} from '../../../src/packaging/specifier.ts';
import { isPrerelease, parseVersion, tryParseVersion } from '../../../src/packaging/version.ts';

describe('specifier sets', () => {
  it('are read and printed as the reference implementation does', () => expectAgreement('specifiers.json', 'syntax'));

  it('contain what the reference implementation says', () => expectAgreement('specifiers.json', 'contains'));

  it('filter lists as the reference implementation does', () => expectAgreement('specifiers.json', 'filter'));
});

const candidates = fc.array(
  fc.oneof({ weight: 8, arbitrary: closeVersionTexts }, { weight: 1, arbitrary: fc.constantFrom('latest', '2004d') }),
);

function filter(spec: string, versions: readonly string[], prereleases?: boolean): string[] {
  return filterBySpecifier(parseSpecifierSet(spec), versions, (version) => version, { prereleases });
}

describe('parseSpecifierSet', () => {
  it('reads back what formatSpecifierSet writes', () => {
    fc.assert(
      fc.property(specifierTexts, (text) => {
        const written = formatSpecifierSet(parseSpecifierSet(text));
        expect(formatSpecifierSet(parseSpecifierSet(written))).toBe(written);
      }),
    );
  });

  it('throws nothing but SPECIFIER_INVALID, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          noise,
          fc.tuple(specifierTexts, noise).map(([set, rest]) => `${set},>=${rest}`),
        ),
        (text) => {
          try {
            formatSpecifierSet(parseSpecifierSet(text));
          } catch (error) {
            if (!isPkgsyncError(error, 'SPECIFIER_INVALID')) throw error;
          }
        },
      ),
    );
  });

  it('drops clauses that mean the same', () => {
    expect(formatSpecifierSet(parseSpecifierSet('>=1.0.0, >=1, ~=1.0, ~=1.0.0'))).toBe('>=1,~=1.0,~=1.0.0');
  });

  it.each([
    ['1.0', 'a specifier starts with one of ~= == != <= >= < > ==='],
    ['>=1.0 <2', 'separate several specifiers with commas'],
    ['~=1', '~= needs at least two release numbers, such as ~=1.4'],
    ['>=1.0+abc', '>= takes no local version'],
    ['==1.0a1.*', 'a wildcard follows release numbers only, such as ==1.4.*'],
    ['>=1.*', "'1.*' is not a version"],
    ['==x.*', "'x.*' is not a version with a wildcard"],
    ['===a b', 'the text after === has no blanks, ";" or ")"'],
    ['>=1,'.repeat(5000), 'a specifier has at most 16384 characters'],
  ])('says what is wrong with %.20s', (text, hint) => {
    expect(() => parseSpecifierSet(text)).toThrow(expect.objectContaining({ code: 'SPECIFIER_INVALID', hint }));
  });
});

describe('specifierContains', () => {
  it('takes a parsed version as well', () => {
    fc.assert(
      fc.property(specifierTexts, closeVersionTexts, (spec, text) => {
        // Arbitrary equality looks at the spelling, which a parsed version has lost.
        fc.pre(!spec.includes('==='));
        const set = parseSpecifierSet(spec);
        expect(specifierContains(set, parseVersion(text))).toBe(specifierContains(set, text));
      }),
    );
  });

  it('compares === with the text as published', () => {
    const set = parseSpecifierSet('===1.0');
    expect(['1.0', '1.0.0', ' 1.0', 'v1.0'].filter((text) => specifierContains(set, text))).toEqual(['1.0']);
    expect(specifierContains(set, parseVersion('v1.0'))).toBe(true);
  });

  it('counts numbers beyond 2^53 exactly', () => {
    expect(specifierContains(parseSpecifierSet('==1.9007199254740993.*'), '1.9007199254740992.5')).toBe(false);
    expect(specifierContains(parseSpecifierSet('~=1.9007199254740993.0'), '1.9007199254740993.7')).toBe(true);
    expect(specifierContains(parseSpecifierSet('>1.post9007199254740992'), '1.post9007199254740993')).toBe(true);
  });
});

describe('filterBySpecifier', () => {
  it('keeps the order and invents nothing', () => {
    fc.assert(
      fc.property(specifierTexts, candidates, fc.constantFrom(undefined, true, false), (spec, versions, prereleases) => {
        const items = versions.map((version, at) => ({ version, at }));
        const kept = filterBySpecifier(parseSpecifierSet(spec), items, ({ version }) => version, { prereleases });
        expect(kept).toEqual(items.filter((item) => kept.includes(item)));
      }),
    );
  });

  it('keeps exactly what each version by itself passes, once pre-releases are settled', () => {
    fc.assert(
      fc.property(specifierTexts, candidates, fc.boolean(), (spec, versions, prereleases) => {
        const set = parseSpecifierSet(spec);
        expect(filter(spec, versions, prereleases)).toEqual(versions.filter((version) => specifierContains(set, version, { prereleases })));
      }),
    );
  });

  it('agrees with each version by itself around every number that a shortcut could be wrong about', () => {
    const numbers = fc.constantFrom('0', '00', '1', '2', '131070', '131071', '131072', '999999', '1000000', '9007199254740993');
    const releases = fc.array(numbers, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    const versions = fc
      .tuple(fc.constantFrom('', '', '1!', 'v'), releases, fc.constantFrom('', '', 'a1', '.post1', '.dev0', '+l'))
      .map((parts) => parts.join(''));
    const clauses = fc.oneof(
      fc.tuple(
        fc.constantFrom('>=', '<=', '<', '>', '==', '!='),
        fc.constantFrom('', '1!'),
        releases,
        fc.constantFrom('', 'a1', '.post1', '.dev0'),
      ),
      fc.tuple(fc.constantFrom('==', '!='), fc.constantFrom('', '1!'), releases, fc.constant('.*')),
      fc.tuple(
        fc.constant('~='),
        fc.constantFrom('', '1!'),
        releases.filter((release) => release.includes('.')),
        fc.constant(''),
      ),
    );
    const sets = fc
      .array(
        clauses.map((parts) => parts.join('')),
        { minLength: 1, maxLength: 3 },
      )
      .map((list) => list.join(','));
    fc.assert(
      fc.property(sets, fc.array(versions), (spec, texts) => {
        const set = parseSpecifierSet(spec);
        expect(filter(spec, texts, true)).toEqual(texts.filter((text) => specifierContains(set, text, { prereleases: true })));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves pre-releases out by default only where a final release matches', () => {
    fc.assert(
      fc.property(specifierTexts, candidates, (spec, versions) => {
        const all = filter(spec, versions, true);
        const finals = all.filter((text) => {
          const version = tryParseVersion(text);
          return version !== undefined && !isPrerelease(version);
        });
        const wanted = parseSpecifierSet(spec).prereleases || finals.length === 0 ? all : filter(spec, versions, false);
        expect(filter(spec, versions)).toEqual(wanted);
      }),
    );
  });

  it('judges pre-releases by the whole list', () => {
    expect(filter('>=1.5', ['1.4', '2.0rc1'])).toEqual(['2.0rc1']);
    expect(filter('>=1.5', ['1.4', '1.6', '2.0rc1'])).toEqual(['1.6']);
    expect(filter('>=1.0,<2.0a1', ['1.0', '1.1a1'])).toEqual(['1.0', '1.1a1']);
    expect(filter('!=1.0a1', ['1.0', '1.1a1'])).toEqual(['1.0']);
  });

  it('reads each distinct version once', () => {
    let read = 0;
    const versions = ['1.0', '1.0', '2.0', '1.0'];
    const set = parseSpecifierSet('>=1');
    const counted = {
      ...set,
      clauses: set.clauses.map((clause) => ({ ...clause, acceptsRank: () => undefined, accepts: () => (read += 1) > 0 })),
    };
    expect(filterBySpecifier(counted, versions, (version) => version)).toHaveLength(4);
    expect(read).toBe(2);
  });
});

describe('isExactPin', () => {
  it('is true for == without wildcard and for ===', () => {
    const pins = ['==1.0', '===1.*', '==1.0,!=1.1', '==1.*', '>=1,<=1', '~=1.0', ''].filter((text) => isExactPin(parseSpecifierSet(text)));
    expect(pins).toEqual(['==1.0', '===1.*', '==1.0,!=1.1']);
  });
});
