import { closest } from '../io/suggest.ts';
import type { CommandSpec } from './command.ts';
import { variableOf } from './flag.ts';
import { optionGroups } from './options.ts';

const prefix = 'PKGSYNC_';
/** Variables with credentials are called after a source or destination of a manifest; these are what the ones without a name are called. */
const ends = ['SOURCE', 'DESTINATION'];

/**
 * One sentence for every `PKGSYNC_*` variable that no command knows and that looks like a misspelt one. Others are left alone: a manifest may name
 * any variable. Values are never shown.
 */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  commands: readonly Pick<CommandSpec, 'options'>[],
): readonly string[] {
  const shared = Object.values(optionGroups).flatMap(({ options }) => Object.keys(options));
  const known = new Set([...shared, ...commands.flatMap(({ options }) => Object.keys(options))].map((name) => variableOf(name)));
  return Object.entries(environment).flatMap(([variable, value]) => {
    if (value === undefined || value === '' || !variable.startsWith(prefix) || known.has(variable)) return [];
    const meant = meantBy(variable.slice(prefix.length), known);
    return meant === undefined ? [] : [`the variable ${variable} is known to no command: did you mean ${meant}?`];
  });
}

function meantBy(name: string, known: ReadonlySet<string>): string | undefined {
  const [, end, fact] = /^(.+)_(USERNAME|PASSWORD|TOKEN)$/.exec(name) ?? [];
  if (end === undefined || fact === undefined)
    return withPrefix(
      closest(
        name,
        [...known].map((each) => each.slice(prefix.length)),
      ),
    );
  const near = ends.includes(end) ? undefined : closest(end, ends);
  return near === undefined ? undefined : withPrefix(`${near}_${fact}`);
}

function withPrefix(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${prefix}${name}`;
}
