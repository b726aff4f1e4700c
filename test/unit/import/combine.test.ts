import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { combineRequirements } from '../../../src/import/combine.ts';
import type { ImportedRequirement } from '../../../src/import/imported.ts';
import { parseRequirementsTxt } from '../../../src/import/requirements-txt.ts';
import { parseSpecifierSet, specifierContains } from '../../../src/packaging/specifier.ts';
import { thrownBy } from '../../support/thrown.ts';

const read = (text: string, label = 'r.txt') => parseRequirementsTxt(text, { label, environment: {}, constraint: false }).requirements;

function versions(requirements: string, constraints = '', combine: 'all' | 'any' = 'all') {
  const { combined, notes } = combineRequirements({ requirements: read(requirements), constraints: read(constraints, 'c.txt'), combine });
  return { versions: Object.fromEntries(combined.map(({ name, versions: own }) => [name, own])), notes };
}

describe('several requirements of one project', () => {
  it('must all hold where none has a marker', () => {
    expect(versions('a>=1\nA<2\nb\n').versions).toEqual({ a: ['<2,>=1'], b: [''] });
  });

  it('are alternatives where each has a marker', () => {
    expect(versions('a==1; python_version < "3.9"\na==2; python_version >= "3.9"\na==2; sys_platform == "win32"').versions).toEqual({
      a: ['==1', '==2'],
    });
  });

  it('admit what the unconditional ones admit where both kinds meet', () => {
    expect(versions('a>=1\na<2; python_version < "3.9"').versions).toEqual({ a: ['>=1'] });
  });

  it('are alternatives in a lock', () => {
    expect(versions('a==1\na==2', '', 'any').versions).toEqual({ a: ['==1', '==2'] });
  });

  it('admit any version where one of the alternatives does', () => {
    expect(versions('a==1; python_version < "3.9"\na; python_version >= "3.9"').versions).toEqual({ a: [''] });
  });

  it('are refused where they exclude each other, with their places', () => {
    expect(thrownBy(() => versions('a==1\n\na==2\n'))).toMatchObject({
      code: 'IMPORT_INVALID',
      message: 'no version of a satisfies all that is asked for (r.txt:1, r.txt:3)',
    });
  });

  it('keep all extras and the first reason why their index cannot be used', () => {
    const requirements: ImportedRequirement[] = [
      { name: read('a')[0]!.name, specifier: '', extras: ['x'], where: '1', sourceProblem: 'no' },
      { name: read('a')[0]!.name, specifier: '', extras: ['y', 'x'], where: '2' },
    ];
    expect(combineRequirements({ requirements, constraints: [], combine: 'all' }).combined).toMatchObject([
      { extras: ['x', 'y'], sourceProblem: 'no' },
    ]);
  });
});

describe('constraints', () => {
  it('leave out alternatives that none of their versions satisfies, and say so', () => {
    expect(versions('a==1; python_version < "3.9"\na==2; python_version >= "3.9"', 'a<2')).toEqual({
      versions: { a: ['<2,==1'] },
      notes: ['a==2 is left out: no version of it satisfies the constraints too (r.txt:2, c.txt:1)'],
    });
  });

  it('are refused where there are more combinations than anybody means, never joined otherwise', () => {
    const lines = (operator: string) => Array.from({ length: 150 }, (_, at) => `a${operator}${at}; python_version < "3.${at}"`).join('\n');
    expect(thrownBy(() => versions(lines('>='), lines('<')))).toMatchObject({ code: 'IMPORT_INVALID' });
  });

  it('narrow what is asked for and ask for nothing', () => {
    expect(versions('a>=1\n', 'a<2\nb==1').versions).toEqual({ a: ['<2,>=1'] });
  });

  it('narrow each alternative and drop those that cannot be', () => {
    expect(versions('a==1; python_version < "3.9"\na==3; python_version >= "3.9"', 'a<2').versions).toEqual({ a: ['<2,==1'] });
  });

  it('are alternatives where each has a marker, and a note says that they are taken for complete', () => {
    const found = versions('a', 'a==1; python_version < "3.9"\na==2; python_version >= "3.9"');
    expect(found.versions).toEqual({ a: ['==1', '==2'] });
    expect(found.notes).toEqual(['a: its constraints hold under conditions only; what none of them admits is left out (c.txt:1, c.txt:2)']);
  });
});

it('admits exactly the versions that some environment could install', () => {
  const specifier = fc.constantFrom('', '==1.0', '>=1.0', '<2.0', '!=1.5', '~=1.4');
  const line = fc.record({ specifier, conditional: fc.boolean() });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), fc.constantFrom('1.0', '1.4', '1.5', '2.0', '3.0'), (lines, version) => {
      const text = lines.map((one) => `a${one.specifier}${one.conditional ? '; python_version > "3"' : ''}`).join('\n');
      const holds = (one: string): boolean => specifierContains(parseSpecifierSet(one), version);
      const always = lines.filter(({ conditional }) => !conditional);
      const expected = always.length > 0 ? always.every((one) => holds(one.specifier)) : lines.some((one) => holds(one.specifier));
      let admitted = false;
      try {
        admitted = versions(text).versions['a']!.some(holds);
      } catch (error) {
        expect(error).toMatchObject({ code: 'IMPORT_INVALID' });
      }
      expect(admitted).toBe(expected);
    }),
  );
});
