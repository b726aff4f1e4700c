import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ApplyResult } from '../../../src/apply/result.ts';
import { applyCodes, exitCodeOf, exitCodes, firstAfterWriting, firstBeforeWriting, problemCodes } from '../../../src/cli/exit-codes.ts';
import type { ExitCode } from '../../../src/cli/exit-codes.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { applyResult } from '../../support/apply-results.ts';

const result = (overrides: Partial<ApplyResult>): ApplyResult => applyResult({ done: 1, ...overrides });
const failedWith = (...codes: ErrorCode[]) => applyCodes(result({ failed: codes.length, errorCodes: new Set(codes) }), undefined);

describe('exitCodeOf', () => {
  it.each<[ExitCode, readonly ErrorCode[]]>([
    [1, ['INTERNAL']],
    [
      20,
      [
        'USAGE',
        'MANIFEST_INVALID',
        'NAME_INVALID',
        'VERSION_INVALID',
        'SPECIFIER_INVALID',
        'REQUIREMENT_INVALID',
        'MARKER_INVALID',
        'FILENAME_INVALID',
        'TARGET_INVALID',
        'LOCK_INVALID',
        'PLAN_INVALID',
        'FILE_SYSTEM',
      ],
    ],
    [21, ['LOCK_MISSING', 'LOCK_OUTDATED']],
    [22, ['INTEGRITY', 'ARCHIVE_INVALID', 'METADATA_INVALID']],
    [23, ['PLAN_STALE']],
    [24, ['LIMIT_EXCEEDED']],
    [25, ['POLICY_VIOLATED']],
    [26, ['UNAUTHORIZED', 'FORBIDDEN']],
    [27, ['NOT_FOUND', 'UNREACHABLE', 'BAD_RESPONSE', 'REDIRECTED']],
    [28, ['APPLY_RUNNING']],
    [29, ['REFUSED', 'CONFLICT', 'TOO_LARGE', 'UNSUPPORTED', 'DISK_FULL', 'FILE_EXISTS']],
    [30, ['DECLINED']],
    [130, ['INTERRUPTED']],
  ])('%d stands for %j', (code, errors) => {
    expect(errors.map((error) => [error, exitCodeOf(error)])).toEqual(errors.map((error) => [error, code]));
  });

  it('knows every error code, and gives none of them 0', () => {
    const source = readFileSync(new URL('../../../src/errors.ts', import.meta.url), 'utf8');
    const union = source.slice(source.indexOf('export type ErrorCode'), source.indexOf(';', source.indexOf('export type ErrorCode')));
    const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code as ErrorCode);
    expect(codes.length).toBeGreaterThan(30);
    for (const code of codes) expect([code, exitCodeOf(code) > 0]).toEqual([code, true]);
  });
});

describe('where several codes apply', () => {
  const all = Object.values(exitCodes);

  it('before the first write, the order is 1, 20, 21, 28, 23, 25, 24, 26, 27, 30', () => {
    const order: readonly ExitCode[] = [1, 20, 21, 28, 23, 25, 24, 26, 27, 30];
    order.forEach((code, index) => expect(firstBeforeWriting([...order.slice(index)].reverse())).toBe(code));
    expect(firstBeforeWriting([])).toBeUndefined();
    expect(firstBeforeWriting([0, 2])).toBeUndefined();
  });

  it('after it, the order is 130, 143, 1, 26, 22, 29, 27, 2, 0', () => {
    const order: readonly ExitCode[] = [130, 143, 1, 26, 22, 29, 27, 2, 0];
    order.forEach((code, index) => expect(firstAfterWriting([...order.slice(index)].reverse())).toBe(code));
    expect(firstAfterWriting([])).toBe(0);
  });

  it('no failure ever comes out as 0, or as a mere difference', () => {
    const failures = all.filter((code) => code !== 0 && code !== 2);
    fc.assert(
      fc.property(fc.subarray(failures, { minLength: 1 }), fc.subarray<ExitCode>([0, 2]), (some, others) => {
        expect(some).toContain(firstAfterWriting([...others, ...some]));
        expect(some).toContain(firstBeforeWriting([...others, ...some]));
      }),
    );
  });
});

describe('problemCodes', () => {
  it('tells what kept a plan from being whole', () => {
    const code = (problem: Parameters<typeof problemCodes>[0] extends ReadonlyMap<infer P, number> ? P : never) =>
      problemCodes(new Map([[problem, 3]]));
    expect(code('source-missing')).toEqual([20]);
    expect(code('nothing-selected')).toEqual([20]);
    expect(code('source-digest-changed')).toEqual([22]);
    expect(code('policy')).toEqual([25]);
    expect(code('authentication')).toEqual([26]);
    expect(code('listing-failed')).toEqual([27]);
    expect(code('file-missing')).toEqual([29]);
    expect(problemCodes(new Map())).toEqual([]);
  });
});

describe('applyCodes', () => {
  it('is nothing where all went well', () => {
    expect(applyCodes(result({ already: 5 }), undefined)).toEqual([]);
  });

  it('is partial where files failed, whatever they met', () => {
    expect(failedWith('REFUSED', 'UNREACHABLE', 'TOO_LARGE', 'DISK_FULL', 'PLAN_STALE', 'FILE_SYSTEM')).toEqual([29]);
  });

  it('names trust, credentials and our own faults besides', () => {
    expect(failedWith('INTEGRITY')).toEqual([29, 22]);
    expect(failedWith('METADATA_INVALID')).toEqual([29, 22]);
    expect(failedWith('FORBIDDEN')).toEqual([29, 26]);
    expect(failedWith('INTERNAL')).toEqual([29, 1]);
  });

  it('is partial where something was held back', () => {
    expect(applyCodes(result({ skipped: 1 }), undefined)).toEqual([29]);
  });

  it('is the signal where the run was interrupted, and what was not started is no failure of its own', () => {
    const interrupted = result({ skipped: 3, interrupted: true });
    expect(applyCodes(interrupted, 'SIGINT')).toEqual([130]);
    expect(applyCodes(interrupted, 'SIGTERM')).toEqual([143]);
    expect(applyCodes({ ...interrupted, failed: 1, errorCodes: new Set(['INTEGRITY']) }, 'SIGINT')).toEqual([130, 29, 22]);
  });
});
