import { isPkgsyncError } from '../errors.ts';
import { formatMarker, readMarker } from './marker.ts';
import type { Marker } from './marker.ts';
import { compareText } from './name.ts';
import { repairedTexts } from './repairs.ts';
import { Scanner } from './scanner.ts';
import { formatSpecifierSet, parseSpecifierSet } from './specifier.ts';
import type { SpecifierSet } from './specifier.ts';
import { isWhitespace } from './whitespace.ts';

const semicolon = 0x3b;
const closingParenthesis = 0x29;

/** A dependency specifier (PEP 508): https://packaging.python.org/en/latest/specifications/dependency-specifiers/ */
export interface Requirement {
  /** As written. The grammar lets a `_` stand at the end, as packaging does: `parseName` is the judge of names. */
  readonly name: string;
  /** As written, each spelling once, sorted. */
  readonly extras: readonly string[];
  /** Empty where there is none. */
  readonly specifier: SpecifierSet;
  /** As written after `@`: any scheme, perhaps a relative path, perhaps with credentials. */
  readonly url?: string | undefined;
  readonly marker?: Marker | undefined;
}

/**
 * Parses a requirement such as `foo[extra]>=1.0; python_version < "3.11"`.
 * @throws PkgsyncError REQUIREMENT_INVALID, its message without the credentials of a URL
 */
export function parseRequirement(text: string): Requirement {
  const scanner = new Scanner(text, 'REQUIREMENT_INVALID', 'requirement');
  scanner.skipBlanks();
  const name = readIdentifier(scanner, 'a project name');
  scanner.skipBlanks();
  const extras = readExtras(scanner);
  scanner.skipBlanks();
  const { specifier, url } = scanner.peek() === '@' ? readUrl(scanner) : readSpecifier(scanner);
  const marker = readOptionalMarker(scanner, url !== undefined);
  return { name, extras, specifier, ...(url === undefined ? {} : { url }), ...(marker === undefined ? {} : { marker }) };
}

/** Ends where packaging's does: at the last letter, digit or `_` of a run of name characters. */
function readIdentifier(scanner: Scanner, expected: string): string {
  const start = scanner.position;
  const run = scanner.take(/[A-Za-z0-9][A-Za-z0-9._-]*/y);
  if (run === undefined) scanner.fail(`expected ${expected}`);
  let length = run.length;
  while (run[length - 1] === '.' || run[length - 1] === '-') length -= 1;
  scanner.position = start + length;
  return run.slice(0, length);
}

function readExtras(scanner: Scanner): readonly string[] {
  if (!scanner.accept('[')) return [];
  const extras = new Set<string>();
  scanner.skipBlanks();
  if (scanner.accept(']')) return [];
  do {
    scanner.skipBlanks();
    extras.add(readIdentifier(scanner, 'the name of an extra'));
    scanner.skipBlanks();
  } while (scanner.accept(','));
  if (!scanner.accept(']')) scanner.fail('expected "," or "]" after the name of an extra');
  return [...extras].sort(compareText);
}

interface Source {
  readonly specifier: SpecifierSet;
  readonly url?: string;
}

function readUrl(scanner: Scanner): Source {
  scanner.accept('@');
  scanner.skipBlanks();
  const url = scanner.take(/[^ \t]+/y);
  if (url === undefined) scanner.fail('expected a URL after "@"');
  scanner.skipBlanks();
  return { specifier: parseSpecifierSet(''), url };
}

function readSpecifier(scanner: Scanner): Source {
  const opening = scanner.position;
  const parenthesised = scanner.accept('(');
  scanner.skipBlanks();
  const start = scanner.position;
  const clauses = readClauses(scanner);
  if (parenthesised && !scanner.accept(')')) {
    if (!scanner.atEnd()) failAtClause(scanner, 'expected a version specifier, "," or ")"');
    scanner.fail('expected ")" for the "("', { at: opening });
  }
  scanner.skipBlanks();
  try {
    return { specifier: parseSpecifierSet(clauses) };
  } catch (error) {
    if (!isPkgsyncError(error, 'SPECIFIER_INVALID')) throw error;
    return scanner.fail(`${error.message},`, { hint: error.hint, cause: error, at: start });
  }
}

/** The text of `clause, clause` with an optional comma at its end. What a clause may hold is for the specifier's parser to judge. */
function readClauses(scanner: Scanner): string {
  const start = scanner.position;
  let end = start;
  while (skipClause(scanner)) {
    end = scanner.position;
    scanner.skipBlanks();
    if (!scanner.accept(',')) break;
    scanner.skipBlanks();
  }
  return scanner.text.slice(start, end);
}

