import { flagRows, helpContent } from './help-content.ts';
import type { Row } from './help-content.ts';
import { optionGroups } from './options.ts';
import { commandGroups } from './specs/all.ts';

const shared = Object.values(optionGroups).map(({ heading, options }) => [heading.replace(/:$/, ''), flagRows(options)] as const);

/** Variables that every command heeds are told once. */
const everywhere: ReadonlySet<string> = new Set(['PKGSYNC_*', 'NO_COLOR, FORCE_COLOR']);

/** The reference of the command line as Markdown, made from the table of commands: `docs/cli.md`. */
export function cliReference(): string {
  const parts = [
    '# The command line',
    '<!-- Written by `npm run docs:cli` from the table of commands in src/cli/specs/: edit that. -->',
    '`pkgsync COMMAND --help` and `pkgsync help COMMAND` print the same. `pkgsync completion` prints a script that completes all of it in bash, zsh and fish. Every flag but approvals (`--yes`, `--allow`, `--expect`, `--accept`, `--force`) is also a variable: `--as-of` is `PKGSYNC_AS_OF`; a flag beats its variable, and lists are split at commas. A `PKGSYNC_*` variable that looks like a misspelt one is told. `NO_COLOR` and `FORCE_COLOR` are heeded where `--color` does not say. Exit codes: [reliability.md](reliability.md).',
    '## Shared flags',
    'Which of these a command takes, its own section says; those under *Output* every command does.',
    ...shared.flatMap(([heading, rows]) => [`**${heading}**`, table(['flag', 'meaning'], rows)]),
    ...commandGroups.flatMap(([heading, specs]) => [
      `## ${heading}`,
      ...specs.flatMap((spec) => {
        const { name, summary, usage, paragraphs, sections, examples } = helpContent(spec);
        const taken = shared.map(([group]) => group).filter((group) => sections.some(([section]) => section === group));
        const own = sections
          .filter(([section]) => !taken.includes(section) && section !== 'Exit codes')
          .map(([section, rows]) => [section, rows.filter(([term]) => !everywhere.has(term))] as const)
          .filter(([, rows]) => rows.length > 0);
        const codes = sections.find(([section]) => section === 'Exit codes')?.[1] ?? [];
        return [
          `### ${name}`,
          `${summary}.`,
          `\`${usage}\``,
          ...paragraphs.map(escaped),
          ...own.flatMap(([section, rows]) => [table([section.toLowerCase(), 'meaning'], rows)]),
          `Shared flags: ${taken.join(', ')}. Exit codes: ${codes.map(([code]) => code).join(', ')}.`,
          ['```sh', ...examples.flatMap(([command, purpose]) => [`# ${purpose}`, command]), '```'].join('\n'),
        ];
      }),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(heads: readonly string[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(([term, text]) => line([`\`${term}\``, escaped(text)]))].join(
    '\n',
  );
}

/** Words that Markdown would take for markup: names with underscores and globs. */
function escaped(text: string): string {
  return text.replace(/[_*<]/g, '\\$&');
}
