import { PkgsyncError } from '../errors.ts';

/** Who told a credential. */
export type CredentialKind =
  'given' | 'flag' | 'variable' | 'url' | 'question' | 'netrc' | 'pypirc' | 'pip-config' | 'command' | 'keyring' | 'trusted-publishing';

/** Where a credential comes from, told so that a person finds it, and without any of it. */
export interface CredentialFrom {
  readonly kind: CredentialKind;
  /** `the variable ACME_TOKEN`, `~/.netrc:3`: fit for the middle of a sentence. */
  readonly name: string;
}

/** User and password for HTTP Basic, as typed (not percent-encoded). */
export interface Credential {
  readonly username: string;
  readonly password: string;
  /** For messages about it. */
  readonly from?: CredentialFrom | undefined;
}

/** Where the client asks for credentials, once per request and hop; the answer must depend on the URL's origin alone. */
export interface CredentialProvider {
  /** @param writes whether the request is to change something: some credentials are for that only */
  for(url: URL, writes?: boolean): Promise<Credential | undefined>;
  /** Asked after an answer 401 to `refused`: another credential, or undefined. Such a request is made once more. */
  renew?(url: URL, refused: Credential): Promise<Credential | undefined>;
  /** Told what came of a credential: `accepted` by a 2xx answer; `refused` with 401 right after `renew` gave it. */
  learn?(url: URL, credential: Credential, verdict: 'accepted' | 'refused'): void;
}

/** Value of the Authorization header: https://www.rfc-editor.org/rfc/rfc7617 with UTF-8. */
export function basicAuthorization(credential: Credential): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`, 'utf8').toString('base64')}`;
}

/** Shorter passwords occur in a text by chance. */
const shortestMasked = 8;

/**
 * A server's words without the credentials that were sent to it: some print the request they refuse, and their words get into logs. Also in the forms
 * in which URLs, JSON and headers carry them.
 */
export function withoutCredential(text: string, { username, password }: Credential): string {
  // Without a password the user name is the secret: a token before the `@` of a URL.
  const secret = password === '' ? username : password;
  const pair = `${username}:${password}`;
  const long = secret.length < shortestMasked ? [] : [secret, base64(secret)];
  const forms = [base64(pair), ...(pair.length < shortestMasked ? [] : [pair]), ...long].flatMap((form) => [
    form,
    form
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/={1,2}$/, ''),
    encodeURIComponent(wellFormed(form)),
    encodeURI(wellFormed(form)),
    JSON.stringify(form).slice(1, -1),
  ]);
  // The longest first, so that no part of one is left.
  return [...new Set(forms)]
    .filter((form) => form.length >= 4)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, form) => masked.replaceAll(form, '****'), text);
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** Lone surrogates, which cannot be encoded, as they would be sent. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** Whether the URL's host is this machine, where plain http shows a secret to nobody else. */
export function isLoopback(url: URL): boolean {
  const host = url.hostname;
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** @throws PkgsyncError UNAUTHORIZED where credentials would cross a network unencrypted and nobody allowed that */
export function refuseInsecure(url: URL, allowInsecure: boolean): void {
  if (url.protocol === 'https:' || allowInsecure || isLoopback(url)) return;
  throw new PkgsyncError('UNAUTHORIZED', `refused to send credentials to ${url.origin}: the connection is not encrypted`, {
    hint: 'use an https URL',
  });
}
