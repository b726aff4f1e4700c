import { describe, expect, it } from '@jest/globals';
import { statusError } from '../../../src/http/status-error.ts';

const answer = (status: number, more: { statusText?: string; credentialsSent?: boolean; leftOrigin?: string } = {}) => ({
  status,
  statusText: '',
  url: 'https://index.example/simple/celery/?token=abc',
  credentialsSent: false,
  headers: {},
  leftOrigin: undefined,
  ...more,
});
const doing = 'read the page of celery';

describe('statusError', () => {
  it.each<[status: number, code: string, retryable: boolean, repeatable?: boolean]>([
    [401, 'UNAUTHORIZED', false],
    [407, 'UNAUTHORIZED', false],
    [403, 'FORBIDDEN', false],
    [404, 'NOT_FOUND', false],
    [410, 'NOT_FOUND', false],
    [409, 'CONFLICT', false],
    [413, 'TOO_LARGE', false],
    [400, 'REFUSED', false],
    [507, 'REFUSED', false],
    [501, 'REFUSED', false],
    [429, 'UNREACHABLE', true],
    [503, 'UNREACHABLE', true],
    [302, 'REDIRECTED', false],
    [204, 'BAD_RESPONSE', true, false],
  ])('reads %d as %s', (status, code, retryable, repeatable = retryable) => {
    expect(statusError(answer(status), { doing })).toMatchObject({ code, status, retryable, repeatable });
  });

  it('says that credentials are required where none were sent', () => {
    expect(statusError(answer(401, { statusText: 'Unauthorized' }), { doing }).message).toBe(
      'cannot read the page of celery: https://index.example/simple/celery/ requires credentials (401 Unauthorized)',
    );
  });

  it('says that they were rejected where some were', () => {
    expect(statusError(answer(401, { credentialsSent: true }), { doing }).message).toContain('rejected the credentials');
    expect(statusError(answer(401), { doing, credentialsSent: true }).message).toContain('rejected the credentials');
  });

  it('shows what the server says, without its control characters', () => {
    const error = statusError(answer(400, { statusText: 'Bad \u001b[31mfile' }), { doing, detail: ' name\nclash ' });
    expect(error.message).toBe(
      'cannot read the page of celery: https://index.example/simple/celery/ refused the request (400 Bad \\u001b[31mfile): name\\u000aclash',
    );
  });

  it.each([
    [413, undefined, 'does not take that much', 'the limit of the server'],
    [507, undefined, 'has no space left', "not this machine's"],
    [429, undefined, 'limits how often it may be asked', 'run the same command again later; a lower --concurrency'],
    [429, '3600', 'limits how often it may be asked', 'in 3600 s or later'],
    [503, '120', 'cannot answer at the moment', 'in 120 s or later'],
  ])('says of %d (Retry-After: %j) whose limit it is and what to do', (status, retryAfter, says, hint) => {
    const error = statusError({ ...answer(status), headers: { 'retry-after': retryAfter } }, { doing });
    expect(error.message).toContain(says);
    expect(error.hint).toContain(hint);
  });

  it('names the place that a redirect leads to', () => {
    expect(statusError(answer(302, { leftOrigin: 'https://pypi.org/simple/' }), { doing }).message).toContain(
      'redirects to https://pypi.org/simple/',
    );
  });
});
