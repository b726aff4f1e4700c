import type { ExitCode } from './exit-codes.ts';
import type { Argument, Flag } from './flag.ts';
import type { OptionGroup } from './options.ts';
import type { Session } from './session.ts';

/** What a command does with its flags, named as on the command line in camelCase. */
export type RunCommand<Flags> = (session: Session, flags: Flags) => Promise<ExitCode>;

/** A name (of a file, of a variable) and what it is for. */
export type Explained = readonly (readonly [name: string, purpose: string])[];

/** What a command is to its user. The module that holds it stays light: all specs are loaded for every run, the command itself only when it runs. */
export interface CommandSpec {
  /** Name and arguments as yargs reads them: `apply [plan]`, `upload <files..>`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for its own help: what it reads, what it writes, when it fails. */
  readonly description: readonly string[];
  /** Shared flags that it takes; those about output are always taken. */
  readonly groups: readonly Exclude<OptionGroup, 'output'>[];
  /** Flags of its own. */
  readonly options: Readonly<Record<string, Flag>>;
  readonly positionals?: Readonly<Record<string, Argument>>;
  /** Command lines, without `pkgsync`, and what each is for; at least one. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  /** Files that it reads or writes beside those that are named on the command line. */
  readonly files?: Explained;
  /** Variables that it heeds beside those of its flags and those about output. */
  readonly variables?: Explained;
  /** Exit codes that it can end with beside 0, 1, 20, 130 and 143, which every command has. */
  readonly exits?: readonly ExitCode[];
  /** What `--json` prints: types of lines, in order. */
  readonly json?: string;
  /** Loads the command; its flags are what `options` and `positionals` say. */
  readonly load: () => Promise<RunCommand<never>>;
}

/** `upload <files..>` → `upload`. */
export function nameOf({ usage }: Pick<CommandSpec, 'usage'>): string {
  return usage.split(' ', 1)[0] ?? usage;
}
