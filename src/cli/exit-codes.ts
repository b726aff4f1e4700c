import type { ErrorCode } from '../errors.ts';
import type { ApplyResult } from '../apply/result.ts';
import type { ProblemClass } from '../plan/recorder.ts';

/** Every exit code of every command. No failure ever exits 0. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  differences: 2,
  invalid: 20,
  lockOutdated: 21,
  integrity: 22,
  stalePlan: 23,
  limit: 24,
  policy: 25,
  authentication: 26,
  unreachable: 27,
  applyRunning: 28,
  partial: 29,
  declined: 30,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each means, for help. */
export const exitMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'Success',
  1: 'A fault of pkgsync',
  2: 'There are differences',
  20: 'Wrong usage, or a file that is not valid',
  21: 'The lock is missing or does not fit the manifest',
  22: 'Integrity: bytes or a digest are not what was promised',
  23: 'The plan is stale: the world has moved since it was made',
  24: 'A limit of the manifest would be exceeded',
  25: 'A policy of the manifest forbids it',
  26: 'Credentials are missing or were refused',
  27: 'Unreachable, or nothing can be concluded from the answer',
  28: 'Another apply is running',
  29: 'Partial: something failed, the rest is done; run it again',
  30: 'Declined: nobody agreed, nothing was written',
  130: 'Interrupted (Ctrl-C)',
  143: 'Terminated (SIGTERM)',
};

const byError: Readonly<Record<ErrorCode, ExitCode>> = {
  USAGE: exitCodes.invalid,
  MANIFEST_INVALID: exitCodes.invalid,
  NAME_INVALID: exitCodes.invalid,
  VERSION_INVALID: exitCodes.invalid,
  SPECIFIER_INVALID: exitCodes.invalid,
  REQUIREMENT_INVALID: exitCodes.invalid,
  MARKER_INVALID: exitCodes.invalid,
  FILENAME_INVALID: exitCodes.invalid,
  TARGET_INVALID: exitCodes.invalid,
  IMPORT_INVALID: exitCodes.invalid,
  LOCK_INVALID: exitCodes.invalid,
  LOCK_MISSING: exitCodes.lockOutdated,
  LOCK_OUTDATED: exitCodes.lockOutdated,
  PLAN_INVALID: exitCodes.invalid,
  PLAN_STALE: exitCodes.stalePlan,
  LIMIT_EXCEEDED: exitCodes.limit,
  POLICY_VIOLATED: exitCodes.policy,
  DECLINED: exitCodes.declined,
  APPLY_RUNNING: exitCodes.applyRunning,
  UNAUTHORIZED: exitCodes.authentication,
  FORBIDDEN: exitCodes.authentication,
  NOT_FOUND: exitCodes.unreachable,
  UNREACHABLE: exitCodes.unreachable,
  BAD_RESPONSE: exitCodes.unreachable,
  REFUSED: exitCodes.partial,
  CONFLICT: exitCodes.partial,
  TOO_LARGE: exitCodes.partial,
  UNSUPPORTED: exitCodes.partial,
  REDIRECTED: exitCodes.unreachable,
  INTEGRITY: exitCodes.integrity,
  ARCHIVE_INVALID: exitCodes.integrity,
  METADATA_INVALID: exitCodes.integrity,
  DISK_FULL: exitCodes.partial,
  FILE_EXISTS: exitCodes.partial,
  FILE_SYSTEM: exitCodes.invalid,
  INTERRUPTED: exitCodes.interrupted,
  INTERNAL: exitCodes.internal,
};

/** The exit code of a command that an error ended. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return byError[code];
}

const byProblem: Readonly<Record<ProblemClass, ExitCode>> = {
  'source-missing': exitCodes.invalid,
  'file-missing': exitCodes.partial,
  'nothing-selected': exitCodes.invalid,
  'source-digest-changed': exitCodes.integrity,
  policy: exitCodes.policy,
  authentication: exitCodes.authentication,
  'listing-failed': exitCodes.unreachable,
};

/** Where several codes apply before the first write, the first of these is given. */
const beforeWriting: readonly ExitCode[] = [1, 20, 21, 28, 23, 25, 24, 26, 27, 30];
/** Where several apply after it (and for commands that only read). */
const afterWriting: readonly ExitCode[] = [130, 143, 1, 26, 22, 29, 27, 2, 0];

/** The code that stands for all of `codes` before the first write; undefined where there is none. */
export function firstBeforeWriting(codes: Iterable<ExitCode>): ExitCode | undefined {
  return firstOf([...beforeWriting, ...afterWriting.slice(0, -2)], codes);
}

/** The code that stands for all of `codes` after the first write, and for commands that only read. A code of the other table is never lost for 0. */
export function firstAfterWriting(codes: Iterable<ExitCode>): ExitCode {
  return firstOf([...afterWriting.slice(0, -2), ...beforeWriting, ...afterWriting.slice(-2)], codes) ?? exitCodes.ok;
}

function firstOf(order: readonly ExitCode[], codes: Iterable<ExitCode>): ExitCode | undefined {
  const present = new Set(codes);
  return order.find((code) => present.has(code));
}

/** Codes that the problems of a plan stand for. */
export function problemCodes(problems: ReadonlyMap<ProblemClass, number>): readonly ExitCode[] {
  return [...problems.keys()].map((problem) => byProblem[problem]);
}

/** Codes that the outcome of an apply stands for. */
export function applyCodes(result: ApplyResult, interruptedBy: 'SIGINT' | 'SIGTERM' | undefined): readonly ExitCode[] {
  const codes: ExitCode[] = [];
  if (result.interrupted) codes.push(interruptedBy === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted);
  // What an interruption left undone is told by its own code.
  if (result.failed > 0 || (result.skipped > 0 && !result.interrupted)) codes.push(exitCodes.partial);
  for (const errorCode of result.errorCodes) {
    const code = exitCodeOf(errorCode);
    // What a single file met is partial success of the whole, unless it is about trust or credentials, or a fault of ours.
    if (code === exitCodes.authentication || code === exitCodes.integrity || code === exitCodes.internal) codes.push(code);
  }
  return codes;
}

/** A plan that could not be made whole, or that names what no apply may do, is no success: a pull request must not turn green on it. */
export function planExitCode(problems: ReadonlyMap<ProblemClass, number>, differs: boolean): ExitCode {
  // Nothing was carried out, so nothing is partial: what cannot be delivered is a difference.
  const codes = problemCodes(problems).filter((code) => code !== exitCodes.partial);
  const refused = codes.filter((code) => code === exitCodes.invalid || code === exitCodes.policy);
  return firstBeforeWriting(refused) ?? firstAfterWriting([...codes, ...(differs ? [exitCodes.differences] : [])]);
}
