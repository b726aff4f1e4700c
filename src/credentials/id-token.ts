import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import { isLoopback, withoutCredential } from '../http/credential.ts';
import type { HttpClient } from '../http/http-client.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Services that vouch for their jobs by an OpenID Connect token. */
export type IdTokenProvider = 'github' | 'gitlab';

/** A token that says which job this is, for one audience; the index trusts who signed it. */
export interface IdToken {
  readonly jwt: string;
  /** Its `sub`: which job it speaks of; no secret. */
  readonly subject: string | undefined;
}

export interface IdTokenContext {
  readonly environment: Environment;
  /** Without any credentials. */
  readonly http: HttpClient;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const longest = 16 * 1024;

/** On whose machine this runs, as far as its variables tell; undefined where it is no job of these (pure). */
export function providerOf(environment: Environment): IdTokenProvider | undefined {
  if (environment['GITHUB_ACTIONS'] === 'true' || set(environment, 'ACTIONS_ID_TOKEN_REQUEST_URL') !== undefined) return 'github';
  return environment['GITLAB_CI'] === 'true' ? 'gitlab' : undefined;
}

/** Whether a job of this provider has what an ID token is asked for with (pure). */
export function mayAskForIdToken(provider: IdTokenProvider | undefined, environment: Environment): boolean {
  if (provider === 'github')
    return ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'].every((name) => set(environment, name) !== undefined);
  return (
    provider === 'gitlab' && Object.keys(environment).some((name) => name.endsWith('_ID_TOKEN') && set(environment, name) !== undefined)
  );
}

/** The variable in which a GitLab job has its ID token for an audience: `pypi` → `PYPI_ID_TOKEN` (pure). */
export function gitlabVariable(audience: string): string {
  return `${audience.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_ID_TOKEN`;
}

/**
 * The ID token of this job for one audience.
 * https://docs.github.com/en/actions/reference/security/oidc https://docs.gitlab.com/ci/secrets/id_token_authentication/
 * @throws PkgsyncError UNAUTHORIZED: the job has none; UNREACHABLE, BAD_RESPONSE, INTERRUPTED
 */
export async function idToken(provider: IdTokenProvider, audience: string, context: IdTokenContext): Promise<IdToken> {
  const { jwt, where } = provider === 'github' ? await fromGithub(audience, context) : fromGitlab(audience, context.environment);
  return checkedToken(jwt, where, audience, context.now());
}

interface Found {
  readonly jwt: string;
  /** For messages. */
  readonly where: string;
}

function fromGitlab(audience: string, environment: Environment): Found {
  const variable = gitlabVariable(audience);
  const jwt = set(environment, variable);
  if (jwt !== undefined) return { jwt: jwt.trim(), where: `the variable ${variable}` };
  throw new PkgsyncError('UNAUTHORIZED', `this job has no ID token for '${printable(audience)}': ${printable(variable)} is not set`, {
    hint: `add to the job: id_tokens: { ${printable(variable)}: { aud: ${printable(audience)} } }`,
  });
}

async function fromGithub(audience: string, { environment, http, signal }: IdTokenContext): Promise<Found> {
  const address = required(environment, 'ACTIONS_ID_TOKEN_REQUEST_URL');
  const bearer = required(environment, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))))
    throw new PkgsyncError('UNAUTHORIZED', `ACTIONS_ID_TOKEN_REQUEST_URL holds no https URL: nothing was sent there`);
  url.searchParams.set('audience', audience);
  const where = `GitHub (${redactUrl(url)})`;
  const headers = { authorization: `bearer ${bearer}` };
  return await http.read(url, { accept: 'application/json', headers, decode: true, signal }, async (response) => {
    if (response.status !== 200) {
      const said = withoutCredential(`${response.statusText} ${await response.excerpt()}`.trim(), { username: '', password: bearer });
      throw new PkgsyncError('UNAUTHORIZED', `${where} gave no ID token (${response.status}): ${printable(said)}`, {
        status: response.status,
        hint: "the job needs 'permissions: id-token: write'",
      });
    }
    const { value } = record(parsedOrNot(await response.text(longest * 4)));
    if (typeof value === 'string') return { jwt: value, where };
    throw new PkgsyncError('BAD_RESPONSE', `${where} answered without an ID token`);
  });
}

function required(environment: Environment, name: string): string {
  const value = set(environment, name);
  if (value !== undefined) return value;
  throw new PkgsyncError('UNAUTHORIZED', `this job may not ask GitHub for an ID token: ${name} is not set`, {
    hint: "add 'permissions: id-token: write' to the job; jobs of pull requests from forks cannot have it",
  });
}

/** The index checks the signature; what is plain to see here is told more clearly, and sent nowhere. */
function checkedToken(jwt: string, where: string, audience: string, now: number): IdToken {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(jwt.length > longest ? '' : jwt) ?? [];
  if (payload === undefined) throw new PkgsyncError('UNAUTHORIZED', `${where} holds no ID token: it is no JWT`);
  const claims = record(parsedOrNot(Buffer.from(payload, 'base64url').toString('utf8')));
  const audiences = [claims['aud']].flat();
  if (!audiences.includes(audience)) {
    const others = audiences.filter((each) => typeof each === 'string').map((each) => `'${printable(each)}'`);
    throw new PkgsyncError(
      'UNAUTHORIZED',
      `${where} is for ${others.join(', ') || 'nobody'}, and the index wants one for '${printable(audience)}'`,
    );
  }
  const { exp, sub } = claims;
  if (typeof exp === 'number' && exp * 1000 <= now) throw new PkgsyncError('UNAUTHORIZED', `the ID token of ${where} has expired`);
  return { jwt, subject: typeof sub === 'string' ? printable(sub) : undefined };
}

/** The parser's own error would quote the text. */
export function parsedOrNot(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An object's fields; of anything else none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

function set(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value.trim() === '' ? undefined : value;
}
