import { isWhitespace, trimWhitespace } from '../packaging/whitespace.ts';

/** Where Python's `str.splitlines` splits. */
// eslint-disable-next-line no-control-regex -- separators are control characters
const lineEnd = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** A line of a requirements file after continuations are joined and comments taken off. */
export interface LogicalLine {
  readonly text: string;
  /** Of its first piece, counted from 1. */
  readonly line: number;
}

/**
 * The lines of a requirements file as pip reads them: a backslash at the end joins lines, but not a comment's; a comment begins with `#` at the start
 * or after a blank, so URLs keep their fragment. Empty lines are left out.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
export function logicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  let pieces: string[] = [];
  let first = 0;
  const end = (piece: string, line: number): void => {
    const joined = withoutComment([...pieces, piece].join(''));
    if (joined !== '') lines.push({ text: joined, line: pieces.length === 0 ? line : first });
    pieces = [];
  };
  const physical = text.split(lineEnd);
  for (const [index, written] of physical.entries()) {
    const comment = trimWhitespace(written).startsWith('#');
    if (comment || !written.endsWith('\\')) {
      // The blank makes a comment that ends a continuation one also after what went before.
      end(comment ? ` ${written}` : written, index + 1);
      continue;
    }
    if (pieces.length === 0) first = index + 1;
    pieces.push(withoutBackslashes(written));
  }
  if (pieces.length > 0) end('', first);
  return lines;
}

function withoutBackslashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === '\\') start += 1;
  while (end > start && text[end - 1] === '\\') end -= 1;
  return text.slice(start, end);
}

function withoutComment(text: string): string {
  for (let at = text.indexOf('#'); at >= 0; at = text.indexOf('#', at + 1))
    if (at === 0 || isWhitespace(text.charCodeAt(at - 1))) return trimWhitespace(text.slice(0, at));
  return trimWhitespace(text);
}

/** Words of the option part of a line, split as a shell would; undefined where a quotation does not end. */
export function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (quote === '"' && character === '\\' && /["\\]/.test(text.charAt(at + 1))) word = (word ?? '') + text.charAt((at += 1));
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      if (at + 1 === text.length) return undefined;
      word = (word ?? '') + text.charAt((at += 1));
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** The requirement at the start of a line and its options: these begin with the first word that begins with a dash. */
export function splitOptions(text: string): { readonly requirement: string; readonly options: string } {
  for (let at = 0; at >= 0; at = text.indexOf(' ', at) + 1) {
    if (text.charAt(at) === '-') return { requirement: trimWhitespace(text.slice(0, at)), options: text.slice(at) };
    if (!text.includes(' ', at)) break;
  }
  return { requirement: text, options: '' };
}

/** The text with `${NAME}` replaced where the environment has a value that is not empty, as pip does. */
export function fillVariables(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (written, name: string) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === undefined || value === '' ? written : value;
  });
}
