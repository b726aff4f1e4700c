import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PkgsyncError } from '../../errors.ts';
import { writeAtomically } from '../../io/atomic-write.ts';
import { stageLock } from '../../lockfile/lockfile.ts';
import { writesLock } from '../../plan/recorder.ts';
import { projectLines, summaryLines } from '../../reporters/plan-text.ts';
import { plural } from '../../reporters/format.ts';
import { outdatedPackages } from '../../sync/check-lock.ts';
import { withLockChanges } from '../../sync/lock-changes.ts';
import { exitCodes, firstAfterWriting, firstBeforeWriting, problemCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { makePlan, printing } from '../make-plan.ts';
import { openPlan } from '../saved-plan.ts';
import { currentLock, lockedPackages, openSession, planOptions } from '../session.ts';
import type { OpenSession, Session } from '../session.ts';
import { textOptions } from './plan.ts';

export interface LockFlags {
  readonly check?: boolean | undefined;
  readonly accept?: readonly string[] | undefined;
}

/** `pkgsync lock`: resolves against the source and writes the lock only; `--check` compares it with the manifest, offline. */
export async function lockCommand(base: Session, flags: LockFlags): Promise<ExitCode> {
  // The check is a comparison of two files: it needs neither network nor credentials.
  const flagsUsed = flags.check === true ? { ...base.flags, offline: true } : base.flags;
  const session = await openSession({ ...base, flags: flagsUsed }, { destinations: false });
  try {
    return flags.check === true ? await check(session) : await resolve(session);
  } finally {
    await session.close();
  }
}

async function check(session: OpenSession): Promise<ExitCode> {
  const lock = await currentLock(session);
  if (lock === undefined)
    throw new PkgsyncError('LOCK_MISSING', `${session.lockPath} does not exist`, { hint: "run 'pkgsync lock' and commit the file" });
  const problems = await outdatedPackages(session.manifest, lock.packages());
  if (problems.length === 0) {
    if (session.flags.json === true)
      await session.console.out(`${JSON.stringify({ type: 'lock-check', eventsVersion: 1, current: true, problems })}\n`);
    else await session.console.out(`${session.lockPath} matches ${session.manifest.path}.\n`);
    return exitCodes.ok;
  }
  if (session.flags.json === true)
    await session.console.out(`${JSON.stringify({ type: 'lock-check', eventsVersion: 1, current: false, problems })}\n`);
  throw new PkgsyncError(
    'LOCK_OUTDATED',
    `${session.lockPath} does not match ${session.manifest.path}: ${plural(problems.length, 'package')}`,
    {
      problems,
      hint: "run 'pkgsync lock' and commit the file",
    },
  );
}

async function resolve(session: OpenSession): Promise<ExitCode> {
  const json = session.flags.json === true;
  const text = textOptions(session, []);
  const folder = await mkdtemp(join(tmpdir(), 'pkgsync-'));
  const path = join(folder, 'plan.jsonl');
  try {
    const options = planOptions(session);
    if (options.locked)
      throw new PkgsyncError('USAGE', '--locked never writes the lock', { hint: "'pkgsync lock --check' compares it with the manifest" });
    const accepted = new Set<string>();
    const { recorder, trailer } = await makePlan(
      session,
      await currentLock(session),
      options,
      (lines) => writeAtomically(path, json ? printing(lines, session) : lines, { mode: 0o600 }),
      async (plan) => {
        for (const { kind, entry, detail } of plan.lock) if (kind === 'add' && detail !== undefined) accepted.add(entry.filename);
        if (json) return;
        for (const line of projectLines(plan, text)) await session.console.out(`${line}\n`);
      },
      [],
    );
    session.console.progress.clear();
    const codes = problemCodes(recorder.problems.byClass);
    const refused = firstBeforeWriting(codes.filter((code) => code === exitCodes.invalid || code === exitCodes.policy));
    if (refused !== undefined) {
      session.console.note('error: the lock was not written: see the blocked lines');
      return refused;
    }
    for (const filename of options.accept) {
      if (!accepted.has(filename)) {
        throw new PkgsyncError(
          'USAGE',
          `--accept ${filename}: no locked file of that name has other bytes at the source. The lock was not written`,
        );
      }
    }
    const plan = await openPlan(path, 'the plan');
    const staged = await stageLock(session.lockPath, withLockChanges(lockedPackages(session), plan.read()));
    if (staged.changed) await staged.commit();
    else await staged.discard();
    if (!json) {
      const summary = writesLock(trailer) ? summaryLines(trailer, text) : ['Lock: nothing to change.'];
      for (const line of [...summary, ...(staged.changed ? [`Wrote ${session.lockPath}.`] : [])]) await session.console.out(`${line}\n`);
    }
    if (!trailer.complete) session.console.note('note: packages that could not be listed keep what was locked');
    return firstAfterWriting(codes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
