import type { Options, PositionalOptions } from 'yargs';
import type { ExitCode } from './exit-codes.ts';
import type { OptionGroup } from './options.ts';
import type { Session } from './session.ts';

/** What a command does with its flags, named as on the command line in camelCase. */
export type RunCommand<Flags> = (session: Session, flags: Flags) => Promise<ExitCode>;

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
  readonly options: Readonly<Record<string, Options>>;
  readonly positionals?: Readonly<Record<string, PositionalOptions>>;
  /** Command lines, without `pkgsync`, and what each is for; at least one. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  /** Loads the command; its flags are what `options` and `positionals` say. */
  readonly load: () => Promise<RunCommand<never>>;
}
