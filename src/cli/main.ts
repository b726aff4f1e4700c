import { setMaxListeners } from 'node:events';
import yargs from 'yargs';
import type { Argv, Options } from 'yargs';
import { PkgsyncError, isPkgsyncError, printable } from '../errors.ts';
import { createConsole } from './console.ts';
import type { Console } from './console.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { environmentValues, globalOptions, resolvingOptions } from './options.ts';
import type { Flags, Session } from './session.ts';
import { version } from './version.ts';

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
  let json = args.includes('--json');
  try {
    const invocation = parse(args, environment);
    if (invocation === undefined) return exitCodes.ok;
    const { flags, color, progress, run } = invocation;
    json = flags.json === true;
    console = createConsole({ color, quiet: flags.quiet === true, progress, environment });
    interruption.onFirst = () => console.note('Interrupted: finishing what has begun. Once more stops at once.');
    return await run({ flags, console, environment, signal: interruption.signal, interruptedBy: interruption.by });
  } catch (error) {
    console.progress.clear();
    return reportError(error, console, json, interruption.by());
  }
}

interface Invocation {
  readonly flags: Flags;
  readonly color: 'auto' | 'always' | 'never';
  readonly progress: boolean;
  readonly run: (session: Session) => Promise<ExitCode>;
}

type Run<T> = (session: Session, flags: T) => Promise<ExitCode>;

