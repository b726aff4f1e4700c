import { printable, redactUrl } from '../errors.ts';
import { isHttpUrl, isUrl } from '../manifest/location.ts';

export type ReadLocation =
  | { readonly location: string; readonly removed: readonly ('credentials' | 'query')[] }
  /** Completes "X is left out: ...". */
  | { readonly because: string };

/**
 * The address of an index as a manifest may hold it: no user, no password, no query, no fragment. Variables in the part that goes (user and
 * password) go with it; elsewhere they make the address useless here, because a value out of the environment must not get into a file.
 * @param written as in the input, variables such as `${TOKEN}` not filled in
 */
export function readLocation(written: string): ReadLocation {
  if (!isUrl(written)) {
    if (written.trim() === '' || written.includes('\0')) return { because: 'it is no address' };
    if (hasVariable(written)) return { because: 'it holds a variable: name the source with --source' };
    return { location: written, removed: [] };
  }
  // The authority ends at the first of these; an `@` after it belongs to the path.
  const start = written.indexOf('://') + 3;
  const length = written.slice(start).search(/[/?#\\]/);
  const end = length < 0 ? written.length : start + length;
  const at = written.lastIndexOf('@', end - 1);
  const bare = at < start ? written : written.slice(0, start) + written.slice(at + 1);
  if (hasVariable(bare)) return { because: 'it holds a variable: name the source with --source' };
  if (!URL.canParse(bare)) return { because: 'it is no URL' };
  const url = new URL(bare);
  if (!isHttpUrl(bare) && url.protocol !== 'file:') return { because: `no index is reached by '${printable(url.protocol)}'` };
  const removed: ('credentials' | 'query')[] = at < start && url.username === '' && url.password === '' ? [] : ['credentials'];
  if (url.search !== '' || url.hash !== '') removed.push('query');
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  // With and without it an index is the same.
  if (!url.pathname.endsWith('/') && url.protocol !== 'file:') url.pathname += '/';
  return { location: url.href, removed };
}

/** An address, or text that holds some, as messages may show it: without credentials, queries and fragments. */
export function shownLocation(written: string): string {
  return printable(
    written
      .split(/(\s+)/)
      .map((word) => (word.includes('//') ? shownWord(word) : word))
      .join(''),
  );
}

function shownWord(word: string): string {
  let start = word.indexOf('//');
  while (start > 0 && /[A-Za-z0-9+.:-]/.test(word.charAt(start - 1))) start -= 1;
  // An `@` before the scheme belongs to what is at the address.
  const address = word.slice(start).replace(/\/\/[^/?#\\]*@/g, '//****@');
  return word.slice(0, start) + redactUrl(address.replace(/[?#].*/s, ''));
}

function hasVariable(text: string): boolean {
  return /\$\{|\$[A-Za-z_]|%\(|%7B/.test(text);
}

/** The last part of the path of a URL or path, percent-decoded; '' where there is none. */
export function lastPathPart(written: string): string {
  const path = isUrl(written) ? written.slice(written.indexOf('://') + 3).replace(/[?#].*/s, '') : written;
  const last = path.slice(Math.max(path.lastIndexOf('/'), isUrl(written) ? -1 : path.lastIndexOf('\\')) + 1);
  try {
    return decodeURIComponent(last);
  } catch (error) {
    if (error instanceof URIError) return last;
    throw error;
  }
}
