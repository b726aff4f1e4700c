import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PkgsyncError } from '../../../src/errors.ts';
import { parseRequirementsTxt, type RequirementsFile } from '../../../src/import/requirements-txt.ts';
import { thrownBy } from '../../support/thrown.ts';

function parse(text: string, environment: Record<string, string> = {}, constraint = false): RequirementsFile {
  return parseRequirementsTxt(text, { label: 'r.txt', environment, constraint });
}

const wanted = (text: string, environment?: Record<string, string>) =>
  parse(text, environment).requirements.map(({ name, specifier, extras, marker, where }) =>
    [
      `${name}${extras.length > 0 ? `[${extras.join(',')}]` : ''}${specifier}`,
      ...(marker === undefined ? [] : [marker]),
      where.slice('r.txt:'.length),
    ].join(' | '),
  );
const skipped = (text: string) => parse(text).skipped.map(({ what, because, where }) => `${where}: ${what}: ${because}`);
const a64 = 'a'.repeat(64);
const b64 = 'b'.repeat(64);

describe('parseRequirementsTxt', () => {
  it('reads requirements with extras, specifiers and markers, and the line of each', () => {
    expect(wanted('Django >=4.2, <5\n\n celery[Redis,sqs]==5.3 ; python_version<"3.12"\nzope.interface\n')).toEqual([
      'django<5,>=4.2 | 1',
      'celery[redis,sqs]==5.3 | python_version < "3.12" | 3',
      'zope-interface | 4',
    ]);
  });

  it('joins lines at a backslash, the line being the first', () => {
    expect(wanted('alpha\\\n  ==1.0 \\\n  ;python_version>"3"\nbeta\n')).toEqual(['alpha==1.0 | python_version > "3" | 1', 'beta | 4']);
  });

  it('ends a joined line at a comment, which joins nothing itself', () => {
    expect(wanted('alpha \\\n# comment \\\nbeta # not gamma\n#delta\nepsilon \\')).toEqual(['alpha | 1', 'beta | 3', 'epsilon | 5']);
  });

  it('reads no comment into the name that a backslash leaves open', () => {
    expect(wanted('alpha\\\n#comment\nbeta')).toEqual(['alpha | 1', 'beta | 3']);
  });

  it('takes # for a comment only at the start or after a blank', () => {
    const { skipped: left } = parse('alpha @ https://files.example/alpha-1.0.zip?token=x#sha256=00 # why\n');
    expect(left).toEqual([
      { what: 'alpha @ https://files.example/alpha-1.0.zip', because: 'a direct URL: no index supplies it', where: 'r.txt:1' },
    ]);
  });

  it('reads several digests of one requirement, over several lines', () => {
    const { digests, requirements } = parse(`alpha==1.0 \\\n    --hash=sha256:${a64.toUpperCase()} \\\n    --hash sha256:${b64}\n`);
    expect(requirements).toHaveLength(1);
    expect(digests.map(({ name, algorithm, hex }) => [name, algorithm, hex])).toEqual([
      ['alpha', 'sha256', a64],
      ['alpha', 'sha256', b64],
    ]);
  });

  it('reports a digest that is none', () => {
    expect(skipped('alpha==1 --hash=sha256:abc')).toEqual(['r.txt:1: --hash=sha256:abc: it is no digest that pkgsync knows (of alpha)']);
  });

  it('reports inclusions in all spellings, with variables filled in', () => {
    const text = '-r a.txt\n--requirement=b.txt\n-rc.txt\n--requirem d.txt\n-c ${DIR}/e.txt\n--constraint "f g.txt"\n';
    expect(parse(text, { DIR: 'shared' }).includes.map(({ location, constraint }) => `${constraint ? 'c' : 'r'} ${location}`)).toEqual([
      'r a.txt',
      'r b.txt',
      'r c.txt',
      'r d.txt',
      'c shared/e.txt',
      'c f g.txt',
    ]);
  });

  it('reads a constraints file as constraints', () => {
    const { requirements, constraints } = parse('alpha<2\n', {}, true);
    expect(requirements).toEqual([]);
    expect(constraints.map(({ name, specifier }) => name + specifier)).toEqual(['alpha<2']);
  });

  it('puts the main index before the extra ones, the last main one counting', () => {
    const text =
      '--extra-index-url https://extra.example/simple\n-i https://old.example/simple\n--index-url=https://main.example/simple/\n';
    expect(parse(text).sources[0]?.location).toBe('https://main.example/simple/');
    expect(parse(text).sources.map(({ location }) => location)).toContain('https://extra.example/simple/');
  });

  it('fills in variables as pip does: upper case, in braces, with a value', () => {
    expect(wanted('alpha==${V}\n', { V: '1.0' })).toEqual(['alpha==1.0 | 1']);
    expect(thrownBy(() => parse('alpha==$V\n', { V: '1.0' })).message).toContain('r.txt:1');
    expect(thrownBy(() => parse('alpha==${V}\n', { V: '' })).message).toContain('r.txt:1');
  });

  it('shows no value of the environment in a message', () => {
    const error = thrownBy(() => parse('alpha==${SECRET}\n', { SECRET: 'hunter2 x' }));
    expect(error.message).toContain("'alpha==${SECRET}'");
    expect(error.message).not.toContain('hunter2');
  });

  it('leaves out what no index supplies, each with its reason', () => {
    expect(
      skipped(
        [
          '-e .',
          './local',
          'git+https://u:p@git.example/a.git@main#egg=a',
          'https://files.example/a.whl?token=x',
          'a-1.0-py3-none-any.whl',
          'sub/folder',
          'b @ file:///b.zip',
        ].join('\n'),
      ),
    ).toEqual([
      'r.txt:1: --editable .: an editable install comes from a folder or a repository: no index supplies it',
      'r.txt:2: ./local: a path: no index supplies it',
      'r.txt:3: git+https://****@git.example/a.git@main: a repository: no index supplies it',
      'r.txt:4: https://files.example/a.whl: a direct URL: no index supplies it',
      'r.txt:5: a-1.0-py3-none-any.whl: a path: no index supplies it',
      'r.txt:6: sub/folder: a path: no index supplies it',
      'r.txt:7: b @ file:///b.zip: a direct URL: no index supplies it',
    ]);
  });

  it('leaves out options that are about installing, each with its reason', () => {
    const reasons = skipped(
      '--no-binary :all:\n--only-binary=alpha\n--prefer-binary\n--trusted-host pypi.corp.example\n-f https://links.example/\nalpha==1 --config-settings x=y',
    );
    expect(reasons).toHaveLength(6);
    expect(reasons[4]).toBe(
      'r.txt:5: --find-links https://links.example/: pages of links are not followed: a folder of files can be named with --source',
    );
  });

  it('takes --pre and --require-hashes', () => {
    expect(parse('--pre\n--require-hashes\nalpha\n')).toMatchObject({ prereleases: true, skipped: [] });
  });

  it.each([
    ['an unknown option', '--nonsense', 'r.txt:1: pip knows no option --nonsense'],
    ['an ambiguous option', '--req a.txt', 'r.txt:1: pip knows no option --req '],
    ['an option without its value', '-r', 'r.txt:1: pip knows no option -r without a value'],
    ['a quotation without end', '-r "a.txt', 'a quotation that does not end'],
    ['a version without operator', '\nalpha 1.0', 'r.txt:2: '],
    ['a name that is none', 'alpha_', "r.txt:1: 'alpha_' is no project name"],
  ])('refuses %s with its line', (_what, text, expected) => {
    const error = thrownBy(() => parse(text));
    expect(error).toMatchObject({ code: 'IMPORT_INVALID' });
    expect(error.message).toContain(expected);
  });

  it('makes every requirement unusable where the main index is, and names no other for it', () => {
    const { requirements, sources } = parse('-i https://${HOST}/simple\nalpha\n', { HOST: 'pypi.corp.example' });
    expect(requirements[0]?.sourceProblem).toContain('it holds a variable');
    expect(sources).toEqual([]);
  });

  it('reads any text or refuses it with a sentence', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'alpha',
        '==',
        '1.0',
        ' ',
        '\n',
        '\\\n',
        '#',
        '-r',
        '--hash=sha256:',
        ';',
        '"',
        "'",
        '[',
        ']',
        '@',
        '${A}',
        'https://',
        '-e',
        '--',
        '-',
        'git+',
        '\u2028',
        '__proto__',
      ),
      fc.string({ maxLength: 4, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          parse(pieces.join(''), { A: 'x y' });
        } catch (error) {
          if (!(error instanceof PkgsyncError) || error.code !== 'IMPORT_INVALID') throw error;
        }
      }),
    );
  });

  it('takes time in proportion to hostile text', () => {
    const started = performance.now();
    for (const unit of ['\\\n', ' ', '#', '-', ' -', '${', '"', 'a@', 'a,', '--hash=', '//@', '\\'])
      try {
        parse(`alpha ${unit.repeat(200_000)}`);
      } catch (error) {
        if (!(error instanceof PkgsyncError)) throw error;
      }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('a variable whose value is no part of a requirement', () => {
  it('is told without its value, which may be a secret', () => {
    const place = { label: 'r.txt', environment: { TOKEN: 's3cret' }, constraint: false };
    const error = thrownBy(() => parseRequirementsTxt('foo==${TOKEN}\n', place));
    expect(error).toMatchObject({
      code: 'IMPORT_INVALID',
      message: "r.txt:1: 'foo==${TOKEN}' is no requirement once its variables are filled in",
    });
    expect(inspect(error, { depth: 10 })).not.toContain('s3cret');
  });
});
