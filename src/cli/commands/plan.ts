import { writeAtomically } from '../../io/atomic-write.ts';
import { hasDifferences } from '../../plan/recorder.ts';
import { PlanMarkdown } from '../../reporters/plan-markdown.ts';
import { projectLines, summaryLines } from '../../reporters/plan-text.ts';
import { exitCodes, firstAfterWriting, firstBeforeWriting, problemCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { drain, makePlan, printing } from '../make-plan.ts';
import { currentLock, openSession, plannedDestinations, planOptions, requireDestinations } from '../session.ts';
import type { OpenSession, Session } from '../session.ts';
import { reportNotes } from '../notes.ts';
import type { PlanTextOptions } from '../../reporters/plan-text.ts';

export interface PlanFlags {
  readonly out?: string | undefined;
  readonly markdown?: boolean | undefined;
  readonly detailedExitcode?: boolean | undefined;
}

/** `pkgsync plan`: shows the difference; writes nothing but `--out`. */
export async function planCommand(base: Session, flags: PlanFlags): Promise<ExitCode> {
  const session = await openSession(base);
  try {
    requireDestinations(session);
    const json = session.flags.json === true;
    const options = planOptions(session);
    const text = textOptions(session);
    const markdown = flags.markdown === true && !json ? new PlanMarkdown(text.destinations) : undefined;
    if (!json && markdown === undefined) await printHeading(session);
    const print = async (lines: AsyncIterable<string>) => {
      for await (const line of lines) await session.console.out(line);
    };
    const save =
      flags.out === undefined
        ? undefined
        : (lines: AsyncIterable<string>) => writeAtomically(flags.out ?? '', json ? printing(lines, session) : lines);
    const { recorder, trailer } = await makePlan(
      session,
      await currentLock(session),
      options,
      save ?? (json ? print : drain),
      async (plan) => {
        if (json) return;
        markdown?.add(plan);
        if (markdown !== undefined) return;
        for (const line of projectLines(plan, text)) await session.console.out(`${line}\n`);
      },
    );
    session.console.progress.clear();
    if (markdown !== undefined) await session.console.out(markdown.render(trailer));
    else if (!json) for (const line of summaryLines(trailer, text)) await session.console.out(`${line}\n`);
    reportNotes(session, recorder, trailer, flags.out);
    return planExitCode(recorder.problems.byClass, hasDifferences(trailer) && flags.detailedExitcode === true);
  } finally {
    await session.close();
  }
}

/** A plan that could not be made whole, or that names what no apply may do, is no success: a pull request must not turn green on it. */
function planExitCode(problems: Parameters<typeof problemCodes>[0], differs: boolean): ExitCode {
  // Nothing was carried out, so nothing is partial: what cannot be delivered is a difference.
  const codes = problemCodes(problems).filter((code) => code !== exitCodes.partial);
  const refused = codes.filter((code) => code === exitCodes.invalid || code === exitCodes.policy);
  return firstBeforeWriting(refused) ?? firstAfterWriting([...codes, ...(differs ? [exitCodes.differences] : [])]);
}

export function textOptions(session: OpenSession, destinations = session.destinations): PlanTextOptions {
  return { style: session.console.style, verbose: session.flags.verbose === true, destinations: plannedDestinations({ destinations }) };
}

/** Says where the plan goes: each destination, and what it is. */
export async function printHeading(session: OpenSession): Promise<void> {
  const { style } = session.console;
  for (const { live } of session.destinations) {
    const name = live.name === 'default' ? '' : `${live.name}: `;
    await session.console.out(`${style.quiet('Destination')} ${name}${live.address} ${style.quiet(`(${live.kind})`)}\n`);
  }
}
