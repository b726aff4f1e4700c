import { PkgsyncError, printable } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { WriteAnswer } from '../destination.ts';
import { isRecord } from '../json-value.ts';
import { sendDeletion } from '../send-deletion.ts';
import { giteaApiUrl, giteaPackages } from './gitea-api.ts';
import type { RemovalRequest } from './profile.ts';
import { ask, assertSame, badAnswer, digestsFrom, isReleaseOf, searchText, segment, type Question } from './rest.ts';

const rights = 'a token needs the scope write:package, and its user the right to write the packages of the owner';

/**
 * Removes the version that the file is in, once every file of it is known to go: https://docs.gitea.com/api/. There is no removal of a single file.
 * Releases spelled in several ways (`1.0`, `1.0.0`) are versions of their own.
 * @param uploadUrl `<base>/api/packages/<owner>/pypi`
 * @throws PkgsyncError as `ServerProfile.remove`
 */
export async function removeFromGitea(uploadUrl: URL, http: HttpClient, { file, together, signal }: RemovalRequest): Promise<WriteAnswer> {
  const api = giteaApiUrl(uploadUrl);
  const doing = `remove ${printable(file.filename)}`;
  const question: Question = { doing, forWriting: true, hints: { 401: rights, 403: rights }, signal };
  for await (const packages of giteaPackages(api, http, { ...question, text: searchText(file.name) })) {
    for (const { name, version } of packages) {
      if (!isReleaseOf(file, name, version)) continue;
      const url = new URL(`${api.href}/pypi/${segment(name, api)}/${segment(version, api)}`);
      if (!(await isOnlyWhatGoes(together, file.filename, url, http, question))) continue;
      return sendDeletion(http, url, { doing, hints: question.hints, signal });
    }
  }
  return { outcome: 'unclear', reason: 'the API names no version with that file' };
}

/**
 * Whether the version has the file, and nothing else than what is to go.
 * @throws PkgsyncError CONFLICT where it has others than are to go
 */
async function isOnlyWhatGoes(
  together: RemovalRequest['together'],
  filename: string,
  version: URL,
  http: HttpClient,
  question: Question,
): Promise<boolean> {
  const url = new URL(`${version.href}/files`);
  const answer = await ask(http, url, question);
  if (answer === undefined) return false;
  if (!Array.isArray(answer.json)) throw badAnswer(url, 'it is no list');
  const files = (answer.json as readonly unknown[]).map((each) => {
    if (isRecord(each) && typeof each['name'] === 'string') return { name: each['name'], each };
    throw badAnswer(url, 'it names a file without a name');
  });
  if (!files.some(({ name }) => name === filename)) return false;
  for (const { name, each } of files) {
    const going = together.find((file) => file.filename === name);
    if (going === undefined) {
      throw new PkgsyncError(
        'CONFLICT',
        `${printable(filename)} was not removed: its version has ${printable(name)} too, which is to stay`,
        {
          hint: 'run plan again to see what has changed',
        },
      );
    }
    assertSame(going, digestsFrom(each['sha256'], each['md5']), 'the version');
  }
  return true;
}
