import { PkgsyncError, printable, redactUrl, type ErrorCode } from '../errors.ts';
import { refusedCredential } from './refused.ts';
import { isRetryableStatus, parseRetryAfter } from './retry.ts';
import type { HttpResponse } from './response.ts';

export interface StatusContext {
  /** What the request was for, as an infinitive: `read the page of celery`. */
  readonly doing: string;
  /** Default: where the answer came from. */
  readonly url?: string | URL | undefined;
  /** Default: as the response says. */
  readonly credentialsSent?: boolean | undefined;
  /** What the server says about it (its body's message); shown escaped and cut. */
  readonly detail?: string | undefined;
  /** The body, where it may say that credentials have expired; not shown. */
  readonly body?: string | undefined;
  readonly hint?: string | undefined;
}

/**
 * The error that an answer stands for, once the caller has decided that this status is no success:
 * 401 UNAUTHORIZED, 403 FORBIDDEN (UNAUTHORIZED where it says that a token has expired), 404 and 410 NOT_FOUND, 409 CONFLICT, 413 TOO_LARGE, 3xx REDIRECTED, 408, 429 and passing 5xx UNREACHABLE
 * (retryable), 507 and other 4xx and 5xx REFUSED, anything else BAD_RESPONSE (retryable later).
 */
export function statusError(
  response: Pick<HttpResponse, 'status' | 'statusText' | 'url' | 'credentialsSent' | 'credentialFrom' | 'headers' | 'leftOrigin'>,
  context: StatusContext,
): PkgsyncError {
  const where = redactUrl(context.url ?? response.url);
  const sent = context.credentialsSent ?? response.credentialsSent;
  const words = [response.statusText, response.headers['www-authenticate'], context.detail, context.body].join('\n');
  const refused = sent ? refusedCredential({ from: response.credentialFrom, words }) : undefined;
  const target = response.leftOrigin ?? response.headers['location'];
  const { code, says, hint } = meaning(response.status, refused, target, response.headers['retry-after']);
  const answer = [String(response.status), response.statusText].filter((part) => part !== '').join(' ');
  const detail = context.detail?.trim() ?? '';
  const tail = detail === '' ? '' : `: ${printable(detail, 500)}`;
  return new PkgsyncError(code, `cannot ${context.doing}: ${where} ${says} (${printable(answer)})${tail}`, {
    status: response.status,
    hint: context.hint ?? hint,
    retryable: code === 'UNREACHABLE' ? true : code === 'BAD_RESPONSE' ? 'later' : false,
  });
}

interface Meaning {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint?: string;
}

function meaning(
  status: number,
  refused: Pick<Meaning, 'says' | 'hint'> | undefined,
  location: string | undefined,
  retryAfter: string | undefined,
): Meaning {
  if (status === 401) {
    return refused === undefined
      ? { code: 'UNAUTHORIZED', says: 'requires credentials', hint: 'give credentials for exactly this scheme, host and port' }
      : { code: 'UNAUTHORIZED', ...refused };
  }
  if (status === 407) return { code: 'UNAUTHORIZED', says: 'cannot be reached: a proxy in between requires credentials' };
  if (status === 403) {
    if (refused === undefined) return { code: 'FORBIDDEN', says: 'does not allow this without credentials' };
    return refused.says.endsWith('expired')
      ? { code: 'UNAUTHORIZED', ...refused }
      : { code: 'FORBIDDEN', says: 'does not allow this to the user whose credentials were sent' };
  }
  if (status === 404 || status === 410) return { code: 'NOT_FOUND', says: 'does not exist' };
  if (status === 409) return { code: 'CONFLICT', says: 'reports a conflict' };
  if (status === 413) {
    return {
      code: 'TOO_LARGE',
      says: 'does not take that much',
      hint: 'raise the limit of the server, or of the proxy before it: it is not one of pkgsync',
    };
  }
  if (status === 507)
    return {
      code: 'REFUSED',
      says: 'has no space left',
      hint: "free space on the server's disk, or raise its quota: it is not this machine's",
    };
  if (status === 429) {
    return {
      code: 'UNREACHABLE',
      says: 'limits how often it may be asked',
      hint: `${waitHint(retryAfter)}; a lower --concurrency asks less often`,
    };
  }
  if (status === 503 && retryAfter !== undefined) {
    return { code: 'UNREACHABLE', says: 'cannot answer at the moment', hint: waitHint(retryAfter) };
  }
  if (isRetryableStatus(status)) return { code: 'UNREACHABLE', says: 'cannot answer at the moment' };
  if (status >= 400) return { code: 'REFUSED', says: 'refused the request' };
  // An answer to a question that was not asked: no redirect.
  if (status >= 300 && status !== 304) {
    return {
      code: 'REDIRECTED',
      says: location === undefined ? 'redirects without a target' : `redirects to ${printable(redactUrl(location))}`,
    };
  }
  return { code: 'BAD_RESPONSE', says: 'gave an unexpected answer' };
}

/** What the server asks for, which may be longer than reads wait by themselves. */
function waitHint(retryAfter: string | undefined): string {
  const wait = parseRetryAfter(retryAfter, Date.now());
  return wait === undefined
    ? 'run the same command again later'
    : `run the same command again in ${Math.ceil(wait / 1000)} s or later: the server asks for that`;
}
