import { plan } from '../../engine/plan.ts';
import { openLock } from '../../engine/request.ts';
import { writeLockOf } from '../../engine/write-lock.ts';
import { PkgsyncError } from '../../errors.ts';
import { writesLock } from '../../plan/recorder.ts';
import { summaryLines } from '../../reporters/plan-text.ts';
import { plural } from '../../reporters/format.ts';
import { outdatedPackages } from '../../sync/check-lock.ts';
import { errorJson } from '../error-json.ts';
import { exitCodes, firstAfterWriting, firstBeforeWriting, problemCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { noteLines } from '../note-lines.ts';
import type { NoteLines } from '../note-lines.ts';
import { openSession, planOptions, temporaryFolder } from '../session.ts';
import type { OpenSession, Session } from '../session.ts';
import { printProject, textOptions, totalsOf } from '../show-plan.ts';

export interface LockFlags {
  readonly check?: boolean | undefined;
  readonly accept?: readonly string[] | undefined;
}

/** `pkgsync lock`: resolves against the source and writes the lock only; `--check` compares it with the manifest, offline. */
export async function lockCommand(base: Session, flags: LockFlags): Promise<ExitCode> {
  // The check is a comparison of two files: it needs neither network nor credentials.
  const flagsUsed = flags.check === true ? { ...base.flags, offline: true } : base.flags;
  const session = await openSession({ ...base, flags: flagsUsed }, { destinations: false });
  const kept = noteLines(base);
  try {
    return flags.check === true ? await check(session) : await resolve(session, kept);
  } finally {
    await kept[Symbol.asyncDispose]();
    await session.close();
  }
}

async function check(session: OpenSession): Promise<ExitCode> {
  const lock = await openLock(session.lockPath);
  if (lock === undefined)
    throw new PkgsyncError('LOCK_MISSING', `${session.lockPath} does not exist`, { hint: "run 'pkgsync lock' and commit the file" });
  const problems = await outdatedPackages(session.manifest, lock.packages());
  if (session.flags.json === true)
    await session.console.out(`${JSON.stringify({ type: 'lock-check', eventsVersion: 1, current: problems.length === 0, problems })}\n`);
  if (problems.length === 0) {
    if (session.flags.json !== true) await session.console.out(`${session.lockPath} matches ${session.manifest.path}${unseen(session)}.\n`);
    return exitCodes.ok;
  }
  throw new PkgsyncError(
    'LOCK_OUTDATED',
    `${session.lockPath} does not match ${session.manifest.path}: ${plural(problems.length, 'package')}`,
    {
      problems,
      hint: "run 'pkgsync lock' and commit the file",
    },
  );
}

/** The check is offline: what "all" would bring in, nobody has asked. */
function unseen({ manifest }: OpenSession): string {
  return manifest.all
    ? '; "all" was not resolved, so projects that are new at the source are not looked for (\'pkgsync plan\' shows them)'
    : '';
}

async function resolve(session: OpenSession, kept: NoteLines): Promise<ExitCode> {
  const { manifest, connection, lockPath: lock, console, signal } = session;
  const json = session.flags.json === true;
  const text = textOptions(session, []);
  const options = planOptions(session);
  if (options.locked)
    throw new PkgsyncError('USAGE', '--locked never writes the lock', { hint: "'pkgsync lock --check' compares it with the manifest" });
  const accepted = new Set<string>();
  const made = await plan({
    manifest,
    connection: { sources: connection.sources, destinations: [] },
    lock,
    options,
    destinationNames: session.flags.destination,
    temporaryFolder: temporaryFolder(session.flags),
    signal,
    onEvent: console.progress.onEvent,
    onProject: async (project) => {
      for (const { kind, entry, detail } of project.lock) if (kind === 'add' && detail !== undefined) accepted.add(entry.filename);
      if (json) await kept.add(project);
      else await printProject(session, project, text);
    },
    ...(json ? { onLine: (line) => console.out(line) } : {}),
  });
  try {
    console.progress.clear();
    if (json) await kept.print(session, made.notes);
    const codes = problemCodes(made.problems);
    const refused = firstBeforeWriting(codes.filter((code) => code === exitCodes.invalid || code === exitCodes.policy));
    if (refused !== undefined) {
      const message = 'the lock was not written: see the blocked lines';
      if (json) await console.out(errorJson({ code: refused === exitCodes.policy ? 'POLICY_VIOLATED' : 'MANIFEST_INVALID', message }));
      console.note(`error: ${message}`);
      return refused;
    }
    assertAllAccepted(options.accept, accepted);
    const changed = await writeLockOf(made, lock);
    if (!json) {
      const summary = writesLock(made.summary) ? summaryLines(totalsOf(made), text) : ['Lock: nothing to change.'];
      for (const line of [...summary, ...(changed ? [`Wrote ${lock}.`] : [])]) await console.out(`${line}\n`);
    }
    if (!made.summary.complete) console.note('note: packages that could not be listed keep what was locked');
    return firstAfterWriting(codes);
  } finally {
    await made.discard();
  }
}

/** What was to be accepted and is not there was misspelt, or taken for changed when it is not. @throws PkgsyncError USAGE */
function assertAllAccepted(wanted: ReadonlySet<string>, accepted: ReadonlySet<string>): void {
  for (const filename of wanted) {
    if (accepted.has(filename)) continue;
    throw new PkgsyncError(
      'USAGE',
      `--accept ${filename}: no locked file of that name has other bytes at the source. The lock was not written`,
    );
  }
}
