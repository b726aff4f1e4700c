import { PkgsyncError, redactUrl } from '../errors.ts';
import type { Credential } from '../http/credential.ts';
import { parseHttpUrl } from '../http/url.ts';
import { indexCredential } from './index-credentials.ts';
import { sessionNetrc } from './netrc.ts';
import type { Session } from './session.ts';

/** Credentials as flags give them. */
export interface GivenCredential {
  /** Where they will be sent; named in the question. */
  readonly url: string;
  /** `source` or `destination`: how the flags are called. */
  readonly end: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * The credential that flags of a one-shot command stand for. A user name without a password is completed from the netrc file where it has this user
 * there, else on the terminal, without echo. A source without any has what installers have for it.
 * @throws PkgsyncError UNAUTHORIZED where there is no terminal to ask on; USAGE for a password without a user name
 */
export async function oneShotCredential(
  { url, end, username, password }: GivenCredential,
  session: Pick<Session, 'console' | 'signal' | 'environment'>,
): Promise<Credential | undefined> {
  if (username === undefined) {
    if (password === undefined) return end === 'source' ? await ambientCredential(url, session) : undefined;
    throw new PkgsyncError('USAGE', `a ${end} password without a user name`, {
      hint: `add --${end}-username (__token__ for an API token)`,
    });
  }
  if (password !== undefined) return { username, password };
  const { console, signal } = session;
  const netrc = URL.canParse(url) ? (await sessionNetrc(session))?.find(new URL(url)) : undefined;
  if (netrc?.credential?.username === username) {
    if (netrc.warning !== undefined) console.note(`warning: ${netrc.warning}`);
    return netrc.credential;
  }
  const asked = await console.askSecret(`Password of ${username} at ${redactUrl(url)}: `, signal);
  if (asked !== undefined) return { username, password: asked };
  throw new PkgsyncError('UNAUTHORIZED', `no password for ${username} at ${redactUrl(url)}, and no terminal to ask on`, {
    hint: `pass it in the variable PKGSYNC_${end.toUpperCase()}_PASSWORD`,
  });
}

/** A URL with credentials of its own needs no others. */
async function ambientCredential(written: string, session: Pick<Session, 'console' | 'environment'>): Promise<Credential | undefined> {
  if (!/^https?:/i.test(written)) return undefined;
  const { url, credential } = parseHttpUrl(written);
  return credential === undefined ? await indexCredential(url, session) : undefined;
}
