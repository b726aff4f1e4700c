import { describe, expect, it } from '@jest/globals';
import { basicAuthorization, withoutCredential, type CredentialFrom } from '../../../src/http/credential.ts';
import { generalHint, refusalBody, refusedCredential } from '../../../src/http/refused.ts';
import { statusError } from '../../../src/http/status-error.ts';
import { httpTools } from '../../support/http.ts';

const { serve, client } = httpTools();
const variable: CredentialFrom = { kind: 'variable', name: 'the variable ACME_TOKEN' };

describe('refusedCredential', () => {
  it.each([
    ['', 'rejected the credentials of the variable ACME_TOKEN'],
    ['{"message":"401 Unauthorized"}', 'rejected the credentials of the variable ACME_TOKEN'],
    ['{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization"}', 'as expired'],
    ['Bearer error="invalid_token", error_description="The access token was revoked"', 'as expired'],
    ['Your token has EXPIRED', 'as expired'],
  ])('says of %j: %s', (words, says) => {
    expect(refusedCredential({ from: variable, words }).says).toContain(says);
  });

  it.each<readonly [CredentialFrom | undefined, string]>([
    [variable, 'put a valid password or token into the variable ACME_TOKEN'],
    [{ kind: 'netrc', name: '~/.netrc:3' }, 'put a valid password or token into ~/.netrc:3'],
    [{ kind: 'keyring', name: 'the keyring' }, 'the keyring was asked and gave nothing that is accepted: log in anew'],
    [{ kind: 'trusted-publishing', name: 'trusted publishing' }, 'check what the index says of this publisher'],
    [{ kind: 'given', name: 'the program' }, generalHint],
    [undefined, generalHint],
  ])('advises for %j', (from, advice) => {
    expect(refusedCredential({ from, words: '' }).hint).toContain(advice);
  });
});

describe('an answer that refuses', () => {
  const credentials = { for: () => Promise.resolve({ username: 'ci', password: 'canary-5ecret', from: variable }) };

  it.each([
    [401, 'UNAUTHORIZED', 'rejected the credentials of the variable ACME_TOKEN as expired'],
    [403, 'UNAUTHORIZED', 'rejected the credentials of the variable ACME_TOKEN as expired'],
  ])('with %s and says that the token has expired, is named with its variable', async (status, code, sentence) => {
    const server = await serve({ '/x': { status, body: 'token expired: canary-5ecret' } });
    const response = await client({ credentials }).get(server.url('/x'));
    const error = statusError(response, { doing: 'read the page', body: await refusalBody(response) });
    expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) as unknown });
    expect(error.message).not.toContain('canary');
  });

  it('says so in its challenge alone', async () => {
    const server = await serve({ '/x': { status: 401, headers: { 'www-authenticate': 'Bearer error_description="token expired"' } } });
    const response = await client({ credentials }).get(server.url('/x'));
    expect(statusError(response, { doing: 'read' }).message).toContain('as expired');
  });
});

describe('withoutCredential', () => {
  it.each([
    [{ username: 'ci', password: 'canary-5ecret' }],
    [{ username: 'canary-5ecret', password: '' }],
    [{ username: 'ci', password: 'canary/5 ecret@%' }],
  ])('masks %j in every usual form', (credential) => {
    const { username, password } = credential;
    const secret = password === '' ? username : password;
    const forms = [
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      JSON.stringify(secret).slice(1, -1),
      basicAuthorization(credential),
    ];
    forms.push(
      btoa(secret),
      Buffer.from(`${username}:${password}`).toString('base64url'),
      encodeURIComponent(btoa(`${username}:${password}`)),
    );
    for (const form of forms)
      expect([form, withoutCredential(`got ${form}!`, credential)]).toEqual([
        form,
        expect.not.stringContaining(form.replace('Basic ', '')),
      ]);
  });

  it('leaves short passwords, which occur by chance', () => {
    expect(withoutCredential('a test', { username: 'u', password: 'test' })).toBe('a test');
  });
});
