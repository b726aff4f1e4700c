import type { ApplyResult } from '../../src/apply/result.ts';

/** The result of an apply that had nothing to do, with `overrides`. */
export function applyResult(overrides: Partial<ApplyResult>): ApplyResult {
  return {
    done: 0,
    already: 0,
    failed: 0,
    skipped: 0,
    bytes: 0,
    errorCodes: new Set(),
    failures: [],
    lessons: new Map(),
    interrupted: false,
    ...overrides,
  };
}