/** Arbitrary equality goes up to whitespace, `;` or `)`, through commas too; other operators have a version after them. */
function skipClause(scanner: Scanner): boolean {
  const operator = scanner.take(/===|==|~=|!=|<=|>=|<|>/y);
  if (operator === undefined) return false;
  scanner.skipWhile(isWhitespace);
  if (operator === '===') scanner.skipWhile((unit) => !isWhitespace(unit) && unit !== semicolon && unit !== closingParenthesis);
  else if (scanner.take(/[A-Za-z0-9.!+*_-]+/y) === undefined) scanner.fail(`expected a version after "${operator}"`);
  return true;
}

function readOptionalMarker(scanner: Scanner, afterUrl: boolean): Marker | undefined {
  if (scanner.atEnd()) return undefined;
  if (!scanner.accept(';')) {
    if (afterUrl)
      scanner.fail('expected ";" or nothing after the URL', { hint: 'write a blank before the ";": a URL ends at a blank only' });
    failAtClause(scanner, 'expected a version specifier, ";" or nothing more');
  }
  const marker = readMarker(scanner);
  if (!scanner.atEnd()) scanner.fail('expected "and", "or" or nothing more');
  return marker;
}

/** The usual slips, by what stands where a clause should. */
function failAtClause(scanner: Scanner, expected: string): never {
  const next = scanner.peek();
  if (/[0-9]/.test(next)) scanner.fail(expected, { hint: 'write an operator before the version, such as ==1.0 or >=1.0' });
  if (next === '=') scanner.fail(expected, { hint: 'equality is written ==' });
  if (next === '#') scanner.fail(expected, { hint: 'comments belong to requirements files, not to requirements' });
  return scanner.fail(expected);
}

/** The requirement in packaging's canonical spelling: sorted extras and specifiers, names as written. Parsing it gives the same again. */
export function formatRequirement(requirement: Requirement): string {
  const { name, url, marker } = requirement;
  const extras = requirement.extras.length === 0 ? '' : `[${[...requirement.extras].sort(compareText).join(',')}]`;
  const source = url === undefined ? formatSpecifierSet(requirement.specifier) : ` @ ${url}`;
  if (marker === undefined) return `${name}${extras}${source}`;
  return `${name}${extras}${source}${url === undefined ? '' : ' '}; ${formatMarker(marker)}`;
}

/**
 * Parses a requirement from metadata that nobody can correct any more: where the text is invalid, its specifiers are repaired step by step
 * (the slips that uv repairs) until it is valid. `repairs` says in words what was changed; empty for a valid text.
 * @throws PkgsyncError REQUIREMENT_INVALID, for the text as written, where no repair helps
 */
export function parseRequirementLenient(text: string): { readonly requirement: Requirement; readonly repairs: readonly string[] } {
  const { head, specifiers, tail } = specifierPart(text);
  const { value, repairs } = firstValid(specifiers, (repaired) => parseRequirement(`${head}${repaired}${tail}`), 'REQUIREMENT_INVALID');
  return { requirement: value, repairs };
}

/** A bare specifier such as a Requires-Python, read as `parseRequirementLenient` does. @throws PkgsyncError SPECIFIER_INVALID */
export function parseSpecifierSetLenient(text: string): { readonly specifier: SpecifierSet; readonly repairs: readonly string[] } {
  const { value, repairs } = firstValid(text, parseSpecifierSet, 'SPECIFIER_INVALID');
  return { specifier: value, repairs };
}

function firstValid<T>(
  text: string,
  parse: (text: string) => T,
  code: 'REQUIREMENT_INVALID' | 'SPECIFIER_INVALID',
): { value: T; repairs: readonly string[] } {
  try {
    return { value: parse(text), repairs: [] };
  } catch (error) {
    if (!isPkgsyncError(error, code)) throw error;
    for (const { repaired, repairs } of repairedTexts(text)) {
      const value = attempt(repaired, parse, code);
      if (value !== undefined) return { value, repairs };
    }
    throw error;
  }
}

function attempt<T>(text: string, parse: (text: string) => T, code: 'REQUIREMENT_INVALID' | 'SPECIFIER_INVALID'): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (isPkgsyncError(error, code)) return undefined;
    throw error;
  }
}

/** Cuts out what lies between name, extras and marker: a repair must not touch `foo2>=1`'s name or a marker. A URL leaves nothing to repair. */
function specifierPart(text: string): { head: string; specifiers: string; tail: string } {
  const head = /^[ \t]*[A-Za-z0-9][A-Za-z0-9._-]*[ \t]*(?:\[[^\]]*\])?[ \t]*/.exec(text)?.[0] ?? text;
  const rest = text.slice(head.length);
  if (rest.startsWith('@')) return { head: text, specifiers: '', tail: '' };
  const end = rest.indexOf(';');
  return end < 0 ? { head, specifiers: rest, tail: '' } : { head, specifiers: rest.slice(0, end), tail: rest.slice(end) };
}
