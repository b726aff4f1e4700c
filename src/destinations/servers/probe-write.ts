import { isPkgsyncError, redactUrl } from '../../errors.ts';
import { classifyUpload } from '../upload-answer.ts';
import { multipartBody, type FormField } from '../multipart.ts';
import type { Connecting, WriteProbe } from './profile.ts';

/**
 * Asks whether these credentials may upload, by a form without a file, which cannot be stored: a server that looks at the user first answers 401 or 403,
 * and 400 to a user who may. For kinds of server only whose source says that they look in this order.
 * @returns `unknown` for every other answer, and where none came
 * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN, INTERRUPTED
 */
export function formWithoutFile(fields: readonly FormField[]): WriteProbe {
  return async ({ url, http, signal }: Connecting, answers) => {
    const body = multipartBody(fields, undefined);
    try {
      const response = await http.send(url, {
        method: 'POST',
        headers: { 'content-type': body.contentType, accept: 'application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7' },
        body: { stream: () => body.stream(), length: body.length },
        signal,
      });
      const { status, statusText: reason, headers, credentialsSent, credentialFrom } = response;
      const answer = { status, reason, contentType: headers['content-type'], body: await response.excerpt() };
      if (status === 401 || status === 403)
        classifyUpload(answer, { doing: 'upload there', address: redactUrl(url), credentialsSent, credentialFrom, answers });
      return status === 400 ? 'allowed' : 'unknown';
    } catch (error) {
      // A server in trouble is told where something is really wanted of it.
      if (isPkgsyncError(error, 'UNREACHABLE', 'BAD_RESPONSE')) return 'unknown';
      throw error;
    }
  };
}
