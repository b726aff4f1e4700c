/** What is wrong with a URL as one to upload to, and the right one where that can be told. */
export interface UrlProblem {
  readonly because: string;
  readonly instead?: string | undefined;
}

/** `<url>/<child>/`, whether `url` ends in a slash or not. */
export function childUrl(url: URL, child: string): URL {
  return withPath(url, `${withoutSlash(url.pathname)}/${child}/`);
}

/** `url` with its last path segment replaced: `…/legacy/` -> `…/simple/`. */
export function siblingUrl(url: URL, sibling: string): URL {
  return withPath(url, `${withoutSlash(url.pathname).replace(/\/[^/]*$/, '')}/${sibling}/`);
}

/** Same origin, another path; no query. */
export function withPath(url: URL, path: string): URL {
  const result = new URL(url);
  result.pathname = path;
  result.search = '';
  result.hash = '';
  return result;
}

/** The same URL with a slash at the end of its path. */
export function slashed(url: URL): URL {
  return url.pathname.endsWith('/') ? url : withPath(url, `${url.pathname}/`);
}

export function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** A segment of a path as text; one with a broken escape as it is. */
export function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}

/** The last segment of the URL's path, decoded. */
export function lastSegment({ pathname }: URL): string {
  return decodedSegment(pathname.split('/').at(-1) ?? '');
}

/** Where nothing better is known: `…/legacy/` (Warehouse, Pulp) has its simple API beside it, everything else below it. */
export function usualSimpleUrl(url: URL): URL {
  return /\/(?:legacy|simple)\/$/.test(url.pathname) ? siblingUrl(url, 'simple') : childUrl(url, 'simple');
}

/** For URLs of the simple API, which is read from, where the upload URL is the part that `before` captures. */
export function simpleInstead(before: RegExp): (url: URL) => UrlProblem | undefined {
  return (url) => {
    const match = before.exec(url.pathname);
    return match?.[1] === undefined ? undefined : readOnly(withPath(url, match[1]));
  };
}

/** The URL is the one of the simple API. */
export function readOnly(instead: URL): UrlProblem {
  return { because: 'it is the address of the simple API, which can only be read', instead: instead.href };
}
