import { PkgsyncError } from '../errors.ts';
import { isWhitespace, trimWhitespace } from '../packaging/whitespace.ts';

/** Sections of an INI file: values by key (lower-case), `DEFAULT`'s under each section too. */
export interface IniFile {
  readonly sections: readonly string[];
  /** The value, or undefined where the section is not there or has no such key. */
  get(section: string, key: string): string | undefined;
  /** The line in which its key stands, counted from 1. */
  line(section: string, key: string): number | undefined;
}

/** Text between brackets, up to the last one of the line. */
const header = /^\[(.+)\]/;

/**
 * Reads an INI file as Python's `configparser.RawConfigParser` does by default: `=` or `:` after the key, `#` and `;` start a comment only at the
 * beginning of a line (so both may occur in a password), `%` means nothing, an indented line continues the value above it.
 * https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 * @param label what to call the file in messages
 * @throws PkgsyncError USAGE with the number of the line; never shows what stands in it, which may be a password
 */
export function parseIni(text: string, label: string): IniFile {
  const sections = new Map<string, Map<string, Entry>>();
  const defaults = new Map<string, Entry>();
  const fail = (line: number, fault: string): never => {
    throw new PkgsyncError('USAGE', `${label}:${line}: ${fault}`, { hint: 'the line is not shown, because it may hold a password' });
  };
  let section: Map<string, Entry> | undefined;
  let value: string[] | undefined;
  let indentation = 0;
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) {
    const content = trimWhitespace(line);
    if (content.startsWith('#') || content.startsWith(';')) continue;
    if (content === '') {
      value?.push('');
      continue;
    }
    const indented = indentationOf(line);
    if (value !== undefined && indented > indentation) {
      value.push(content);
      continue;
    }
    indentation = indented;
    const name = header.exec(content)?.[1];
    if (name !== undefined) {
      if (sections.has(name)) fail(index + 1, 'this section stands in the file twice');
      section = name === 'DEFAULT' ? defaults : new Map<string, Entry>();
      if (name !== 'DEFAULT') sections.set(name, section);
      value = undefined;
      continue;
    }
    if (section === undefined) return fail(index + 1, 'expected a section such as [pypi] before this line');
    const at = content.search(/[=:]/);
    const key = trimWhitespace(content.slice(0, Math.max(at, 0))).toLowerCase();
    if (key === '') fail(index + 1, 'expected a key, = and a value');
    if (section.has(key)) fail(index + 1, 'this key stands in its section twice');
    value = [trimWhitespace(content.slice(at + 1))];
    section.set(key, { line: index + 1, lines: value });
  }
  const entry = (name: string, key: string): Entry | undefined => {
    const found = sections.get(name);
    return found?.get(key) ?? (found === undefined ? undefined : defaults.get(key));
  };
  return {
    sections: [...sections.keys()],
    get: (name, key) => {
      const found = entry(name, key);
      return found === undefined ? undefined : withoutEnd(found.lines);
    },
    line: (name, key) => entry(name, key)?.line,
  };
}

interface Entry {
  readonly line: number;
  /** Of the value: the rest of its line, and what follows indented. */
  readonly lines: readonly string[];
}

/** Lines of a value as one text; blank lines between it and the next key are no part of it. */
function withoutEnd(lines: readonly string[]): string {
  const last = lines.findLastIndex((line) => line !== '');
  return lines.slice(0, last + 1).join('\n');
}

function indentationOf(line: string): number {
  let at = 0;
  while (at < line.length && isWhitespace(line.charCodeAt(at))) at += 1;
  return at;
}
