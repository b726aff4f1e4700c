import { describe, expect, it } from '@jest/globals';
import { credentialsByOrigin } from '../../../src/credentials/credentials.ts';
import { decideCredentials } from '../../../src/credentials/decide.ts';
import { gitlabVariable, mayAskForIdToken, providerOf } from '../../../src/credentials/id-token.ts';
import { lendCredentials } from '../../../src/credentials/lend.ts';
import { isOwnAudience, mintToken, type TrustedPublishing } from '../../../src/credentials/trusted-publishing.ts';
import { failureOf, httpTools } from '../../support/http.ts';
import type { RecordedRequest, Reply, ScriptedServer } from '../../support/scripted-server.ts';

const { serve, client } = httpTools();
const requestToken = 'canary-request-token';
const minted = 'pypi-canary-minted';

function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}

interface Ci {
  readonly index: ScriptedServer;
  readonly github: ScriptedServer;
  readonly environment: Readonly<Record<string, string>>;
  /** Tokens that the index was shown. */
  readonly shown: string[];
}

/** An index with trusted publishing and GitHub's service for ID tokens. */
async function ci(
  replies: { readonly audience?: Reply; readonly mint?: (request: RecordedRequest, count: number) => Reply; readonly id?: Reply } = {},
): Promise<Ci> {
  const shown: string[] = [];
  const index: ScriptedServer = await serve((request) => {
    if (request.path === '/_/oidc/audience') return replies.audience ?? { json: { audience: new URL(index.origin).host } };
    if (request.path !== '/_/oidc/mint-token' || request.method !== 'POST') return { status: 404 };
    shown.push((JSON.parse(request.body.toString()) as { token: string }).token);
    return replies.mint?.(request, shown.length) ?? { json: { success: true, token: `${minted}-${shown.length}`, expires: 900 } };
  });
  const github = await serve((request) => {
    if (replies.id !== undefined) return replies.id;
    if (request.headers.authorization !== `bearer ${requestToken}`) return { status: 401 };
    const aud = new URL(request.path, 'http://x').searchParams.get('audience');
    return { json: { value: jwt({ aud, sub: 'repo:acme/tool:ref:refs/heads/main', n: github.requests.length }) } };
  });
  const environment = {
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${github.origin}/id?api=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
  };
  return { index, github, environment, shown };
}

const mint = (to: Ci, how: TrustedPublishing = {}, environment: Readonly<Record<string, string>> = to.environment) =>
  mintToken(new URL(to.index.url('/legacy/')), how, { environment, http: client({ retry: { attempts: 1 } }), now: () => 0 });

