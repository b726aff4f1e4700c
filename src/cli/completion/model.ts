import { nameOf } from '../command.ts';
import type { CommandSpec } from '../command.ts';
import { aliasesOf, dashed, takesValue } from '../flag.ts';
import type { Argument, Flag } from '../flag.ts';
import { optionGroups } from '../options.ts';
import { commandSpecs } from '../specs/all.ts';

/** What can stand in a place: words that are known, something on disk, or what only the user knows. */
export type Offer =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'text' };

export interface CompletedFlag {
  /** With dashes. */
  readonly names: readonly string[];
  /** `--no-…` of a switch that is on by default. */
  readonly negated: readonly string[];
  /** Whether a word follows. */
  readonly value: 'no' | 'maybe' | 'yes';
  readonly offer: Offer;
  /** What the value is called. */
  readonly what: string;
  readonly describe: string;
  readonly repeatable: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** undefined: it takes no arguments. */
  readonly argument: { readonly offer: Offer; readonly what: string; readonly many: boolean } | undefined;
}

const help: CompletedFlag = {
  names: ['-h', '--help'],
  negated: [],
  value: 'no',
  offer: { kind: 'text' },
  what: '',
  describe: 'Help of the command',
  repeatable: false,
};

/** Flags that may stand before the command, whichever it is. */
export function flagsOfAll(): readonly CompletedFlag[] {
  return [
    ...Object.values(optionGroups).flatMap(({ options }) => flagsOf(options)),
    help,
    { ...help, names: ['-V', '--version'], describe: 'The version' },
  ];
}

/** Commands with all that can follow them. */
export function completedCommands(): readonly CompletedCommand[] {
  return commandSpecs.map((spec) => ({
    name: nameOf(spec),
    summary: spec.summary,
    flags: [
      ...flagsOf(spec.options),
      ...spec.groups.flatMap((group) => flagsOf(optionGroups[group].options)),
      ...flagsOf(optionGroups.output.options),
      help,
    ],
    argument: argumentOf(spec),
  }));
}

function flagsOf(flags: Readonly<Record<string, Flag>>): readonly CompletedFlag[] {
  return Object.entries(flags).map(([name, flag]) => ({
    names: [...aliasesOf(flag).filter((alias) => alias.length === 1), name, ...aliasesOf(flag).filter((alias) => alias.length > 1)].map(
      dashed,
    ),
    negated: flag.type === 'boolean' && flag.default === true ? [`--no-${name}`] : [],
    value: takesValue(flag),
    offer: offerOf(flag),
    what: flag.value ?? 'VALUE',
    describe: flag.describe ?? '',
    repeatable: flag.type === 'array',
  }));
}

function argumentOf({ positionals = {} }: CommandSpec): CompletedCommand['argument'] {
  const [first] = Object.entries(positionals);
  if (first === undefined) return undefined;
  const [name, argument] = first;
  return { offer: offerOf(argument), what: name.toUpperCase(), many: argument.array === true };
}

function offerOf({ choices, value }: Pick<Argument, 'choices' | 'value'>): Offer {
  if (choices !== undefined) return { kind: 'words', words: choices.map(String) };
  switch (value) {
    case 'FILE':
      return { kind: 'file' };
    case 'FOLDER':
      return { kind: 'folder' };
    case 'COMMAND':
      return { kind: 'words', words: commandSpecs.map(nameOf) };
    default:
      return { kind: 'text' };
  }
}
