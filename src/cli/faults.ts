import { closest } from '../io/suggest.ts';
import { oneOf, shownWord } from './check-values.ts';
import { nameOf } from './command.ts';
import type { CommandSpec } from './command.ts';
import { aliasesOf, dashed } from './flag.ts';
import type { Flag } from './flag.ts';

/** What a fault is told with. */
export interface FaultContext {
  readonly args: readonly string[];
  /** Flags that could have stood there. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** The command that was found. */
  readonly chosen: CommandSpec | undefined;
  readonly commands: readonly CommandSpec[];
}

/**
 * The parser's words about a command line in ours: what is wrong, and what was probably meant. Values of flags are never shown, because they may be
 * secrets.
 */
export function faultOf(message: string, context: FaultContext): string {
  // What stands above the last line is the help.
  const last = message.trim().split('\n').at(-1) ?? message;
  const [, unknown] = /^Unknown (?:arguments?|commands?): (.*)$/.exec(last) ?? [];
  if (unknown !== undefined) return unknownSentence(unknown.split(', '), context);
  const [, lacking] = /^Not enough arguments following: (.*)$/.exec(last) ?? [];
  if (lacking !== undefined) return valueMissing(lacking, context);
  const [, required] = /^Missing required arguments?: (.*)$/.exec(last) ?? [];
  if (required !== undefined) return `${subject(context)} needs ${required.split(', ').map(dashed).join(' and ')}`;
  if (last.startsWith('Not enough non-option arguments')) return argumentMissing(context);
  return shownWord(last);
}

function unknownSentence(names: readonly string[], { args, flags, chosen, commands }: FaultContext): string {
  for (const name of names) {
    const written = writtenAs(name, args);
    if (written === undefined) continue;
    const what = chosen === undefined ? 'flag' : `flag of ${nameOf(chosen)}`;
    return isNot(written, what, namesOf(flags, written.startsWith('--no-')));
  }
  const [first = ''] = names;
  if (chosen === undefined) return isNot(first, 'command', commands.map(nameOf));
  return `${nameOf(chosen)} takes no argument '${shownWord(first)}'`;
}

/** The flag as it stands on the command line, without its value; undefined where the name stands there as a plain word. */
function writtenAs(name: string, args: readonly string[]): string | undefined {
  const end = args.indexOf('--');
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    const [, long] = /^--([^=]+)/.exec(arg) ?? [];
    if (long === name || long === `no-${name}`) return `--${long}`;
    if (long === undefined && name.length === 1 && /^-[^-]/.test(arg) && arg.includes(name)) return `-${name}`;
  }
  return undefined;
}

/** Every way to write the flags that can be written out; `--no-…` of those that are on by default, or of all switches. */
function namesOf(flags: Readonly<Record<string, Flag>>, negated: boolean): readonly string[] {
  return Object.entries(flags).flatMap(([name, flag]) => {
    const long = [name, ...aliasesOf(flag)].filter((each) => each.length > 1);
    return [
      ...long.map((each) => `--${each}`),
      ...(flag.type === 'boolean' && (negated || flag.default === true) ? long.map((each) => `--no-${each}`) : []),
    ];
  });
}

function isNot(written: string, what: string, candidates: readonly string[]): string {
  const near = closest(written, candidates);
  return `'${shownWord(written)}' is no ${what}${near === undefined ? '' : `: did you mean '${near}'?`}`;
}

function valueMissing(name: string, { flags }: FaultContext): string {
  const [found, flag] = Object.entries(flags).find(([each, { alias }]) => each === name || [alias ?? []].flat().includes(name)) ?? [
    name,
    {},
  ];
  const { choices, value } = flag;
  return `${dashed(found)} needs a value${choices === undefined ? (value === undefined ? '' : `: ${value}`) : `: ${oneOf(choices.map(String))}`}`;
}

function argumentMissing({ chosen }: FaultContext): string {
  const [name, argument] = Object.entries(chosen?.positionals ?? {}).find(([, { demandOption }]) => demandOption === true) ?? [];
  if (chosen === undefined || name === undefined) return 'a command needs an argument';
  return `${nameOf(chosen)} needs ${name.toUpperCase()}${argument?.describe === undefined ? '' : `: ${argument.describe}`}`;
}

function subject({ chosen }: FaultContext): string {
  return chosen === undefined ? 'the command' : nameOf(chosen);
}
