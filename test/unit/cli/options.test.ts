import { describe, expect, it } from '@jest/globals';
import {
  environmentValues,
  optionGroups,
  parseApprovals,
  parseClock,
  parseConcurrency,
  parseGlobs,
  parseUpgrade,
  resolvingOptions,
} from '../../../src/cli/options.ts';
import { thrownBy } from '../../support/thrown.ts';

const usage = (run: () => unknown) => {
  const error = thrownBy(run);
  expect(error.code).toBe('USAGE');
  return error.message;
};

describe('environmentValues', () => {
  const options = {
    ...optionGroups.output.options,
    ...optionGroups.transfer.options,
    ...optionGroups.manifest.options,
    ...resolvingOptions,
    yes: { type: 'boolean' },
    allow: { type: 'array' },
    expect: { type: 'string' },
    accept: { type: 'array' },
  } as const;
  const values = (environment: Record<string, string>) => environmentValues(options, environment);

  it('takes every flag from its variable, by its type', () => {
    expect(
      values({
        PKGSYNC_MANIFEST: 'x.json',
        PKGSYNC_CONCURRENCY: '4',
        PKGSYNC_OFFLINE: 'TRUE',
        PKGSYNC_PROGRESS: '0',
        PKGSYNC_AS_OF: '2026-01-01',
        PKGSYNC_PACKAGE: 'a, b*,,',
        PKGSYNC_CACHE_DIR: '/tmp',
        PKGSYNC_UPGRADE: '*',
      }),
    ).toEqual({
      manifest: 'x.json',
      concurrency: 4,
      offline: true,
      progress: false,
      'as-of': '2026-01-01',
      package: ['a', 'b*'],
      'cache-dir': '/tmp',
      upgrade: ['*'],
    });
  });

  it('leaves out what is not set, empty, or no flag', () => {
    expect(values({ PKGSYNC_MANIFEST: '', PKGSYNC_TOKEN: 'secret', OTHER: '1' })).toEqual({});
  });

  it.each(['YES', 'ALLOW', 'EXPECT', 'ACCEPT'])('takes no approval from PKGSYNC_%s', (name) => {
    expect(usage(() => values({ [`PKGSYNC_${name}`]: '1' }))).toBe(`PKGSYNC_${name} is set: approvals are given on the command line only`);
  });

  it('refuses a switch that is neither on nor off', () => {
    expect(usage(() => values({ PKGSYNC_OFFLINE: 'maybe' }))).toBe("PKGSYNC_OFFLINE is 'maybe': expected true or false");
  });

  it('refuses a number that is none, and a word that is no choice', () => {
    expect(usage(() => values({ PKGSYNC_CONCURRENCY: 'many' }))).toBe("PKGSYNC_CONCURRENCY 'many': expected a number");
    expect(usage(() => values({ PKGSYNC_COLOR: 'nver' }))).toContain("did you mean 'never'?");
  });
});

describe('parseUpgrade', () => {
  it('means every package where it names none', () => {
    expect([parseUpgrade(undefined), parseUpgrade([]), parseUpgrade(['a', 'b*'])]).toEqual([false, true, ['a', 'b*']]);
  });
});

describe('parseGlobs', () => {
  it('takes names and globs in any spelling', () => {
    expect(parseGlobs(['Django', 'acme_*', '*'], '--package')).toEqual(['Django', 'acme_*', '*']);
    expect(parseGlobs(undefined, '--package')).toEqual([]);
  });

  it.each(['django<4', 'django>=4', 'a b', '', '-x', 'a[b]', 'a @ https://x.example/'])(
    'refuses %j, which would match no project',
    (value) => {
      expect(usage(() => parseGlobs([value], '--package'))).toBe(`--package ${value}: not a project name or glob`);
    },
  );
});

describe('parseApprovals', () => {
  it('reads counts', () => {
    expect(parseApprovals(['remove=104', 'upload=0'])).toEqual({ remove: 104, upload: 0 });
    expect(parseApprovals(undefined)).toEqual({});
  });

  it.each(['remove', 'remove=', 'remove=all', 'remove=-1', 'remove=1e3', 'remove=1.5', 'delete=5', 'remove=1 ', 'remove=9999999999'])(
    'refuses %j',
    (value) => {
      expect(usage(() => parseApprovals([value]))).toContain('expected remove=N, replace=N or upload=N');
    },
  );
});

describe('parseClock', () => {
  it.each([
    ['2026-05-01', '2026-05-01T00:00:00.000Z'],
    ['2026-05-01T12:00', '2026-05-01T12:00:00.000Z'],
    ['2026-05-01 12:00:30', '2026-05-01T12:00:30.000Z'],
    ['2026-05-01T12:00:00Z', '2026-05-01T12:00:00.000Z'],
    ['2026-05-01T12:00:00.25+02:00', '2026-05-01T10:00:00.250Z'],
  ])('reads %s as the same moment everywhere', (value, moment) => {
    expect(new Date(parseClock(value)).toISOString()).toBe(moment);
  });

  it('is now where nothing is said', () => {
    const before = Date.now();
    expect(parseClock(undefined)).toBeGreaterThanOrEqual(before);
  });

  it.each(['yesterday', '', '2026', '2026-13-01', '2026-05-01T25:00', '2026-05-01 and more', '05/01/2026', '1746057600'])(
    'refuses %j',
    (value) => {
      expect(usage(() => parseClock(value))).toBe(`--as-of ${value}: not a date`);
    },
  );
});

describe('parseConcurrency', () => {
  it('takes whole numbers from 1 to 256', () => {
    expect([1, 256].map(parseConcurrency)).toEqual([1, 256]);
    for (const value of [0, -1, 1.5, 257, Number.NaN, Number.POSITIVE_INFINITY]) usage(() => parseConcurrency(value));
  });
});
