import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseVersionsCfg, type VersionsCfg } from '../../../src/import/versions-cfg.ts';
import { PkgsyncError } from '../../../src/errors.ts';

function parse(text: string): VersionsCfg {
  return parseVersionsCfg(text, { label: 'versions.cfg' });
}

function pins(text: string): readonly string[] {
  return parse(text).pins.map(({ name, version }) => `${name} ${version}`);
}

function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof PkgsyncError && error.code === 'IMPORT_INVALID') return error.problems;
    throw error;
  }
  return [];
}

describe('parseVersionsCfg', () => {
  it('reads a bare version as an exact pin, with its line', () => {
    expect(parse('[versions]\n\nDjango = 4.2.1\nzope.interface=6.0').pins).toEqual([
      { name: 'django', version: '==4.2.1', line: 3, label: 'versions.cfg' },
      { name: 'zope-interface', version: '==6.0', line: 4, label: 'versions.cfg' },
    ]);
  });

  it('reads operators as they are, never as a version', () => {
    expect(pins('[versions]\na = >=1.0,<2\nb = ==1.5\nc = 1.*\nd = !=1\ne = ~=1.4\nf == 1.0\ng = <3')).toEqual([
      'a <2,>=1.0',
      'b ==1.5',
      'c ==1.*',
      'd !=1',
      'e ~=1.4',
      'f ==1.0',
      'g <3',
    ]);
  });

  it('takes comments off: whole lines in the first column, and after a blank', () => {
    expect(pins('# top\n[versions] ; ours\n; more\na = 1.0 # required by b\nb = 2.0\t; old\n# between\nc = 3.0#1')).toEqual([
      'a ==1.0',
      'b ==2.0',
      'c ===3.0#1',
    ]);
  });

  it('joins continuation lines, past comments and empty lines', () => {
    expect(pins('[versions]\na =\n    >=1.0,  # at least\n\n# in between\n    <2\nb = 1')).toEqual(['a <2,>=1.0', 'b ==1']);
  });

  it('reads the section that [buildout] names, wherever it stands', () => {
    expect(pins('[pinned]\na = 1\n[buildout]\nversions = pinned\n[versions]\nb = 2')).toEqual(['a ==1']);
  });

  it('joins the pieces of a section', () => {
    expect(pins('[versions]\na = 1\n[other]\nx = 1\n[versions]\nb = 2')).toEqual(['a ==1', 'b ==2']);
  });

  it('takes the later of two spellings of one project and says so', () => {
    const { pins: found, warnings } = parse('[versions]\nFoo_Bar = 1\nfoo.bar = 2');
    expect(found).toEqual([{ name: 'foo-bar', version: '==2', line: 3, label: 'versions.cfg' }]);
    expect(warnings).toEqual(['versions.cfg:3: foo.bar stands in line 2 already: this one counts']);
  });

  it('adds and takes away whole lines', () => {
    expect(pins('[versions]\na = >=1.0,\na += <2\nb = 1.0\nb -= 1.0\nc+= 3')).toEqual(['a <2,>=1.0', 'c ==3']);
  });

  it('fills in references, also those to other sections', () => {
    expect(pins('[versions]\na = 1.5\nb = ${versions:a}\nc = ${:A}\nd = >=${base:low},<2\n[base]\nlow = 1.1')).toEqual([
      'a ==1.5',
      'b ==1.5',
      'c ==1.5',
      'd <2,>=1.1',
    ]);
  });

  it('leaves out what refers to nothing or to itself, and says so', () => {
    const { pins: found, warnings } = parse('[versions]\na = ${versions:b}\nb = ${versions:a}\nc = ${nowhere:d}\ne = 1');
    expect(found.map(({ name }) => name)).toEqual(['e']);
    expect(warnings).toEqual([
      'versions.cfg:2: a is left out: its references lead back to itself',
      'versions.cfg:3: b is left out: its references lead back to itself',
      'versions.cfg:4: c is left out: nothing here defines ${nowhere:d}',
    ]);
  });

  it('does not let references grow without bound', () => {
    const levels = Array.from(
      { length: 14 },
      (_, level) => `a${level + 1} = ${'${:a' + String(level) + '}'.repeat(1)}${'${:a' + String(level) + '}'.repeat(1)}`,
    );
    const wide = levels.map((line) => `${line}${line.slice(line.indexOf('=') + 2).repeat(10)}`);
    const { pins: found, warnings } = parse(`[versions]\na0 = 1\n${wide.join('\n')}`);
    expect(found.length).toBeLessThan(10);
    expect(warnings.at(-1)).toMatch(/a14 is left out: it has more than 16384 characters/);
  });

  it('bases a section on another one', () => {
    expect(pins('[base]\na = 1\nb = 1\n[versions]\n<= base\nb = 2')).toEqual(['a ==1', 'b ==2']);
  });

  it('tells an empty value from a pin', () => {
    const { pins: found, unpinned } = parse('[versions]\na =\nb = 1');
    expect(found.map(({ name }) => name)).toEqual(['b']);
    expect(unpinned).toEqual(['a']);
  });

  it('reports what the file extends, in order, with blanks and lines between', () => {
    expect(parse('[buildout]\nextends =\n    base.cfg https://dist.example/versions.cfg#x  # ours\n    ../other.cfg\n').extends).toEqual([
      'base.cfg',
      'https://dist.example/versions.cfg#x',
      '../other.cfg',
    ]);
  });

  it('puts versions that hold under a condition beside the others', () => {
    const { pins: found, conditional, warnings } = parse('[versions]\na = 2\nb = 1\n[versions:python_version < "3"] # old\na = 1\n');
    expect(found.map(({ name, version }) => [name, version])).toEqual([
      ['a', '==2'],
      ['b', '==1'],
    ]);
    expect(conditional).toEqual([{ name: 'a', version: '==1', line: 5, label: 'versions.cfg', condition: 'python_version < "3"' }]);
    expect(warnings[0]).toContain('versions.cfg:4: [versions:python_version < "3"] holds only under its condition');
  });

  it('takes a project with extras and says that they are left out', () => {
    const { pins: found, warnings } = parse('[versions]\ncelery[redis] = 5.3');
    expect(found.map(({ name, version }) => [name, version])).toEqual([['celery', '==5.3']]);
    expect(warnings).toEqual([
      "versions.cfg:2: celery: the extras of 'celery[redis]' are left out: they do not decide which files there are",
    ]);
  });

  it('leaves out values that are no version and names that are no name, and says so', () => {
    const { pins: found, warnings } = parse('[versions]\na = 1.0 or so\nb = 2004-spring\n-c = 1\nd = >=x');
    expect(found.map(({ name, version }) => [name, version])).toEqual([['b', '===2004-spring']]);
    expect(warnings).toEqual([
      "versions.cfg:2: a is left out: '1.0 or so' is neither a version nor a specifier",
      "versions.cfg:3: b: '2004-spring' is no version by PEP 440: only files that spell it exactly so are meant",
      "versions.cfg:4: '-c' is left out: it is no project name",
      "versions.cfg:5: d is left out: '>=x' is neither a version nor a specifier",
    ]);
  });

  it('says that there is nothing to read', () => {
    expect(parse('[buildout]\nparts = a\n').warnings).toEqual(['versions.cfg has no [versions] section, and extends nothing']);
    expect(parse('[buildout]\nextends = a.cfg\n').warnings).toEqual([]);
  });

  it('refuses text that is no configuration with the lines concerned', () => {
    expect(problemsOf('a = 1\n[versions]\n  b = 2\nnonsense\n[]\n')).toEqual([
      "versions.cfg:1: 'a = 1': stands before the first [section]",
      "versions.cfg:3: 'b = 2': an indented line with no option above it",
      "versions.cfg:4: 'nonsense': neither [section] nor name = value",
      "versions.cfg:5: '[]': no section name",
    ]);
  });

  it('reads any line ending and a byte order mark', () => {
    expect(pins('\ufeff[versions]\r\na = 1\rb = 2\r\n  ')).toEqual(['a ==1', 'b ==2']);
  });

  it('keeps names such as __proto__ apart from what objects have', () => {
    expect(parse('[__proto__]\na = 1\n[buildout]\nversions = __proto__\n[constructor]\nb = ${__proto__:a}').pins).toHaveLength(1);
    expect(parse('[versions]\n__proto__ = 1\nconstructor = 2').pins.map(({ name }) => name)).toEqual(['constructor']);
  });

  it('reads any text or refuses it with a sentence', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '[versions]',
        '[buildout]',
        '\n',
        '=',
        '+=',
        ' ',
        '  ',
        'a',
        '${',
        ':',
        '}',
        '#',
        ';',
        '<=',
        '>=1',
        'extends',
        'versions',
        '[',
        ']',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          for (const { version, line } of parse(pieces.join('')).pins) {
            expect(version).not.toBe('');
            expect(line).toBeGreaterThan(0);
          }
        } catch (error) {
          if (!(error instanceof PkgsyncError) || error.code !== 'IMPORT_INVALID') throw error;
        }
      }),
    );
  });

  it('takes time in proportion to hostile text', () => {
    const started = performance.now();
    for (const unit of ['[', ' ', '[a:', 'a', '${', 'a = ${:', '#', ' #', '-+'])
      problemsOf(`[versions]\na = ${unit.repeat(200_000)}\n${unit.repeat(200_000)}`);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
