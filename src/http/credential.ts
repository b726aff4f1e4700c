import { PkgsyncError } from '../errors.ts';

/** User and password for HTTP Basic, as typed (not percent-encoded). */
export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** Where the client asks for credentials, once per request and hop; the answer must depend on the URL's origin alone. */
export interface CredentialProvider {
  for(url: URL): Promise<Credential | undefined>;
  /** Asked after an answer 401 to `refused`: another credential, or undefined. Such a request is made once more. */
  renew?(url: URL, refused: Credential): Promise<Credential | undefined>;
}

/** Value of the Authorization header: https://www.rfc-editor.org/rfc/rfc7617 with UTF-8. */
export function basicAuthorization(credential: Credential): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`, 'utf8').toString('base64')}`;
}

/** Shorter passwords occur in a text by chance. */
const shortestMasked = 8;

/**
 * A server's words without the credentials that were sent to it: some print the request they refuse, and their words get into logs.
 */
export function withoutCredential(text: string, credential: Credential): string {
  const { password } = credential;
  const encoded = Buffer.from(`${credential.username}:${password}`, 'utf8').toString('base64');
  return [encoded, ...(password.length < shortestMasked ? [] : [password])].reduce(
    (masked, secret) => masked.replaceAll(secret, '****'),
    text,
  );
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
