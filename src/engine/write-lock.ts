import { PkgsyncError } from '../errors.ts';
import { stageLock } from '../lockfile/lockfile.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import { withLockChanges } from '../sync/lock-changes.ts';
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
