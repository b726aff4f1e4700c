import { PkgsyncError, redactUrl } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { statusError } from '../../http/status-error.ts';
import { isValidName, normalizeName, type PackageName } from '../../packaging/name.ts';
import { isRecord, parseJsonText } from '../json-value.ts';

/** Packages asked for at once; servers may give fewer. */
const pageSize = 50;
/** Characters of one page. */
const pageLimit = 16 * 1024 * 1024;

/**
 * Names of an owner's Python projects by the REST API of Gitea and Forgejo, page by page, as its simple API has no list of them. A name comes once per
 * version.
 * @param uploadUrl `<base>/api/packages/<owner>/pypi`
 * @throws PkgsyncError UNSUPPORTED for another URL; BAD_RESPONSE; UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UNREACHABLE
 */
export async function* giteaProjects(uploadUrl: URL, http: HttpClient, signal?: AbortSignal): AsyncGenerator<PackageName> {
  const list = listUrl(uploadUrl);
  let previous: string | undefined;
  for (let page = 1; ; page++) {
    list.searchParams.set('page', String(page));
    const text = await readPage(http, list, signal);
    const names = namesIn(text, list);
    if (names.length === 0) return;
    // Whoever gives every page alike would be asked for ever.
    if (text === previous) throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(list)} answers with the page before`);
    previous = text;
    yield* names.filter(isValidName).map(normalizeName);
  }
}

function listUrl(uploadUrl: URL): URL {
  const [, base, owner] = /^(.*)\/api\/packages\/([^/]+)\/pypi\/?$/.exec(uploadUrl.pathname) ?? [];
  if (base === undefined || owner === undefined) {
    throw new PkgsyncError(
      'UNSUPPORTED',
      `the projects at ${redactUrl(uploadUrl)} cannot be listed: it is no address of Gitea's packages`,
      {
        hint: 'configure <base>/api/packages/<owner>/pypi',
      },
    );
  }
  return new URL(`${base}/api/v1/packages/${owner}?type=pypi&limit=${pageSize}`, uploadUrl);
}

function readPage(http: HttpClient, url: URL, signal: AbortSignal | undefined): Promise<string> {
  return http.read(url, { accept: 'application/json', decode: true, signal }, async (response) => {
    if (response.status === 200 && response.leftOrigin === undefined) return response.text(pageLimit);
    await response.discard();
    throw statusError(response, { doing: 'list the projects' });
  });
}

function namesIn(text: string, url: URL): readonly string[] {
  const packages = parseJsonText(text);
  if (Array.isArray(packages)) {
    const names = (packages as readonly unknown[]).map((each) => (isRecord(each) ? each['name'] : undefined));
    if (names.every((name) => typeof name === 'string')) return names;
  }
  throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(url)} is no list of packages as Gitea and Forgejo give it`);
}
