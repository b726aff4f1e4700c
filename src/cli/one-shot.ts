import type { AuthWords } from '../credentials/decide.ts';
import { PkgsyncError, redactUrl } from '../errors.ts';
import type { Credential, CredentialFrom } from '../http/credential.ts';
import { parseHttpUrl } from '../http/url.ts';
import { indexCredential } from './index-credentials.ts';
import { sessionNetrc } from './netrc.ts';
import type { Session } from './session.ts';

/** Credentials as flags give them. */
export interface GivenCredential {
  /** Where they will be sent; named in the question. */
  readonly url: string;
  /** `source` or `destination`: how the flags are called. */
  readonly end: 'source' | 'destination';
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Where the password comes from, where it is given. */
  readonly from?: CredentialFrom | undefined;
  /** `subprocess`: the keyring command is asked for the password of `username` before the person at the terminal. */
  readonly keyringProvider?: KeyringProvider | undefined;
}

export const keyringProviders = ['disabled', 'subprocess'] as const;
export type KeyringProvider = (typeof keyringProviders)[number];

/** Who goes to an index: a credential, or who is to be asked; neither: what the netrc file has, if anything. */
export interface Login {
  readonly credential?: Credential | undefined;
  readonly auth?: AuthWords | undefined;
}

/**
 * Who goes to an index, by the flags of a one-shot command. A user name without a password is completed from the netrc file where it has this user there,
 * else from the keyring where that is asked for, else on the terminal, without echo. A source without any user has what installers have for it.
 * @throws PkgsyncError UNAUTHORIZED where there is no terminal to ask on; USAGE for a password without a user name
 */
export async function oneShotLogin(given: GivenCredential, session: Pick<Session, 'console' | 'signal' | 'environment'>): Promise<Login> {
  const { url, end, username, password, keyringProvider } = given;
  const { environment } = session;
  if (username === undefined) {
    if (password === undefined) return { credential: end === 'source' ? await ambientCredential(url, session) : undefined };
    throw new PkgsyncError('USAGE', `a ${end} password without a user name`, {
      hint: `add --${end}-username (__token__ for an API token)`,
    });
  }
  if (password !== undefined) return { credential: { username, password, from: given.from ?? flagFrom(end, password, environment) } };
  const { console, signal } = session;
  const netrc = await netrcAnswer(url, session);
  if (netrc?.credential?.username === username) {
    if (netrc.warning !== undefined) console.note(`warning: ${netrc.warning}`);
    return { credential: netrc.credential };
  }
  if (keyringProvider === 'subprocess') return { auth: { keyring: true, username } };
  const asked = await console.askSecret(`Password of ${username} at ${redactUrl(url)}: `, signal);
  if (asked !== undefined) return { credential: { username, password: asked, from: { kind: 'question', name: 'what was typed' } } };
  throw new PkgsyncError('UNAUTHORIZED', `no password for ${username} at ${redactUrl(url)}, and no terminal to ask on`, {
    hint: `pass it in the variable PKGSYNC_${end.toUpperCase()}_PASSWORD`,
  });
}

/** A flag and its variable come to the same value. */
function flagFrom(end: string, password: string, environment: Session['environment']): CredentialFrom {
  const variable = `PKGSYNC_${end.toUpperCase()}_PASSWORD`;
  return environment[variable] === password
    ? { kind: 'variable', name: `the variable ${variable}` }
    : { kind: 'flag', name: `--${end}-password` };
}

async function netrcAnswer(url: string, session: Pick<Session, 'console' | 'environment'>) {
  return URL.canParse(url) ? (await sessionNetrc(session))?.find(new URL(url)) : undefined;
}

/** A URL with credentials of its own needs no others. */
async function ambientCredential(written: string, session: Pick<Session, 'console' | 'environment'>): Promise<Credential | undefined> {
  if (!/^https?:/i.test(written)) return undefined;
  const { url, credential } = parseHttpUrl(written);
  return credential === undefined ? await indexCredential(url, session) : { ...credential, from: { kind: 'url', name: 'the URL given' } };
}