describe('mintToken', () => {
  it("exchanges GitHub's ID token for the audience of the index", async () => {
    const to = await ci();
    expect(await mint(to)).toEqual({
      username: '__token__',
      password: `${minted}-1`,
      from: { kind: 'trusted-publishing', name: 'trusted publishing' },
      expires: 900_000,
    });
    expect(to.github.requests.map(({ path }) => path)).toEqual([`/id?api=1&audience=${encodeURIComponent(to.index.host)}`]);
    expect(to.index.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it("takes GitLab's from the variable that the audience gives its name", async () => {
    const to = await ci({ audience: { json: { audience: 'acme-index' } } });
    const token = jwt({ aud: ['x', 'acme-index'] });
    const environment = { GITLAB_CI: 'true', ACME_INDEX_ID_TOKEN: token };
    expect((await mint(to, { audience: 'acme-index' }, environment)).password).toBe(`${minted}-1`);
    expect(to.shown).toEqual([token]);
    expect(to.github.requests).toEqual([]);
    const error = await failureOf(mint(to, { audience: 'acme-index', provider: 'gitlab' }, {}));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining('ACME_INDEX_ID_TOKEN is not set') as unknown });
  });

  it.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ['is none', {}, /needs a job of GitHub Actions or GitLab CI/],
    ['may not ask for a token', { GITHUB_ACTIONS: 'true' }, /ACTIONS_ID_TOKEN_REQUEST_URL is not set/],
    [
      'would send its token unencrypted',
      { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://evil.example/', ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken },
      /no https URL/,
    ],
    ['has no URL there', { ACTIONS_ID_TOKEN_REQUEST_URL: requestToken, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken }, /no https URL/],
  ])('says that the job %s', async (_, environment, sentence) => {
    const error = await failureOf(mint(await ci(), {}, environment));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringMatching(sentence) as unknown });
    expect(error.message).not.toContain(requestToken);
  });

  it.each<readonly [string, Reply, string, RegExp]>([
    ['knows none', { status: 404 }, 'UNAUTHORIZED', /knows no trusted publishing \(404\)/],
    ['has it switched off', { status: 403 }, 'UNAUTHORIZED', /switched off/],
    ['is down', { status: 503 }, 'UNREACHABLE', /cannot say/],
    [
      'sends it elsewhere',
      { status: 302, headers: { location: 'https://evil.example/x' } },
      'REDIRECTED',
      /redirects the question .* to https:\/\/evil.example\/x/,
    ],
    ['is no JSON', { body: '<html>' }, 'BAD_RESPONSE', /names no audience/],
    ['is a number', { json: { audience: 7 } }, 'BAD_RESPONSE', /names no audience/],
    ['is longer than any', { json: { audience: 'x'.repeat(201) } }, 'BAD_RESPONSE', /names no audience/],
    ['is endless', { body: 'x'.repeat(70_000) }, 'BAD_RESPONSE', /./],
    ["is PyPI's", { json: { audience: 'pypi' } }, 'UNAUTHORIZED', /asks for an ID token for 'pypi', which is not its own name/],
    ["is a cloud's", { json: { audience: 'sts.amazonaws.com' } }, 'UNAUTHORIZED', /not its own name/],
  ])('asks for no ID token where the audience %s', async (_, audience, code, sentence) => {
    const to = await ci({ audience });
    expect(await failureOf(mint(to))).toMatchObject({ code, message: expect.stringMatching(sentence) as unknown });
    expect([to.github.requests.length, to.shown.length]).toEqual([0, 0]);
  });

  it.each<readonly [string, Reply, RegExp]>([
    [
      'refuses, and echoes the request',
      { status: 403, body: `no: bearer ${requestToken}` },
      /gave no ID token \(403\): Forbidden no: bearer \*\*\*\*/,
    ],
    ['has none', { json: { count: 1 } }, /without an ID token/],
    ['gives no JWT', { json: { value: 'nonsense\nx' } }, /it is no JWT/],
    ['gives one for another', { json: { value: jwt({ aud: 'other' }) } }, /is for 'other', and the index wants one for/],
    ['gives one that is over', { json: { value: jwt({ aud: 'acme', exp: 0 }) } }, /has expired/],
    ['redirects elsewhere', { status: 307, headers: { location: 'https://evil.example/' } }, /gave no ID token \(307\)/],
  ])('sends nothing to the index where GitHub %s', async (_, id, sentence) => {
    const to = await ci({ id, audience: { json: { audience: 'acme' } } });
    const error = await failureOf(mint(to, { audience: 'acme' }));
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toContain(requestToken);
    expect(to.shown).toEqual([]);
  });

  it('tells what the index says against the job, in one sentence, and what to do', async () => {
    const to = await ci({
      mint: ({ body }) => ({
        status: 422,
        json: {
          message: `Token request failed ${body.toString()}`,
          errors: [{ code: 'invalid-publisher', description: `no publisher\u001b for ${body.toString()}` }],
        },
      }),
    });
    const error = await failureOf(mint(to));
    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      status: 422,
      hint: expect.stringContaining('add this job as a publisher') as unknown,
    });
    expect(error.message).toMatch(
      /gave no token to this job \(repo:acme\/tool:ref:refs\/heads\/main\) \(422\): invalid-publisher: no publisher/,
    );
    expect(error.message).not.toContain('\u001b');
    expect(error.message).not.toContain(to.shown[0]);
  });

  it.each<readonly [string, Reply, string]>([
    ['HTML', { body: '<html>' }, 'BAD_RESPONSE'],
    ['no token', { json: { success: true } }, 'BAD_RESPONSE'],
    ['a token that would break a header', { json: { token: 'a\r\nX-Evil: 1' } }, 'BAD_RESPONSE'],
    ['a huge token', { json: { token: 'x'.repeat(20_000) } }, 'BAD_RESPONSE'],
    ['a huge body', { json: { token: 'x'.repeat(80_000) } }, 'BAD_RESPONSE'],
    ['errors that are no list', { status: 422, json: { errors: { code: 'x' } } }, 'UNAUTHORIZED'],
    ['errors of nonsense', { status: 422, json: { errors: [null, 7, ['x'], { code: {} }] } }, 'UNAUTHORIZED'],
    ['a redirect', { status: 307, headers: { location: 'https://evil.example/' } }, 'UNAUTHORIZED'],
    ['trouble', { status: 502 }, 'UNREACHABLE'],
  ])('takes %s for no token', async (_, reply, code) => {
    const to = await ci({ mint: () => reply });
    expect(await failureOf(mint(to))).toMatchObject({ code });
    expect(to.shown).toHaveLength(1);
  });

  it('takes an end that makes no sense for the usual one', async () => {
    for (const expires of [-1, 0, 'soon', null])
      expect((await mint(await ci({ mint: () => ({ json: { token: minted, expires } }) }))).expires).toBe(900_000);
  });
});

