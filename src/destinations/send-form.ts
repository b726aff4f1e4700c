import { isPkgsyncError, PkgsyncError, printable, redactUrl } from '../errors.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import type { WriteAnswer } from './destination.ts';
import type { MultipartBody } from './multipart.ts';
import { classifyUpload, type AnswerRule } from './upload-answer.ts';

export interface SendOptions {
  /** What is tried, as an infinitive: `upload foo-1.0.tar.gz`. */
  readonly doing: string;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: ((count: number) => void) | undefined;
  /** The server's own ways to answer, looked at before the common ones. */
  readonly answers: readonly AnswerRule[] | undefined;
  /** Asked with the body of an answer 202; undefined from it: only the listing can say. */
  readonly queued?: ((body: string) => Promise<WriteAnswer | undefined>) | undefined;
}

/** PyPI and devpi then give their message as JSON. */
const accept = 'application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7';

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * POSTs a form once and says what came of it. A form is never sent a second time on its own, with one exception: a redirect that keeps the method
 * and only adds the final slash. Whatever leaves open whether the server took it is `unclear`: only the listing can say.
 * @throws PkgsyncError as `classifyUpload`; REFUSED for any other redirect; errors of the file itself; the signal's reason
 */
export async function sendForm(http: HttpClient, url: URL, body: MultipartBody, options: SendOptions): Promise<WriteAnswer> {
  const slashed = slashedOf(url);
  try {
    const response = await post(http, url, body, options);
    if (slashed !== undefined && isSameWithSlash(response, url, slashed)) {
      await response.discard();
      return await answerTo(await post(http, slashed, body, options), slashed, options);
    }
    return await answerTo(response, url, options);
  } catch (error) {
    if (isPkgsyncError(error)) return unclearAfter(error);
    throw error;
  }
}

/** The outcome `unclear` for a failure after which the server may have done what was asked; other errors are thrown on. */
export function unclearAfter(error: PkgsyncError): WriteAnswer {
  const open = (error.code === 'UNREACHABLE' && error.retryable) || error.code === 'BAD_RESPONSE';
  if (!open) throw error;
  return { outcome: 'unclear', status: error.status, reason: error.message };
}

function post(http: HttpClient, url: URL, body: MultipartBody, { signal, onBytes }: SendOptions): Promise<HttpResponse> {
  return http.send(url, {
    method: 'POST',
    headers: { 'content-type': body.contentType, accept },
    body: { stream: () => body.stream(), length: body.length },
    signal,
    onBytes,
  });
}

async function answerTo(response: HttpResponse, url: URL, { doing, answers, queued }: SendOptions): Promise<WriteAnswer> {
  const address = redactUrl(url);
  if (redirectStatuses.has(response.status)) {
    await response.discard();
    throw redirected(response, url, doing);
  }
  const answer = {
    status: response.status,
    reason: response.statusText,
    contentType: response.headers['content-type'],
    body: await response.excerpt(),
  };
  const settled = answer.status === 202 ? await queued?.(answer.body) : undefined;
  if (settled !== undefined) return settled;
  const { credentialsSent, credentialFrom } = response;
  return classifyUpload(answer, { doing, address, credentialsSent, credentialFrom, answers });
}

function slashedOf(url: URL): URL | undefined {
  if (url.pathname.endsWith('/')) return undefined;
  const slashed = new URL(url);
  slashed.pathname += '/';
  return slashed;
}

/** Only where method and body are to be kept (307, 308): after the others a client would GET, and a 200 to that is no upload. */
function isSameWithSlash(response: HttpResponse, url: URL, slashed: URL): boolean {
  const location = response.headers['location'];
  if (response.status !== 307 && response.status !== 308) return false;
  return location !== undefined && URL.canParse(location, url.href) && new URL(location, url).href === slashed.href;
}

function redirected(response: HttpResponse, url: URL, doing: string): PkgsyncError {
  const location = response.headers['location'] ?? '';
  const target = URL.canParse(location, url.href) ? redactUrl(new URL(location, url)) : undefined;
  const to = target === undefined ? 'elsewhere' : `to ${printable(target, 500)}`;
  return new PkgsyncError(
    'REFUSED',
    `cannot ${doing}: ${redactUrl(url)} redirects ${to} (${response.status}), and an upload is not sent along`,
    {
      status: response.status,
      hint: target === undefined ? undefined : `configure ${printable(target, 500)} if that is where to upload to`,
    },
  );
}
