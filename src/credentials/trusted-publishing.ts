import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import { isLoopback, withoutCredential, type CredentialFrom } from '../http/credential.ts';
import type { HttpResponse } from '../http/http-client.ts';
import { idToken, parsedOrNot, providerOf, record, type IdToken, type IdTokenContext, type IdTokenProvider } from './id-token.ts';
import type { LentCredential } from './renewal.ts';

/** How `auth` asks for it. */
export interface TrustedPublishing {
  /** Whose job this is; absent: told from the environment. */
  readonly provider?: IdTokenProvider | undefined;
  /** For whom the ID token is to be, where that is neither PyPI nor the index's own name. */
  readonly audience?: string | undefined;
}

export const trustedPublishingFrom: CredentialFrom = { kind: 'trusted-publishing', name: 'trusted publishing' };

/** What PyPI's hosts ask for, and nobody else may. */
const audiences: ReadonlyMap<string, string> = new Map([
  ['upload.pypi.org', 'pypi'],
  ['pypi.org', 'pypi'],
  ['test.pypi.org', 'testpypi'],
]);
const answerLimit = 64 * 1024;
/** Of PyPI's tokens, milliseconds. */
const usualLife = 15 * 60_000;

/** Whether the index is known to take it: where nothing is configured, no other is asked (pure). */
export function isKnownForTrustedPublishing({ hostname, protocol }: URL): boolean {
  return protocol === 'https:' && audiences.has(hostname);
}

/**
 * Exchanges the identity of this CI job for an API token of the index that `url` belongs to, which lives for some minutes. Talks to that origin and to
 * the provider of the ID token, nobody else. https://docs.pypi.org/trusted-publishers/internals/
 * @throws PkgsyncError UNAUTHORIZED: no job of a provider, no right to ask, refused by the index; UNREACHABLE, BAD_RESPONSE, INTERRUPTED
 */
export async function mintToken(
  url: URL,
  { provider: named, audience: allowed }: TrustedPublishing,
  context: IdTokenContext,
): Promise<LentCredential> {
  if (url.protocol !== 'https:' && !isLoopback(url))
    throw new PkgsyncError('UNAUTHORIZED', `trusted publishing needs https: ${redactUrl(url)} was not asked`);
  const provider = named ?? providerOf(context.environment);
  if (provider === undefined) {
    throw new PkgsyncError('UNAUTHORIZED', 'trusted publishing needs a job of GitHub Actions or GitLab CI, and this is none', {
      hint: 'use an API token elsewhere',
    });
  }
  const audience = await audienceOf(url, allowed, context);
  const identity = await idToken(provider, audience, context);
  return await exchange(url, identity, context);
}

/**
 * The audience that the index asks for. One that belongs to somebody else is refused: an index that got such a token could use it there in the name of this
 * job, at PyPI or at a cloud.
 */
async function audienceOf(url: URL, allowed: string | undefined, { http, signal }: IdTokenContext): Promise<string> {
  const address = new URL('/_/oidc/audience', url);
  return await http.read(address, { accept: 'application/json', decode: true, signal }, async (response) => {
    if (response.status !== 200) throw await unavailable(response, url);
    const { audience } = record(parsedOrNot(await response.text(answerLimit)));
    if (typeof audience !== 'string' || audience === '' || audience.length > 200)
      throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(address)} names no audience`);
    if (isOwnAudience(audience, url, allowed)) return audience;
    throw new PkgsyncError(
      'UNAUTHORIZED',
      `${url.origin} asks for an ID token for '${printable(audience)}', which is not its own name: none was asked for`,
      {
        hint:
          allowed === undefined
            ? "if that is right, give it as 'audience' beside 'trustedPublishing'"
            : `'${printable(allowed)}' is configured`,
      },
    );
  });
}

/** Whether a token for this audience can do no harm in the hands of the index (pure). */
export function isOwnAudience(audience: string, url: URL, allowed: string | undefined): boolean {
  const fixed = audiences.get(url.hostname);
  if (fixed !== undefined) return audience === fixed;
  if (allowed !== undefined) return audience === allowed;
  return [url.hostname, url.host, url.origin, `${url.origin}/`].includes(audience);
}

async function unavailable(response: HttpResponse, { origin }: URL): Promise<PkgsyncError> {
  const { status } = response;
  await response.discard();
  const hint = 'use an API token there';
  if (response.leftOrigin !== undefined)
    return new PkgsyncError(
      'REDIRECTED',
      `${origin} redirects the question about trusted publishing to ${printable(response.leftOrigin, 500)}`,
      { status },
    );
  if (status === 403) return new PkgsyncError('UNAUTHORIZED', `${origin} has trusted publishing switched off (403)`, { status, hint });
  if (status < 500 && status !== 429)
    return new PkgsyncError('UNAUTHORIZED', `${origin} knows no trusted publishing (${status})`, { status, hint });
  return new PkgsyncError('UNREACHABLE', `${origin} cannot say what it takes for trusted publishing (${status})`, {
    status,
    retryable: true,
  });
}

async function exchange(url: URL, { jwt, subject }: IdToken, { http, signal, now }: IdTokenContext): Promise<LentCredential> {
  const address = new URL('/_/oidc/mint-token', url);
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const begun = now();
  // Never twice: an ID token is good for one exchange.
  const response = await http.send(address, { method: 'POST', headers, body: JSON.stringify({ token: jwt }), signal });
  if (response.status !== 200)
    throw refused(response, url, subject, withoutCredential(await response.excerpt(), { username: '', password: jwt }));
  const { token, expires } = record(parsedOrNot(await response.text(answerLimit)));
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token))
    throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(address)} answered without a token`);
  const end = typeof expires === 'number' && expires * 1000 > begun ? expires * 1000 : begun + usualLife;
  return { username: '__token__', password: token, from: trustedPublishingFrom, expires: end };
}

const advice: Readonly<Record<string, string>> = {
  'invalid-publisher':
    'at the index, add this job as a publisher of the project: owner, repository, workflow file and environment must be the same',
  'invalid-pending-publisher':
    'the publisher that waits for its project does not fit: compare it, and the name of the project, at the index',
  'invalid-reuse-token': 'an ID token is good for one exchange: in GitLab CI, upload in one run per job, or give each its own id_tokens',
  'not-enabled': 'use an API token there',
};

function refused({ status }: HttpResponse, { origin }: URL, subject: string | undefined, body: string): PkgsyncError {
  const { errors, message } = record(parsedOrNot(body));
  const told = (Array.isArray(errors) ? (errors as readonly unknown[]) : []).slice(0, 5).map(record);
  const reasons = told.map(({ code, description }) =>
    [code, description]
      .filter((each) => typeof each === 'string')
      .map((each) => printable(each, 300))
      .join(': '),
  );
  const said = reasons.filter((each) => each !== '').join('; ') || (typeof message === 'string' ? printable(message, 300) : '');
  const job = subject === undefined ? '' : ` to this job (${subject})`;
  const code = status >= 500 || status === 429 ? 'UNREACHABLE' : 'UNAUTHORIZED';
  const hint = told.map((each) => advice[String(each['code'])]).find((each) => each !== undefined);
  return new PkgsyncError(code, `${origin} gave no token${job} (${status})${said === '' ? '' : `: ${said}`}`, {
    status,
    hint,
    retryable: code === 'UNREACHABLE',
  });
}
