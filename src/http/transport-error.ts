import { types } from 'node:util';
import { isPkgsyncError, PkgsyncError, printable, redactUrl } from '../errors.ts';

/** How far a request had come when it failed. */
export type Phase = 'request' | 'body' | 'send';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  UND_ERR_SOCKET: 'the connection was lost',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took too long',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped arriving',
};

/** Failures before a single byte of the request was sent. */
const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * A failure of undici or of the socket as a PkgsyncError: INTERRUPTED where the caller's signal ended it, BAD_RESPONSE where the answer
 * was no HTTP or not what its headers promised, else UNREACHABLE, `retryable` where time may heal it. PkgsyncErrors pass unchanged.
 */
export function transportError(error: unknown, url: URL, phase: Phase, signal: AbortSignal | undefined): PkgsyncError {
  if (isPkgsyncError(error)) return error;
  if (signal?.aborted === true) return new PkgsyncError('INTERRUPTED', `interrupted while talking to ${url.origin}`, { cause: error });
  const where = redactUrl(url);
  const code = codeOf(error);
  if (
    isParserError(error) ||
    code.startsWith('HPE_') ||
    code === 'UND_ERR_HEADERS_OVERFLOW' ||
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  ) {
    return new PkgsyncError('BAD_RESPONSE', `${where} did not answer in valid HTTP`, { cause: error });
  }
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new PkgsyncError('INTERNAL', `the request for ${where} was not as long as announced`, { cause: error });
  }
  if (code.startsWith('Z_') || code.startsWith('ERR__')) {
    return new PkgsyncError('BAD_RESPONSE', `${where} sent a compressed answer that cannot be unpacked`, { cause: error });
  }
  if (isTlsCode(code)) {
    return new PkgsyncError('UNREACHABLE', `no secure connection to ${url.origin}: ${messageOf(error)}`, {
      hint: 'for a private certificate authority set NODE_EXTRA_CA_CERTS to its certificate file',
      cause: error,
    });
  }
  const reason = reasons[code] ?? messageOf(error);
  // A name that does not exist is a typing error far more often than a passing fault.
  const retryable = code !== 'ENOTFOUND';
  return new PkgsyncError('UNREACHABLE', sentence(where, reason, phase, code), { retryable, cause: error });
}

function sentence(where: string, reason: string, phase: Phase, code: string): string {
  if (phase === 'body') return `${where} broke off in the middle of its answer: ${reason}`;
  if (phase === 'send' && beforeSending.has(code)) return `${where} could not be reached, nothing was sent: ${reason}`;
  if (phase === 'send') return `${where} gave no answer, so whether it took the request is not known: ${reason}`;
  return `${where} could not be read: ${reason}`;
}

/** The stable code of an error, or of the first one inside it (an AggregateError, where several addresses were tried; a cause); '' for none. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : '';
}

function messageOf(error: unknown): string {
  return types.isNativeError(error) && error.message !== '' ? printable(error.message) : 'unknown reason';
}

/** undici's own parser reports answers of another protocol without a code. */
function isParserError(error: unknown): boolean {
  return types.isNativeError(error) && error.name === 'HTTPParserError';
}

/** Codes of OpenSSL's verification and of Node's own TLS checks. */
function isTlsCode(code: string): boolean {
  return /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|CRL_)/.test(code);
}