/** Commands are loaded when they run, so that help and version stay quick. */
function parse(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Invocation | undefined {
  let chosen: Run<never> | undefined;
  const choose =
    <T>(load: () => Promise<Run<T>>) =>
    () => {
      chosen = async (session, flags: T) => (await load())(session, flags);
    };
  const command = (
    name: string,
    description: string,
    options: Record<string, Options>,
    extra: (parser: Argv) => Argv,
    handler: () => void,
  ) => {
    // Values from the environment belong to the command that takes them: others refuse flags that they do not know.
    parser.command(
      name,
      description,
      (inner) => extra(inner.options(options).config(environmentValues({ ...globalOptions, ...options }, environment))),
      handler,
    );
  };
  const parser = yargs([...args])
    .scriptName('pkgsync')
    .usage('$0 <command>: Python package indexes in the state that a file in git declares')
    .options(globalOptions)
    .group(Object.keys(globalOptions), 'Everywhere:')
    .strict()
    .recommendCommands()
    .demandCommand(1, 'Name a command: --help lists them.')
    .parserConfiguration({ 'greedy-arrays': false, 'boolean-negation': true, 'duplicate-arguments-array': true })
    .version(version())
    .alias('version', 'V')
    .alias('help', 'h')
    .wrap(Math.min(120, process.stdout.columns || 100))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error instanceof PkgsyncError
        ? error
        : new PkgsyncError('USAGE', fault(message ?? error?.message ?? 'unusable arguments', args), {
            hint: 'pkgsync --help, or pkgsync COMMAND --help',
          });
    })
    .epilogue(
      'Exit codes: 0 ok, 2 differences, 20 invalid input, 21 lock outdated, 22 integrity, 23 stale plan, 24 limit, 25 policy, 26 authentication, 27 unreachable, 28 already running, 29 partial, 30 declined, 130 interrupted, 1 internal error.',
    );

  command(
    'init [packages..]',
    'Start a manifest',
    {
      source: {
        type: 'string',
        default: 'https://pypi.org/simple/',
        describe: 'Where packages come from: URL or folder',
        requiresArg: true,
      },
      to: { type: 'string', default: './mirror', describe: 'What is kept in the declared state: folder or upload URL', requiresArg: true },
    },
    (inner) =>
      inner
        .positional('packages', { type: 'string', array: true, describe: "Requirements such as 'django>=4.2'" })
        .example("$0 init 'django>=4.2' celery", 'mirror two packages into ./mirror'),
    choose(async () => (await import('./commands/init.ts')).initCommand),
  );
  command(
    'validate',
    'Check the manifest, all problems at once',
    {},
    (inner) => inner,
    choose(async () => (await import('./commands/validate.ts')).validateCommand),
  );
  command(
    'plan',
    'Show what would change; writes nothing but --out',
    {
      ...resolvingOptions,
      out: { type: 'string', describe: 'Save the plan for review and apply', requiresArg: true },
      markdown: { type: 'boolean', describe: 'Markdown for a pull request' },
      'detailed-exitcode': { type: 'boolean', describe: 'Exit 2 where there are differences' },
    },
    (inner) => inner.example('$0 plan --locked --out plan.jsonl', 'what CI shows in a pull request'),
    choose(async () => (await import('./commands/plan.ts')).planCommand),
  );
  command(
    'apply [plan]',
    'Carry the plan out and write the lock',
    {
      ...resolvingOptions,
      yes: { type: 'boolean', describe: 'Do not ask' },
      expect: { type: 'string', describe: 'Run only where the plan has this id', requiresArg: true },
      allow: { type: 'array', string: true, describe: 'Accept a count over a limit: remove=104', requiresArg: true },
    },
    (inner) =>
      inner
        .positional('plan', { type: 'string', describe: 'A saved plan' })
        .example('$0 apply --locked --yes', 'what CI runs after the merge; safe to run again'),
    choose(async () => (await import('./commands/apply.ts')).applyCommand),
  );
  command(
    'lock',
    'Resolve against the source and write the lock only',
    {
      upgrade: resolvingOptions.upgrade,
      check: { type: 'boolean', describe: 'Compare the lock with the manifest, offline; exit 21 where they differ' },
      accept: { type: 'array', string: true, describe: 'Take the new bytes of this locked file', requiresArg: true },
    },
    (inner) => inner.example('$0 lock --upgrade celery', "take celery's newer releases"),
    choose(async () => (await import('./commands/lock.ts')).lockCommand),
  );
  command(
    'drift',
    'Compare the lock with destination and source; can only read',
    {
      'allow-unverifiable': { type: 'boolean', describe: 'Files without a comparable digest are no failure' },
      'fail-on': {
        type: 'array',
        string: true,
        describe: 'Exit 2 on this news from the source too: yanked-upstream, source-vanished, …',
        requiresArg: true,
      },
    },
    (inner) => inner.example('$0 drift --json', 'what CI runs on a schedule'),
    choose(async () => (await import('./commands/drift.ts')).driftCommand),
  );
  command(
    'show <plan>',
    'Render a saved plan',
    { markdown: { type: 'boolean', describe: 'Markdown for a pull request' } },
    (inner) => inner.positional('plan', { type: 'string', demandOption: true, describe: 'A file that plan --out wrote' }),
    choose(async () => (await import('./commands/show.ts')).showCommand),
  );

  const values = parser.parseSync() as Record<string, unknown>;
  if (chosen === undefined) return undefined;
  const run = chosen;
  return {
    flags: values as unknown as Flags,
    color: values['color'] as Invocation['color'],
    progress: values['progress'] !== false,
    run: (session) => run(session, values as never),
  };
}

/** The last line of yargs' message is the fault; what stands above is the help. */
function fault(message: string, args: readonly string[]): string {
  const last = message.trim().split('\n').at(-1) ?? message;
  return last.startsWith('Did you mean')
    ? `unknown command '${printable(args[0] ?? '')}': ${last.charAt(0).toLowerCase()}${last.slice(1)}`
    : last;
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
  if (json) {
    const { code, message, hint, problems, retryable } = known;
    process.stdout.write(`${JSON.stringify({ type: 'error', eventsVersion: 1, code, message, hint, problems, retryable })}\n`);
  }
  const style = console.noteStyle;
  for (const problem of known.problems) console.note(`  ${printable(problem, 2000)}`);
  console.note(`${style.danger('error:')} ${printable(known.message, 2000)}`);
  if (known.hint !== undefined) console.note(`  ${style.quiet(printable(known.hint, 1000))}`);
  if (known.code === 'INTERNAL' && error instanceof Error) console.note(error.stack ?? '');
  if (interruptedBy !== undefined) return interruptedBy === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
  return exitCodeOf(known.code);
}
