import { describe, expect, it } from '@jest/globals';
import { servers } from '../../../../src/destinations/servers/all.ts';
import type { ServerKind } from '../../../../src/destinations/servers/profile.ts';
import type { FileFacts } from '../../../../src/packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename } from '../../../../src/packaging/filename.ts';
import { httpClientFor } from '../../../support/http-clients.ts';

const connecting = { url: new URL('https://index.example/'), http: httpClientFor() };

async function refusal(kind: ServerKind, filename: string): Promise<string | undefined> {
  const parsed = parseDistributionFilename(filename);
  if (!isDistribution(parsed)) throw new Error(`${filename}: ${parsed.because}`);
  return refusalOf(kind, { filename, version: parsed.version, packageType: parsed.packageType, hashes: {}, yanked: false });
}

async function refusalOf(kind: ServerKind, file: FileFacts): Promise<string | undefined> {
  return (await servers[kind].profile?.(connecting))?.refuses(file);
}

describe('PyPI', () => {
  it.each(['my_pkg-1.0.tar.gz', 'my_pkg-1.0-py3-none-any.whl', 'foo-1.0rc1.tar.gz', 'foo-1!2.0.tar.gz'])('takes %s', async (filename) => {
    expect(await refusal('pypi', filename)).toBeUndefined();
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
  ])('refuses %s: %s', async (filename, words) => {
    expect(await refusal('pypi', filename)).toContain(words);
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
  ])('takes %s', async (filename) => {
    expect(await refusal('pypiserver', filename)).toBeUndefined();
  });

  it.each(['foo-1.0-1.noarch.rpm', 'foo-1.0.win32.exe', 'foo-1.0.win32.msi', 'foo-1.0.tar', 'foo-1.0.tar.Z'])(
    'refuses %s, a kind that it does not know',
    async (filename) => {
      expect(await refusal('pypiserver', filename)).toContain('does not know this kind of file');
    },
  );

  it('refuses characters that it does not take', async () => {
    const file = { filename: 'foo-1.0~1.tar.gz', version: '1.0', packageType: 'sdist', hashes: {}, yanked: false } as const;
    expect(await refusalOf('pypiserver', file)).toContain('characters');
  });

  it('registers nothing: it knows files only', () => {
    expect(servers.pypiserver.traits.register).toBe('not-needed');
  });
});

describe('an unknown server', () => {
  it('is offered every kind of file', async () => {
    expect(await refusal('generic', 'foo-1.0-1.noarch.rpm')).toBeUndefined();
  });

  it('is taken to overwrite without a word', () => {
    expect(servers.generic.traits).toMatchObject({
      overwritesSilently: true,
      canReplace: false,
      canRemove: false,
      register: 'unsupported',
    });
  });
});
