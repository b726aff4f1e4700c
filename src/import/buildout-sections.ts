import { PkgsyncError, printable } from '../errors.ts';
import { isWhitespace, trimWhitespace } from '../packaging/whitespace.ts';

/** One `name = value`, `name += value` or `name -= value`; later ones change what earlier ones said. */
export interface Assignment {
  /** As written, without the operator. */
  readonly name: string;
  readonly operator: '=' | '+=' | '-=';
  /** The value's lines without blanks around them, comments taken off, empty ones left out. */
  readonly values: readonly string[];
  /** Line of the option, counted from 1. */
  readonly line: number;
  /** What the file is called in messages. */
  readonly label: string;
}

/** A `[section: condition]`: what it says holds only where the condition does. */
export interface ConditionalSection {
  readonly name: string;
  readonly condition: string;
  readonly assignments: readonly Assignment[];
  readonly line: number;
  readonly label: string;
}

export interface BuildoutSections {
  /** Assignments by section, in the order in which they are written. */
  readonly sections: ReadonlyMap<string, readonly Assignment[]>;
  readonly conditional: readonly ConditionalSection[];
}

/** Longest text that is read, in UTF-16 units. */
const maxLength = 16 * 1024 * 1024;
const maxProblems = 20;
/** Sections with a condition: each is laid over all the others. */
const maxConditional = 100;

/**
 * Splits a buildout configuration into sections and options, as zc.buildout's own parser does: a line that begins with `#` or `;` is a
 * comment, one that begins with a blank continues the option before it, a section may stand in several pieces. Read more kindly than there:
 * `:` separates like `=`, a project name may carry extras, a comment may follow a value after a blank.
 * @param label what to call the file in messages
 * @throws PkgsyncError IMPORT_INVALID: `problems` names the lines that are no configuration
 */
export function parseBuildoutSections(text: string, label: string): BuildoutSections {
  const shown = printable(label, 1000);
  if (text.length > maxLength)
    throw new PkgsyncError('IMPORT_INVALID', `${shown} is larger than ${maxLength / 1024 / 1024} MiB: that is no buildout configuration`);
  const reader = new SectionReader(label);
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) reader.read(line, index + 1);
  if (reader.problems.length === 0) return reader;
  const [first = ''] = reader.problems;
  const more = reader.problemCount - reader.problems.length;
  throw new PkgsyncError('IMPORT_INVALID', `${shown} is not a buildout configuration: ${first}`, {
    problems: [...reader.problems.map((problem) => `${shown}:${problem}`), ...(more > 0 ? [`${shown}: and ${more} more, not shown`] : [])],
    hint: 'expected [section] lines with name = version lines below them',
  });
}

interface OpenAssignment extends Assignment {
  readonly values: string[];
}

/** State of the one pass over the lines. */
class SectionReader implements BuildoutSections {
  readonly sections = new Map<string, OpenAssignment[]>();
  readonly conditional: (ConditionalSection & { readonly assignments: OpenAssignment[] })[] = [];
  /** `LINE: what is wrong`; the first of them only. */
  readonly problems: string[] = [];
  problemCount = 0;
  readonly #label: string;
  #section: OpenAssignment[] | undefined;
  #option: OpenAssignment | undefined;

  constructor(label: string) {
    this.#label = label;
  }

  read(line: string, number: number): void {
    // `=> part` orders the parts of a buildout.
    if (line === '' || line.startsWith('#') || line.startsWith(';') || line.startsWith('=>')) return;
    const content = withoutComment(trimWhitespace(line));
    if (content === '') return;
    if (isWhitespace(line.charCodeAt(0))) {
      if (this.#option === undefined) this.#refuse(number, content, 'an indented line with no option above it');
      else this.#option.values.push(content);
      return;
    }
    if (line.startsWith('[')) {
      this.#openSection(line, number);
      return;
    }
    const assignment = parseAssignment(content, number, this.#label);
    if (assignment === undefined) this.#refuse(number, content, 'neither [section] nor name = value');
    else if (this.#section === undefined) this.#refuse(number, content, 'stands before the first [section]');
    else {
      this.#section.push(assignment);
      this.#option = assignment;
    }
  }

  #openSection(line: string, number: number): void {
    // Neither a name nor a condition may hold these two as they are, so whatever follows them is a comment.
    const header = trimWhitespace(line.replace(/[#;].*/s, ''));
    const inside = header.slice(1, -1);
    const colon = inside.indexOf(':');
    const name = trimWhitespace(colon < 0 ? inside : inside.slice(0, colon));
    this.#option = undefined;
    if (!header.endsWith(']') || !/^[^\s#[\]:;{}]+$/.test(name)) {
      this.#section = [];
      this.#refuse(number, header, 'no section name');
      return;
    }
    const condition = colon < 0 ? '' : trimWhitespace(inside.slice(colon + 1));
    if (condition !== '') {
      if (this.conditional.length === maxConditional) {
        this.#section = [];
        this.#refuse(number, header, `more than ${maxConditional} sections with a condition`);
        return;
      }
      const section = { name, condition, assignments: [], line: number, label: this.#label };
      this.conditional.push(section);
      this.#section = section.assignments;
      return;
    }
    const known = this.sections.get(name) ?? [];
    this.sections.set(name, known);
    this.#section = known;
  }

  #refuse(number: number, content: string, because: string): void {
    this.problemCount += 1;
    if (this.problems.length < maxProblems) this.problems.push(`${number}: '${printable(content, 80)}': ${because}`);
  }
}

function parseAssignment(content: string, line: number, label: string): OpenAssignment | undefined {
  const parts = /^([^\s{}=:[\]]+(?:\[[^\]=:{}]*\])?)\s*([-+]?)[=:]/.exec(content);
  const [whole, written] = parts ?? [];
  if (whole === undefined || written === undefined) return undefined;
  // Without a blank before it the sign is taken for the end of the name.
  const sign = parts?.[2] ?? '';
  const attached = sign === '' && /[-+]$/.test(written) ? written.slice(-1) : '';
  const name = attached === '' ? written : written.slice(0, -1);
  if (name === '') return undefined;
  const value = trimWhitespace(content.slice(whole.length));
  const operator = sign === '' && attached === '' ? '=' : sign === '+' || attached === '+' ? '+=' : '-=';
  return { name, operator, values: value === '' ? [] : [value], line, label };
}

/** A comment inside a line begins with `#` or `;` at the start or after a blank, so that URLs with a fragment survive. */
function withoutComment(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character !== '#' && character !== ';') continue;
    if (at === 0 || isWhitespace(text.charCodeAt(at - 1))) return trimWhitespace(text.slice(0, at));
  }
  return text;
}
