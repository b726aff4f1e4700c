import { PlanMarkdown } from '../../reporters/plan-markdown.ts';
import { projectLines, summaryLines } from '../../reporters/plan-text.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { openSavedPlan, readThrough } from '../../engine/saved-plan.ts';
import { linesOf } from '../../io/lines.ts';
import { hasExpired } from '../../plan/decode-plan.ts';
import type { Session } from '../session.ts';
import { hintOnce } from '../show-plan.ts';

export interface ShowFlags {
  readonly plan: string;
  readonly markdown?: boolean | undefined;
}

/** `pkgsync show`: renders a saved plan; nothing is contacted. */
export async function showCommand(session: Session, flags: ShowFlags): Promise<ExitCode> {
  const { console } = session;
  const plan = await openSavedPlan(flags.plan, flags.plan, true);
  const { destinations, created, expires } = plan.header;
  const expired = hasExpired(plan.header, Date.now());
  const expiry = `This plan expired on ${expires}: 'pkgsync apply' refuses it. Plan again and have it reviewed.`;
  if (session.flags.json === true) {
    await readThrough(plan, () => undefined);
    for await (const line of linesOf(flags.plan)) await console.out(`${line}\n`);
    if (expired) console.note(`note: ${expiry}`);
    return exitCodes.ok;
  }
  if (flags.markdown === true) {
    const markdown = new PlanMarkdown(destinations);
    const trailer = await readThrough(plan, (project) => markdown.add(project));
    await console.out(`${expired ? `> **${expiry}**\n\n` : ''}${markdown.render(trailer)}`);
    return exitCodes.ok;
  }
  const text = { style: console.style, verbose: session.flags.verbose === true, destinations, hintOnce: hintOnce() };
  for (const { name, address, type } of destinations)
    await console.out(
      `${console.style.quiet('Destination')} ${name === 'default' ? '' : `${name}: `}${address} ${console.style.quiet(`(${type})`)}\n`,
    );
  const trailer = await readThrough(plan, async (project) => {
    for (const line of projectLines(project, text)) await console.out(`${line}\n`);
  });
  for (const line of summaryLines(trailer, text)) await console.out(`${line}\n`);
  console.note(expired ? `note: ${expiry}` : `Made ${created}, holds until ${expires}.`);
  if (!trailer.complete) console.note('note: the plan is not complete: what could not be listed is not in it');
  return exitCodes.ok;
}
