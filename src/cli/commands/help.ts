import { PkgsyncError } from '../../errors.ts';
import { didYouMean } from '../../io/suggest.ts';
import { shownWord } from '../check-values.ts';
import { nameOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { plainHelp, printHelp } from '../print-help.ts';
import type { Session } from '../session.ts';
import { commandSpecs } from '../specs/all.ts';

export interface HelpFlags {
  readonly command?: string | undefined;
}

/** `pkgsync help`: explains a command, or lists all of them. */
export async function helpCommand(session: Session, { command }: HelpFlags): Promise<ExitCode> {
  const spec = commandSpecs.find((each) => nameOf(each) === command);
  if (command !== undefined && spec === undefined)
    throw new PkgsyncError('USAGE', `'${shownWord(command)}' is no command${didYouMean(command, commandSpecs.map(nameOf))}`, {
      hint: 'pkgsync help lists them',
    });
  if (session.flags.json !== true) return await printHelp(session, spec);
  await session.console.out(`${JSON.stringify({ type: 'help', eventsVersion: 1, command: command ?? null, text: plainHelp(spec) })}\n`);
  return exitCodes.ok;
}
