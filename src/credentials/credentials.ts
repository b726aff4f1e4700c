import { PkgsyncError } from '../errors.ts';
import type { Credential, CredentialProvider } from '../http/credential.ts';
import type { CredentialHelper } from './renewal.ts';

export type { Credential, CredentialProvider } from '../http/credential.ts';

/** Credentials for the origin (scheme, host, port) of `url`; its path does not matter. */
export interface OriginCredential {
  readonly url: string | URL;
  readonly credential: Credential | CredentialHelper;
  /** Sent with requests that change something, and with no others. */
  readonly writesOnly?: boolean | undefined;
}

/** How a manifest refers to credentials: by the names of variables (`AuthReference`). */
export interface CredentialReference {
  readonly username?: string | undefined;
  readonly usernameEnv?: string | undefined;
  readonly passwordEnv?: string | undefined;
  /** An API token: password of `__token__`, or of the user where one is given. */
  readonly tokenEnv?: string | undefined;
}

/** User name that goes with an API token on PyPI and those that follow it. */
const tokenUser = '__token__';

/**
 * Looks credentials up by exact scheme, host and port, never by prefix or suffix: what was given for `https://pypi.corp` goes neither to
 * `https://pypi.corp.evil.example` nor to `http://pypi.corp`. Of several entries for one origin the last one counts.
 * @throws PkgsyncError USAGE for a URL without an origin or a user name that HTTP Basic cannot carry (one of a helper when it is asked)
 */
export function credentialsByOrigin(entries: Iterable<OriginCredential>): CredentialProvider {
  const byOrigin = new Map<string, Pick<OriginCredential, 'credential' | 'writesOnly'>>();
  for (const { url, credential, writesOnly } of entries) {
    const { origin } = new URL(url);
    if (origin === 'null') throw new PkgsyncError('USAGE', 'credentials need an http or https URL to belong to');
    byOrigin.set(origin, { credential: 'get' in credential ? credential : checked(credential, origin), writesOnly });
  }
  const helperAt = ({ origin }: URL): CredentialHelper | undefined => {
    const found = byOrigin.get(origin)?.credential;
    return found !== undefined && 'get' in found ? found : undefined;
  };
  return {
    for: async ({ origin }, writes = true) => {
      const found = byOrigin.get(origin);
      if (found === undefined || (found.writesOnly === true && !writes)) return undefined;
      return 'get' in found.credential ? checked(await found.credential.get(), origin) : found.credential;
    },
    renew: async (url, refused) => {
      const renewed = await helperAt(url)?.renew(refused);
      return renewed === undefined ? undefined : checked(renewed, url.origin);
    },
    learn: (url, credential, verdict) => helperAt(url)?.learn(credential, verdict),
  };
}

/**
 * The credentials that a reference stands for, out of `environment`.
 * @throws PkgsyncError UNAUTHORIZED where a variable it names is not set or empty; names the variable, never a value
 */
export function credentialFromEnvironment(
  reference: CredentialReference,
  environment: Readonly<Record<string, string | undefined>>,
): Credential | undefined {
  const username = reference.usernameEnv === undefined ? reference.username : fromVariable(reference.usernameEnv, environment);
  const secretVariable = reference.tokenEnv ?? reference.passwordEnv;
  if (secretVariable === undefined) return username === undefined ? undefined : { username, password: '' };
  const password = fromVariable(secretVariable, environment);
  return { username: username ?? (reference.tokenEnv === undefined ? '' : tokenUser), password };
}

function fromVariable(name: string, environment: Readonly<Record<string, string | undefined>>): string {
  const value = environment[name]?.trim() ?? '';
  if (value !== '') return value;
  throw new PkgsyncError('UNAUTHORIZED', `the environment variable ${name} holds no credentials`, {
    hint: `set ${name}, or change auth in the manifest`,
  });
}

/** https://www.rfc-editor.org/rfc/rfc7617#section-2 */
function checked(credential: Credential, origin: string): Credential {
  if (credential.username.includes(':'))
    throw new PkgsyncError('USAGE', `the user name for ${origin} contains a colon, which HTTP Basic cannot carry`);
  return credential;
}
