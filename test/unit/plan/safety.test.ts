import { describe, expect, it } from '@jest/globals';
import { countsText, lockLine, noCounts, planLine } from '../../../src/plan/counts.ts';
import type { Limits } from '../../../src/manifest/manifest.ts';
import type { Counts } from '../../../src/plan/plan.ts';
import { trippedLimits } from '../../../src/plan/safety.ts';
import type { Approvals } from '../../../src/plan/safety.ts';
import { noLimits } from '../../support/builders.ts';

const tripped = (counts: Partial<Counts>, limits: Partial<Limits>, approvals: Approvals = {}, bytes = 0) =>
  trippedLimits([{ destination: 'prod', counts: { ...noCounts(), ...counts }, bytes, limits: { ...noLimits, ...limits } }], approvals).map(
    ({ message }) => message,
  );

describe('trippedLimits', () => {
  const maxRemove = { files: 10, percent: 10 };

  it('lets the larger of number and share pass, and not one file more', () => {
    expect(tripped({ remove: 10, keep: 5 }, { maxRemove })).toEqual([]);
    expect(tripped({ remove: 11, keep: 5 }, { maxRemove })).toEqual([
      "at 'prod' the plan removes 11 of 16 files, the limit is 10: to accept this plan, add --allow remove=11",
    ]);
    expect(tripped({ remove: 20, keep: 180 }, { maxRemove })).toEqual([]);
    expect(tripped({ remove: 21, keep: 180 }, { maxRemove })).toHaveLength(1);
  });

  it('holds to the one that is given', () => {
    expect(tripped({ remove: 3, keep: 997 }, { maxRemove: { files: 2 } })).toHaveLength(1);
    expect(tripped({ remove: 3, keep: 27 }, { maxRemove: { percent: 10 } })).toEqual([]);
    expect(tripped({ remove: 3, keep: 26 }, { maxRemove: { percent: 10 } })).toHaveLength(1);
    expect(tripped({ remove: 1 }, { maxRemove: { files: 0, percent: 0 } })).toHaveLength(1);
    expect(tripped({ remove: 1000 }, { maxRemove: {} })).toEqual([]);
  });

  it('counts as listed what is there, whatever becomes of it', () => {
    const counts = { remove: 1, replace: 1, update: 1, mismatch: 1, keep: 1, unverifiable: 1, upload: 100, register: 100, blocked: 100 };
    expect(tripped(counts, { maxRemove: { files: 0 } })[0]).toContain('removes 1 of 6 files');
  });

  it('limits replacements by themselves', () => {
    expect(tripped({ replace: 11, remove: 10 }, { maxRemove, maxReplace: maxRemove })).toEqual([
      "at 'prod' the plan replaces 11 of 21 files, the limit is 10: to accept this plan, add --allow replace=11",
    ]);
  });

  it('takes an approval up to its count', () => {
    const limits = { maxRemove: { files: 0 } };
    expect(tripped({ remove: 104 }, limits, { remove: 104 })).toEqual([]);
    expect(tripped({ remove: 103 }, limits, { remove: 104 })).toEqual([]);
    expect(tripped({ remove: 105 }, limits, { remove: 104 })).toHaveLength(1);
    expect(tripped({ remove: 104 }, limits, { replace: 104, upload: 104 })).toHaveLength(1);
  });

  it('limits uploads by number and by bytes, replacements included', () => {
    expect(tripped({ upload: 3, replace: 2 }, { maxUpload: { files: 4 } })).toEqual([
      "at 'prod' the plan uploads 5 files, the limit is 4: to accept this plan, add --allow upload=5",
    ]);
    expect(tripped({ upload: 5 }, { maxUpload: { bytes: 10 } }, {}, 11)).toEqual([
      "at 'prod' the plan uploads 11 bytes, the limit is 10: to accept this plan, add --allow upload=5",
    ]);
    expect(tripped({ upload: 5 }, { maxUpload: { files: 5, bytes: 10 } }, {}, 10)).toEqual([]);
    expect(tripped({ upload: 5 }, { maxUpload: { bytes: 10 } }, { upload: 5 }, 11)).toEqual([]);
  });

  it('judges every destination by its own limits', () => {
    const volume = (destination: string, files: number) => ({
      destination,
      counts: { ...noCounts(), remove: 5 },
      bytes: 0,
      limits: { ...noLimits, maxRemove: { files } },
    });
    expect(
      trippedLimits([volume('a', 4), volume('b', 5), volume('c', 0)], {}).map(({ destination, what, count }) => [destination, what, count]),
    ).toEqual([
      ['a', 'remove', 5],
      ['c', 'remove', 5],
    ]);
  });
});

describe('the stable summary lines', () => {
  it('say all counts, in one order', () => {
    const counts = { ...noCounts(), register: 2, upload: 9, remove: 1, mismatch: 1, keep: 30 };
    expect(planLine('6f1dc2a09b77ffffffff', counts)).toBe(
      'Plan 6f1dc2a09b77: 2 to register, 9 to upload, 0 to replace, 0 to update, 1 to remove, 1 mismatch, 0 blocked, 30 unchanged, 0 unverifiable.',
    );
    expect(countsText(noCounts())).toMatch(/^0 to register, .* 0 unverifiable$/);
  });

  it('say what changes in the lock', () => {
    const lock = { add: 11, tombstone: 1, revive: 0, drop: 0, enrich: 4 };
    expect(lockLine(lock)).toBe('Lock: 11 to add, 1 to tombstone.');
    expect(lockLine({ ...lock, revive: 2, drop: 3 })).toBe('Lock: 11 to add, 1 to tombstone, 2 to revive, 3 to drop.');
  });
});
