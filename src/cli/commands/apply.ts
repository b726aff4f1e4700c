import { apply, isPlanId } from '../../engine/apply.ts';
import { openPlan, plan } from '../../engine/plan.ts';
import type { MadePlan } from '../../engine/plan.ts';
import { PkgsyncError } from '../../errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { noteLines } from '../note-lines.ts';
import { reportNotes } from '../notes.ts';
import { parseApprovals } from '../options.ts';
import { reportApplied } from '../report-applied.ts';
import { openSession, planOptions, requireDestinations, temporaryFolder } from '../session.ts';
import type { OpenSession, Session } from '../session.ts';
import { printHeading, printPlan, printProject, printSummary, textOptions, totalsOf } from '../show-plan.ts';

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
  let made: MadePlan | undefined;
  try {
    requireDestinations(session);
    assertUsable(flags, base.flags.asOf);
    made = flags.plan === undefined ? await planNow(session) : await showSaved(session, flags.plan);
    const approved = flags.yes === true || flags.plan !== undefined || flags.expect !== undefined;
    const applied = await apply(made, {
      manifest: session.manifest,
      connection: session.connection,
      lock: session.lockPath,
      expect: flags.expect,
      approvals,
      approve: () => approved || consent(session),
      concurrency: session.flags.concurrency,
      temporaryFolder: temporaryFolder(session.flags),
      signal: session.signal,
      onEvent: session.console.progress.onEvent,
    });
    return await reportApplied(session, applied);
  } finally {
    await made?.discard();
    await session.close();
  }
}

function assertUsable(flags: ApplyFlags, asOf: string | undefined): void {
  if (flags.expect !== undefined && !isPlanId(flags.expect)) {
    throw new PkgsyncError('USAGE', `--expect ${flags.expect}: a plan's id has 12 to 64 hexadecimal digits`, {
      hint: 'the last line of a plan shows its first 12',
    });
  }
  if (flags.plan !== undefined && flags.expect !== undefined)
    throw new PkgsyncError('USAGE', 'a saved plan and --expect exclude each other');
  if (flags.plan !== undefined && asOf !== undefined) {
    throw new PkgsyncError('USAGE', 'a saved plan and --as-of exclude each other: ages and exceptions were judged when it was made', {
      hint: "give --as-of to 'pkgsync plan'; when a plan expires is told by the clock of this machine alone",
    });
  }
}

/** Plans and shows the plan while it is made. */
async function planNow(session: OpenSession): Promise<MadePlan> {
  const { manifest, connection, lockPath, flags, console } = session;
  const json = flags.json === true;
  const text = textOptions(session, connection.destinations);
  if (!json) await printHeading(session, connection.destinations);
  const kept = noteLines(session);
  try {
    const made = await plan({
      manifest,
      connection,
      lock: lockPath,
      options: planOptions(session),
      destinationNames: flags.destination,
      temporaryFolder: temporaryFolder(flags),
      signal: session.signal,
      onEvent: console.progress.onEvent,
      onProject: (project) => (json ? kept.add(project) : printProject(session, project, text)),
      ...(json ? { onLine: (line) => console.out(line) } : {}),
    });
    console.progress.clear();
    if (!json) await printSummary(session, totalsOf(made), text);
    // Limits are told with what comes of them.
    const notes = made.notes.filter(({ kind }) => kind !== 'limit');
    if (json) await kept.print(session, notes);
    reportNotes(session, notes);
    return made;
  } finally {
    await kept[Symbol.asyncDispose]();
  }
}

async function showSaved(session: OpenSession, path: string): Promise<MadePlan> {
  const made = await openPlan(path, { temporaryFolder: temporaryFolder(session.flags), signal: session.signal });
  if (session.flags.json !== true) await printPlan(session, made, textOptions(session, session.connection.destinations));
  return made;
}

async function consent({ console, signal }: OpenSession): Promise<boolean> {
  const answer = await console.ask("Apply this plan? Only 'yes' is accepted: ", signal);
  if (answer?.trim() === 'yes') return true;
  console.note(
    console.interactive
      ? 'Declined. Nothing was written.'
      : 'error: there is no terminal to ask on: pass --yes, --expect ID or a saved plan. Nothing was written.',
  );
  return false;
}
