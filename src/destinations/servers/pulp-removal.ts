import { isPkgsyncError, PkgsyncError, printable } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { statusError } from '../../http/status-error.ts';
import type { WriteAnswer } from '../destination.ts';
import { isRecord } from '../json-value.ts';
import { unclearAfter } from '../send-form.ts';
import { serverWords } from '../server-words.ts';
import type { RemovalRequest } from './profile.ts';
import { hrefBelow, pulpRepository, results, rights } from './pulp-api.ts';
import { taskOutcome, type TaskOptions } from './pulp-task.ts';
import { ask, assertSame, badAnswer, digestsFrom, withQuery, type Question } from './rest.ts';
import { withPath } from './urls.ts';

/** Characters of an answer that queues a task. */
const bodyLimit = 64 * 1024;

/**
 * Removes one content unit from the repository that the distribution serves, which makes a version of the repository without it; older versions keep it:
 * https://pulpproject.org/pulp_python/docs/user/. A unit is named by an id that stands for its bytes, so other bytes can never go in its place.
 * @param uploadUrl `…/pypi/[<domain>/]<base path>/legacy/`
 * @throws PkgsyncError as `ServerProfile.remove`
 */
export async function removeFromPulp(
  uploadUrl: URL,
  http: HttpClient,
  { file, signal }: RemovalRequest,
  sleep?: TaskOptions['sleep'],
): Promise<WriteAnswer> {
  const doing = `remove ${printable(file.filename)}`;
  const question: Question = { doing, forWriting: true, hints: { 401: rights, 403: rights }, signal };
  const { api, repository } = await pulpRepository(uploadUrl, http, question);
  const version = await latestVersion(withPath(uploadUrl, repository), http, question);
  const content = `${api}/content/python/packages/`;
  const query = { filename: file.filename, repository_version: version, fields: 'pulp_href,filename,sha256' };
  const url = withQuery(withPath(uploadUrl, content), query);
  const answer = await ask(http, url, question);
  const unit = results(answer?.json, url).find(({ filename }) => filename === file.filename);
  // It may come from the remote that the distribution passes on, or somebody else was faster.
  if (unit === undefined) return { outcome: 'unclear', reason: 'the repository has no such file' };
  assertSame(file, digestsFrom(unit['sha256'], undefined), 'Pulp');
  const body = JSON.stringify({ remove_content_units: [hrefBelow(unit['pulp_href'], content, url)] });
  return modify(withPath(uploadUrl, `${repository}modify/`), http, body, { ...question, sleep });
}

async function latestVersion(url: URL, http: HttpClient, question: Question): Promise<string> {
  const answer = await ask(http, url, question);
  if (answer === undefined) {
    throw new PkgsyncError('FORBIDDEN', `cannot ${question.doing}: Pulp does not show this user the repository`, {
      status: 404,
      hint: rights,
    });
  }
  const href = isRecord(answer.json) ? answer.json['latest_version_href'] : undefined;
  return hrefBelow(href, `${url.pathname}versions/`, url);
}

/** Queues the change, once, along no redirect, and asks for its task. */
async function modify(
  url: URL,
  http: HttpClient,
  body: string,
  { doing, hints, signal, sleep }: Question & Pick<TaskOptions, 'sleep'>,
): Promise<WriteAnswer> {
  const bytes = Buffer.from(body);
  try {
    const response = await http.send(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: { stream: () => onlyPart(bytes), length: bytes.length },
      signal,
    });
    const { status, statusText } = response;
    const reason = printable(statusText);
    if (status === 202) {
      const failure = `Pulp did not ${doing}`;
      const outcome = await taskOutcome({ url, body: await response.text(bodyLimit), http, failure, signal, sleep });
      // Changed nothing, or cannot be asked for: the listing says whether the file is still there.
      return outcome?.outcome === 'done' ? outcome : { outcome: 'unclear', status, reason: outcome?.reason ?? reason };
    }
    const excerpt = await response.excerpt();
    if (status >= 500 || status === 408 || status === 429) return { outcome: 'unclear', status, reason };
    if (status >= 200 && status < 300) throw badAnswer(url, `it answered ${status} where a task is queued`);
    const detail = serverWords({ status, reason: statusText, contentType: response.headers['content-type'], body: excerpt });
    throw statusError(response, { doing, detail, hint: hints?.[status] });
  } catch (error) {
    if (isPkgsyncError(error)) return unclearAfter(error);
    throw error;
  }
}

async function* onlyPart(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
