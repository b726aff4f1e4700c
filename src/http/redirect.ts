import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import { parseHttpUrl, tryUrl } from './url.ts';

/** Redirects followed for one read. */
export const maxRedirects = 5;

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export type Redirect =
  /** Not a redirect (or one without a target): the answer itself. */
  | { readonly kind: 'none' }
  | { readonly kind: 'follow'; readonly to: URL }
  /** To another origin that the caller did not ask for. */
  | { readonly kind: 'leaves'; readonly to: URL };

/**
 * What to do with an answer. Following from https to http is never done. A redirect that only changes the scheme of the same host is an
 * error where origins may not be left: read as "leaves", a wrong scheme in the configuration would make everything look absent.
 * @throws PkgsyncError REDIRECTED, BAD_RESPONSE (a target that is no http URL)
 */
export function redirectOf(from: URL, status: number, location: string | undefined, crossOrigin: boolean): Redirect {
  if (!redirectStatuses.has(status) || location === undefined || location === '') return { kind: 'none' };
  const resolved = tryUrl(location, from.href);
  if (resolved === undefined || (resolved.protocol !== 'http:' && resolved.protocol !== 'https:')) {
    throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(from)} redirects to '${printable(redactUrl(location))}', which is no http URL`, {
      status,
    });
  }
  const to = parseHttpUrl(resolved).url;
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new PkgsyncError('REDIRECTED', `${redactUrl(from)} redirects to unencrypted ${redactUrl(to)}`, {
      status,
      hint: 'a proxy in front of the server may not tell it that clients use https',
    });
  }
  if (to.origin === from.origin || crossOrigin) return { kind: 'follow', to };
  if (to.hostname === from.hostname && to.protocol !== from.protocol) {
    throw new PkgsyncError('REDIRECTED', `${redactUrl(from)} redirects to ${redactUrl(to)}`, {
      status,
      hint: `write the address with ${to.protocol.slice(0, -1)}`,
    });
  }
  return { kind: 'leaves', to };
}
