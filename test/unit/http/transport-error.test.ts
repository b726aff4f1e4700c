import { describe, expect, it } from '@jest/globals';
import { transportError } from '../../../src/http/transport-error.ts';
import { PkgsyncError } from '../../../src/errors.ts';

const url = new URL('https://index.example/simple/?token=abc');
const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('transportError', () => {
  it.each<[code: string, expected: string, retryable: boolean, repeatable?: boolean]>([
    ['ECONNREFUSED', 'UNREACHABLE', true],
    ['ECONNRESET', 'UNREACHABLE', true],
    ['UND_ERR_HEADERS_TIMEOUT', 'UNREACHABLE', true],
    ['EAI_AGAIN', 'UNREACHABLE', true],
    ['ENOTFOUND', 'UNREACHABLE', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNREACHABLE', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'UNREACHABLE', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNREACHABLE', false],
    ['HPE_INVALID_CONSTANT', 'BAD_RESPONSE', true, false],
    ['UND_ERR_HEADERS_OVERFLOW', 'BAD_RESPONSE', true, false],
    ['HPE_UNEXPECTED_CONTENT_LENGTH', 'BAD_RESPONSE', true, false],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'BAD_RESPONSE', true],
    ['Z_DATA_ERROR', 'BAD_RESPONSE', true],
  ])('reads %s as %s, retryable: %s', (code, expected, retryable, repeatable = retryable) => {
    const cause = coded(code);
    expect(transportError(cause, url, 'request', undefined)).toMatchObject({ code: expected, retryable, repeatable, cause });
  });

  it.each([
    ['Response does not match the HTTP/1.1 protocol (Invalid character in chunk size)', true],
    ['Response does not match the HTTP/1.1 protocol (Expected HTTP/)', false],
  ])('reads an error of the parser, %s, as BAD_RESPONSE, repeatable: %s', (message, repeatable) => {
    const cause = Object.assign(new Error(message), { name: 'HTTPParserError', code: undefined });
    expect(transportError(cause, url, 'body', undefined)).toMatchObject({ code: 'BAD_RESPONSE', retryable: true, repeatable, cause });
  });

  it.each(['bad response', 'bad upgrade'])('reads %s of undici as an answer of 100 or 101 that nobody asked for', (message) => {
    const cause = Object.assign(new Error(message), { code: 'UND_ERR_SOCKET' });
    const error = transportError(cause, url, 'request', undefined);
    expect(error).toMatchObject({ code: 'BAD_RESPONSE', retryable: true, repeatable: true, cause });
    expect(error.message).toMatch(/ answered with 100 or 101, which nobody asked for$/);
  });

  it('looks into an error that stands for several addresses, and into causes', () => {
    const several = Object.assign(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), { code: undefined });
    expect(transportError(several, url, 'request', undefined).message).toContain('the connection was refused');
    expect(transportError(new Error('x', { cause: coded('EHOSTUNREACH') }), url, 'request', undefined).message).toContain(
      'the host cannot be reached',
    );
  });

  it('shows no secrets of the URL', () => {
    expect(transportError(coded('ECONNRESET'), url, 'body', undefined).message).toBe(
      'https://index.example/simple/ broke off in the middle of its answer: the connection was lost',
    );
  });

  it('passes errors on that are ours', () => {
    const mine = new PkgsyncError('INTEGRITY', 'x');
    expect(transportError(mine, url, 'body', undefined)).toBe(mine);
  });

  it('is an interruption where the signal came, whatever broke', () => {
    expect(transportError(coded('ECONNRESET'), url, 'body', AbortSignal.abort())).toMatchObject({ code: 'INTERRUPTED', retryable: false });
  });
});
