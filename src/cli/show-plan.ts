import type { MadePlan } from '../engine/plan.ts';
import { plannedDestinations } from '../engine/request.ts';
import type { Ends } from '../engine/request.ts';
import type { PlanTrailer } from '../plan/plan-file.ts';
import { projectLines, summaryLines } from '../reporters/plan-text.ts';
import type { PlanTextOptions, ReportedProject } from '../reporters/plan-text.ts';
import type { Session } from './session.ts';

/** How a plan for these destinations is shown. */
export function textOptions(
  { console, flags }: Pick<Session, 'console' | 'flags'>,
  destinations: Ends['destinations'],
  inWords?: (hint: string) => string | undefined,
): PlanTextOptions {
  return {
    style: console.style,
    verbose: flags.verbose === true,
    destinations: plannedDestinations(destinations),
    hintOnce: hintOnce(inWords),
  };
}

/** Lets every hint through once. @param inWords how the command says it */
export function hintOnce(inWords: (hint: string) => string | undefined = (hint) => hint): (hint: string) => string | undefined {
  const told = new Set<string>();
  return (hint) => {
    if (told.has(hint)) return undefined;
    told.add(hint);
    return inWords(hint);
  };
}

/** Says where the plan goes: each destination, and what it is. */
export async function printHeading({ console }: Pick<Session, 'console'>, destinations: Ends['destinations']): Promise<void> {
  const { style } = console;
  for (const { live } of destinations) {
    const name = live.name === 'default' ? '' : `${live.name}: `;
    await console.out(`${style.quiet('Destination')} ${name}${live.address} ${style.quiet(`(${live.kind})`)}\n`);
  }
}

export async function printProject({ console }: Pick<Session, 'console'>, project: ReportedProject, text: PlanTextOptions): Promise<void> {
  for (const line of projectLines(project, text)) await console.out(`${line}\n`);
}

export async function printSummary(
  { console }: Pick<Session, 'console'>,
  trailer: Pick<PlanTrailer, 'planId' | 'counts' | 'lock' | 'records' | 'complete'>,
  text: PlanTextOptions,
): Promise<void> {
  console.progress.clear();
  for (const line of summaryLines(trailer, text)) await console.out(`${line}\n`);
}

/** The whole of a plan that lies there finished. */
export async function printPlan(session: Pick<Session, 'console'>, plan: MadePlan, text: PlanTextOptions): Promise<void> {
  for await (const project of plan.projects()) await printProject(session, project, text);
  await printSummary(session, totalsOf(plan), text);
}

/** A plan's totals as its last line has them. */
export function totalsOf({ summary }: MadePlan): Pick<PlanTrailer, 'planId' | 'counts' | 'lock' | 'records' | 'complete'> {
  const { planId, countsByDestination: counts, lock, records, complete } = summary;
  return { planId, counts, lock, records, complete };
}
