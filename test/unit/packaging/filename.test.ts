import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAgreement } from '../../support/vectors.ts';
import { closeVersionTexts, noise, versionTexts } from '../../support/versions.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import {
  distributionKey,
  expandTagSets,
  hasDistributionExtension,
  isDistribution,
  isSafeFilename,
  parseDistributionFilename,
  parseSdistFilename,
  parseWheelFilename,
} from '../../../src/packaging/filename.ts';
import type { NotADistribution, ParsedFilename } from '../../../src/packaging/filename.ts';
import { isNormalizedName, normalizeName } from '../../../src/packaging/name.ts';
import { formatVersion, parseVersion } from '../../../src/packaging/version.ts';

const conformingVersions = versionTexts.map((text) => formatVersion(parseVersion(text)));

/** Texts near filenames: parts that real ones consist of in any order, and anything. */
const filenames = fc.oneof(
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'foo',
          'Foo_Bar',
          '-',
          '-',
          '-',
          '.',
          '_',
          '1',
          'py3',
          'none',
          'any',
          'win32',
          '.linux-x86_64',
          '-py2.7',
          'a.b',
          '\u212a',
          '\n',
          '/',
        ),
        closeVersionTexts,
      ),
      { maxLength: 10 },
    )
    .chain((parts) =>
      fc.constantFrom('.tar.gz', '.zip', '.whl', '.egg', '.exe', '.msi', '.rpm', '.deb', '.dmg', '').map((end) => parts.join('') + end),
    ),
  noise.chain((text) => fc.constantFrom('.tar.gz', '.whl', '.egg', '').map((end) => `foo-${text}${end}`)),
);

describe('parseWheelFilename', () => {
  it('agrees with the reference implementation', () => expectAgreement('filenames.json', 'wheel'));
});

describe('parseSdistFilename', () => {
  it('agrees with the reference implementation', () => expectAgreement('filenames.json', 'sdist'));
});

