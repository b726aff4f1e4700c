import { PkgsyncError, printable, redactUrl } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { isRecord } from '../json-value.ts';
import { ask, badAnswer, withQuery, type Question } from './rest.ts';
import { decodedSegment, withPath } from './urls.ts';

/** The repository behind a distribution, by its paths in the REST API of Pulp. */
export interface PulpRepository {
  /** `/pulp/api/v3`, with a domain in it where there are domains. */
  readonly api: string;
  readonly repository: string;
}

export const rights =
  "this needs the roles 'python.pythonrepository_owner' on the repository and 'python.pythondistribution_viewer' on the distribution";

/** Where the API may be, and the distribution's path there. */
interface Candidate {
  readonly api: string;
  readonly basePath: string;
}

/**
 * Places of the REST API for an upload URL, the likeliest first: with domains, the first part of the path is one (pure). Empty for other URLs, as where the
 * path prefix of the simple API is configured to something else: then the API cannot be found.
 */
export function pulpApis(uploadUrl: URL): readonly Candidate[] {
  const [, prefix, path] = /^(.*?)\/pypi\/((?:[^/]+\/)+)(?:legacy|simple)\/$/.exec(uploadUrl.pathname) ?? [];
  if (prefix === undefined || path === undefined) return [];
  const [first, ...rest] = path.split('/').slice(0, -1);
  const plain = { api: `${prefix}/pulp/api/v3`, basePath: [first, ...rest].map((part) => decodedSegment(part ?? '')).join('/') };
  if (rest.length === 0) return [plain];
  return [plain, { api: `${prefix}/pulp/${first ?? ''}/api/v3`, basePath: rest.map(decodedSegment).join('/') }];
}

/**
 * The repository that the distribution of this upload URL serves.
 * @throws PkgsyncError FORBIDDEN where the user may not see the distribution; REFUSED where it serves no repository; UNSUPPORTED where the API is not found;
 *   as `ask`
 */
export async function pulpRepository(uploadUrl: URL, http: HttpClient, question: Question): Promise<PulpRepository> {
  const candidates = pulpApis(uploadUrl);
  let wasFound = false;
  for (const { api, basePath } of candidates) {
    const url = withQuery(withPath(uploadUrl, `${api}/distributions/python/pypi/`), { base_path: basePath });
    const answer = await ask(http, url, question);
    if (answer === undefined) continue;
    wasFound = true;
    const distribution = results(answer.json, url).find((each) => each['base_path'] === basePath);
    if (distribution === undefined) continue;
    const { repository } = distribution;
    if (repository === null || repository === undefined) {
      throw new PkgsyncError('REFUSED', `cannot ${question.doing}: the distribution at ${redactUrl(uploadUrl)} serves no repository`, {
        hint: 'give the distribution a repository: nothing can be removed from a publication, a version or a remote',
      });
    }
    return { api, repository: hrefBelow(repository, `${api}/repositories/python/python/`, url) };
  }
  if (!wasFound) {
    throw new PkgsyncError('UNSUPPORTED', `cannot ${question.doing}: no REST API of Pulp answers for ${redactUrl(uploadUrl)}`, {
      hint: 'a proxy before Pulp has to let /pulp/api/v3/ through; else remove the content unit from the repository by other means',
    });
  }
  throw new PkgsyncError('FORBIDDEN', `cannot ${question.doing}: Pulp shows this user no distribution for ${redactUrl(uploadUrl)}`, {
    hint: rights,
  });
}

/** The objects of a list. @throws PkgsyncError BAD_RESPONSE */
export function results(json: unknown, url: URL): readonly Readonly<Record<string, unknown>>[] {
  if (!isRecord(json) || !Array.isArray(json['results'])) throw badAnswer(url, 'it is no list');
  return (json['results'] as readonly unknown[]).filter(isRecord);
}

/**
 * A path that an answer names, where it is one of an object in the collection `parent`; anything else would lead elsewhere.
 * @throws PkgsyncError BAD_RESPONSE
 */
export function hrefBelow(href: unknown, parent: string, url: URL): string {
  const id = typeof href === 'string' && href.startsWith(parent) ? href.slice(parent.length) : '';
  if (!/^[0-9a-f-]{1,64}\/$/.test(id)) throw badAnswer(url, `'${printable(String(href), 80)}' is no path below ${parent}`);
  return `${parent}${id}`;
}
