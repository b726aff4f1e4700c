import { oneOf } from './check-values.ts';
import { nameOf } from './command.ts';
import type { CommandSpec, Explained } from './command.ts';
import { exitMeanings } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { aliasesOf, dashed, takesValue } from './flag.ts';
import type { Argument, Flag } from './flag.ts';
import { approvals, optionGroups } from './options.ts';

/** A row of help: a term and what it means. */
export type Row = readonly [term: string, text: string];

/** What help says of a command, before anything is wrapped or marked up. */
export interface HelpContent {
  readonly name: string;
  readonly summary: string;
  /** `pkgsync apply [FLAGS] [PLAN]` */
  readonly usage: string;
  readonly paragraphs: readonly string[];
  /** Under their headings: arguments, own flags, shared flags, files, variables, exit codes. */
  readonly sections: readonly (readonly [heading: string, rows: readonly Row[]])[];
  readonly examples: readonly Row[];
}

/** Sets what is for every command. */
const everywhere: readonly ExitCode[] = [0, 1, 20, 130, 143];

/** The whole of a command's help, own flags before shared ones. */
export function helpContent(spec: CommandSpec): HelpContent {
  const { positionals = {}, options, groups, files = [], exits = [] } = spec;
  const shared = [...groups, 'output' as const].map((group): readonly [string, readonly Row[]] => {
    const { heading, options: own } = optionGroups[group];
    return [heading.replace(/:$/, ''), flagRows(own)];
  });
  const json = spec.json === undefined ? [] : [`With --json: ${spec.json}.`];
  const codes = [...new Set([...everywhere, ...exits])].sort((a, b) => a - b);
  const sections: readonly (readonly [string, readonly Row[]])[] = [
    ['Arguments', Object.entries(positionals).map(([name, argument]) => [name.toUpperCase(), argumentText(argument)])],
    ['Flags', flagRows(options)],
    ...shared,
    ['Files', files],
    ['Variables', variableRows(spec)],
    ['Exit codes', codes.map((code) => [String(code), exitMeanings[code]])],
  ];
  return {
    name: nameOf(spec),
    summary: spec.summary,
    usage: usageOf(spec),
    paragraphs: [...spec.description, ...json],
    sections: sections.filter(([, rows]) => rows.length > 0),
    examples: spec.examples.map(([command, purpose]) => [`pkgsync ${command}`, purpose]),
  };
}

/** `upload <files..>` → `pkgsync upload [FLAGS] FILES...` */
export function usageOf({ usage }: Pick<CommandSpec, 'usage'>): string {
  const [name = '', ...args] = usage.split(' ');
  return ['pkgsync', name, '[FLAGS]', ...args.map(argumentOf)].join(' ');
}

/** Name and arguments: `upload FILES...`, for the list of commands. */
export function titleOf({ usage }: Pick<CommandSpec, 'usage'>): string {
  const [name = '', ...args] = usage.split(' ');
  return [name, ...args.map(argumentOf)].join(' ');
}

function argumentOf(text: string): string {
  const [, open = '', name = '', many] = /^([[<])([\w-]+)(\.\.)?/.exec(text) ?? [];
  const word = `${name.toUpperCase()}${many === undefined ? '' : '...'}`;
  return open === '[' ? `[${word}]` : word;
}

function argumentText({ describe = '', choices }: Argument): string {
  return choices === undefined ? describe : `${describe}: ${oneOf(choices.map(String))}`;
}

/** Flags with their values, and what each is for. */
export function flagRows(flags: Readonly<Record<string, Flag>>): readonly Row[] {
  return Object.entries(flags).map(([name, flag]) => [flagTerm(name, flag), flagText(flag)]);
}

/** `-f, --manifest FILE`, `--[no-]progress` */
function flagTerm(name: string, flag: Flag): string {
  const names = [name, ...aliasesOf(flag)].sort((a, b) => Number(b.length === 1) - Number(a.length === 1));
  const switchedOn = flag.type === 'boolean' && flag.default === true;
  const words = names.map((each) => (switchedOn && each.length > 1 ? `--[no-]${each}` : dashed(each))).join(', ');
  const value = flag.value ?? 'VALUE';
  return { no: words, maybe: `${words} [${value}]`, yes: `${words} ${value}` }[takesValue(flag)];
}

function flagText({ describe = '', choices, default: standard, type, demandOption }: Flag): string {
  const facts = [
    ...(choices === undefined ? [] : [oneOf(choices.map(String))]),
    ...(demandOption === true ? ['required'] : []),
    ...(type === 'array' ? ['may be given several times'] : []),
    ...(typeof standard === 'string' || typeof standard === 'number' ? [`default: ${standard}`] : []),
    ...(standard === true ? ['default: on'] : []),
  ];
  return facts.length === 0 ? describe : `${describe} (${facts.join('; ')})`;
}

const outputVariables: Explained = [['NO_COLOR, FORCE_COLOR', 'Colours off or on, where --color does not say']];

function variableRows({ options, variables = [] }: CommandSpec): readonly Row[] {
  const never = Object.keys(options).filter((name) => approvals.has(name));
  const but =
    never.length === 0
      ? ''
      : `, but not ${oneOf(never.map(dashed)).replace(' or ', ' and ')}: approvals are given on the command line only`;
  return [['PKGSYNC_*', `Every flag: --as-of is PKGSYNC_AS_OF, lists are split at commas${but}`], ...variables, ...outputVariables];
}
