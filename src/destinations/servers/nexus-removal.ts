import { printable } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { WriteAnswer } from '../destination.ts';
import { isRecord } from '../json-value.ts';
import { sendDeletion } from '../send-deletion.ts';
import { nexusRepository } from './nexus-repository.ts';
import type { RemovalRequest } from './profile.ts';
import { ask, assertSame, badAnswer, digestsFrom, pages, segment, withQuery, type Question } from './rest.ts';

const rights = 'removal needs the privileges browse, read and delete on the repository';

/**
 * Removes one asset, not the component of the whole version: https://help.sonatype.com/en/assets-api.html. The search that finds its id may lag behind
 * the repository; then nothing is removed, and the listing says so.
 * @param uploadUrl `<base>/repository/<repository>/`
 * @throws PkgsyncError as `ServerProfile.remove`
 */
export async function removeFromNexus(uploadUrl: URL, http: HttpClient, { file, signal }: RemovalRequest): Promise<WriteAnswer> {
  const { base, repository } = nexusRepository(uploadUrl);
  const doing = `remove ${printable(file.filename)}`;
  const question: Question = { doing, forWriting: true, hints: { 401: rights, 403: rights }, signal };
  const search = new URL(`${base}/service/rest/v1/search/assets`, uploadUrl);
  const ids = new Set<string>();
  for await (const asset of assets(http, withQuery(search, { repository, format: 'pypi', name: file.name }), question)) {
    const path = typeof asset['path'] === 'string' ? asset['path'] : '';
    if (path.split('/').at(-1) !== file.filename) continue;
    // A search of a group finds what its members hold: that is not this repository's to remove.
    if (asset['repository'] !== repository || asset['format'] !== 'pypi') continue;
    const checksum = isRecord(asset['checksum']) ? asset['checksum'] : {};
    assertSame(file, digestsFrom(checksum['sha256'], checksum['md5']), 'Nexus');
    ids.add(segment(asset['id'], search));
  }
  let answer: WriteAnswer = { outcome: 'unclear', reason: 'the search of Nexus names no such file' };
  for (const id of ids) {
    answer = await sendDeletion(http, new URL(`${base}/service/rest/v1/assets/${id}`, uploadUrl), { doing, hints: question.hints, signal });
    if (answer.outcome !== 'done') return answer;
  }
  return answer;
}

async function* assets(http: HttpClient, url: URL, question: Question): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const all = pages(url, async (page) => {
    const answer = await ask(http, page, question);
    const { json } = answer ?? {};
    if (!isRecord(json) || !Array.isArray(json['items'])) throw badAnswer(page, 'it is no list of assets');
    const { continuationToken: token } = json;
    if (token !== undefined && token !== null && typeof token !== 'string') throw badAnswer(page, 'its continuation token is no text');
    const next = typeof token === 'string' && token !== '' ? withQuery(url, { continuationToken: token }) : undefined;
    return { found: (json['items'] as readonly unknown[]).filter(isRecord), next };
  });
  for await (const found of all) yield* found;
}
