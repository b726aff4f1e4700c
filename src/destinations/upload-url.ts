import { PkgsyncError, redactUrl } from '../errors.ts';
import { parseHttpUrl } from '../http/url.ts';
import { serverByUrl, servers } from './servers/all.ts';
import type { ServerKind } from './servers/profile.ts';
import { slashed } from './servers/urls.ts';

/**
 * The URL to POST uploads to, from what a person configured: final slashes are put right where servers insist on them, and known addresses that
 * only look like one are refused with the right one. `…/legacy` answers a POST with a redirect at best, PyPI with 400.
 * @param kind as configured; what the URL gives away comes first
 * @throws PkgsyncError USAGE
 */
export function parseUploadUrl(written: string, kind: ServerKind | 'auto' = 'auto'): URL {
  const { url: parsed, credential } = parseHttpUrl(written);
  if (credential !== undefined) {
    throw new PkgsyncError('USAGE', `the destination ${redactUrl(parsed)} is written with user and password`, {
      hint: 'name the variables that hold them under auth instead',
    });
  }
  const withSlash = /\/legacy$/.test(parsed.pathname) ? slashed(parsed) : parsed;
  const server = serverByUrl(withSlash) ?? servers[kind === 'auto' ? 'generic' : kind];
  const url = server.uploadUrl?.(withSlash) ?? withSlash;
  const problem = server.problem?.(url);
  if (problem === undefined) return url;
  const hint = problem.instead === undefined ? undefined : `configure ${problem.instead}`;
  throw new PkgsyncError('USAGE', `${redactUrl(url)} is no address to upload to: ${problem.because}`, { hint });
}

/** Where the simple API of a server with this upload URL is, unless configured. What `generic` stands for may still have a known address. */
export function defaultSimpleUrl(uploadUrl: URL, kind: ServerKind): URL {
  const server = kind === 'generic' ? (serverByUrl(uploadUrl) ?? servers.generic) : servers[kind];
  return server.simpleUrl(uploadUrl);
}
