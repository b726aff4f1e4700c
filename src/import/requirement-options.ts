/** An option of a requirements file: under its long name. */
export interface RequirementOption {
  readonly name: OptionName;
  /** '' for options that take none. */
  readonly value: string;
}

/** Options that pip reads in a requirements file, with and without a value: https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options */
const valued = [
  'index-url',
  'extra-index-url',
  'constraint',
  'requirement',
  'editable',
  'find-links',
  'no-binary',
  'only-binary',
  'trusted-host',
  'use-feature',
  'hash',
  'config-settings',
  'global-option',
  'install-option',
  'build-option',
] as const;
const bare = ['no-index', 'prefer-binary', 'require-hashes', 'pre', 'always-unzip', 'no-use-wheel'] as const;
export type OptionName = (typeof valued)[number] | (typeof bare)[number];

const names: readonly OptionName[] = [...valued, ...bare];
const short: ReadonlyMap<string, OptionName> = new Map<string, OptionName>([
  ['i', 'index-url'],
  ['c', 'constraint'],
  ['r', 'requirement'],
  ['e', 'editable'],
  ['f', 'find-links'],
  ['C', 'config-settings'],
  ['Z', 'always-unzip'],
]);
const aliases: ReadonlyMap<string, OptionName> = new Map<string, OptionName>([
  ['pypi-url', 'index-url'],
  ['config-setting', 'config-settings'],
]);

/** Reads options as pip does: `--name value`, `--name=value`, `-n value`, `-nvalue`, and long names cut short while they stay unique. */
export function readOptions(words: readonly string[]): { readonly options: readonly RequirementOption[] } | { readonly problem: string } {
  const options: RequirementOption[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const found = optionOf(word);
    if (found === undefined) return { problem: word };
    const { name, value } = found;
    if (!(valued as readonly string[]).includes(name)) {
      if (value !== undefined) return { problem: word };
      options.push({ name, value: '' });
      continue;
    }
    const next = value ?? words[(at += 1)];
    if (next === undefined) return { problem: `${word} without a value` };
    options.push({ name, value: next });
  }
  return { options };
}

function optionOf(word: string): { readonly name: OptionName; readonly value: string | undefined } | undefined {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const written = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const name = longName(written);
    return name === undefined ? undefined : { name, value: equals < 0 ? undefined : word.slice(equals + 1) };
  }
  if (!word.startsWith('-')) return undefined;
  const name = short.get(word.charAt(1));
  return name === undefined ? undefined : { name, value: word.length > 2 ? word.slice(2) : undefined };
}

function longName(written: string): OptionName | undefined {
  const exact = names.find((name) => name === written) ?? aliases.get(written);
  if (exact !== undefined || written === '') return exact;
  const candidates = new Set([...names.filter((name) => name.startsWith(written)), ...matchingAliases(written)]);
  return candidates.size === 1 ? [...candidates][0] : undefined;
}

function matchingAliases(written: string): readonly OptionName[] {
  return [...aliases].filter(([alias]) => alias.startsWith(written)).map(([, name]) => name);
}
