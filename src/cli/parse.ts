import yargs from 'yargs';
import type { Argv } from 'yargs';
import { PkgsyncError } from '../errors.ts';
import { settle } from './check-values.ts';
import { nameOf } from './command.ts';
import type { CommandSpec } from './command.ts';
import type { ExitCode } from './exit-codes.ts';
import { faultOf } from './faults.ts';
import { aliasesOf, dashed, takesValue, yargsOption, yargsPositional } from './flag.ts';
import type { Flag } from './flag.ts';
import { environmentValues, optionGroups } from './options.ts';
import { printHelp, printHelpForNobody } from './print-help.ts';
import type { Flags, Session } from './session.ts';
import { commandSpecs } from './specs/all.ts';
import { unknownVariables } from './unknown-variables.ts';
import { version } from './version.ts';

/** A command line that was understood: what it says about output, and what to run. */
export interface Invocation {
  readonly flags: Flags;
  readonly color: 'auto' | 'always' | 'never';
  readonly progress: boolean;
  /** The command; undefined where help or the version was asked for, or nothing. */
  readonly command: CommandSpec | undefined;
  /** Sentences about the environment. */
  readonly warnings: readonly string[];
  readonly run: (session: Session) => Promise<ExitCode>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the command line; values that it does not give come from `PKGSYNC_*` variables. Prints nothing: help and version are what the invocation runs.
 * @throws PkgsyncError USAGE
 */
export function parseArguments(args: readonly string[], environment: Environment): Invocation {
  const warnings = unknownVariables(environment, commandSpecs);
  const asked = askedFor(args);
  if (asked !== 'command') return { ...aboutPkgsync(args, asked), command: undefined, warnings };
  let chosen: CommandSpec | undefined;
  const flags: Record<string, Flag> = { ...optionGroups.output.options };
  const parser = bareParser((message) =>
    usageError(faultOf(message, { args, flags: { ...flags, ...standing }, chosen, commands: commandSpecs }), chosen),
  ).strict();
  declareUnseen(parser);
  for (const spec of commandSpecs) {
    parser.command(
      spec.usage,
      spec.summary,
      (inner) => {
        chosen = spec;
        Object.assign(flags, spec.options, ...spec.groups.map((group) => optionGroups[group].options));
        return declare(inner, spec, flags, environment);
      },
      () => undefined,
    );
  }
  const read = parser.parseSync([...args]) as Record<string, unknown>;
  const command: CommandSpec | undefined = chosen;
  const values = { ...read, ...settle(read, flags, command?.positionals) };
  return { ...outputOf(values), command, warnings, run: (session) => runCommand(command, session, values) };
}

/** Flags of every line that no command takes. */
const standing: Readonly<Record<string, Flag>> = { help: { type: 'boolean', alias: 'h' }, version: { type: 'boolean', alias: 'V' } };

/** yargs with our output flags and without its own help, which would take an argument called `help` for itself. */
function bareParser(fail: (message: string) => PkgsyncError): Argv {
  const parser = yargs()
    .scriptName('pkgsync')
    .locale('en')
    .help(false)
    .version(false)
    .parserConfiguration({ 'greedy-arrays': false, 'boolean-negation': true, 'duplicate-arguments-array': true })
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error instanceof PkgsyncError ? error : fail(message ?? error?.message ?? 'unusable arguments');
    });
  for (const [name, flag] of Object.entries<Flag>(optionGroups.output.options)) parser.option(name, yargsOption(flag));
  return parser;
}

function usageError(sentence: string, command: CommandSpec | undefined): PkgsyncError {
  return new PkgsyncError('USAGE', sentence, { hint: `pkgsync ${command === undefined ? '' : `${nameOf(command)} `}--help` });
}

/** Nothing that stands after a flag can be `-h` or `--help`: values do not start with a dash. */
function askedFor(args: readonly string[]): 'help' | 'version' | 'command' {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  if (before.includes('-h') || before.includes('--help')) return 'help';
  return before.includes('-V') || before.includes('--version') ? 'version' : 'command';
}

/** Help and version, with what the line says about output; whatever else is wrong with it does not matter then. */
function aboutPkgsync(args: readonly string[], asked: 'help' | 'version'): Pick<Invocation, 'flags' | 'color' | 'progress' | 'run'> {
  const output = outputOf(bareParser((message) => usageError(message, undefined)).parseSync([...args]));
  if (asked === 'version') return { ...output, run: printVersion };
  const name = firstWord(args);
  const spec = commandSpecs.find((each) => nameOf(each) === name);
  if (name !== undefined && spec === undefined)
    throw usageError(faultOf(`Unknown command: ${name}`, { args: [], flags: {}, chosen: undefined, commands: commandSpecs }), undefined);
  return { ...output, run: (session) => printHelp(session, spec) };
}

/** The first word that is neither a flag nor the value of one. */
function firstWord(args: readonly string[]): string | undefined {
  let isValue = false;
  for (const arg of args) {
    if (arg === '--') return undefined;
    if (!arg.startsWith('-') && !isValue) return arg;
    isValue = flagsWithValue.has(arg);
  }
  return undefined;
}

function outputOf(values: Readonly<Record<string, unknown>>): Pick<Invocation, 'flags' | 'color' | 'progress'> {
  const { color } = values;
  return {
    flags: values as unknown as Flags,
    color: color === 'always' || color === 'never' ? color : 'auto',
    progress: values['progress'] !== false && values['disable-progress-bar'] !== true,
  };
}

async function runCommand(
  command: CommandSpec | undefined,
  session: Session,
  values: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  if (command === undefined) return await printHelpForNobody(session);
  return await (
    await command.load()
  )(session, values as never);
}

async function printVersion({ console }: Session): Promise<ExitCode> {
  await console.out(`${version()}\n`);
  return 0;
}

/** Every flag of every command. */
const allFlags: readonly (readonly [name: string, flag: Flag])[] = [
  ...Object.values(optionGroups).map(({ options }): Readonly<Record<string, Flag>> => options),
  ...commandSpecs.map(({ options }) => options),
].flatMap((options) => Object.entries(options));

/** Those behind which the next word is a value, as they are written. */
const flagsWithValue: ReadonlySet<string> = new Set(
  allFlags.flatMap(([name, flag]) => (takesValue(flag) === 'yes' ? [name, ...aliasesOf(flag)].map(dashed) : [])),
);

/**
 * Flags may stand before the command; which of them take a value must be known to find it there, and to take no password for a command. They count
 * only where the command takes them.
 */
function declareUnseen(parser: Argv): void {
  for (const [name, flag] of allFlags) {
    if (name in optionGroups.output.options || takesValue(flag) === 'maybe') continue;
    const type = takesValue(flag) === 'no' ? 'boolean' : 'string';
    for (const each of [name, ...aliasesOf(flag)]) parser.option(each, { type, global: false, hidden: true });
  }
}

function declare(parser: Argv, spec: CommandSpec, flags: Readonly<Record<string, Flag>>, environment: Environment): Argv {
  for (const [name, flag] of Object.entries(flags)) parser.option(name, yargsOption(flag));
  for (const [name, argument] of Object.entries(spec.positionals ?? {})) parser.positional(name, yargsPositional(argument));
  // Values from the environment belong to the command that takes them: others refuse flags that they do not know.
  return parser.config(environmentValues(flags, environment));
}
