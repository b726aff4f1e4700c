import { PkgsyncError } from '../errors.ts';
import { lockVersion } from './layout.ts';

const restore =
  "restore it from version control, or delete it and run 'pkgsync lock', which approves anew what the sources offer now: review that change";

/** A lock whose content is wrong; `problems` are whole lines with their places. */
export function invalidLock(label: string, problems: readonly string[]): PkgsyncError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new PkgsyncError('LOCK_INVALID', `${label} is not a valid lock: ${count}`, { problems, hint: restore });
}

/** A lock with entries that say something else than their filenames: what it approves is not known. */
export function editedLock(label: string, problems: readonly string[]): PkgsyncError {
  const count = problems.length === 1 ? '1 entry contradicts its filename' : `${problems.length} entries contradict their filenames`;
  return new PkgsyncError('LOCK_OUTDATED', `${label} was edited: ${count}`, {
    problems,
    hint: "put the lines back as version control has them, or remove them and run 'pkgsync lock --upgrade' with the packages' names",
  });
}

/** A lock that is damaged at a place, as one sentence. */
export function damagedLock(label: string, line: number, message: string, cause?: unknown): PkgsyncError {
  return new PkgsyncError('LOCK_INVALID', `${label}:${line}: ${message}`, { hint: restore, cause });
}

export function newerLock(label: string, version: number): PkgsyncError {
  return new PkgsyncError(
    'LOCK_INVALID',
    `${label} was written by a newer pkgsync (lockVersion ${version}; this one reads ${lockVersion})`,
    { hint: 'update pkgsync' },
  );
}

/** Lines by which git and other tools mark a conflict. */
const conflictMarker = /^(?:<{7}|\|{7}|={7}|>{7})(?: |$)/;

/** Throws where the line marks a merge conflict. @throws PkgsyncError LOCK_INVALID */
export function refuseConflict(label: string, line: string, lineNumber: number): void {
  if (!conflictMarker.test(line)) return;
  throw new PkgsyncError('LOCK_INVALID', `${label}:${lineNumber}: this line marks a merge conflict`, {
    hint: "resolve the conflict, then run 'pkgsync lock'",
  });
}
