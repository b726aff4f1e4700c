import { describe, expect, it } from '@jest/globals';
import { readDocs, readExpected, reportOf } from '../faults/expected.ts';
import { cells, keyOf } from '../faults/matrix.ts';
import { table, withTable } from '../faults/table.ts';

describe('the table of faults in docs/reliability.md', () => {
  it('is the one of test/faults/matrix.json: npm run test:faults -- --write', () => {
    const written = readDocs();
    expect(written).toBe(withTable(written, readExpected()));
  });

  it('has every cell that there is, and no other', () => {
    expect(Object.keys(readExpected())).toEqual(cells().map(keyOf));
  });

  it('gives one outcome where the number of strikes makes no difference', () => {
    const found = {
      'plan: list | reset | once': 'exit 0, done after retry, 2 requests',
      'plan: list | reset | always': 'exit 27, error UNREACHABLE, retryable, 4 requests',
      'upload: file | reset | once': 'exit 29, failed TOO_LARGE, final, 1 requests',
      'upload: file | reset | always': 'exit 29, failed TOO_LARGE, final, 1 requests',
      'plan: list | slow drip | always': 'exit 0, done, 1 requests',
    };
    expect(table(found).split('\n').slice(2)).toEqual([
      '| reset | once: retried<br>always: **27** unreachable ↻ | **29** too large |',
      '| slow drip | ok |  |',
    ]);
  });
});

describe('reportOf', () => {
  const result = { outcome: 'exit 0, done, 1 requests', violations: [], peak: 0, milliseconds: 0 };

  it('finds nothing where everything is as expected', () => {
    expect(reportOf(new Map([['a', result]]), { a: result.outcome })).toEqual([]);
  });

  it('shows what a cell was and is, and what must never happen', () => {
    const found = new Map([['plan | reset | once', { ...result, violations: ['alpha is lost'] }]]);
    expect(reportOf(found, { 'plan | reset | once': 'exit 27, error UNREACHABLE, retryable, 4 requests' })).toEqual([
      'plan | reset | once\n    expected: exit 27, error UNREACHABLE, retryable, 4 requests\n    found:    exit 0, done, 1 requests',
      'plan | reset | once\n    NEVER: alpha is lost',
    ]);
  });
});