describe('isOwnAudience', () => {
  it.each<readonly [string, string, string | undefined, boolean]>([
    ['pypi', 'https://upload.pypi.org/legacy/', undefined, true],
    ['testpypi', 'https://test.pypi.org/legacy/', undefined, true],
    ['testpypi', 'https://upload.pypi.org/legacy/', 'testpypi', false],
    ['pypi', 'https://pypi.corp.example/', undefined, false],
    ['pypi.corp.example', 'https://pypi.corp.example/', undefined, true],
    ['https://pypi.corp.example', 'https://pypi.corp.example/', undefined, true],
    ['corp.example', 'https://pypi.corp.example/', undefined, false],
    ['acme', 'https://pypi.corp.example/', 'acme', true],
    ['pypi.corp.example', 'https://pypi.corp.example/', 'acme', false],
  ])('of %s at %s, with %s configured: %s', (audience, url, allowed, expected) => {
    expect(isOwnAudience(audience, new URL(url), allowed)).toBe(expected);
  });
});

describe('a destination with trusted publishing', () => {
  /** What the clients of a destination are given, with a clock of their own. */
  function lent(to: Ci, clock: { now: number }) {
    const decision = decideCredentials(
      { urls: [to.index.url('/legacy/'), 'https://elsewhere.example/simple/'], auth: { trustedPublishing: true } },
      { environment: to.environment },
    );
    const context = { environment: to.environment, folder: '.', anonymousHttp: () => client(), now: () => clock.now };
    return credentialsByOrigin(lendCredentials(decision, context));
  }

  it('mints when something is written, for the origin that mints, and again before the end', async () => {
    const to = await ci({ mint: (_request, count) => ({ json: { token: `t${count}`, expires: count * 900 } }) });
    const clock = { now: 0 };
    const provider = lent(to, clock);
    const url = new URL(to.index.url('/legacy/'));
    expect(await provider.for(url, false)).toBeUndefined();
    expect(await provider.for(new URL('https://elsewhere.example/simple/'), true)).toBeUndefined();
    expect(to.shown).toEqual([]);
    const at = async (now: number) => ((clock.now = now), (await provider.for(url, true))?.password);
    expect([await at(0), await at(599_000), await at(601_000), await at(602_000)]).toEqual(['t1', 't1', 't2', 't2']);
    expect(new Set(to.shown).size).toBe(2);
  });

  it('mints once more after 401', async () => {
    const to = await ci();
    const provider = lent(to, { now: 0 });
    const http = client({ credentials: provider });
    const target = await serve(() => ({ status: 401 }));
    expect((await http.send(target.url('/legacy/'), { method: 'POST' })).status).toBe(401);
    expect(target.requests[0]?.headers.authorization).toBeUndefined();
    expect(to.shown).toEqual([]);
    to.index.use((request) => {
      if (request.path === '/legacy/')
        return { status: request.headers.authorization === `Basic ${btoa(`__token__:${minted}-2`)}` ? 200 : 401 };
      if (request.path === '/_/oidc/audience') return { json: { audience: to.index.host } };
      to.shown.push('');
      return { json: { token: `${minted}-${to.shown.length}` } };
    });
    expect((await http.send(to.index.url('/legacy/'), { method: 'POST' })).status).toBe(200);
    expect(to.shown).toHaveLength(2);
  });
});

describe('the job', () => {
  it.each<readonly [Readonly<Record<string, string>>, string | undefined, boolean]>([
    [{ GITHUB_ACTIONS: 'true' }, 'github', false],
    [{ GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: 'u', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }, 'github', true],
    [{ GITLAB_CI: 'true' }, 'gitlab', false],
    [{ GITLAB_CI: 'true', PYPI_ID_TOKEN: 'x' }, 'gitlab', true],
    [{ CI: 'true', PYPI_ID_TOKEN: 'x' }, undefined, false],
  ])('with %j runs on %s, and may ask: %s', (environment, provider, may) => {
    expect([providerOf(environment), mayAskForIdToken(providerOf(environment), environment)]).toEqual([provider, may]);
  });

  it('has the token of an audience in its own variable', () => {
    expect(['pypi', 'testpypi', 'https://a-b.example'].map(gitlabVariable)).toEqual([
      'PYPI_ID_TOKEN',
      'TESTPYPI_ID_TOKEN',
      'HTTPS___A_B_EXAMPLE_ID_TOKEN',
    ]);
  });
});
