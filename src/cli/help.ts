import type { Style } from '../reporters/style.ts';
import type { CommandSpec } from './command.ts';
import { flagRows, helpContent, titleOf } from './help-content.ts';
import { optionGroups } from './options.ts';
import { commandGroups } from './specs/all.ts';
import { columns, wrap, wrapCommand } from './wrap.ts';

/** Longer lines are hard to read. */
const widest = 100;

/** Help of one command, like a short man page. @param terminal columns of the terminal */
export function helpText(spec: CommandSpec, terminal: number, style: Style): string {
  const width = usable(terminal);
  const { name, summary, usage, paragraphs, sections, examples } = helpContent(spec);
  const flagsFirst = sections.map(([heading, rows]) => section(heading, columns(rows, width, style.strong), style));
  const lines = examples.flatMap(([command, purpose]) => [
    ...wrap(`# ${purpose}`, width - 2).map((line) => `  ${style.quiet(line)}`),
    ...wrapCommand(command, width - 2).map((line) => `  ${line}`),
  ]);
  // Files, variables and exit codes come last.
  const after = sections.findIndex(([heading]) => ['Files', 'Variables', 'Exit codes'].includes(heading));
  return page([
    wrap(`pkgsync ${name}: ${summary}`, width).join('\n'),
    `${style.strong('Usage:')} ${usage}`,
    ...paragraphs.map((text) => wrap(text, width).join('\n')),
    ...flagsFirst.slice(0, after),
    section('Examples', lines, style),
    ...flagsFirst.slice(after),
  ]);
}

/** The list of commands, by what they are for. */
export function overviewText(terminal: number, style: Style): string {
  const width = usable(terminal);
  const groups = commandGroups.map(([heading, specs]) =>
    section(
      heading,
      columns(
        specs.map((spec) => [titleOf(spec), spec.summary]),
        width,
        style.strong,
      ),
      style,
    ),
  );
  const about = [
    ['-h, --help', 'Help of pkgsync, or of the command'],
    ['-V, --version', 'The version'],
  ] as const;
  return page([
    wrap('pkgsync: Python package indexes in the state that a file in git declares', width).join('\n'),
    `${style.strong('Usage:')} pkgsync COMMAND [FLAGS] [ARGUMENTS]`,
    ...groups,
    section('Flags of every command', columns([...flagRows(optionGroups.output.options), ...about], width, style.strong), style),
    wrap(
      "'pkgsync help COMMAND' has all flags, examples and exit codes of a command. Every flag but approvals is also a variable: --as-of is PKGSYNC_AS_OF. Exit 0 is success and 2 means differences; 20 and above say what went wrong.",
      width,
    ).join('\n'),
  ]);
}

function usable(terminal: number): number {
  return Math.max(40, Math.min(widest, terminal));
}

function section(heading: string, lines: readonly string[], style: Style): string {
  return [style.strong(`${heading}:`), ...lines].join('\n');
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
