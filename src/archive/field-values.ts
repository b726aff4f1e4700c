import { trimWhitespace } from '../packaging/whitespace.ts';
import { decodeUtf8, type RawHeader } from './email-headers.ts';

/** What old tools wrote into a field for which they had nothing. */
export const unknown = 'UNKNOWN';

/** The headers by name, decoded and unfolded on demand; collects what was odd about those that were asked for. */
export class FieldValues {
  readonly warnings: string[];
  private readonly byName = new Map<string, string[]>();

  constructor(headers: readonly RawHeader[], warnings: readonly string[]) {
    this.warnings = [...warnings];
    for (const header of headers) {
      const name = header.name.toLowerCase();
      const known = this.byName.get(name);
      if (known === undefined) this.byName.set(name, [header.value]);
      else known.push(header.value);
    }
  }

  /** Every value as written, line ends and indentation included. */
  raw(name: string): readonly string[] {
    return (this.byName.get(name.toLowerCase()) ?? []).map((value) => this.decode(name, value));
  }

  /** Every value on one line, those that say nothing left out. */
  list(name: string): readonly string[] {
    return this.raw(name).map(unfold).filter(saysSomething);
  }

  /** The first value on one line, or undefined where it says nothing. */
  text(name: string): string | undefined {
    const [first, ...more] = this.raw(name).map(unfold);
    if (more.length > 0) this.warnings.push(`${name} is given ${more.length + 1} times; the first counts`);
    return first !== undefined && saysSomething(first) ? first : undefined;
  }

  decode(name: string, latin1: string): string {
    const text = decodeUtf8(latin1);
    if (text === undefined) this.warnings.push(`${name} is not UTF-8 and was read as Latin-1`);
    return text ?? latin1;
  }
}

/** Joins the lines of a folded value with blanks. */
export function unfold(value: string): string {
  if (!/[\r\n]/.test(value)) return trimWhitespace(value);
  return value
    .split(/\r\n|\r|\n/)
    .map(trimWhitespace)
    .filter((line) => line !== '')
    .join(' ');
}

/** A folded description's own lines: writers indented them with 8 blanks, or 7 blanks and a bar. */
export function withoutIndentation(value: string): string {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.replace(/^(?: {8}| {7}\|)/, ''));
  return (lines[0] === '' ? lines.slice(1) : lines).join('\n');
}

/** Whether a value is neither empty nor the placeholder. */
export function saysSomething(text: string): boolean {
  return text !== '' && text !== unknown;
}
