import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAgreement } from '../../support/vectors.ts';
import { thrownBy } from '../../support/thrown.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import {
  formatRequirement,
  parseRequirement,
  parseRequirementLenient,
  parseSpecifierSetLenient,
} from '../../../src/packaging/requirement.ts';
import { formatSpecifierSet } from '../../../src/packaging/specifier.ts';

describe('parseRequirement and formatRequirement', () => {
  it('read and print as the reference implementation does', () => expectAgreement('requirements.json', 'requirement'));

  it('leave out what is not written', () => {
    expect(Object.keys(parseRequirement('foo'))).toEqual(['name', 'extras', 'specifier']);
  });

  it.each([
    ['', 'expected a project name at the end', undefined],
    ['foo[a', 'expected "," or "]" after the name of an extra at the end', undefined],
    ['foo[a,]', 'expected the name of an extra at character 7', undefined],
    ['foo 1.0', 'at character 5', 'operator before the version'],
    ['foo=1.0', 'at character 4', 'equality is written =='],
    ['foo (1.0)', 'at character 6', 'operator before the version'],
    ['foo (>=1.0', 'expected ")" for the "(" at character 5', undefined],
    ['foo>=1.0 # why', 'at character 10', 'requirements files'],
    ['foo>=', 'expected a version after ">=" at the end', undefined],
    ['foo>=1.0;', 'expected a marker variable', undefined],
    ["foo @ https://e.com/x; os_name == 'nt'", 'expected ";" or nothing after the URL', 'blank before the ";"'],
    ['foo @', 'expected a URL after "@"', undefined],
    ["foo; os_name == 'nt' # why", 'expected "and", "or" or nothing more at character 22', undefined],
    ['foo===1.0, <2', 'expected a version specifier', undefined],
  ])('refuse %j and say why', (text, because, hint) => {
    const error = thrownBy(() => parseRequirement(text));
    expect(error.code).toBe('REQUIREMENT_INVALID');
    expect(error.message).toContain(because);
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
  });

  it('name the version specifier that is wrong and keep its error as the cause', () => {
    const error = thrownBy(() => parseRequirement('foo>=1.0,~=1'));
    expect(error.message).toContain('~=1');
    expect(isPkgsyncError(error.cause, 'SPECIFIER_INVALID')).toBe(true);
  });

  it.each(['foo @ https://user:s3cret@e.com/x?token=s3cret ; bad', 'foo@git+ssh://user:s3cret@e.com/x ;', 'foo @ //u:s3cret@e.com/x ;'])(
    'keep credentials out of the message on %s',
    (text) => {
      const error = thrownBy(() => parseRequirement(text));
      expect(error.message).not.toContain('s3cret');
      expect(error.message).toContain('e.com/x');
    },
  );

  it('show control characters as escapes', () => {
    expect(thrownBy(() => parseRequirement('foo\u001b[31m')).message).toContain('foo\\u001b[31m');
  });

  it('refuse deep parentheses instead of overflowing the stack', () => {
    expect(thrownBy(() => parseRequirement(`foo; ${'('.repeat(1_000_000)}`)).code).toBe('REQUIREMENT_INVALID');
  });

  it('take time in proportion to the length of hostile text', () => {
    const hostile = [
      `foo${' '.repeat(200_000)}x`,
      'a-'.repeat(100_000),
      `foo[${'a,'.repeat(100_000)}`,
      `foo===${','.repeat(10_000)}x`,
      `foo; ${`os_name == 'a' and `.repeat(20_000)}`,
      `foo; os_name ${'not '.repeat(50_000)}`,
      `foo @ ${'//'.repeat(100_000)} x`,
      `foo>=${'1.1*'.repeat(3_000)}`,
      `foo${'>1.1'.repeat(3_000)}`,
      `foo${'>=1.0a1.0'.repeat(2_000)}"`,
      `foo${'!=~1'.repeat(3_000)}x`,
    ];
    const start = performance.now();
    for (const text of hostile) expect(thrownBy(() => parseRequirementLenient(`${text} ?`)).code).toBe('REQUIREMENT_INVALID');
    // A quadratic step would take minutes: this bound leaves room for a busy machine.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('give the requirement again that was printed', () => {
    fc.assert(
      fc.property(requirementText(), (text) => {
        const requirement = parseRequirement(text);
        const printed = formatRequirement(requirement);
        expect(formatRequirement(parseRequirement(printed))).toBe(printed);
        expect(parseRequirement(printed).name).toBe(requirement.name);
      }),
    );
  });

  it('throw nothing but REQUIREMENT_INVALID, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom('foo', '[', ']', 'a', ',', '(', ')', '>=1.0', '==', '1.*', '===', '@', ';', "os_name == 'nt'", ' ', "'", '*', '!=~'),
      fc.string({ maxLength: 2 }),
    );
    const text = fc.array(piece).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string(), text, requirementText()), (input) => {
        for (const parse of [parseRequirement, parseRequirementLenient]) {
          try {
            parse(input);
          } catch (error) {
            if (!isPkgsyncError(error, 'REQUIREMENT_INVALID')) throw error;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseRequirementLenient', () => {
  it('repairs nothing in a valid text', () => {
    const { requirement, repairs } = parseRequirementLenient('foo2>=1.0, !=1.5.*; python_version < "3"');
    expect(formatRequirement(requirement)).toBe('foo2!=1.5.*,>=1.0; python_version < "3"');
    expect(repairs).toEqual([]);
  });

  it.each([
    ['elasticsearch-dsl (>=7.2.0<8.0.0)', 'elasticsearch-dsl<8.0.0,>=7.2.0', ['inserted a missing comma']],
    ['foo2>=1.0 <2.0', 'foo2<2.0,>=1.0', ['inserted a missing comma']],
    ['jupyter-core (!=~5.0,>=4.12)', 'jupyter-core!=5.0.*,>=4.12', ['replaced "!=~V" by "!=V.*"']],
    ['foo (!=~3.10)', 'foo!=3.10.*', ['replaced "!=~V" by "!=V.*"']],
    ['torch (>=1.9.*)', 'torch>=1.9', ['removed ".*" after an ordered comparison']],
    ['foo !=3.0*', 'foo!=3.0.*', ['replaced "V*" by "V.*"']],
    ['foo >dev', 'foo>0.0.0dev', ['replaced ">dev" by ">0.0.0dev"']],
    ['foo>=9.0.0a1.0', 'foo>=9.0.0a1', ['removed ".0" after a pre-release']],
    ["foo>= 2.7'; extra == 'x'", 'foo>=2.7; extra == "x"', ['removed stray quotes']],
    ["foo ('>=2.7<3.*')", 'foo<3,>=2.7', ['inserted a missing comma', 'removed ".*" after an ordered comparison', 'removed stray quotes']],
  ])('repairs %s', (text, expected, repairs) => {
    const result = parseRequirementLenient(text);
    expect(formatRequirement(result.requirement)).toBe(expected);
    expect(result.repairs).toEqual(repairs);
  });

  it.each([
    'foo bar',
    'foo @ ',
    'foo @ https://e.com/x "',
    'foo>=1.0a1.05',
    "foo>=1<2; python_version < '3",
    '"foo>=1"',
    'foo[a>=1<2',
    'foo>=latest',
  ])('throws the error of the text as written for %s, which no repair helps', (text) => {
    const error = thrownBy(() => parseRequirementLenient(text));
    expect(error.message).toBe(thrownBy(() => parseRequirement(text)).message);
  });

  it('leaves names, extras, URLs and markers alone', () => {
    expect(thrownBy(() => parseRequirementLenient("foo; python_version >= '3.6")).code).toBe('REQUIREMENT_INVALID');
    expect(formatRequirement(parseRequirementLenient(`x2[e3]>=1<2; python_version >= "3.*"`).requirement)).toBe(
      'x2[e3]<2,>=1; python_version >= "3.*"',
    );
  });
});

describe('parseSpecifierSetLenient', () => {
  it.each([
    ['>=3.6', '>=3.6', 0],
    ['>=3.6,', '>=3.6', 0],
    ['>=3.6.*', '>=3.6', 1],
    ['>=3.6<4', '<4,>=3.6', 1],
    ['!=3.0*,>=2.7', '!=3.0.*,>=2.7', 1],
    [">=3.6'", '>=3.6', 1],
    ['', '', 0],
  ])('reads %j as %j', (text, expected, repairs) => {
    const result = parseSpecifierSetLenient(text);
    expect(formatSpecifierSet(result.specifier)).toBe(expected);
    expect(result.repairs).toHaveLength(repairs);
  });

  it('throws SPECIFIER_INVALID and nothing else', () => {
    expect(thrownBy(() => parseSpecifierSetLenient('3.6')).code).toBe('SPECIFIER_INVALID');
    const piece = fc.oneof(fc.constantFrom('>=', '1.0', '.*', ',', '!=~', '*', "'", ' ', 'dev', 'a1'), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          try {
            parseSpecifierSetLenient(text);
          } catch (error) {
            if (!isPkgsyncError(error, 'SPECIFIER_INVALID')) throw error;
          }
        },
      ),
    );
  });
});

