import { PkgsyncError } from '../errors.ts';
import { createStyle } from '../reporters/style.ts';
import type { CommandSpec } from './command.ts';
import type { ExitCode } from './exit-codes.ts';
import { helpText, overviewText } from './help.ts';
import type { Session } from './session.ts';

/** Help on stdout: of a command, or the list of commands. */
export async function printHelp({ console, environment }: Session, spec?: CommandSpec): Promise<ExitCode> {
  const columns = columnsOf(process.stdout, environment);
  await console.out(spec === undefined ? overviewText(columns, console.style) : helpText(spec, columns, console.style));
  return 0;
}

/** No command was named: the list of commands on stderr, where no script takes it for data. @throws PkgsyncError USAGE */
export function printHelpForNobody({ console, environment, flags }: Session): Promise<ExitCode> {
  if (flags.json !== true) console.note(overviewText(columnsOf(process.stderr, environment), console.noteStyle));
  return Promise.reject(new PkgsyncError('USAGE', 'no command is named', { hint: 'pkgsync --help lists them' }));
}

/** Help of a command as plain text of 80 columns. */
export function plainHelp(spec?: CommandSpec): string {
  const style = createStyle(false);
  return spec === undefined ? overviewText(80, style) : helpText(spec, 80, style);
}

/** Without a terminal: what COLUMNS says, as for man, else 80. */
function columnsOf(stream: NodeJS.WriteStream, environment: Session['environment']): number {
  const given = Number(environment['COLUMNS'] ?? '');
  return stream.columns || (Number.isInteger(given) && given > 0 ? given : 80);
}
