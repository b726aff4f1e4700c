import { describe, expect, it } from '@jest/globals';
import { decideCredentials, shownUser, variablesOf, type CredentialEnd } from '../../../src/credentials/decide.ts';
import { parseNetrc } from '../../../src/credentials/netrc.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { thrownBy } from '../../support/thrown.ts';

const url = 'https://pypi.corp.example/upload/';
const variables = 'PKGSYNC_CORP';
const netrc = parseNetrc('# mine\nmachine pypi.corp.example login n password netrc-secret', '~/.netrc');

function decided(end: Partial<CredentialEnd>, environment: Readonly<Record<string, string>> = {}, file: typeof netrc | null = netrc) {
  const { uses, passedOver } = decideCredentials({ urls: [url], variables, ...end }, { environment, netrc: file ?? undefined });
  return { from: uses.map(({ from }) => `${from.kind}: ${from.name}`), passedOver };
}

describe('decideCredentials', () => {
  it.each<readonly [string, Partial<CredentialEnd>, Readonly<Record<string, string>>, string, readonly string[]]>([
    ['what the caller gave', { given: { username: 'u', password: 'p' }, auth: { tokenEnv: 'T' } }, { T: 't' }, 'given: the program', []],
    ['a variable that auth names', { auth: { tokenEnv: 'T' } }, { T: 't' }, 'variable: the variable T', []],
    [
      'auth, and not the variables of that name',
      { auth: { username: 'u', passwordEnv: 'P' } },
      { P: 'p', PKGSYNC_CORP_TOKEN: 't' },
      'variable: the variable P',
      ['PKGSYNC_CORP_TOKEN is set and not used: others are named for this place'],
    ],
    ['a command', { auth: { command: ['./tool', 'argument'] } }, {}, "command: the command './tool'", []],
    ['the keyring', { auth: { keyring: true } }, {}, 'keyring: the keyring', []],
    ['a variable of its own', {}, { PKGSYNC_CORP_TOKEN: 't' }, 'variable: the variable PKGSYNC_CORP_TOKEN', []],
    [
      'a token before a password',
      {},
      { PKGSYNC_CORP_TOKEN: 't', PKGSYNC_CORP_PASSWORD: 'p' },
      'variable: the variable PKGSYNC_CORP_TOKEN',
      ['PKGSYNC_CORP_PASSWORD is set and not used: the variable PKGSYNC_CORP_TOKEN stands before it'],
    ],
    ['the netrc file', {}, {}, 'netrc: ~/.netrc:2', ['PKGSYNC_CORP_TOKEN and PKGSYNC_CORP_PASSWORD are not set']],
  ])('takes %s', (_, end, environment, from, passedOver) => {
    expect(decided(end, environment)).toEqual({ from: [from], passedOver });
  });

  it('says what was looked at where nothing is taken', () => {
    const none = 'PKGSYNC_CORP_TOKEN and PKGSYNC_CORP_PASSWORD are not set';
    expect(decided({}, {}, null)).toEqual({ from: [], passedOver: [none, 'there is no netrc file'] });
    expect(decided({ variables: undefined }, {}, null)).toEqual({ from: [], passedOver: ['there is no netrc file'] });
    expect(decided({ urls: ['https://x.example/'] })).toEqual({ from: [], passedOver: [none, '~/.netrc has no entry for x.example'] });
    expect(decided({ urls: ['https://pypi.corp.example:8443/'] })).toEqual({
      from: [],
      passedOver: [none, expect.stringMatching(/says nothing about port 8443/)],
    });
  });

  it('names the variable that auth names and that holds nothing', () => {
    const error = thrownBy(() => decided({ auth: { tokenEnv: 'EMPTY' } }, { EMPTY: ' ', PKGSYNC_CORP_TOKEN: 't' }));
    expect(isPkgsyncError(error, 'UNAUTHORIZED') && error.message).toBe('the environment variable EMPTY holds no credentials');
  });

  it('shares one source among the URLs of an end, and asks nobody', () => {
    const auth = { command: ['/nonexistent'] };
    const { uses } = decideCredentials({ urls: [url, 'https://b.example/'], auth }, { environment: {} });
    expect(uses).toHaveLength(2);
    expect(uses[0]?.source).toBe(uses[1]?.source);
  });

  it('holds no secret in what is for people', () => {
    const environment = { PKGSYNC_CORP_PASSWORD: 'secret-p', PKGSYNC_CORP_TOKEN: 'secret-t', PKGSYNC_CORP_USERNAME: 'u' };
    for (const auth of [undefined, { tokenEnv: 'PKGSYNC_CORP_TOKEN' }, { command: ['x', 'secret-argument'] }, { keyring: 'k' }])
      expect(JSON.stringify(decided({ auth }, environment))).not.toContain('secret');
  });
});

describe('variablesOf', () => {
  it.each([
    ['source', 'default', 'PKGSYNC_SOURCE'],
    ['destination', 'default', 'PKGSYNC_DESTINATION'],
    ['source', 'acme.prod-1', 'PKGSYNC_ACME_PROD_1'],
  ] as const)('is, for the %s %s, %s', (role, name, expected) => {
    expect(variablesOf(role, name)).toBe(expected);
  });
});

describe('shownUser', () => {
  it.each([
    ['ci', 'p', 'ci'],
    ['gitlab-ci-token', 'p', 'gitlab-ci-token'],
    ['oauth2accesstoken', 'p', 'oauth2accesstoken'],
    ['first.last@corp.example', 'p', 'first.last@corp.example'],
    ['the-token', '', undefined],
    ['ghp_0123456789abcdefghij', 'x-oauth-basic', undefined],
  ])('shows %s with the password %j as %s', (username, password, expected) => {
    expect(shownUser({ username, password })).toBe(expected);
  });
});
