import { PkgsyncError } from '../errors.ts';

/** The error as one that can be reported of an action; what is none is a fault of ours and thrown on. */
export function asPkgsyncError(error: unknown): PkgsyncError {
  if (error instanceof PkgsyncError) return error;
  throw error;
}
