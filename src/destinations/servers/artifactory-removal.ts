import { PkgsyncError, printable, redactUrl } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { WriteAnswer } from '../destination.ts';
import { isRecord } from '../json-value.ts';
import { sendDeletion } from '../send-deletion.ts';
import { artifactoryRepository } from './artifactory-repository.ts';
import type { RemovalRequest } from './profile.ts';
import { ask, assertSame, badAnswer, digestsFrom, type Question } from './rest.ts';
import { lastSegment } from './urls.ts';

const rights = 'removal needs the permission Delete/Overwrite on the repository';

/**
 * Removes one file by its path in the repository: https://jfrog.com/help/r/jfrog-rest-apis/delete-item. The index is computed anew some time after.
 * @param uploadUrl `<base>/api/pypi/<repository>`
 * @throws PkgsyncError as `ServerProfile.remove`
 */
export async function removeFromArtifactory(uploadUrl: URL, http: HttpClient, { file, signal }: RemovalRequest): Promise<WriteAnswer> {
  const { base, repository, segment } = artifactoryRepository(uploadUrl);
  const path = pathOf(file.url, file.filename, uploadUrl);
  const doing = `remove ${printable(file.filename)}`;
  const question: Question = { doing, forWriting: true, hints: { 401: rights, 403: rights }, signal };
  const stored = new URL(`${base}/api/storage/${segment}/${path}`, uploadUrl);
  const answer = await ask(http, stored, question);
  if (answer === undefined) return { outcome: 'done', status: 404, reason: 'the storage has no such file' };
  const { json } = answer;
  if (!isRecord(json) || !isRecord(json['checksums'])) throw badAnswer(stored, 'it describes no file');
  if (json['repo'] !== repository) {
    const where = printable(String(json['repo']), 100);
    throw new PkgsyncError('CONFLICT', `${printable(file.filename)} was not removed: it is a file of the repository ${where}`, {
      hint: 'configure the local repository that holds it',
    });
  }
  assertSame(file, digestsFrom(json['checksums']['sha256'], json['checksums']['md5']), 'Artifactory');
  return sendDeletion(http, new URL(`${base}/${segment}/${path}`, uploadUrl), { doing, hints: question.hints, signal });
}

/** Where the file lies below the repository, as its listed URL has it: still percent-encoded. @throws PkgsyncError CONFLICT where that is elsewhere */
function pathOf(fileUrl: string, filename: string, uploadUrl: URL): string {
  const url = new URL(fileUrl);
  const prefix = `${uploadUrl.pathname.replace(/\/$/, '')}/`;
  const path = url.pathname.slice(prefix.length);
  if (url.origin === uploadUrl.origin && url.pathname.startsWith(prefix) && lastSegment(url) === filename) return path;
  throw new PkgsyncError('CONFLICT', `${printable(filename)} was not removed: it is listed at ${redactUrl(url)}, outside the repository`);
}