describe('parseDistributionFilename', () => {
  it('reads old files by the name of their project', () => expectAgreement('filenames.json', 'legacy'));

  it.each([
    // filename, version, package type, pyversion, platform
    ['foo-1.0.tar.gz', '1.0', 'sdist', 'source', undefined],
    ['Foo-1.0.TAR.GZ', '1.0', 'sdist', 'source', undefined],
    ['foo-1.0-py2.7.tar.gz', '1.0', 'sdist', 'source', undefined],
    ['foo-1.0.linux-x86_64.tar.gz', '1.0', 'bdist_dumb', 'any', 'linux-x86_64'],
    ['foo-1.0.macosx-10.9-x86_64.zip', '1.0', 'bdist_dumb', 'any', 'macosx-10.9-x86_64'],
    ['foo-1.0.win32.zip', '1.0', 'bdist_dumb', 'any', 'win32'],
    ['foo-1.0.win32-py2.7.exe', '1.0', 'bdist_wininst', '2.7', 'win32'],
    ['foo-1.0.win-amd64.exe', '1.0', 'bdist_wininst', 'any', 'win-amd64'],
    ['foo-1.0.exe', '1.0', 'bdist_wininst', 'any', undefined],
    ['foo-1.0.win-amd64-py27.msi', '1.0', 'bdist_msi', '2.7', 'win-amd64'],
    ['foo-1.0-py3.10.egg', '1.0', 'bdist_egg', '3.10', undefined],
    ['foo-1.0.egg', '1.0', 'bdist_egg', 'any', undefined],
    ['foo-1.0_r12-py2.5-macosx-10.6-intel.egg', '1.0-r12', 'bdist_egg', '2.5', 'macosx-10.6-intel'],
    ['foo-1.0_1-2.noarch.rpm', '1.0-1', 'bdist_rpm', 'any', '2.noarch'],
    ['foo-1.0-1.x86_64.rpm', '1.0', 'bdist_rpm', 'any', '1.x86_64'],
    ['foo-1.0-beta-1.el7.noarch.rpm', '1.0-beta', 'bdist_rpm', 'any', '1.el7.noarch'],
    ['foo-1.0.deb', '1.0', 'bdist_dumb', 'any', undefined],
    ['python3-foo_1.0-1_all.deb', '1.0', 'bdist_dumb', 'any', 'all'],
    ['foo_1.0_amd64.deb', '1.0', 'bdist_dumb', 'any', 'amd64'],
    ['foo-1.0-py2.7-macosx10.5.dmg', '1.0', 'bdist_dmg', '2.7', 'macosx10.5'],
    ['foo-1.0.window.zip', '1.0.window', 'sdist', 'source', undefined],
    ['foo-dev.zip', 'dev', 'sdist', 'source', undefined],
  ])('reads %s on the page of foo', (filename, version, packageType, pyversion, platform) => {
    expect(parseDistributionFilename(filename, normalizeName('foo'))).toMatchObject({ name: 'foo', version, packageType, pyversion });
    expect(parsed(filename, 'foo').platform).toBe(platform);
  });

  it.each([
    ['foo-1.0-py2.py3-none-any.whl', { version: '1.0', pyversion: 'py2.py3', tags: ['py2-none-any', 'py3-none-any'] }],
    ['foo-1.0-1a-CP312-cp312-win32.whl', { version: '1.0', build: '1a', pyversion: 'CP312', tags: ['cp312-cp312-win32'] }],
    ['foo-1.0_1-py3-none-any.whl', { version: '1.0-1' }],
    ['foo-2011k-py3-none-any.whl', { version: '2011k' }],
    ['foo-1.0-py3.-none-any.whl', { version: '1.0', tags: ['py3-none-any'] }],
    ['foo-1.0-cp312-cp312-linux_x86_64-cu12.8.whl', { version: '1.0', variant: 'cu12.8', tags: undefined }],
    ['foo-1.0-1-cp312-cp312-linux_x86_64-null.whl', { version: '1.0', build: '1', variant: 'null', tags: undefined }],
  ])('reads the wheel %s', (filename, expected) => {
    expect(parsed(filename, 'foo')).toMatchObject({ packageType: 'bdist_wheel', extension: '.whl', ...expected });
  });

  it.each([
    ['../foo-1.0.tar.gz', 'unsafe-filename'],
    ['foo-1.0.tar.gz.asc', 'unknown-extension'],
    ['foo-1.0-py3-none-any.whl.metadata', 'unknown-extension'],
    ['foo-1.0.doc.zip', 'documentation'],
    ['foo-bar-1.0.tar.gz', 'other-project'],
    ['bar-1.0.tar.gz', 'other-project'],
    ['foo.tar.gz', 'no-version'],
    ['foo-.tar.gz', 'no-version'],
    ['foo--py2.7.tar.gz', 'no-version'],
    ['foo-.win32-py2.7.exe', 'no-version'],
    ['python-foo-1.0-1.noarch.rpm', 'other-project'],
    ['foo-bar_1.0-1_all.deb', 'other-project'],
    ['bar-1.0-py3-none-any.whl', 'other-project'],
    ['foo-1.0-py3-none.whl', 'invalid-wheel-name'],
    ['foo-1.0-a1-py3-none-any.whl', 'invalid-wheel-name'],
    ['foo-1.0-x-1-py3-none-any.whl', 'invalid-wheel-name'],
    ['foo-1.0-py3--any.whl', 'invalid-wheel-name'],
    ['foo-1.0-1-2-3-py3-none-any.whl', 'invalid-wheel-name'],
    ['foo-latest-py3-none-any.whl', 'invalid-wheel-version'],
  ])('says why %s is no distribution of foo', (filename, because) => {
    expect(parseDistributionFilename(filename, normalizeName('foo'))).toEqual({ because });
  });

  it('refuses a short wheel name that stands for too many tags', () => {
    const set = (letter: string): string => Array.from({ length: 22 }, (_, at) => letter + String(at)).join('.');
    expect(parseDistributionFilename(`foo-1-${set('p')}-${set('a')}-${set('x')}.whl`)).toEqual({ because: 'too-many-tags' });
  });

  it.each([
    ['AnOldStylePackage-1.2.1-beta3.tar.gz', 'anoldstylepackage', '1.2.1-beta3'],
    ['python-foo-1.0-1.tar.gz', 'python-foo', '1.0-1'],
    ['1-2-3.tar.gz', '1', '2-3'],
    ['foo-2-1.0.linux-x86_64.tar.gz', 'foo-2', '1.0'],
    ['foo.linux-1.0.tar.gz', 'foo-linux', '1.0'],
    ['foo-bar-2004d.tar.gz', 'foo-bar', '2004d'],
    ['foo-bar-dev.zip', 'foo-bar', 'dev'],
    ['foo_bar-0.1dev_r55-py2.5.egg', 'foo-bar', '0.1dev-r55'],
    ['4Suite-XML-1.0.2.win32-py2.3.exe', '4suite-xml', '1.0.2'],
    ['foo-bar-1.0_rc1-2.noarch.rpm', 'foo-bar', '1.0_rc1'],
  ])('finds name and version of %s without a project', (filename, name, version) => {
    expect(parseDistributionFilename(filename)).toMatchObject({ name, version });
  });

  it.each([
    ['-1.0.tar.gz', 'invalid-name'],
    ['\u212a-1.0.tar.gz', 'unsafe-filename'],
    ['\u043a-1.0.tar.gz', 'invalid-name'],
    ['_foo-1.0-py3-none-any.whl', 'invalid-name'],
    ['foo.tar.gz', 'no-version'],
  ])('says why %s without a project is no distribution', (filename, because) => {
    expect(parseDistributionFilename(filename)).toEqual({ because });
  });

  it('takes no lookalike letter for one of the name', () => {
    // U+212A, the Kelvin sign, is a small k in lower case.
    expect(parseDistributionFilename('\u212aoi-1.0.tar.gz', normalizeName('koi'))).toEqual({ because: 'unsafe-filename' });
    expect(parseDistributionFilename('\u043aoi-1.0.tar.gz', normalizeName('koi'))).toEqual({ because: 'other-project' });
  });

  it('never throws, and names only what can be a project', () => {
    fc.assert(
      fc.property(
        filenames,
        fc.option(fc.constantFrom('foo', 'foo-bar', '1').map(normalizeName), { nil: undefined }),
        (filename, project) => {
          const result = parseDistributionFilename(filename, project);
          if (!isDistribution(result)) return;
          expect(isNormalizedName(result.name)).toBe(true);
          expect(result.version).not.toBe('');
          if (project !== undefined) expect(result.name).toBe(project);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads every conforming name as the strict readers do', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('foo', 'Foo_Bar', 'a.b'),
        conformingVersions,
        fc.constantFrom('.tar.gz', '-py3-none-any.whl'),
        (name, version, end) => {
          const filename = `${name}-${version}${end}`;
          const strict = end === '.tar.gz' ? parseSdistFilename(filename) : parseWheelFilename(filename);
          const lenient = parsed(filename, name);
          expect(lenient).toMatchObject({ name: strict.name });
          expect(formatVersion(parseVersion(lenient.version))).toBe(strict.version);
        },
      ),
    );
  });
});

describe('strict readers', () => {
  it('throw nothing but FILENAME_INVALID, whatever the text', () => {
    fc.assert(
      fc.property(filenames, fc.constantFrom(parseWheelFilename, parseSdistFilename, expandTagSets), (filename, read) => {
        try {
          read(filename);
        } catch (error) {
          if (!isPkgsyncError(error, 'FILENAME_INVALID')) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('refuse names longer than any real one', () => {
    expect(() => parseSdistFilename(`${'a'.repeat(2000)}-1.0.tar.gz`)).toThrow(expect.objectContaining({ code: 'FILENAME_INVALID' }));
    expect(() => parseWheelFilename(`${'a'.repeat(2000)}-1.0-py3-none-any.whl`)).toThrow(
      expect.objectContaining({ code: 'FILENAME_INVALID' }),
    );
  });
});

describe('expandTagSets', () => {
  it('gives every combination once, lower-case and sorted', () => {
    expect(expandTagSets('py3.py2.Py3-none-any.win32')).toEqual(['py2-none-any', 'py2-none-win32', 'py3-none-any', 'py3-none-win32']);
  });

  it('stops before it builds more than the limit', () => {
    expect(expandTagSets('a.b-c.d-e.f', 8)).toHaveLength(8);
    expect(() => expandTagSets('a.b-c.d-e.f', 7)).toThrow(expect.objectContaining({ hint: 'it stands for more than 7 tags' }));
    expect(() => expandTagSets(`a-b-${'c'.repeat(1024)}`)).toThrow(
      expect.objectContaining({ hint: 'a tag set has at most 1024 characters' }),
    );
  });
});

describe('distributionKey', () => {
  const key = (filename: string): string | undefined => distributionKey(filename, normalizeName('foo-bar'));

  it.each([
    ['foo-bar-1.0.tar.gz', 'Foo_Bar-1.0.0.TAR.GZ'],
    ['foo-bar-1.0-beta.zip', 'foo.bar-1.0b0.zip'],
    ['foo_bar-1.0-py2.py3-none-any.whl', 'Foo.Bar-1-py3.py2-none-any.whl'],
    ['foo_bar-1.0-01-py3-none-any.whl', 'foo_bar-1.0-1-py3-none-any.whl'],
    ['foo_bar-1.0_1-py2.7.egg', 'foo_bar-1.0.post1-py27.egg'],
    ['foo_bar-LATEST.zip', 'foo_bar-latest.zip'],
  ])('is equal for %s and %s', (a, b) => {
    expect(key(a)).toBeDefined();
    expect(key(a)).toBe(key(b));
  });

  it('differs for siblings that are not the same file', () => {
    const siblings = [
      'foo-bar-1.0.tar.gz',
      'foo-bar-1.0.zip',
      'foo-bar-1.1.tar.gz',
      'foo-bar-1.0-py2.7.tar.gz',
      'foo-bar-1.0.linux-x86_64.tar.gz',
      'foo-bar-1.0.linux-i686.tar.gz',
      'foo_bar-1.0-py2.7.egg',
      'foo_bar-1.0-py2.6.egg',
      'foo_bar-1.0-py2.6-win32.egg',
      'foo-bar-1.0.win32.exe',
      'foo-bar-1.0.win32-py2.7.exe',
      'foo-bar-1.0.win-amd64-py2.7.exe',
      'foo-bar-1.0.win32-py2.7.msi',
      'foo-bar-1.0-1.noarch.rpm',
      'foo-bar-1.0-2.noarch.rpm',
      'foo_bar-1.0-py3-none-any.whl',
      'foo_bar-1.0-1-py3-none-any.whl',
      'foo_bar-1.0-1a-py3-none-any.whl',
      'foo_bar-1.0-py2.py3-none-any.whl',
      'foo_bar-1.0-py3-none-any-cu12.whl',
      'foo_bar-1.0-py3-none-any-cu13.whl',
    ];
    expect(siblings.filter((filename) => key(filename) === undefined)).toEqual([]);
    expect(new Set(siblings.map(key)).size).toBe(siblings.length);
  });

  it('is undefined for what is no distribution of the project', () => {
    expect(['other-1.0.tar.gz', 'foo-bar.html', '../foo-bar-1.0.tar.gz'].map(key)).toEqual([undefined, undefined, undefined]);
  });
});

describe('hasDistributionExtension', () => {
  it('looks at the end only, in any case', () => {
    const names = ['a.whl', 'A.TAR.Z', 'x.deb', 'a.whl.metadata', 'a.tar.gz.asc', 'a.html', 'whl', 'a.tar.gz/'];
    expect(names.filter(hasDistributionExtension)).toEqual(['a.whl', 'A.TAR.Z', 'x.deb']);
  });
});

describe('isSafeFilename', () => {
  it.each(['foo-1.0.tar.gz', 'foo 1.0.zip', 'f\u00f6o-1.0.zip', 'a..b', '~foo', '\u{1f600}.zip', '\u00e9'.repeat(127)])(
    'takes %j',
    (filename) => {
      expect(isSafeFilename(filename)).toBe(true);
    },
  );

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    'a/b',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u007f',
    'a\u0085',
    'a\u202eb.zip',
    'a\u200bb.zip',
    'a\u2028b.zip',
    '\ud83d.zip',
    'foo-\uff11.0.zip',
    'fo\u0308o-1.0.zip',
    '\ufb01oo-1.0.zip',
    'a'.repeat(256),
    '\u00e9'.repeat(128),
  ])('refuses %j', (filename) => {
    expect(isSafeFilename(filename)).toBe(false);
  });
});

function parsed(filename: string, project: string): ParsedFilename {
  const result: ParsedFilename | NotADistribution = parseDistributionFilename(filename, normalizeName(project));
  if (!isDistribution(result)) throw new Error(`${filename}: ${result.because}`);
  return result;
}
