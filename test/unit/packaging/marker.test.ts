import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAgreement } from '../../support/vectors.ts';
import { thrownBy } from '../../support/thrown.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { couldApply, evaluateMarker, formatMarker, parseMarker } from '../../../src/packaging/marker.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import type { Marker, MarkerEnvironment } from '../../../src/packaging/marker.ts';
import { environmentOf, environmentsOf, parseTarget } from '../../../src/packaging/target.ts';

const linux = environmentOf(parseTarget({ python: '3.12', platform: 'manylinux_2_28_x86_64' }));

function holds(marker: string, extra?: string | readonly string[], environment: MarkerEnvironment = linux): boolean {
  return evaluateMarker(parseMarker(marker), environment, extra);
}

describe('parseMarker and formatMarker', () => {
  it('read and print as the reference implementation does', () => expectAgreement('markers.json', 'syntax'));

  it('keep precedence and written groups', () => {
    const kinds = (text: string): unknown => {
      const marker = parseMarker(text);
      return marker.kind === 'comparison' ? marker.kind : [marker.kind, ...marker.operands.map(({ kind }) => kind)];
    };
    expect(kinds("extra == 'a' or extra == 'b' and extra == 'c'")).toEqual(['or', 'comparison', 'and']);
    expect(kinds("(extra == 'a' or extra == 'b') and extra == 'c'")).toEqual(['and', 'or', 'comparison']);
    expect(kinds("((extra == 'a'))")).toBe('comparison');
  });

  it('see no group in parentheses around the whole or around one comparison', () => {
    const plain = parseMarker("os_name == 'nt' or extra == 'a'");
    expect(parseMarker("((os_name == 'nt') or (extra == 'a'))")).toEqual(plain);
    expect(parseMarker(" (os_name == 'nt' or extra == 'a') ")).toEqual(plain);
  });

  it('print the parentheses that a built marker needs', () => {
    const alternatives: Marker = { kind: 'or', operands: [parseMarker("extra == 'a'"), parseMarker("extra == 'b'")], grouped: false };
    const marker: Marker = { kind: 'and', operands: [alternatives, parseMarker("os_name == 'nt'")], grouped: false };
    expect(formatMarker(marker)).toBe('(extra == "a" or extra == "b") and os_name == "nt"');
  });

  it.each([
    ["python_version < '3.8' and", 'at the end', 'expected a marker variable'],
    ["(python_version < '3'", 'at character 1', 'expected ")"'],
    ["python_version < '3')", 'at character 21', 'unexpected ")"'],
    ["python_versoin < '3'", 'at character 1', "'python_versoin' is not a marker variable"],
    ["os_name = 'nt'", 'at character 9', 'expected one of ==, !='],
    ["os_name == 'nt", 'at character 12', 'has no end'],
    ["os_name == 'nt' AND extra == 'x'", 'at character 17', 'expected "and", "or" or nothing more'],
    ["(os_name == 'nt' x)", 'at character 18', 'expected "and", "or" or ")"'],
    ['os_name == "a\\b"', 'at character 14', 'may not contain a backslash'],
    ["os_name == 'a\nb'", 'at character 14', 'may not contain a backslash, a line break'],
    ['', 'at the end', 'expected a marker variable'],
  ])('refuse %j and say where', (text, place, because) => {
    const error = thrownBy(() => parseMarker(text));
    expect(error.code).toBe('MARKER_INVALID');
    expect(error.message).toContain(because);
    expect(error.message.endsWith(place)).toBe(true);
  });

  it('hint at the usual slips', () => {
    expect(thrownBy(() => parseMarker('python_version >= 3.8')).hint).toContain('quotes');
    expect(thrownBy(() => parseMarker("PYTHON_VERSION >= '3'")).hint).toBe('write "python_version"');
    expect(thrownBy(() => parseMarker("not extra == 'x'")).hint).toContain('comparison');
    expect(thrownBy(() => parseMarker("platform == 'x'")).hint).toContain('sys_platform');
  });

  it('refuse parentheses nested deeper than 100 instead of overflowing the stack', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}os_name == "nt"${')'.repeat(depth)}`;
    expect(formatMarker(parseMarker(nested(100)))).toBe('os_name == "nt"');
    expect(thrownBy(() => parseMarker(nested(101))).message).toContain('deeper than 100');
    expect(thrownBy(() => parseMarker('('.repeat(1_000_000))).code).toBe('MARKER_INVALID');
  });

  it('read a long chain without nesting', () => {
    const chain = Array.from({ length: 20_000 }, () => 'os_name == "nt"').join(' or ');
    expect(formatMarker(parseMarker(chain))).toBe(chain);
    expect(holds(chain)).toBe(false);
  });

  it('refuse to print a literal that no marker can hold', () => {
    const marker: Marker = {
      kind: 'comparison',
      left: { kind: 'variable', name: 'os_name' },
      operator: '==',
      right: { kind: 'literal', value: `'"` },
    };
    expect(thrownBy(() => formatMarker(marker)).code).toBe('MARKER_INVALID');
  });

  it('give the marker again that was printed', () => {
    fc.assert(
      fc.property(markerTree(), (marker) => {
        const text = formatMarker(marker);
        const parsed = parseMarker(text);
        expect(formatMarker(parsed)).toBe(text);
        expect(evaluateMarker(parsed, linux, ['test'])).toBe(evaluateMarker(marker, linux, ['test']));
      }),
    );
  });

  it('throw nothing but MARKER_INVALID, whatever the text', () => {
    fc.assert(
      fc.property(markerLikeText(), (text) => {
        try {
          const marker = parseMarker(text);
          expect(parseMarker(formatMarker(marker))).toEqual(marker);
          couldApply(marker, undefined, []);
          evaluateMarker(marker, linux);
        } catch (error) {
          if (!isPkgsyncError(error, 'MARKER_INVALID')) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('evaluateMarker', () => {
  it('agrees with the reference implementation, for an extra as text and as a set', () => expectAgreement('markers.json', 'evaluate'));

  it('knows the variables of the reference implementation', () => expectAgreement('markers.json', 'environment'));

  it('reads several extras as a set', () => {
    const both = ['Dev_All', 'test'];
    expect(holds('extra == "test"', both)).toBe(true);
    expect(holds('extra == "dev-all"', both)).toBe(true);
    expect(holds('extra == "docs"', both)).toBe(false);
    expect(holds('extra != "docs"', both)).toBe(true);
    // Evaluated once per extra, as pip does, this would be true for the other extra.
    expect(holds('extra != "test"', both)).toBe(false);
    expect(holds('extra == "test" and extra == "dev-all"', both)).toBe(true);
    expect(holds('extra not in "testing"', both)).toBe(false);
    expect(holds('"docs" not in extra', both)).toBe(true);
    expect(holds('extra == ""', both)).toBe(false);
  });

  it.each([
    "os_name ~= '1.0'",
    "'a' == 'a'",
    'python_version == python_full_version',
    "'x' in extras",
    "dependency_groups == 'x'",
    "extra === 'x'",
    "python_version === '3.12 x'",
    "python_version === '3.12;'",
  ])('refuses %s, wherever it stands', (comparison) => {
    const error = thrownBy(() => holds(`os_name == 'posix' or ${comparison}`));
    expect(error.code).toBe('MARKER_INVALID');
    expect(error.message).toContain('has no meaning');
  });

  it('compares what is no version as text', () => {
    expect(holds("python_version in '3.120'")).toBe(true);
    expect(holds("python_version not in '3.1'")).toBe(true);
    expect(holds("python_version == '3.*'")).toBe(true);
    expect(holds("python_version >= '3.*'")).toBe(false);
    expect(holds("python_version >= '3.8,<4'")).toBe(false);
    expect(holds("python_version == '3.12,'")).toBe(false);
  });

  it('compares texts without regard to case for === on a version, commas included', () => {
    expect(holds("python_full_version === ' 3.12.99'")).toBe(true);
    expect(holds("python_full_version === '3.12.99,x'")).toBe(false);
    expect(holds("python_full_version === '3.13.0RC1,X'", undefined, { ...linux, python_full_version: '3.13.0rc1,x' })).toBe(true);
  });

  it('reads a build between releases as its local version', () => {
    const environment = { ...linux, python_full_version: '3.12.1+' };
    expect(holds("python_full_version >= '3.12.1'", undefined, environment)).toBe(true);
    expect(holds("python_full_version == '3.12.1+local'", undefined, environment)).toBe(true);
  });
});

describe('couldApply', () => {
  const windows = environmentOf(parseTarget({ python: '3.9', platform: 'win_amd64' }));

  it('asks whether the marker is true in any environment', () => {
    const marker = parseMarker("sys_platform == 'win32' and python_version < '3.10'");
    expect(couldApply(marker, [linux, windows], [])).toBe(true);
    expect(couldApply(marker, [linux], [])).toBe(false);
    expect(couldApply(marker, [], [])).toBe(false);
  });

  it('does not mix environments', () => {
    expect(couldApply(parseMarker("sys_platform == 'linux' and python_version < '3.10'"), [linux, windows], [])).toBe(false);
  });

  it('finds what only some patch releases need', () => {
    const target = parseTarget({ python: '3.11', platform: 'win_amd64' });
    const marker = parseMarker("python_full_version < '3.11.3'");
    expect(couldApply(marker, environmentsOf(target), [])).toBe(true);
    expect(couldApply(marker, [environmentOf(target)], [])).toBe(false);
  });

  it.each([
    ["sys_platform == 'plan9'", [], true],
    ["sys_platform == 'plan9' and extra == 'test'", [], false],
    ["sys_platform == 'plan9' and extra == 'test'", ['test'], true],
    ["sys_platform == 'plan9' and extra == 'test'", ['docs'], false],
    ["sys_platform == 'plan9' or extra == 'test'", [], true],
    ["extra == 'a' or extra == 'b'", ['b'], true],
    ["extra != 'test'", [], true],
    ["extra != 'test'", ['test'], false],
  ])('takes %s without targets and with the extras %j for %s', (marker, extras, expected) => {
    expect(couldApply(parseMarker(marker), undefined, extras)).toBe(expected);
  });

  it('refuses a comparison without meaning, with targets and without', () => {
    const marker = parseMarker("os_name == 'posix' or 'a' == 'b'");
    expect(thrownBy(() => couldApply(marker, undefined, [])).code).toBe('MARKER_INVALID');
    expect(thrownBy(() => couldApply(marker, [linux], [])).code).toBe('MARKER_INVALID');
  });
});

/** Markers as a program might build them, with names of extras in normal form. */
function markerTree(): fc.Arbitrary<Marker> {
  const comparison = fc
    .tuple(
      fc.constantFrom('python_version', 'python_full_version', 'os_name', 'platform_release', 'extra'),
      fc.constantFrom('==', '!=', '<=', '>=', '<', '>', 'in', 'not in'),
      fc.oneof(fc.constantFrom('3.8', '3.12.1', '3.*', 'posix', 'test'), fc.stringMatching(/^[a-z0-9 "]{0,5}$/)),
      fc.boolean(),
    )
    .map(([name, operator, value, reversed]) => {
      const variable = { kind: 'variable', name } as const;
      const literal = { kind: 'literal', value: name === 'extra' ? normalizeName(value) : value } as const;
      const [left, right] = reversed ? [literal, variable] : [variable, literal];
      return { kind: 'comparison', left, operator, right } as const;
    });
  const { tree } = fc.letrec<{ tree: Marker }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      comparison,
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
        grouped: fc.boolean(),
      }),
    ),
  }));
  return tree;
}

/** Words of the grammar in any order, and any text. */
function markerLikeText(): fc.Arbitrary<string> {
  const word = fc.constantFrom('(', ')', 'and', 'or', 'not', 'in', '==', '~=', '===', '<', '>=', "'3.8'", '"x"', "'", '\\');
  const name = fc.constantFrom('python_version', 'os.name', 'extra', 'extras', 'platform_release', 'oops');
  const comparison = fc.tuple(name, fc.constantFrom('==', '!=', '<', 'in', '~='), fc.constantFrom("'3.8'", '"posix"', "'x_Y'"));
  const piece = fc.oneof(
    word,
    name,
    fc.string({ maxLength: 3 }),
    comparison.map((parts) => parts.join(' ')),
  );
  return fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join(' ')),
    fc.array(comparison, { minLength: 1 }).map((all) => all.map((parts) => parts.join(' ')).join(' or ')),
  );
}
