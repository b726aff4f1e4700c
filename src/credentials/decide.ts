import { printable } from '../errors.ts';
import type { Credential, CredentialFrom } from '../http/credential.ts';
import { credentialFromEnvironment, type CredentialReference } from './credentials.ts';
import type { IdTokenProvider } from './id-token.ts';
import type { Netrc } from './netrc.ts';
import { trustedPublishingFrom, type TrustedPublishing } from './trusted-publishing.ts';

/** What a manifest's `auth` says: names of variables, or who knows the secret. */
export interface AuthWords extends CredentialReference {
  readonly command?: readonly string[] | undefined;
  readonly keyring?: true | string | undefined;
  readonly trustedPublishing?: true | IdTokenProvider | undefined;
  readonly audience?: string | undefined;
}

/** A source or destination that somebody may have to log in to. */
export interface CredentialEnd {
  /** Where its requests go: the URL itself, and the simple API of a destination where that lies elsewhere. */
  readonly urls: readonly (string | URL)[];
  /** What the caller gave: stands before everything else. */
  readonly given?: Credential | undefined;
  readonly auth?: AuthWords | undefined;
  /** `PKGSYNC_CORP`: the beginning of the variables that serve it without `auth`. Absent: there are none. */
  readonly variables?: string | undefined;
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly netrc?: Netrc | undefined;
}

/** How a credential is come by: it is there, or somebody has to be asked. */
export type CredentialSource =
  | { readonly kind: 'ready'; readonly credential: Credential }
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly username: string | undefined }
  | { readonly kind: 'keyring'; readonly service: true | string; readonly username: string | undefined }
  | ({ readonly kind: 'trusted-publishing' } & TrustedPublishing);

/** A credential for the origin of one URL. */
export interface CredentialUse {
  readonly url: string | URL;
  readonly from: CredentialFrom;
  /** The same object where several URLs share one credential. */
  readonly source: CredentialSource;
  /** Only for requests that change something: a minted token is asked for when it is used, and reading needs none. */
  readonly writesOnly?: boolean | undefined;
}

/** Who goes where, and why nobody else. */
export interface CredentialDecision {
  /** At most one for each URL. */
  readonly uses: readonly CredentialUse[];
  /** What was looked at and not taken, and why: whole sentences without a final stop, none of which holds a secret. */
  readonly passedOver: readonly string[];
  /** What a person should know in any case. */
  readonly warnings: readonly string[];
}

/**
 * Decides which credentials a source or destination is used with: what the caller gave, else what `auth` names, else its variables, else what the netrc
 * file has. Asks nobody: helpers are named, not run.
 * @throws PkgsyncError UNAUTHORIZED where a variable that `auth` names is not set or empty
 */
export function decideCredentials(end: CredentialEnd, { environment, netrc }: Surroundings): CredentialDecision {
  const { urls, given, auth, variables } = end;
  const everywhere = (from: CredentialFrom, source: CredentialSource, passedOver: readonly string[]): CredentialDecision => ({
    uses: urls.map((url) => ({ url, from, source })),
    passedOver,
    warnings: [],
  });
  if (given !== undefined) {
    const from = given.from ?? { kind: 'given', name: 'the program' };
    return everywhere(from, { kind: 'ready', credential: { ...given, from } }, []);
  }
  const set = variables === undefined ? [] : setVariables(variables, environment);
  if (auth !== undefined) {
    const passedOver = set.filter((name) => ![auth.usernameEnv, auth.passwordEnv, auth.tokenEnv].includes(name));
    const sentences = passedOver.map((name) => `${name} is set and not used: others are named for this place`);
    const named = namedByAuth(auth, environment);
    if (named?.source.kind === 'trusted-publishing') {
      const { from, source } = named;
      // Minted by this origin, for this origin.
      return { uses: urls.slice(0, 1).map((url) => ({ url, from, source, writesOnly: true })), passedOver: sentences, warnings: [] };
    }
    return named === undefined ? { uses: [], passedOver: sentences, warnings: [] } : everywhere(named.from, named.source, sentences);
  }
  const reference = conventionalReference(variables, set);
  const own = credentialFromEnvironment(reference, environment);
  if (own !== undefined) {
    const unused = set.filter((name) => name !== (reference.tokenEnv ?? reference.passwordEnv) && name !== reference.usernameEnv);
    const from = variableFrom(reference);
    return everywhere(
      from,
      { kind: 'ready', credential: { ...own, from } },
      unused.map((name) => `${name} is set and not used: ${from.name} stands before it`),
    );
  }
  const missing = variables === undefined ? [] : [`${variables}_TOKEN and ${variables}_PASSWORD are not set`];
  return fromNetrc(urls, netrc, missing);
}

