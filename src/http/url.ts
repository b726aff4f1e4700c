import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import type { Credential } from './credential.ts';

export interface ParsedUrl {
  /** Without user, password and fragment. */
  readonly url: URL;
  /** What stood before the `@`, percent-decoded. */
  readonly credential?: Credential;
}

/**
 * Reads an http(s) URL and takes user and password out of it at once, so that no later message can show them.
 * @throws PkgsyncError USAGE for other text
 */
export function parseHttpUrl(text: string | URL): ParsedUrl {
  const url = tryUrl(String(text));
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new PkgsyncError('USAGE', `'${printable(redactUrl(text))}' is not an http or https URL`);
  }
  url.hash = '';
  if (url.username === '' && url.password === '') return { url };
  const credential = { username: percentDecoded(url.username), password: percentDecoded(url.password) };
  url.username = '';
  url.password = '';
  return { url, credential };
}

/** `text` as a URL, relative to `base` where one is given; undefined where it is none. */
export function tryUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

/** Percent-decoded text; text with malformed escapes (`%zz`) comes back as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
