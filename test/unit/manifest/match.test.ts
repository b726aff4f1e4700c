import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchesAny, matchesFile, matchesPattern, mayMatch, parseFilePattern, parsePattern } from '../../../src/manifest/match.ts';
import { parseName } from '../../../src/packaging/name.ts';
import { thrownBy } from '../../support/thrown.ts';

const matches = (pattern: string, name: string, version?: string) => matchesPattern(parsePattern(pattern), parseName(name), version);

describe('a name glob', () => {
  it.each([
    ['acme-*', 'acme-tools', true],
    ['acme-*', 'acme', false],
    ['acme-*', 'my-acme-tools', false],
    ['*', 'anything', true],
    ['*-tools', 'acme-tools', true],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'abcdef', false],
    ['acme-?', 'acme-1', true],
    ['acme-?', 'acme-12', false],
    ['a**b', 'ab', true],
  ])('%s on %s: %j', (glob, name, expected) => {
    expect(matches(glob, name)).toBe(expected);
  });

  it('is compared in normal form, like the name', () => {
    expect(matches('Acme._*', 'ACME_Tools')).toBe(true);
  });

  it('has no other magic: brackets and braces are refused', () => {
    expect(thrownBy(() => parsePattern('acme-{a,b}*')).code).toBe('REQUIREMENT_INVALID');
    expect(thrownBy(() => parsePattern('[ab]*')).code).toBe('REQUIREMENT_INVALID');
  });

  it('agrees with the regular expression that says the same', () => {
    const part = fc.constantFrom('a', 'b', '*', '?', '1');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), fc.stringMatching(/^[ab1]{1,12}$/), (parts, name) => {
        const glob = parts.join('');
        const regex = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matches(glob, name)).toBe(regex.test(name));
      }),
    );
  });

  it('takes no long time whatever it is', () => {
    const started = performance.now();
    expect(matches(`${'a*'.repeat(100)}b`, 'a'.repeat(20_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('a requirement as a pattern', () => {
  it('without versions covers every version, in any spelling of the name', () => {
    expect(matches('Zope.Interface', 'zope-interface')).toBe(true);
    expect(matches('Zope.Interface', 'zope-interface', '5.0')).toBe(true);
    expect(matches('zope', 'zope-interface')).toBe(false);
  });

  it('with versions covers those, and never a project as a whole', () => {
    expect(matches('django<4', 'django', '3.2')).toBe(true);
    expect(matches('django<4', 'django', '4.0')).toBe(false);
    expect(matches('django<4', 'django')).toBe(false);
    expect(mayMatch(parsePattern('django<4'), parseName('django'))).toBe(true);
    expect(mayMatch(parsePattern('django<4'), parseName('flask'))).toBe(false);
  });

  it('covers pre-releases in its range', () => {
    expect(matches('django>=5', 'django', '6.0rc1')).toBe(true);
  });

  it.each(['celery[redis]', 'celery; os_name == "nt"', 'celery @ https://x.example/', 'celery_', '', '>=1', 'a b'])(
    '%j is refused',
    (text) => {
      expect(thrownBy(() => parsePattern(text)).code).toBe('REQUIREMENT_INVALID');
    },
  );
});

describe('matchesAny', () => {
  it('holds where one pattern covers', () => {
    const patterns = [parsePattern('acme-*'), parsePattern('django<4')];
    expect(matchesAny(patterns, parseName('django'), '3.2')).toBe(true);
    expect(matchesAny(patterns, parseName('django'), '4.2')).toBe(false);
    expect(matchesAny(patterns, parseName('acme-x'))).toBe(true);
    expect(matchesAny([], parseName('django'))).toBe(false);
  });
});

describe('a pattern for files', () => {
  const file = { name: parseName('torch'), version: '2.5.0+cpu', filename: 'torch-2.5.0+cpu-cp312-cp312-linux_x86_64.whl' };

  it('may be a filename, which means that file only', () => {
    const pattern = parseFilePattern(file.filename);
    expect(matchesFile(pattern, file)).toBe(true);
    expect(matchesFile(pattern, { ...file, filename: 'torch-2.5.0+cpu-cp313-cp313-linux_x86_64.whl' })).toBe(false);
    expect(matchesPattern(pattern, file.name, file.version)).toBe(false);
  });

  it('may be a requirement or a glob as elsewhere', () => {
    expect(matchesFile(parseFilePattern('torch==2.5.0'), file)).toBe(true);
    expect(matchesFile(parseFilePattern('tor*'), file)).toBe(true);
    expect(matchesFile(parseFilePattern('torch>3'), file)).toBe(false);
  });

  it('takes a name that only looks like a filename for a name', () => {
    expect(parseFilePattern('zope.zip')).toMatchObject({ kind: 'name', name: 'zope-zip' });
  });
});