/** What the variables of an end begin with: `acme-prod` → `PKGSYNC_ACME_PROD`; the only source, or destination, is called after what it is. */
export function variablesOf(role: 'source' | 'destination', name: string): string {
  return `PKGSYNC_${(name === 'default' ? role : name).toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

function setVariables(prefix: string, environment: Surroundings['environment']): readonly string[] {
  return ['USERNAME', 'PASSWORD', 'TOKEN'].map((fact) => `${prefix}_${fact}`).filter((name) => (environment[name] ?? '') !== '');
}

function conventionalReference(prefix: string | undefined, set: readonly string[]): CredentialReference {
  const named = (fact: string): string | undefined => set.find((name) => name === `${prefix ?? ''}_${fact}`);
  return { usernameEnv: named('USERNAME'), passwordEnv: named('PASSWORD'), tokenEnv: named('TOKEN') };
}

function namedByAuth(
  auth: AuthWords,
  environment: Surroundings['environment'],
): { readonly from: CredentialFrom; readonly source: CredentialSource } | undefined {
  const { command, keyring, trustedPublishing, audience } = auth;
  if (trustedPublishing !== undefined) {
    const provider = trustedPublishing === true ? undefined : trustedPublishing;
    return { from: trustedPublishingFrom, source: { kind: 'trusted-publishing', provider, audience } };
  }
  if (command === undefined && keyring === undefined) {
    const credential = credentialFromEnvironment(auth, environment);
    const from = variableFrom(auth);
    return credential === undefined ? undefined : { from, source: { kind: 'ready', credential: { ...credential, from } } };
  }
  const username = credentialFromEnvironment({ username: auth.username, usernameEnv: auth.usernameEnv }, environment)?.username;
  if (command !== undefined) {
    const from = { kind: 'command', name: `the command '${printable(command[0] ?? '')}'` } as const;
    return { from, source: { kind: 'command', command, username } };
  }
  return { from: keyringFrom, source: { kind: 'keyring', service: keyring ?? true, username } };
}

/** For messages about what the keyring said. */
export const keyringFrom: CredentialFrom = { kind: 'keyring', name: 'the keyring' };

function variableFrom({ tokenEnv, passwordEnv, usernameEnv }: CredentialReference): CredentialFrom {
  return { kind: 'variable', name: `the variable ${tokenEnv ?? passwordEnv ?? usernameEnv ?? ''}` };
}

/** A netrc file knows hosts, so that each URL has its own answer. */
function fromNetrc(urls: CredentialEnd['urls'], netrc: Netrc | undefined, missing: readonly string[]): CredentialDecision {
  if (netrc === undefined) return { uses: [], passedOver: [...missing, 'there is no netrc file'], warnings: [] };
  const uses: CredentialUse[] = [];
  const warnings = new Set<string>();
  const passedOver = new Set(missing);
  for (const url of urls) {
    const { credential, warning } = netrc.find(new URL(url));
    if (warning !== undefined) warnings.add(warning);
    if (credential === undefined) passedOver.add(warning ?? `${netrc.label} has no entry for ${new URL(url).hostname}`);
    else {
      const from = credential.from ?? { kind: 'netrc', name: netrc.label };
      uses.push({ url, from, source: { kind: 'ready', credential: { ...credential, from } } });
    }
  }
  return { uses, passedOver: [...passedOver], warnings: [...warnings] };
}

/** The user as it may be shown: where there is no password, or the name looks like a key, the name may be the secret. */
export function shownUser({ username, password }: Credential): string | undefined {
  const looksLikeKey = username.length >= 20 && /\d/.test(username) && /^[\w.+/=-]+$/.test(username);
  return password === '' || looksLikeKey ? undefined : printable(username);
}
