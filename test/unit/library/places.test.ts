import { describe, expect, it } from '@jest/globals';
import { credentialUrls, directoryRoot, parsePlace, readingUrl, uploadingUrl } from '../../../src/library/places.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('where a repository is read and written', () => {
  it.each([
    ['https://pypi.org/simple/', 'https://pypi.org/simple/', 'https://upload.pypi.org/legacy/'],
    ['https://pypi.org/', 'https://pypi.org/simple/', 'https://upload.pypi.org/legacy/'],
    ['https://upload.pypi.org/legacy/', 'https://pypi.org/simple/', 'https://upload.pypi.org/legacy/'],
    ['https://test.pypi.org/simple/', 'https://test.pypi.org/simple/', 'https://test.pypi.org/legacy/'],
    ['https://x.example/user/index/', 'https://x.example/user/index/', 'https://x.example/user/index/'],
    ['https://x.example/user/index/+simple/', 'https://x.example/user/index/+simple/', 'https://x.example/user/index/'],
    ['https://x.example/simple', 'https://x.example/simple', 'https://x.example/'],
    ['https://x.example/pulp/legacy/', 'https://x.example/pulp/simple/', 'https://x.example/pulp/legacy/'],
    ['https://x.example/repository/py/simple/', 'https://x.example/repository/py/simple/', 'https://x.example/repository/py/'],
    ['https://x.example/repository/py/', 'https://x.example/repository/py/simple/', 'https://x.example/repository/py/'],
    [
      'https://x.example/artifactory/api/pypi/py/simple',
      'https://x.example/artifactory/api/pypi/py/simple',
      'https://x.example/artifactory/api/pypi/py',
    ],
  ])('%s: %s and %s', (url, reading, uploading) => {
    expect(readingUrl(new URL(url)).href).toBe(reading);
    expect(uploadingUrl(new URL(url)).href).toBe(uploading);
  });
});

describe('credentialUrls', () => {
  const origins = (url: string, simpleUrl?: string) =>
    credentialUrls(new URL(url), simpleUrl === undefined ? undefined : new URL(simpleUrl)).map(({ origin }) => origin);

  it('are those that were given', () => {
    expect(origins('https://x.example/simple/')).toEqual(['https://x.example']);
    expect(origins('https://x.example/', 'https://y.example/simple/')).toEqual(['https://x.example', 'https://y.example']);
  });

  it('are PyPI’s upload host for PyPI, whichever address was given', () => {
    for (const url of ['https://pypi.org/simple/', 'https://upload.pypi.org/legacy/'])
      expect(origins(url)).toEqual(['https://upload.pypi.org']);
  });

  it('are not those of a host that only looks like PyPI', () => {
    expect(origins('https://pypi.org.evil.example/simple/')).toEqual(['https://pypi.org.evil.example']);
  });
});

describe('parsePlace', () => {
  it('takes paths, file URLs and http URLs, these without their user', () => {
    expect(parsePlace('/srv/mirror')).toEqual({ kind: 'folder', path: '/srv/mirror', address: '/srv/mirror' });
    expect(parsePlace('file:///srv/my%20mirror')).toMatchObject({ kind: 'folder', path: '/srv/my mirror' });
    const place = parsePlace('https://u:p%3A@x.example/simple/');
    expect(place).toMatchObject({ kind: 'server', credential: { username: 'u', password: 'p:' } });
    expect(JSON.stringify(place)).not.toContain('u:p');
  });

  it.each(['', ' ', 'git+https://x.example/', 'file://elsewhere/srv'])('refuses %j', (text) => {
    expect(thrownBy(() => parsePlace(text)).code).toBe('USAGE');
  });

  it('shows no password of an address that it refuses', () => {
    expect(thrownBy(() => parsePlace('ftp://u:canary@x.example/')).message).not.toContain('canary');
  });
});

describe('directoryRoot', () => {
  it('is the folder, or the one above its simple', () => {
    expect(directoryRoot('/srv/mirror')).toBe('/srv/mirror');
    expect(directoryRoot('/srv/mirror/simple')).toBe('/srv/mirror');
  });
});
