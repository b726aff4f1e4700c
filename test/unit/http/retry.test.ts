import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asksForPause, defaultRetryPolicy, parseRetryAfter, retryDelay, retrySentence } from '../../../src/http/retry.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    ['9'.repeat(20), 1e23],
    ['9'.repeat(200), undefined],
    [undefined, undefined],
  ])('reads %j as %j milliseconds', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});

describe('asksForPause', () => {
  it.each([
    [429, {}, true],
    [503, { 'retry-after': '1' }, true],
    [503, {}, false],
    [500, { 'retry-after': '1' }, false],
  ])('%d with %j: %s', (status, headers, expected) => {
    expect(asksForPause(status, headers)).toBe(expected);
  });
});

describe('retrySentence', () => {
  const url = 'https://index.example/simple/';

  it('names the address once, and a wait that a person would notice', () => {
    expect(retrySentence({ url, attempt: 1, delay: 500, because: '503' })).toBe(`${url}: 503; trying again (1)`);
    expect(retrySentence({ url, attempt: 2, delay: 30_000, because: `${url} could not be read` })).toBe(
      `${url} could not be read; trying again in 30 s (2)`,
    );
  });
});

describe('retryDelay', () => {
  it('doubles up to its longest wait', () => {
    const policy = { ...defaultRetryPolicy, random: () => 1 };
    expect([1, 2, 3, 4, 5, 6, 30].map((attempt) => retryDelay(policy, attempt, undefined))).toEqual([
      500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
  });

  it('spreads tries over the upper half of the wait', () => {
    expect(retryDelay({ ...defaultRetryPolicy, random: () => 0 }, 1, undefined)).toBe(250);
  });

  it('is never shorter than asked for within the cap, and never longer than the longest of the three', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, seconds, random) => {
          const delay = retryDelay({ ...defaultRetryPolicy, random: () => random }, attempt, String(seconds));
          expect(delay).toBeGreaterThanOrEqual(Math.min(seconds * 1000, defaultRetryPolicy.maxRetryAfter));
          expect(delay).toBeLessThanOrEqual(Math.max(defaultRetryPolicy.maxRetryAfter, defaultRetryPolicy.maxDelay));
        },
      ),
    );
  });
});
