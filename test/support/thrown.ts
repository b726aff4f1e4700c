import { PkgsyncError } from '../../src/errors.ts';

/** The PkgsyncError that `run` throws; fails where it throws nothing, and passes anything else on. */
export function thrownBy(run: () => unknown): PkgsyncError {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    if (error instanceof PkgsyncError) return error;
    throw error;
  }
  throw new Error(`expected a PkgsyncError, but got ${JSON.stringify(result)}`);
}
