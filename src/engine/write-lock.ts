import type { ApplyResult } from '../apply/result.ts';
import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { lockExists, stageLock } from '../lockfile/lockfile.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import { withLessons, withLockChanges } from '../sync/lock-changes.ts';
import type { MadePlan } from './plan.ts';
import { packagesOf } from './request.ts';

/**
 * Replaces the lock at `path` by what it becomes under the plan, in one step; whether it changed.
 * @throws PkgsyncError LOCK_INVALID, DISK_FULL, FILE_SYSTEM; the old lock is in force then. USAGE for a plan made with `locked`, which changes no lock
 */
export async function writeLockOf(plan: MadePlan, path: string): Promise<boolean> {
  if (plan.header.options.locked)
    throw new PkgsyncError('USAGE', 'a plan that was made with locked never writes the lock', { hint: 'plan without it' });
  return await replaceLock(path, withLockChanges(packagesOf(path), plan.projects()));
}

/** Whether the lock changed: an equal one is left untouched. */
export async function replaceLock(path: string, packages: AsyncIterable<LockPackage>): Promise<boolean> {
  const staged = await stageLock(path, packages);
  if (staged.changed) await staged.commit();
  else await staged.discard();
  return staged.changed;
}

/**
 * The closing write of the lock at `path`: what bytes have shown is added, finished tombstones go. By then all else is done, so a failure hides nothing
 * of it: it is one more failure of the result.
 */
export async function completeLock(path: string, result: ApplyResult): Promise<ApplyResult> {
  if (result.lessons.size === 0) return result;
  try {
    if (!(await lockExists(path))) throw vanished(path);
    await replaceLock(path, withLessons(packagesOf(path), result.lessons));
    return result;
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    const { message, hint, code, retryable } = error;
    const action = { destination: '', name: '' as never, kind: 'update', reason: 'listing-differs', detail: 'lock' } as const;
    return {
      ...result,
      failed: result.failed + 1,
      errorCodes: new Set([...result.errorCodes, code]),
      failures: [{ action, outcome: 'failed', message, hint, errorCode: code, retryable }, ...result.failures],
    };
  }
}

function vanished(path: string): PkgsyncError {
  return new PkgsyncError('FILE_SYSTEM', `the lock ${printable(path, 1000)} was removed while the apply ran, and is not made anew`, {
    hint: 'put it back; without one the next apply approves what the source offers then',
  });
}
