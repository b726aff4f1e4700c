import { PkgsyncError, printable, redactUrl } from '../../errors.ts';
import type { Authorize, HttpClient } from '../../http/http-client.ts';
import type { WriteAnswer } from '../destination.ts';
import { isRecord } from '../json-value.ts';
import { sendDeletion } from '../send-deletion.ts';
import type { RemovalRequest } from './profile.ts';
import { ask, assertSame, badAnswer, digestsFrom, isReleaseOf, pages, searchText, segment, withQuery, type Question } from './rest.ts';

const perPage = 100;

/** The packages API takes tokens in headers of their own, not by HTTP Basic, which only the registry itself does. */
const authorize: Authorize = ({ username, password }) =>
  username === 'gitlab-ci-token' ? { 'job-token': password } : { 'private-token': password };

const rights = 'the token needs the scope api and a role that may delete packages; deploy tokens cannot';

/**
 * Removes one file by its id in the package registry: https://docs.gitlab.com/api/packages/. GitLab may hold several packages of one release under
 * different spellings, and, from before names were unique, several files of one name.
 * @param uploadUrl `<base>/api/v4/projects/<id>/packages/pypi`
 * @throws PkgsyncError as `ServerProfile.remove`
 */
export async function removeFromGitlab(uploadUrl: URL, http: HttpClient, { file, signal }: RemovalRequest): Promise<WriteAnswer> {
  const packages = packagesUrl(uploadUrl);
  const doing = `remove ${printable(file.filename)}`;
  const question: Question = { doing, forWriting: true, hints: { 401: rights, 403: rights }, authorize, signal };
  const found: URL[] = [];
  const search = searchText(file.name);
  const query = { package_type: 'pypi', ...(search === undefined ? {} : { package_name: search }) };
  for await (const each of listed(http, withQuery(packages, query), question)) {
    if (each['package_type'] !== 'pypi' || !isReleaseOf(file, each['name'], each['version'])) continue;
    const files = new URL(`${packages.href}/${segment(each['id'], packages)}/package_files`);
    for await (const one of listed(http, files, question)) {
      if (one['file_name'] !== file.filename) continue;
      if (one['package_id'] !== undefined && one['package_id'] !== each['id']) throw badAnswer(files, 'it names a file of another package');
      assertSame(file, digestsFrom(one['file_sha256'], one['file_md5']), 'the package registry');
      found.push(new URL(`${files.href}/${segment(one['id'], files)}`));
    }
  }
  let answer: WriteAnswer = { outcome: 'unclear', reason: 'the package registry names no such file' };
  for (const url of found) {
    answer = await sendDeletion(http, url, { doing, hints: question.hints, authorize, signal });
    if (answer.outcome !== 'done') return answer;
  }
  return answer;
}

function packagesUrl(uploadUrl: URL): URL {
  const [, path] = /^(.*\/api\/v4\/projects\/[^/]+\/packages)\/pypi\/?$/.exec(uploadUrl.pathname) ?? [];
  if (path !== undefined) return new URL(path, uploadUrl);
  throw new PkgsyncError('UNSUPPORTED', `${redactUrl(uploadUrl)} is no address of GitLab's packages: nothing can be removed there`, {
    hint: 'configure <base>/api/v4/projects/<id>/packages/pypi',
  });
}

/** Every entry of a list that comes in pages; the next one is asked for by its number. */
async function* listed(http: HttpClient, url: URL, question: Question): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const first = withQuery(url, { per_page: String(perPage), page: '1' });
  const all = pages(first, async (page) => {
    const answer = await ask(http, page, question);
    if (answer === undefined) {
      throw new PkgsyncError('NOT_FOUND', `cannot ${question.doing}: ${redactUrl(page)} does not exist (404)`, {
        status: 404,
        hint: `GitLab answers the same about what a token may not see: ${rights}`,
      });
    }
    if (!Array.isArray(answer.json)) throw badAnswer(page, 'it is no list');
    const entries = answer.json as readonly unknown[];
    return { found: entries.filter(isRecord), next: nextPage(page, answer.headers['x-next-page'], entries.length) };
  });
  for await (const entries of all) yield* entries;
}

function nextPage(page: URL, next: string | undefined, count: number): URL | undefined {
  // A proxy may drop the header; a page that is not full is the last one.
  if (next === undefined) return count < perPage ? undefined : withQuery(page, { page: String(Number(page.searchParams.get('page')) + 1) });
  if (next === '') return undefined;
  if (!/^[1-9]\d{0,8}$/.test(next)) throw badAnswer(page, `'${printable(next, 60)}' is no page`);
  return withQuery(page, { page: next });
}
