import { PkgsyncError, redactUrl } from '../errors.ts';
import { parseHttpUrl } from '../http/url.ts';
import { childUrl, knownService, siblingUrl, withPath } from './servers/known-services.ts';
import type { ServerKind } from './servers/profile.ts';

/**
 * The URL to POST uploads to, from what a person configured: final slashes are put right where servers insist on them, and known addresses that
 * only look like one are refused with the right one.
 * @throws PkgsyncError USAGE
 */
export function parseUploadUrl(written: string): URL {
  const { url: parsed, credential } = parseHttpUrl(written);
  if (credential !== undefined) {
    throw new PkgsyncError('USAGE', `the destination ${redactUrl(parsed)} is written with user and password`, {
      hint: 'name the variables that hold them under auth instead',
    });
  }
  const url = withFinalSlash(parsed);
  const problem = knownService(url)?.problem?.(url) ?? devpiSimple(url);
  if (problem === undefined) return url;
  const hint = problem.instead === undefined ? undefined : `configure ${problem.instead}`;
  throw new PkgsyncError('USAGE', `${redactUrl(url)} is no address to upload to: ${problem.because}`, { hint });
}

/** Where the simple API of a server with this upload URL is, unless configured. */
export function defaultSimpleUrl(uploadUrl: URL, kind: ServerKind): URL {
  if (kind === 'devpi') return childUrl(uploadUrl, '+simple');
  const known = knownService(uploadUrl);
  if (known !== undefined) return known.simpleUrl(uploadUrl);
  if (kind === 'pypiserver') return childUrl(uploadUrl, 'simple');
  // Warehouse and Pulp: `…/legacy/` beside `…/simple/`. Pulp takes uploads at both.
  return /\/(?:legacy|simple)\/$/.test(uploadUrl.pathname) ? siblingUrl(uploadUrl, 'simple') : childUrl(uploadUrl, 'simple');
}

/**
 * `…/legacy` answers a POST with a redirect at best, PyPI with 400; Nexus routes only `…/repository/<repo>/`. Elsewhere both forms work, or only the
 * one that is documented: it stays as written.
 */
function withFinalSlash(url: URL): URL {
  if (/\/legacy$/.test(url.pathname) || /^(?:\/[^/]+)?\/repository\/[^/]+$/.test(url.pathname)) return withPath(url, `${url.pathname}/`);
  return url;
}

function devpiSimple(url: URL): { readonly because: string; readonly instead: string } | undefined {
  const [index, rest] = url.pathname.split('/+simple');
  if (index === undefined || rest === undefined) return undefined;
  return { because: "it is the address of devpi's simple API, which can only be read", instead: withPath(url, `${index}/`).href };
}