/** Valid requirements in all kinds of spelling. */
function requirementText(): fc.Arbitrary<string> {
  const blank = fc.constantFrom('', ' ', '\t ');
  const name = fc.constantFrom('foo', 'Foo.Bar', 'a_b-c', 'x2', '3to2');
  const extras = fc.oneof(fc.constant(''), fc.constantFrom('[]', '[a]', '[b, a]', '[A.b,a,a]'));
  const clause = fc.constantFrom('>=1.0', '== 1.*', '!=1.5', '~=1.4.2', '<2', '===odd', '>=1!1.0rc1');
  const specifier = fc.tuple(fc.array(clause, { maxLength: 3 }), fc.boolean()).map(([clauses, grouped]) => {
    const joined = clauses.join(' , ');
    return grouped ? `( ${joined} )` : joined;
  });
  const url = fc.constantFrom('@ https://e.com/x.zip ', '@../x.whl ', '@ git+https://u:p@e.com/x@v1#egg=a ');
  const marker = fc.oneof(
    fc.constant(''),
    fc.constantFrom("; os_name == 'nt'", ";extra=='A_b'or(os.name in \"x'\" and '3'<python_version)"),
  );
  return fc.tuple(blank, name, extras, blank, fc.oneof(specifier, url), blank, marker, blank).map((parts) => parts.join(''));
}
