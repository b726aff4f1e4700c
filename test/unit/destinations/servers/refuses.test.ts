import { describe, expect, it } from '@jest/globals';
import { genericProfile } from '../../../../src/destinations/servers/generic.ts';
import { pypiProfile } from '../../../../src/destinations/servers/pypi.ts';
import { pypiserverProfile } from '../../../../src/destinations/servers/pypiserver.ts';
import type { ServerProfile } from '../../../../src/destinations/servers/profile.ts';
import { isDistribution, parseDistributionFilename } from '../../../../src/packaging/filename.ts';

function refusal(profile: ServerProfile, filename: string): string | undefined {
  const parsed = parseDistributionFilename(filename);
  if (!isDistribution(parsed)) throw new Error(`${filename}: ${parsed.because}`);
  return profile.refuses({ filename, version: parsed.version, packageType: parsed.packageType, hashes: {}, yanked: false });
}

describe('PyPI', () => {
  it.each(['my_pkg-1.0.tar.gz', 'my_pkg-1.0-py3-none-any.whl', 'foo-1.0rc1.tar.gz', 'foo-1!2.0.tar.gz'])('takes %s', (filename) => {
    expect(refusal(pypiProfile, filename)).toBeUndefined();
  });

  it.each([
    ['foo-1.0.zip', 'only .whl and .tar.gz'],
    ['foo-1.0.tar.bz2', 'only .whl and .tar.gz'],
    ['foo-1.0-py3.8.egg', 'only .whl and .tar.gz'],
    ['foo-1.0+local-py3-none-any.whl', 'local versions'],
    ['foo-1.0+local.tar.gz', 'local versions'],
    ['My.Pkg-1.0.tar.gz', 'normalised name'],
    ['my-pkg-1.0.tar.gz', 'normalised name'],
    ['foo-1.0-rc1.tar.gz', 'normalised name'],
    ['foo-1.00.tar.gz', 'normalised name'],
  ])('refuses %s: %s', (filename, words) => {
    expect(refusal(pypiProfile, filename)).toContain(words);
  });
});

describe('pypiserver', () => {
  it.each([
    'foo-1.0.tar.gz',
    'Foo-1.0.ZIP',
    'foo-1.0.tar.bz2',
    'foo-1.0.tgz',
    'foo-1.0.tar.xz',
    'foo-1.0-py3-none-any.whl',
    'foo-1.0-py3.8.egg',
    'foo-1.0+a!b.tar.gz',
    'foo-1.0.win32-py2.7.exe',
  ])('takes %s', (filename) => {
    expect(refusal(pypiserverProfile, filename)).toBeUndefined();
  });

  it.each(['foo-1.0-1.noarch.rpm', 'foo-1.0.win32.exe', 'foo-1.0.win32.msi', 'foo-1.0.tar', 'foo-1.0.tar.Z'])(
    'refuses %s, a kind that it does not know',
    (filename) => {
      expect(refusal(pypiserverProfile, filename)).toContain('does not know this kind of file');
    },
  );

  it('refuses characters that it does not take', () => {
    expect(
      pypiserverProfile.refuses({ filename: 'foo-1.0~1.tar.gz', version: '1.0', packageType: 'sdist', hashes: {}, yanked: false }),
    ).toContain('characters');
  });

  it('says why it cannot remove', () => {
    expect(pypiserverProfile.traits).toMatchObject({
      canRemove: false,
      cannotRemove: expect.stringContaining('whole versions'),
      register: 'not-needed',
    });
  });
});

describe('an unknown server', () => {
  it('is offered every kind of file', () => {
    expect(refusal(genericProfile(), 'foo-1.0-1.noarch.rpm')).toBeUndefined();
  });

  it('is taken to overwrite without a word', () => {
    expect(genericProfile().traits).toMatchObject({
      overwritesSilently: true,
      canReplace: false,
      canRemove: false,
      register: 'unsupported',
    });
  });
});
