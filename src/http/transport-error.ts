import { types } from 'node:util';
import { isPkgsyncError, PkgsyncError, printable, redactUrl } from '../errors.ts';
import { tlsFault } from './tls-error.ts';

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
 * was no HTTP or not what its headers promised, UNAUTHORIZED where a TLS server wants a client certificate, else UNREACHABLE, `retryable` where time may
 * heal it. PkgsyncErrors pass unchanged.
 * @param via the proxy in between, as messages call it
 */
export function transportError(error: unknown, url: URL, phase: Phase, signal: AbortSignal | undefined, via?: string): PkgsyncError {
  if (isPkgsyncError(error)) return error;
  if (signal?.aborted === true) return new PkgsyncError('INTERRUPTED', `interrupted while talking to ${url.origin}`, { cause: error });
  const where = `${redactUrl(url)}${via === undefined ? '' : ` through ${via}`}`;
  const code = codeOf(error);
  if (
    isParserError(error) ||
    code.startsWith('HPE_') ||
    code === 'UND_ERR_HEADERS_OVERFLOW' ||
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  ) {
    return new PkgsyncError('BAD_RESPONSE', `${where} did not answer in valid HTTP`, {
      ...(url.protocol === 'http:' && answersInTls(error)
        ? { hint: 'it speaks TLS: write the address with https' }
        : { retryable: brokeInside(error, code) ? true : 'later' }),
      cause: error,
    });
  }
  if (isUnaskedInterim(error, code)) {
    return new PkgsyncError('BAD_RESPONSE', `${where} answered with 100 or 101, which nobody asked for`, {
      retryable: true,
      hint: 'a proxy or server in between may be at fault',
      cause: error,
    });
  }
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new PkgsyncError('INTERNAL', `the request for ${where} was not as long as announced`, { cause: error });
  }
  if (code.startsWith('Z_') || code.startsWith('ERR__')) {
    return new PkgsyncError('BAD_RESPONSE', `${where} sent a compressed answer that cannot be unpacked`, { retryable: true, cause: error });
  }
  const fault = tlsFault(code, messageOf(error));
  if (fault !== undefined) {
    const names = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? certificateNames(error) : '';
    return new PkgsyncError(
      fault.code,
      `no secure connection to ${url.origin}${via === undefined ? '' : ` through ${via}`}: ${fault.says}${names}`,
      {
        hint: fault.hint,
        cause: error,
      },
    );
  }
  const reason = reasonOf(error);
  // A name that does not exist is a typing error far more often than a passing fault.
  const retryable = code !== 'ENOTFOUND';
  return new PkgsyncError('UNREACHABLE', sentence(where, reason, phase, code), {
    retryable,
    hint: hintFor(error, url, phase, code),
    cause: error,
  });
}

/** Why a connection failed, in a few words. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return reasons[code] ?? tlsFault(code, messageOf(error))?.says ?? messageOf(error);
}

/** A server that speaks the other protocol, or misses a client certificate, often says nothing and hangs up. */
function hintFor(error: unknown, url: URL, phase: Phase, code: string): string | undefined {
  if (phase === 'body' || !hangUps.has(code) || !heardNothing(error)) return undefined;
  if (url.protocol === 'http:') return 'if it speaks TLS, write the address with https';
  return 'if it asks for a client certificate, name one with tls.clientCertFile in the manifest';
}

const hangUps: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** False where undici knows that something was answered on this connection, be it to an earlier request. */
function heardNothing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('socket' in error)) return true;
  const { socket } = error;
  return typeof socket !== 'object' || socket === null || !('bytesRead' in socket) || socket.bytesRead === 0;
}

/** The first bytes of a TLS record: an alert or a handshake, version 3.x. */
function answersInTls(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('data' in error) || typeof error.data !== 'string') return false;
  const [type, version] = Buffer.from(error.data, 'latin1');
  return (type === 0x15 || type === 0x16) && version === 3;
}

/** For whom a certificate was issued: ` (DNS:index.example)`. */
function certificateNames(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('cert' in error)) return '';
  const { cert } = error;
  if (typeof cert !== 'object' || cert === null || !('subjectaltname' in cert) || typeof cert.subjectaltname !== 'string') return '';
  return ` (${printable(cert.subjectaltname, 200)})`;
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

/** undici gives the connection up where 100 or 101 comes without a question, and says so in these words only. */
function isUnaskedInterim(error: unknown, code: string): boolean {
  return code === 'UND_ERR_SOCKET' && /^bad (?:response|upgrade)$/.test(messageOf(error));
}

/**
 * Whether an answer began well, so that bytes were lost or damaged on the way: whoever begins with something else is no HTTP server, and stays none.
 * undici's parser tells a damaged chunk by its message only.
 */
function brokeInside(error: unknown, code: string): boolean {
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return true;
  return isParserError(error) && /\bchunk\b/i.test(messageOf(error));
}
