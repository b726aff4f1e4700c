import { PkgsyncError, printable } from '../errors.ts';
import { didYouMean } from '../io/suggest.ts';
import { aliasesOf, dashed } from './flag.ts';
import type { Argument, Flag } from './flag.ts';

/** A word of the command line as messages may show it: safe for a terminal, and without what stands before an @ in a URL. */
export function shownWord(text: string): string {
  return printable(text.replace(/\/\/[^/@\s]*@/g, '//****@'));
}

/**
 * One value of a flag or variable: one of its choices, or its number.
 * @param label what the user wrote before it: `--color`, `PKGSYNC_COLOR`
 * @throws PkgsyncError USAGE
 */
export function checkedValue({ type, choices }: Pick<Flag, 'type' | 'choices'>, text: string, label: string): string | number {
  if (choices !== undefined) {
    const words = choices.map(String);
    if (words.includes(text)) return text;
    throw new PkgsyncError('USAGE', `${label} '${shownWord(text)}': expected ${oneOf(words)}${didYouMean(text, words)}`);
  }
  if (type !== 'number') return text;
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new PkgsyncError('USAGE', `${label} '${shownWord(text)}': expected a number`);
}

/**
 * What yargs has read, checked by the table: a flag that takes one value has one, choices and numbers are what they should be.
 * @returns the values to put in place of those that yargs has, by name
 * @throws PkgsyncError USAGE; it never shows a value that belongs to a secret flag
 */
export function settle(
  values: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, Flag>>,
  positionals: Readonly<Record<string, Argument>> = {},
): Record<string, unknown> {
  const settled: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const value = settledFlag(values[name], name, flag);
    if (value !== values[name]) for (const each of [name, camelCase(name), ...aliasesOf(flag)]) settled[each] = value;
  }
  for (const [name, argument] of Object.entries(positionals)) {
    const value = values[name];
    if (argument.array !== true && Array.isArray(value)) throw twice(name.toUpperCase(), value.length);
    const words = [value].flat().filter((word) => typeof word === 'string');
    for (const word of words) checkedValue({ choices: argument.choices }, word, name.toUpperCase());
  }
  return settled;
}

function settledFlag(value: unknown, name: string, flag: Flag): unknown {
  const label = dashed(name);
  if (value === undefined || flag.type === 'boolean') return value;
  if (value === false)
    throw new PkgsyncError('USAGE', `'--no-${name}': ${label} takes a value and is no switch`, {
      hint: `leave it out, or pass ${label} VALUE`,
    });
  if (flag.type === 'array') return Array.isArray(value) ? value.map((each) => checkedValue(flag, String(each), label)) : value;
  if (Array.isArray(value)) throw twice(label, value.length);
  return typeof value === 'string' ? checkedValue(flag, value, label) : value;
}

function twice(label: string, times: number): PkgsyncError {
  return new PkgsyncError('USAGE', `${label} is given ${times} times, and takes one value`);
}

/** `a, b or c` */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
}
