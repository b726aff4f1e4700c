import { driftClasses, newsClasses } from '../../drift/drift.ts';
import type { DriftClass, NewsClass } from '../../drift/drift.ts';
import { drift } from '../../engine/drift.ts';
import { PkgsyncError } from '../../errors.ts';
import { driftJson, driftLines, driftSummary } from '../../reporters/drift-text.ts';
import { exitCodes, firstAfterWriting } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { openSession, planOptions, requireDestinations } from '../session.ts';
import { noteLine } from '../note-lines.ts';
import { reportNotes } from '../notes.ts';
import type { Session } from '../session.ts';
import { hintOnce, printHeading } from '../show-plan.ts';

export interface DriftFlags {
  readonly allowUnverifiable?: boolean | undefined;
  readonly failOn?: readonly string[] | undefined;
}

/** `pkgsync drift`: the lock against destination and source; can only read. */
export async function driftCommand(base: Session, flags: DriftFlags): Promise<ExitCode> {
  const failOn = newsToFailOn(flags.failOn ?? []);
  const session = await openSession(base);
  try {
    requireDestinations(session);
    const { console, manifest, connection, lockPath: lock, signal } = session;
    const json = session.flags.json === true;
    if (!json) await printHeading(session, connection.destinations);
    const text = { style: console.style, hintOnce: hintOnce() };
    const several = connection.destinations.length > 1;
    const { findings, news, approved, unlisted, notes, credentialsFailed } = await drift({
      manifest,
      connection,
      lock,
      options: planOptions(session),
      signal,
      onEvent: console.progress.onEvent,
      onProject: async (project) => {
        const { name } = project;
        const named = session.flags.verbose === true ? project.unlisted : [];
        const lines = json
          ? driftJson(name, project.findings, project.news, project.unlisted)
          : driftLines(name, project.findings, project.news, text, several, named);
        for (const line of lines) await console.out(`${line}\n`);
      },
    });
    console.progress.clear();
    if (json) for (const note of notes) await console.out(noteLine(note));
    await console.out(`${driftSummary(findings, news, approved, json, unlisted)}\n`);
    reportNotes(session, notes);
    const codes = [...findings.keys()].flatMap((found) => codeOf(found, flags.allowUnverifiable === true));
    if (credentialsFailed) codes.push(exitCodes.authentication);
    if (failOn.some((name) => news.has(name))) codes.push(exitCodes.differences);
    return firstAfterWriting(codes);
  } finally {
    await session.close();
  }
}

function codeOf(found: DriftClass, allowUnverifiable: boolean): readonly ExitCode[] {
  switch (found) {
    case 'source-digest-changed':
      return [exitCodes.integrity];
    case 'unreachable':
      return [exitCodes.unreachable];
    case 'unverifiable':
      return allowUnverifiable ? [] : [exitCodes.unreachable];
    default:
      return [exitCodes.differences];
  }
}

function newsToFailOn(values: readonly string[]): readonly NewsClass[] {
  return values.map((value) => {
    const known = newsClasses.find((name) => name === value);
    if (known !== undefined) return known;
    throw new PkgsyncError('USAGE', `--fail-on ${value}: expected one of ${newsClasses.join(', ')}`, {
      hint: `differences (${driftClasses.slice(0, 3).join(', ')}, …) fail a run by themselves`,
    });
  });
}
