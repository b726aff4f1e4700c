import { printable } from '../errors.ts';

/** Whether the text is a URL rather than a path. `C:\wheels` is a path: a scheme has at least two characters and `//`. */
export function isUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(text);
}

/** Whether a destination or source given as bare text is reached over HTTP. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * What is wrong with a URL of an index or an upload API, or undefined. Nothing of the URL is repeated: it may hold a secret.
 * @param schemes which are allowed, such as `https`
 */
export function urlProblem(text: string, schemes: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return `not a URL; expected ${schemes.join(', ')} and a host`;
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  if (!schemes.includes(scheme)) return `a URL with '${scheme}' cannot be used here; expected ${schemes.join(', ')}`;
  if (url.username !== '' || url.password !== '')
    return 'a URL must not hold credentials: name environment variables in auth (usernameEnv, passwordEnv or tokenEnv)';
  if (url.search !== '' || url.hash !== '') return 'the URL of an index has no query (?) and no fragment (#)';
  return undefined;
}

/** What is wrong with a path, or undefined. */
export function pathProblem(text: string): string | undefined {
  if (text.trim() === '') return 'expected a path, found nothing';
  if (text.includes('\0')) return 'a path has no NUL character';
  if (isUrl(text)) return 'expected a path, found a URL';
  if (looksLikeHost(text))
    return `'${printable(text, 60)}' looks like a URL without its scheme: write https:// before it, or ./ if a folder is meant`;
  return undefined;
}

/** `pypi.corp.example/simple` or `localhost:8080`: taken for a path, it would quietly make a folder of that name. */
function looksLikeHost(text: string): boolean {
  const first = text.split(/[/\\]/, 1)[0] ?? '';
  return /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*:\d+$/.test(first) || /^(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}$/.test(first);
}
