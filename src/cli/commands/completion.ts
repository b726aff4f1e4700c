import { basename } from 'node:path';
import { PkgsyncError } from '../../errors.ts';
import { completionScript } from '../completion/script.ts';
import { shells } from '../completion/shells.ts';
import type { Shell } from '../completion/shells.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export interface CompletionFlags {
  readonly shell?: Shell | undefined;
}

/** `pkgsync completion`: prints the script for a shell. */
export async function completionCommand({ flags, console, environment }: Session, given: CompletionFlags): Promise<ExitCode> {
  const shell = given.shell ?? shells.find((each) => each === basename(environment['SHELL'] ?? ''));
  if (shell === undefined)
    throw new PkgsyncError('USAGE', 'for which shell does not show', { hint: `name it: pkgsync completion ${shells.join('|')}` });
  const script = completionScript(shell);
  await console.out(flags.json === true ? `${JSON.stringify({ type: 'completion', eventsVersion: 1, shell, script })}\n` : script);
  return exitCodes.ok;
}
