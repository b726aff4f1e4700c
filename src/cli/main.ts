import { setMaxListeners } from 'node:events';
import { PkgsyncError, isPkgsyncError, printable } from '../errors.ts';
import { createConsole } from './console.ts';
import type { Console } from './console.ts';
import type { CommandSpec } from './command.ts';
import { errorJson } from './error-json.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { inWordsOf } from './one-shot-words.ts';
import { parseArguments } from './parse.ts';

/** Runs the command line. The one place that reads the environment, catches everything and knows the process. @returns the exit code */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const environment = process.env;
  // A reader that went away (`| head`) is no error of ours, and no reason to stop halfway: the rest is done without being shown.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.exit(exitCodes.internal);
    });
  }
  const interruption = listenForSignals();
  let console: Console = createConsole({ color: 'auto', quiet: false, progress: false, environment });
  let json = args.includes('--json') || ['1', 'true', 'yes'].includes((environment['PKGSYNC_JSON'] ?? '').toLowerCase());
  let invoked: CommandSpec | undefined;
  try {
    const { flags, color, progress, run, command, warnings } = parseArguments(args, environment);
    invoked = command;
    json = flags.json === true;
    console = createConsole({ color, quiet: flags.quiet === true, progress, environment });
    if (flags.quiet !== true) for (const warning of warnings) console.note(`warning: ${warning}`);
    interruption.onFirst = () => console.note('Interrupted: finishing what has begun. Once more stops at once.');
    return await run({ flags, console, environment, signal: interruption.signal, interruptedBy: interruption.by });
  } catch (error) {
    console.progress.clear();
    return reportError(invoked === undefined ? error : inWordsOf(invoked, error), console, json, interruption.by());
  }
}

interface Interruption {
  readonly signal: AbortSignal;
  readonly by: () => 'SIGINT' | 'SIGTERM' | undefined;
  onFirst: () => void;
}

/** The first signal asks the run to end in order; the second ends the process. */
function listenForSignals(): Interruption {
  const controller = new AbortController();
  // Every file in flight listens.
  setMaxListeners(0, controller.signal);
  let by: 'SIGINT' | 'SIGTERM' | undefined;
  const interruption: Interruption = { signal: controller.signal, by: () => by, onFirst: () => undefined };
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
    if (by !== undefined) process.exit(signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted);
    by = signal;
    interruption.onFirst();
    controller.abort(new PkgsyncError('INTERRUPTED', 'interrupted'));
  };
  process.on('SIGINT', () => onSignal('SIGINT'));
  process.on('SIGTERM', () => onSignal('SIGTERM'));
  return interruption;
}

/** One clear sentence, what to do, and every single problem; the stack only where the fault is ours. */
function reportError(error: unknown, console: Console, json: boolean, interruptedBy: 'SIGINT' | 'SIGTERM' | undefined): ExitCode {
  const known = isPkgsyncError(error)
    ? error
    : new PkgsyncError('INTERNAL', error instanceof Error ? error.message : String(error), {
        cause: error,
        hint: 'this is a fault of pkgsync: please report it with the lines above',
      });
  if (json) process.stdout.write(errorJson(known));
  const style = console.noteStyle;
  for (const problem of known.problems) console.note(`  ${printable(problem, 2000)}`);
  console.note(`${style.danger('error:')} ${printable(known.message, 2000)}`);
  if (known.hint !== undefined) console.note(`  ${style.quiet(printable(known.hint, 1000))}`);
  if (known.code === 'INTERNAL' && error instanceof Error) console.note(error.stack ?? '');
  if (interruptedBy !== undefined) return interruptedBy === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
  return exitCodeOf(known.code);
}
