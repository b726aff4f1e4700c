import { isPkgsyncError, printable } from '../errors.ts';
import type { Authorize, HttpClient } from '../http/http-client.ts';
import { statusError } from '../http/status-error.ts';
import type { WriteAnswer } from './destination.ts';
import { unclearAfter } from './send-form.ts';
import { serverWords } from './server-words.ts';

export interface DeletionOptions {
  /** What is tried, as an infinitive: `remove foo-1.0.tar.gz`. */
  readonly doing: string;
  /** What to do about a refusal, by its status. */
  readonly hints?: Readonly<Record<number, string>> | undefined;
  readonly authorize?: Authorize | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one DELETE, once, along no redirect, and says what came of it: `done` also where there was nothing left to delete, `unclear` where only the
 * listing can say: a removal that was queued (202), no answer, a passing failure.
 * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN, CONFLICT, REDIRECTED, REFUSED in the server's words; the signal's reason
 */
export async function sendDeletion(
  http: HttpClient,
  url: string | URL,
  { doing, hints, authorize, signal }: DeletionOptions,
): Promise<WriteAnswer> {
  try {
    const response = await http.send(url, { method: 'DELETE', headers: { accept: 'application/json' }, authorize, signal });
    const { status, statusText } = response;
    const reason = printable(statusText);
    const body = await response.excerpt();
    if (status === 202) return { outcome: 'unclear', status, reason };
    if ((status >= 200 && status < 300) || status === 404 || status === 410) return { outcome: 'done', status, reason };
    if (status >= 500 || status === 408 || status === 429) return { outcome: 'unclear', status, reason };
    const detail = serverWords({ status, reason: statusText, contentType: response.headers['content-type'], body });
    throw statusError(response, { doing, detail, hint: hints?.[status] });
  } catch (error) {
    if (isPkgsyncError(error)) return unclearAfter(error);
    throw error;
  }
}
