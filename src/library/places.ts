import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverByUrl } from '../destinations/servers/all.ts';
import { siblingUrl, withPath } from '../destinations/servers/urls.ts';
import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import type { Credential } from '../http/credential.ts';
import { parseHttpUrl } from '../http/url.ts';

/** Where a repository is: a folder, or a server with what stood before the `@` of its URL. */
export type Place =
  | { readonly kind: 'folder'; readonly path: string; readonly address: string }
  | { readonly kind: 'server'; readonly url: URL; readonly credential?: Credential | undefined };

/**
 * An http(s) or file URL, or a path (relative ones start at the working folder).
 * @throws PkgsyncError USAGE
 */
export function parsePlace(written: string | URL): Place {
  const text = String(written).trim();
  if (text === '') throw new PkgsyncError('USAGE', 'a repository needs a URL or a path');
  if (/^https?:/i.test(text)) return { kind: 'server', ...parseHttpUrl(text) };
  if (/^file:/i.test(text)) return { kind: 'folder', path: pathOfUrl(text), address: text };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new PkgsyncError('USAGE', `'${printable(redactUrl(text))}' is no http, https or file URL`);
  }
  return { kind: 'folder', path: resolve(text), address: text };
}

function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new PkgsyncError('USAGE', `'${printable(text)}' is not the file URL of this machine`, { cause: error });
  }
}

/**
 * Where the simple API of the repository is read: the address itself, or where upload address and simple API of a known product lie apart, the
 * latter. What the address alone does not tell, reading finds out (`locateSimpleApi`). Pure.
 */
export function readingUrl(url: URL): URL {
  if (/\/\+?simple\/?$/.test(url.pathname)) return url;
  const known = serverByUrl(url);
  if (known !== undefined) return known.simpleUrl(url);
  return /\/legacy\/?$/.test(url.pathname) ? siblingUrl(url, 'simple') : url;
}

/**
 * Where files are uploaded: the address itself, unless it is the one of a simple API; then what goes with it. Known products have theirs, elsewhere it
 * is the folder above. Pure.
 */
export function uploadingUrl(url: URL): URL {
  const known = serverByUrl(url);
  if (known !== undefined) {
    const instead = known.problem?.(url)?.instead;
    return instead === undefined ? url : new URL(instead);
  }
  const [above] = /^.*(?=\/\+?simple\/?$)/.exec(url.pathname) ?? [];
  return above === undefined ? url : withPath(url, `${above}/`);
}

/** The root of a directory destination, for the folder or for the `simple` in it. */
export function directoryRoot(path: string): string {
  return basename(path) === 'simple' ? dirname(path) : path;
}

/**
 * The origins that credentials given for `url` go to: its own, and that of a simple API that was named beside it. PyPI takes credentials at its upload
 * host only, and reading it needs none.
 */
export function credentialUrls(url: URL, simpleUrl: URL | undefined): readonly URL[] {
  if (serverByUrl(url)?.kind === 'pypi') return [uploadingUrl(url)];
  return simpleUrl === undefined ? [url] : [url, simpleUrl];
}
