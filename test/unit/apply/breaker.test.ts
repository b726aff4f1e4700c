import { describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from '../../../src/apply/breaker.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { nameOf } from '../../support/builders.ts';

/** The breaker after outcomes: `ok`, or a code with the project's name after a colon. */
function after(...outcomes: readonly string[]): string | undefined {
  const breaker = new CircuitBreaker();
  for (const outcome of outcomes) {
    const [code = '', name = 'a'] = outcome.split(':');
    if (code === 'ok') breaker.succeeded();
    else breaker.failed(nameOf(name), new PkgsyncError(code as ErrorCode, 'no'));
  }
  return breaker.reason;
}
const times = (count: number, ...outcomes: readonly string[]) => Array.from({ length: count }, () => outcomes).flat();

describe('CircuitBreaker', () => {
  it('lets a healthy run go on', () => {
    expect(after(...times(1000, 'ok'))).toBeUndefined();
  });

  it('stops at rejected credentials and at a full disk at once', () => {
    expect(after('ok', 'UNAUTHORIZED')).toBe('the credentials were not accepted');
    expect(after('ok', 'DISK_FULL')).toBe('the disk is full');
  });

  it('stops after five failures in a row, and not where something succeeds between them', () => {
    expect(after(...times(4, 'REFUSED'))).toBeUndefined();
    expect(after(...times(5, 'REFUSED'))).toBe('5 actions in a row failed');
    expect(after(...times(4, 'REFUSED'), 'ok', ...times(4, 'REFUSED'))).toBeUndefined();
  });

  it('stops after three forbidden projects in a row, however many files that were', () => {
    expect(after(...times(10, 'FORBIDDEN:a'), ...times(10, 'FORBIDDEN:b'))).toBeUndefined();
    expect(after('FORBIDDEN:a', 'FORBIDDEN:b', 'FORBIDDEN:c')).toBe('3 projects in a row were forbidden');
    expect(after('FORBIDDEN:a', 'FORBIDDEN:b', 'ok', 'FORBIDDEN:c')).toBeUndefined();
  });

  it('does not count forbidden files among the failures in a row', () => {
    expect(after(...times(4, 'FORBIDDEN:a'), 'REFUSED')).toBeUndefined();
  });

  it('stops after twenty failures that are more than one attempt in twenty', () => {
    expect(after(...times(19, 'REFUSED', 'ok'))).toBeUndefined();
    expect(after(...times(19, 'REFUSED', 'ok'), 'REFUSED')).toBe('20 of 39 actions failed');
    expect(after(...times(20, ...times(19, 'ok'), 'REFUSED'))).toBeUndefined();
    expect(after(...times(20, ...times(18, 'ok'), 'REFUSED'))).toBe('20 of 380 actions failed');
  });

  it('keeps its first reason', () => {
    expect(after('UNAUTHORIZED', ...times(5, 'REFUSED'))).toBe('the credentials were not accepted');
  });
});
