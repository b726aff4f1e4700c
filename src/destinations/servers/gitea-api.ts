import { PkgsyncError, redactUrl } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { statusError } from '../../http/status-error.ts';
import { isRecord, parseJsonText } from '../json-value.ts';
import { withQuery } from './rest.ts';

/** Packages asked for at once; servers may give fewer. */
const pageSize = 50;
/** Characters of one page. */
const pageLimit = 16 * 1024 * 1024;

/** A package as the REST API has it: one version of a project. */
export interface GiteaPackage {
  readonly name: string;
  readonly version: unknown;
}

/**
 * `<base>/api/v1/packages/<owner>`, the REST API of Gitea and Forgejo that goes with an upload URL.
 * @param uploadUrl `<base>/api/packages/<owner>/pypi`
 * @throws PkgsyncError UNSUPPORTED for another URL
 */
export function giteaApiUrl(uploadUrl: URL): URL {
  const [, base, owner] = /^(.*)\/api\/packages\/([^/]+)\/pypi\/?$/.exec(uploadUrl.pathname) ?? [];
  if (base === undefined || owner === undefined) {
    throw new PkgsyncError('UNSUPPORTED', `${redactUrl(uploadUrl)} is no address of Gitea's packages: its API cannot be asked`, {
      hint: 'configure <base>/api/packages/<owner>/pypi',
    });
  }
  return new URL(`${base}/api/v1/packages/${owner}`, uploadUrl);
}

export interface GiteaSearch {
  /** What it is for, as an infinitive. */
  readonly doing: string;
  /** Part of the names asked for; undefined: all. */
  readonly text?: string | undefined;
  /** What to do about a refusal, by its status. */
  readonly hints?: Readonly<Record<number, string>> | undefined;
  readonly forWriting?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The packages of an owner, page by page until one is empty.
 * @throws PkgsyncError BAD_RESPONSE, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UNREACHABLE
 */
export async function* giteaPackages(api: URL, http: HttpClient, search: GiteaSearch): AsyncGenerator<readonly GiteaPackage[]> {
  const { text } = search;
  const list = withQuery(api, { type: 'pypi', limit: String(pageSize), ...(text === undefined ? {} : { q: text }) });
  let previous: string | undefined;
  for (let page = 1; ; page++) {
    list.searchParams.set('page', String(page));
    const body = await readPage(http, list, search);
    const packages = packagesIn(body, list);
    if (packages.length === 0) return;
    // Whoever gives every page alike would be asked for ever.
    if (body === previous) throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(list)} answers with the page before`);
    previous = body;
    yield packages;
  }
}

function readPage(http: HttpClient, url: URL, { doing, hints, forWriting, signal }: GiteaSearch): Promise<string> {
  return http.read(url, { accept: 'application/json', decode: true, forWriting, signal }, async (response) => {
    if (response.status === 200 && response.leftOrigin === undefined) return response.text(pageLimit);
    await response.discard();
    throw statusError(response, { doing, hint: hints?.[response.status] });
  });
}

function packagesIn(text: string, url: URL): readonly GiteaPackage[] {
  const packages = parseJsonText(text);
  const entries = Array.isArray(packages) ? (packages as readonly unknown[]) : [undefined];
  return entries.map((entry) => {
    if (!isRecord(entry) || typeof entry['name'] !== 'string') {
      throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(url)} is no list of packages as Gitea and Forgejo give it`);
    }
    return { name: entry['name'], version: entry['version'] };
  });
}
