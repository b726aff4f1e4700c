import yargs from 'yargs';
import type { Argv, Options } from 'yargs';
import { PkgsyncError, printable } from '../errors.ts';
import { closest } from '../io/suggest.ts';
import type { CommandSpec } from './command.ts';
import { exitCodeLines } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { environmentValues, optionGroups } from './options.ts';
import type { Flags, Session } from './session.ts';
import { commandSpecs } from './specs/all.ts';
import { version } from './version.ts';

/** A command line that asks for a command: what it says about output, and the command to run. */
export interface Invocation {
  readonly flags: Flags;
  readonly color: 'auto' | 'always' | 'never';
  readonly progress: boolean;
  readonly run: (session: Session) => Promise<ExitCode>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the command line; values that it does not give come from `PKGSYNC_*` variables. Prints help and version itself.
 * @param columns width of the terminal, for help
 * @returns undefined where help, version or a completion script was all that was asked for
 * @throws PkgsyncError USAGE
 */
export function parseArguments(args: readonly string[], environment: Environment, columns: number): Invocation | undefined {
  let chosen: CommandSpec | undefined;
  const known = new Set<string>(['help', 'version']);
  const parser = yargs([...args])
    .scriptName('pkgsync')
    .usage('$0 <command>: Python package indexes in the state that a file in git declares')
    .options(optionGroups.output.options)
    .group(Object.keys(optionGroups.output.options), optionGroups.output.heading)
    .strict()
    .demandCommand(1, 'Name a command: --help lists them.')
    .parserConfiguration({ 'greedy-arrays': false, 'boolean-negation': true, 'duplicate-arguments-array': true })
    .version(version())
    .alias('version', 'V')
    .alias('help', 'h')
    .wrap(Math.min(120, columns))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error instanceof PkgsyncError
        ? error
        : new PkgsyncError('USAGE', fault(message ?? error?.message ?? 'unusable arguments', args, known, chosen), {
            hint: `pkgsync ${chosen === undefined ? '' : `${nameOf(chosen)} `}--help`,
          });
    })
    .epilogue(
      `Flags of a command: pkgsync COMMAND --help. Every flag but approvals is also a variable: --as-of is PKGSYNC_AS_OF.\n\n${exitCodeLines}`,
    );
  declareUnseen(parser);
  for (const spec of commandSpecs) {
    parser.command(
      spec.usage,
      spec.summary,
      (inner) => {
        chosen = spec;
        return declare(inner, spec, environment, known);
      },
      () => undefined,
    );
  }
  const values = parser.parseSync() as Record<string, unknown>;
  if (chosen === undefined || values['help'] === true || values['version'] === true) return undefined;
  const { load } = chosen;
  return {
    flags: values as unknown as Flags,
    color: values['color'] as Invocation['color'],
    progress: values['progress'] !== false && values['disable-progress-bar'] !== true,
    run: async (session) => (await load())(session, values as never),
  };
}

/** Flags may stand before the command; which of them take a value must be known to find it there. They count only where the command takes them. */
function declareUnseen(parser: Argv): void {
  for (const [name, option] of Object.entries<Options>({ ...optionGroups.transfer.options, ...optionGroups.manifest.options })) {
    parser.option(name, { ...option, default: undefined, global: false, hidden: true });
  }
}

function declare(parser: Argv, spec: CommandSpec, environment: Environment, known: Set<string>): Argv {
  const own: Record<string, Options> = { ...spec.options };
  const all: Record<string, Options> = { ...optionGroups.output.options, ...own };
  parser
    .usage([`$0 ${spec.usage}`, ...spec.description].join('\n\n'))
    .options(own)
    .group(Object.keys(own), 'Flags:');
  for (const group of spec.groups) {
    const { heading, options } = optionGroups[group];
    parser.options(options).group(Object.keys(options), heading);
    Object.assign(all, options);
  }
  for (const [name, positional] of Object.entries(spec.positionals ?? {})) parser.positional(name, positional);
  for (const [command, purpose] of spec.examples) parser.example(`$0 ${command}`, purpose);
  for (const [name, { alias }] of Object.entries(all)) {
    known.add(name);
    for (const other of [alias ?? []].flat()) known.add(other);
  }
  // Values from the environment belong to the command that takes them: others refuse flags that they do not know.
  return parser.config(environmentValues(all, environment)).epilogue(exitCodeLines);
}

function nameOf({ usage }: CommandSpec): string {
  return usage.split(' ', 1)[0] ?? usage;
}

/** The last line of yargs' message is the fault; what stands above is the help. */
function fault(message: string, args: readonly string[], known: ReadonlySet<string>, chosen: CommandSpec | undefined): string {
  const last = message.trim().split('\n').at(-1) ?? message;
  const [, listed] = /^Unknown (?:arguments?|commands?): (.*)$/.exec(last) ?? [];
  if (listed === undefined) return last;
  if (chosen === undefined) return unknown(listed.split(', ')[0] ?? '', 'command', commandSpecs.map(nameOf));
  const flags = listed
    .split(', ')
    .filter((name) => args.some((arg) => arg.replace(/^--?(?:no-)?/, '').startsWith(name) && arg.startsWith('-')));
  const first = flags[0];
  if (first === undefined) return `${nameOf(chosen)} takes no argument '${printable(listed.split(', ')[0] ?? '')}'`;
  return unknown(
    `${first.length === 1 ? '-' : '--'}${first}`,
    `flag of ${nameOf(chosen)}`,
    [...known].filter((name) => name.length > 1).map((name) => `--${name}`),
  );
}

function unknown(written: string, what: string, candidates: readonly string[]): string {
  const near = closest(written, candidates);
  return `'${printable(written)}' is no ${what}${near === undefined ? '' : `: did you mean '${near}'?`}`;
}
