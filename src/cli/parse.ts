import yargs from 'yargs';
import type { Argv } from 'yargs';
import { PkgsyncError } from '../errors.ts';
import { settle } from './check-values.ts';
import { nameOf } from './command.ts';
import type { CommandSpec } from './command.ts';
import type { ExitCode } from './exit-codes.ts';
import { faultOf } from './faults.ts';
import { aliasesOf, takesValue, yargsOption, yargsPositional } from './flag.ts';
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
  let chosen: CommandSpec | undefined;
  const flags: Record<string, Flag> = { ...optionGroups.output.options };
  const fail = (message: string): PkgsyncError =>
    new PkgsyncError('USAGE', faultOf(message, { args, flags, chosen, commands: commandSpecs }), {
      hint: `pkgsync ${chosen === undefined ? '' : `${nameOf(chosen)} `}--help`,
    });
  const parser = yargs()
    .scriptName('pkgsync')
    .locale('en')
    .strict()
    .parserConfiguration({ 'greedy-arrays': false, 'boolean-negation': true, 'duplicate-arguments-array': true })
    .version(version())
    .alias('version', 'V')
    .alias('help', 'h')
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error instanceof PkgsyncError ? error : fail(message ?? error?.message ?? 'unusable arguments');
    });
  for (const [name, flag] of Object.entries(flags)) parser.option(name, yargsOption(flag));
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
  // With a callback yargs prints nothing itself.
  const read = parser.parseSync([...args], {}, () => undefined) as Record<string, unknown>;
  const stray = strayHelp(args, read);
  if (stray !== undefined) throw fail(`Unknown argument: ${stray}`);
  const wants = read['version'] === true ? 'version' : read['help'] === true || chosen === undefined ? 'help' : 'command';
  const values = wants === 'command' ? { ...read, ...settle(read, flags, chosen?.positionals) } : read;
  return {
    flags: values as unknown as Flags,
    color: values['color'] === 'always' || values['color'] === 'never' ? values['color'] : 'auto',
    progress: values['progress'] !== false && values['disable-progress-bar'] !== true,
    command: wants === 'command' ? chosen : undefined,
    warnings: unknownVariables(environment, commandSpecs),
    run: (session) => {
      if (wants === 'version') return printVersion(session);
      if (chosen !== undefined) return wants === 'help' ? printHelp(session, chosen) : runCommand(chosen, session, values);
      return read['help'] === true ? printHelp(session) : printHelpForNobody(session);
    },
  };
}

/**
 * A password right behind a flag that the command does not have (`-phunter2`) is taken for a row of short flags, and may have the letters of help or
 * version among them: that asks for neither.
 * @returns the first letter of such a row
 */
function strayHelp(args: readonly string[], read: Readonly<Record<string, unknown>>): string | undefined {
  if (read['help'] !== true && read['version'] !== true) return undefined;
  const asked = args.some((arg) => /^(?:-h|-V|--help|--version)(?:=.*)?$/.test(arg));
  return asked ? undefined : args.find((arg) => /^-[^-]*[hV]/.test(arg))?.[1];
}

async function runCommand({ load }: CommandSpec, session: Session, values: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  return await (
    await load()
  )(session, values as never);
}

async function printVersion({ console }: Session): Promise<ExitCode> {
  await console.out(`${version()}\n`);
  return 0;
}

/**
 * Flags may stand before the command; which of them take a value must be known to find it there, and to take no password for a command. They count
 * only where the command takes them.
 */
function declareUnseen(parser: Argv): void {
  const all = [...Object.values(optionGroups).map(({ options }) => options), ...commandSpecs.map(({ options }) => options)];
  for (const options of all as readonly Readonly<Record<string, Flag>>[]) {
    if (options === optionGroups.output.options) continue;
    for (const [name, flag] of Object.entries(options)) {
      if (takesValue(flag) === 'maybe') continue;
      const type = takesValue(flag) === 'no' ? 'boolean' : 'string';
      for (const each of [name, ...aliasesOf(flag)]) parser.option(each, { type, global: false, hidden: true });
    }
  }
}

function declare(parser: Argv, spec: CommandSpec, flags: Readonly<Record<string, Flag>>, environment: Environment): Argv {
  for (const [name, flag] of Object.entries(flags)) parser.option(name, yargsOption(flag));
  for (const [name, argument] of Object.entries(spec.positionals ?? {})) parser.positional(name, yargsPositional(argument));
  // Values from the environment belong to the command that takes them: others refuse flags that they do not know.
  return parser.config(environmentValues(flags, environment));
}
