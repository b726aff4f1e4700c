import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyPlan } from '../../apply/apply-plan.ts';
import { takeLease } from '../../apply/lease.ts';
import type { Lease } from '../../apply/lease.ts';
import { overtaken } from '../../apply/overtaken.ts';
import type { ApplyResult } from '../../apply/result.ts';
import { PkgsyncError } from '../../errors.ts';
import { fileSystemError } from '../../io/file-errors.ts';
import { writeAtomically } from '../../io/atomic-write.ts';
import { createHasher } from '../../io/hasher.ts';
import { stageLock } from '../../lockfile/lockfile.ts';
import type { LockPackage } from '../../lockfile/lock.ts';
import { writingKinds } from '../../plan/counts.ts';
import type { PlanTrailer } from '../../plan/plan-file.ts';
import { LockIdentity, ProblemCounts, writesAnything, writesLock } from '../../plan/recorder.ts';
import { applyLines } from '../../reporters/apply-text.ts';
import { applyJson } from '../../reporters/apply-json.ts';
import { projectLines, summaryLines } from '../../reporters/plan-text.ts';
import { withLessons, withLockChanges } from '../../sync/lock-changes.ts';
import { applyCodes, exitCodes, firstAfterWriting, firstBeforeWriting, problemCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { makePlan, printing } from '../make-plan.ts';
import { limitsTripped, reportNotes } from '../notes.ts';
import { parseApprovals } from '../options.ts';
import { openPlan, readThrough } from '../saved-plan.ts';
import type { SavedPlan } from '../saved-plan.ts';
import {
  currentLock,
  lockedPackages,
  openSession,
  plannedDestinations,
  planOptions,
  requireDestinations,
  rulesDigest,
  temporaryFolder,
} from '../session.ts';
import type { OpenSession, Session } from '../session.ts';
import { printHeading, textOptions } from './plan.ts';

export interface ApplyFlags {
  /** A saved plan. */
  readonly plan?: string | undefined;
  readonly expect?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly allow?: readonly string[] | undefined;
}

/** `pkgsync apply`: plans (or takes a saved plan), asks, writes the lock, moves every destination towards it. */
export async function applyCommand(base: Session, flags: ApplyFlags): Promise<ExitCode> {
  const approvals = parseApprovals(flags.allow);
  const session = await openSession(base);
  const leases: Lease[] = [];
  let folder: string | undefined;
  try {
    requireDestinations(session);
    if (flags.expect !== undefined && !/^[0-9a-fA-F]{12,64}$/.test(flags.expect)) {
      throw new PkgsyncError('USAGE', `--expect ${flags.expect}: a plan's id has 12 to 64 hexadecimal digits`, {
        hint: 'the last line of a plan shows its first 12',
      });
    }
    if (flags.plan !== undefined && flags.expect !== undefined)
      throw new PkgsyncError('USAGE', 'a saved plan and --expect exclude each other');
    folder = await privateFolder(session);
    const copy = join(folder, 'plan.jsonl');
    const plan = flags.plan === undefined ? await planNow(session, copy) : await openCopy(flags.plan, copy);
    const summary = await survey(session, plan, flags.plan !== undefined);
    const refusal = await refusalOf(session, plan, summary, flags, approvals);
    if (refusal !== undefined) return refusal;
    // Only now, so that nothing appears at a destination before the plan was accepted. What another apply did meanwhile, the checks below find.
    if (writesAnything(summary.trailer)) {
      for (const { live } of session.destinations) leases.push(await takeLease(leasePath(session, live), live.address));
      await assertSameLock(session, summary.trailer);
      for (const { live } of session.destinations) await live.cleanStaging();
    }
    return await carryOut(session, plan, summary, join(folder, 'files'));
  } finally {
    for (const lease of leases) await lease.release();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await session.close();
  }
}

/** The lease of a directory lies inside it, so that every checkout and every tool run sees it; others lie beside the lock. */
function leasePath(session: OpenSession, live: OpenSession['destinations'][number]['live']): string {
  if (live.stagingFolder !== undefined) return join(dirname(live.stagingFolder), 'lease.json');
  const key = createHash('sha256').update(live.address).digest('hex').slice(0, 16);
  return join(dirname(session.lockPath), '.pkgsync', `lease-${key}.json`);
}

async function privateFolder(session: OpenSession): Promise<string> {
  const parent = temporaryFolder(session.flags);
  try {
    return await mkdtemp(join(parent, 'pkgsync-'));
  } catch (error) {
    throw fileSystemError(error, parent, 'make a temporary folder in');
  }
}

/** A saved plan is read more than once: from a copy, so that nobody can change it in between. @throws PkgsyncError as `openPlan` */
async function openCopy(path: string, copy: string): Promise<SavedPlan> {
  await openPlan(path);
  try {
    await copyFile(path, copy);
  } catch (error) {
    throw fileSystemError(error, path, 'copy');
  }
  return await openPlan(copy, path);
}

/** Plans into a temporary file and shows the plan: an apply always runs from a plan that was complete before the first write. */
async function planNow(session: OpenSession, path: string): Promise<SavedPlan> {
  const json = session.flags.json === true;
  const text = textOptions(session);
  if (!json) await printHeading(session);
  const { recorder, trailer } = await makePlan(
    session,
    await currentLock(session),
    planOptions(session),
    (lines) => writeAtomically(path, json ? printing(lines, session) : lines, { mode: 0o600 }),
    async (plan) => {
      if (json) return;
      for (const line of projectLines(plan, text)) await session.console.out(`${line}\n`);
    },
  );
  session.console.progress.clear();
  if (!json) for (const line of summaryLines(trailer, text)) await session.console.out(`${line}\n`);
  reportNotes(session, recorder, { ...trailer, counts: {} }, undefined);
  return await openPlan(path, 'the plan');
}

interface Survey {
  readonly trailer: PlanTrailer;
  readonly problems: ProblemCounts;
  readonly uploadBytes: ReadonlyMap<string, number>;
  readonly actions: number;
  readonly mismatches: boolean;
}

/** Reads the whole plan before anything is done: it is whole and unedited, and says how much there is to do. */
async function survey(session: OpenSession, plan: SavedPlan, saved: boolean): Promise<Survey> {
  const problems = new ProblemCounts();
  const uploadBytes = new Map<string, number>();
  let actions = 0;
  let mismatches = false;
  const text = textOptions(session);
  const trailer = await readThrough(plan, async (project) => {
    problems.add(project);
    for (const action of project.actions) {
      if (writingKinds.has(action.kind)) actions += 1;
      if (action.kind === 'mismatch') mismatches = true;
      if (action.kind !== 'upload' && action.kind !== 'replace') continue;
      uploadBytes.set(action.destination, (uploadBytes.get(action.destination) ?? 0) + (action.file.size ?? 0));
    }
    if (!saved || session.flags.json === true) return;
    for (const line of projectLines(project, text)) await session.console.out(`${line}\n`);
  });
  if (saved && session.flags.json !== true) for (const line of summaryLines(trailer, text)) await session.console.out(`${line}\n`);
  return { trailer, problems, uploadBytes, actions, mismatches };
}

/** Everything that speaks against the first write, by the order of the table; undefined: go ahead. */
async function refusalOf(
  session: OpenSession,
  plan: SavedPlan,
  { trailer, problems, uploadBytes }: Survey,
  flags: ApplyFlags,
  approvals: ReturnType<typeof parseApprovals>,
): Promise<ExitCode | undefined> {
  const { console } = session;
  const codes: ExitCode[] = problemCodes(problems.byClass).filter((code) => code === exitCodes.invalid || code === exitCodes.policy);
  if (codes.includes(exitCodes.invalid))
    console.note('error: the manifest asks for what the source does not have: see the blocked lines. Nothing was written.');
  if (codes.includes(exitCodes.policy)) console.note('error: the policy vetoes files: see the blocked lines. Nothing was written.');
  if (flags.plan !== undefined) await assertFresh(session, plan, trailer);
  if (flags.expect !== undefined && !trailer.planId.startsWith(flags.expect.toLowerCase())) {
    console.note(`error: the plan is ${trailer.planId.slice(0, 12)}, expected was ${flags.expect}. Nothing was written.`);
    codes.push(exitCodes.stalePlan);
  }
  for (const { message } of limitsTripped(session, trailer, uploadBytes, approvals)) {
    console.note(`error: ${message}. Nothing was written.`);
    codes.push(exitCodes.limit);
  }
  const first = firstBeforeWriting(codes);
  if (first !== undefined) return first;
  if (!writesAnything(trailer)) return undefined;
  const approved = flags.yes === true || flags.plan !== undefined || flags.expect !== undefined;
  if (approved || (await consent(session))) return undefined;
  return exitCodes.declined;
}

async function consent(session: OpenSession): Promise<boolean> {
  const answer = await session.console.ask("Apply this plan? Only 'yes' is accepted: ", session.signal);
  if (answer?.trim() === 'yes') return true;
  session.console.note(
    answer === undefined
      ? 'error: there is no terminal to ask on: pass --yes, --expect ID or a saved plan. Nothing was written.'
      : 'Declined. Nothing was written.',
  );
  return false;
}

/** Whether a saved plan still fits the manifest, the lock and the destinations. @throws PkgsyncError PLAN_STALE */
async function assertFresh(session: OpenSession, plan: SavedPlan, trailer: PlanTrailer): Promise<void> {
  const stale = (why: string) =>
    new PkgsyncError('PLAN_STALE', `${plan.label}: ${why}. Nothing was written`, { hint: 'plan again and have it reviewed' });
  if (plan.header.rules !== rulesDigest(session.manifest)) throw stale('the manifest has changed since');
  const here = new Map(plannedDestinations(session).map((destination) => [destination.name, destination]));
  for (const planned of plan.header.destinations) {
    const live = here.get(planned.name);
    if (live === undefined || live.type !== planned.type || live.address !== planned.address)
      throw stale(`it was made for ${planned.address}, which is no destination of this run`);
  }
  await assertSameLock(session, trailer);
  const moved = await overtaken(plan.read(), session.destinations, session.flags.concurrency, session.signal);
  if (moved.length > 0)
    throw stale(
      `the destination has changed since: ${moved.slice(0, 5).join('; ')}${moved.length > 5 ? `; and ${moved.length - 5} more` : ''}`,
    );
}

/** The lock is as the plan found it, or as the plan leaves it. @throws PkgsyncError PLAN_STALE */
async function assertSameLock(session: OpenSession, trailer: PlanTrailer): Promise<void> {
  const now = await lockIdentity(session);
  if (now === trailer.lockBefore || now === trailer.lockAfter) return;
  throw new PkgsyncError('PLAN_STALE', `${session.lockPath} has changed since the plan was made. Nothing was written`, {
    hint: 'plan again and have it reviewed',
  });
}

async function lockIdentity(session: OpenSession): Promise<string> {
  const identity = new LockIdentity(createHasher());
  for await (const locked of lockedPackages(session)) identity.add(locked);
  return identity.hex();
}

async function carryOut(
  session: OpenSession,
  plan: SavedPlan,
  { trailer, problems, uploadBytes, actions, mismatches }: Survey,
  stagingFolder: string,
): Promise<ExitCode> {
  const locked = plan.header.options.locked;
  const lockPath = session.lockPath;
  // Only a plan that means something new for the lock writes it; enrichment waits for the closing write.
  if (!locked && writesLock(trailer)) await replaceLock(lockPath, withLockChanges(lockedPackages(session), plan.read()));
  if (actions === 0) {
    if (session.flags.json === true) await session.console.out(`${applyJson(nothingDone)}\n`);
    const code = firstAfterWriting([...problemCodes(problems.byClass), ...(mismatches ? [exitCodes.integrity] : [])]);
    if (session.flags.json !== true) await session.console.out(`${nothingToWrite(code, writesLock(trailer))}\n`);
    return code;
  }
  const bytes = [...uploadBytes.values()].reduce((sum, count) => sum + count, 0);
  session.console.progress.onEvent({ type: 'apply-started', actions, files: actions, bytes });
  const result = await applyPlan({
    manifest: session.manifest,
    sources: session.connection.sources,
    destinations: session.destinations,
    projects: plan.read(),
    lock: lockedPackages(session),
    concurrency: session.flags.concurrency,
    stagingFolder,
    signal: session.signal,
    onEvent: session.console.progress.onEvent,
  });
  session.console.progress.clear();
  if (!locked && result.lessons.size > 0) await replaceLock(lockPath, withLessons(lockedPackages(session), result.lessons));
  await report(session, result);
  const rest = mismatches ? [exitCodes.integrity] : [];
  return firstAfterWriting([...applyCodes(result, session.interruptedBy()), ...problemCodes(problems.byClass), ...rest]);
}

/** The last line where no destination was written; it must not sound like success where something is amiss. */
function nothingToWrite(code: ExitCode, lockWritten: boolean): string {
  const lock = lockWritten ? 'The lock was written. ' : '';
  if (code !== exitCodes.ok)
    return `${lock}Nothing was written to a destination, and not everything is as approved: see the lines marked ! above.`;
  return lockWritten ? 'The lock was written; no destination needs a change.' : 'Nothing to do.';
}

const nothingDone: ApplyResult = {
  done: 0,
  already: 0,
  failed: 0,
  skipped: 0,
  bytes: 0,
  errorCodes: new Set(),
  failures: [],
  lessons: new Map(),
  interrupted: false,
};

async function replaceLock(path: string, packages: AsyncIterable<LockPackage>): Promise<void> {
  const staged = await stageLock(path, packages);
  if (staged.changed) await staged.commit();
  else await staged.discard();
}

async function report(session: OpenSession, result: ApplyResult): Promise<void> {
  if (session.flags.json === true) {
    await session.console.out(`${applyJson(result)}\n`);
    return;
  }
  const [first = '', ...rest] = applyLines(result, session.console.style);
  await session.console.out(`${[first, ...rest].join('\n')}\n`);
}
