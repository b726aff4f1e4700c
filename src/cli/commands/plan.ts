import { drain, recordPlan } from '../../engine/record-plan.ts';
import { notesOf, summaryOf } from '../../engine/summary.ts';
import { writeAtomically } from '../../io/atomic-write.ts';
import { hasDifferences } from '../../plan/recorder.ts';
import { PlanMarkdown } from '../../reporters/plan-markdown.ts';
import { planExitCode } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { noteLines } from '../note-lines.ts';
import { reportNotes } from '../notes.ts';
import { openSession, planOptions, requireDestinations } from '../session.ts';
import type { OpenSession, Session } from '../session.ts';
import { printHeading, printProject, printSummary, textOptions } from '../show-plan.ts';

export interface PlanFlags {
  readonly out?: string | undefined;
  readonly markdown?: boolean | undefined;
  readonly detailedExitcode?: boolean | undefined;
}

/** `pkgsync plan`: shows the difference; writes nothing but `--out`. */
export async function planCommand(base: Session, flags: PlanFlags): Promise<ExitCode> {
  const session = await openSession(base);
  const kept = noteLines(base);
  try {
    requireDestinations(session);
    const { manifest, connection: ends, console, lockPath: lock } = session;
    const json = session.flags.json === true;
    const options = planOptions(session);
    const text = textOptions(session, ends.destinations);
    const markdown = flags.markdown === true && !json ? new PlanMarkdown(text.destinations) : undefined;
    if (!json && markdown === undefined) await printHeading(session, ends.destinations);
    const { recorder, trailer } = await recordPlan(
      {
        manifest,
        ends,
        lock,
        options,
        destinationNames: session.flags.destination,
        onProject: async (project) => {
          markdown?.add(project);
          if (json) await kept.add(project);
          else if (markdown === undefined) await printProject(session, project, text);
        },
      },
      sinkOf(session, flags.out),
    );
    console.progress.clear();
    if (markdown !== undefined) await console.out(markdown.render(trailer));
    else if (!json) await printSummary(session, trailer, text);
    const summary = summaryOf(trailer, recorder.tally.uploadBytes, recorder.problems.byClass);
    const notes = notesOf(manifest, ends, recorder, summary);
    if (json) await kept.print(session, notes);
    reportNotes(session, notes);
    if (flags.out !== undefined && session.flags.quiet !== true)
      console.note(`Saved to ${flags.out}: 'pkgsync show ${flags.out}' renders it, 'pkgsync apply ${flags.out}' runs it.`);
    return planExitCode(summary.problems, hasDifferences(trailer) && flags.detailedExitcode === true);
  } finally {
    await kept[Symbol.asyncDispose]();
    await session.close();
  }
}

/** Where the lines of the plan file go: to `--out`, and with --json to stdout. */
function sinkOf({ console, flags }: OpenSession, out: string | undefined): (lines: AsyncIterable<string>) => Promise<void> {
  const json = flags.json === true;
  const printed = async function* (lines: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const line of lines) {
      await console.out(line);
      yield line;
    }
  };
  return (lines) => {
    const shown = json ? printed(lines) : lines;
    return out === undefined ? drain(shown) : writeAtomically(out, shown);
  };
}
