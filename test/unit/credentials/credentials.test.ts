import { describe, expect, it } from '@jest/globals';
import { credentialFromEnvironment, credentialsByOrigin } from '../../../src/credentials/credentials.ts';

const credential = { username: 'ci', password: 's3cret' };

describe('credentialsByOrigin', () => {
  const provider = credentialsByOrigin([{ url: 'https://pypi.corp:8443/simple/', credential }]);

  it.each(['https://pypi.corp:8443/', 'https://PYPI.corp:8443/packages/x.whl'])('answers for %s', async (url) => {
    expect(await provider.for(new URL(url))).toEqual(credential);
  });

  it.each([
    'http://pypi.corp:8443/simple/',
    'https://pypi.corp/simple/',
    'https://pypi.corp:8444/simple/',
    'https://pypi.corp.evil.example:8443/simple/',
    'https://sub.pypi.corp:8443/simple/',
  ])('has nothing for %s', async (url) => {
    expect(await provider.for(new URL(url))).toBeUndefined();
  });

  it('knows that the default port is a port', async () => {
    const standard = credentialsByOrigin([{ url: 'https://pypi.corp:443/', credential }]);
    expect(await standard.for(new URL('https://pypi.corp/x'))).toEqual(credential);
  });

  it('takes the last of several entries for one origin', async () => {
    const later = { username: 'other', password: 'x' };
    const both = credentialsByOrigin([
      { url: 'https://pypi.corp/a/', credential },
      { url: 'https://pypi.corp/b/', credential: later },
    ]);
    expect(await both.for(new URL('https://pypi.corp/a/'))).toEqual(later);
  });

  it('refuses a URL without an origin', () => {
    expect(() => credentialsByOrigin([{ url: 'file:///srv/index', credential }])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('refuses a user name with a colon', () => {
    const entry = { url: 'https://pypi.corp/', credential: { username: 'a:b', password: 'c' } };
    expect(() => credentialsByOrigin([entry])).toThrow('contains a colon');
  });
});

describe('credentialFromEnvironment', () => {
  const environment = { CI_USER: 'robot', CI_PASSWORD: ' s3cret\n', TOKEN: 'pypi-abc', EMPTY: '' };

  it.each([
    [
      { username: 'ci', passwordEnv: 'CI_PASSWORD' },
      { username: 'ci', password: 's3cret' },
    ],
    [
      { usernameEnv: 'CI_USER', passwordEnv: 'CI_PASSWORD' },
      { username: 'robot', password: 's3cret' },
    ],
    [{ tokenEnv: 'TOKEN' }, { username: '__token__', password: 'pypi-abc' }],
    [
      { username: 'gitlab-ci-token', tokenEnv: 'TOKEN' },
      { username: 'gitlab-ci-token', password: 'pypi-abc' },
    ],
    [{ username: 'reader' }, { username: 'reader', password: '' }],
    [{}, undefined],
  ])('reads %j', (reference, expected) => {
    expect(credentialFromEnvironment(reference, environment)).toEqual(expected);
  });

  it.each(['EMPTY', 'ABSENT'])('names the variable %s that holds nothing', (tokenEnv) => {
    expect(() => credentialFromEnvironment({ tokenEnv }, environment)).toThrow(
      expect.objectContaining({ code: 'UNAUTHORIZED', message: `the environment variable ${tokenEnv} holds no credentials` }),
    );
  });
});
