import { PkgsyncError, printable } from '../errors.ts';
import { normalizeName } from './name.ts';
import { Scanner } from './scanner.ts';

export { couldApply, evaluateMarker } from './marker-evaluation.ts';

/** The eleven variables that describe an installation: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers */
export interface MarkerEnvironment {
  readonly implementation_name: string;
  readonly implementation_version: string;
  readonly os_name: string;
  readonly platform_machine: string;
  readonly platform_python_implementation: string;
  readonly platform_release: string;
  readonly platform_system: string;
  readonly platform_version: string;
  readonly python_full_version: string;
  /** Major and minor version only. */
  readonly python_version: string;
  readonly sys_platform: string;
}

/** `extras` and `dependency_groups` have a value in lock files only (PEP 751): they parse, but cannot be evaluated for a dependency. */
export type MarkerVariable = keyof MarkerEnvironment | 'extra' | 'extras' | 'dependency_groups';
export type MarkerOperator = '===' | '==' | '~=' | '!=' | '<=' | '>=' | '<' | '>' | 'in' | 'not in';
export type MarkerOperand =
  { readonly kind: 'variable'; readonly name: MarkerVariable } | { readonly kind: 'literal'; readonly value: string };

export interface MarkerComparison {
  readonly kind: 'comparison';
  readonly left: MarkerOperand;
  readonly operator: MarkerOperator;
  readonly right: MarkerOperand;
}

export interface MarkerJunction {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Marker[];
  /** Written in parentheses of its own, also where precedence does not ask for them. */
  readonly grouped: boolean;
}

/** An environment marker: comparisons joined by `and` and `or`. */
export type Marker = MarkerComparison | MarkerJunction;

/** Deepest nesting of parentheses: markers in the wild stay under five. */
const maxDepth = 100;

/** Every accepted spelling; those with a dot are from before PEP 508. */
const variables: ReadonlyMap<string, MarkerVariable> = new Map<string, MarkerVariable>([
  ['implementation_name', 'implementation_name'],
  ['implementation_version', 'implementation_version'],
  ['os_name', 'os_name'],
  ['os.name', 'os_name'],
  ['platform_machine', 'platform_machine'],
  ['platform.machine', 'platform_machine'],
  ['platform_python_implementation', 'platform_python_implementation'],
  ['platform.python_implementation', 'platform_python_implementation'],
  ['python_implementation', 'platform_python_implementation'],
  ['platform_release', 'platform_release'],
  ['platform_system', 'platform_system'],
  ['platform_version', 'platform_version'],
  ['platform.version', 'platform_version'],
  ['python_full_version', 'python_full_version'],
  ['python_version', 'python_version'],
  ['sys_platform', 'sys_platform'],
  ['sys.platform', 'sys_platform'],
  ['extra', 'extra'],
  ['extras', 'extras'],
  ['dependency_groups', 'dependency_groups'],
]);

/** Parses an environment marker such as `python_version < "3.11" and extra == "toml"`. @throws PkgsyncError MARKER_INVALID */
export function parseMarker(text: string): Marker {
  const scanner = new Scanner(text, 'MARKER_INVALID', 'environment marker');
  const marker = readMarker(scanner);
  if (!scanner.atEnd()) scanner.fail(scanner.peek() === ')' ? 'unexpected ")"' : 'expected "and", "or" or nothing more');
  return marker;
}

/** Reads a marker and the blanks after it; what follows is for the caller to judge. Fails with the scanner's error. */
export function readMarker(scanner: Scanner): Marker {
  const marker = readOr(scanner, 0);
  // Parentheses around the whole say nothing.
  return marker.kind === 'comparison' ? marker : { ...marker, grouped: false };
}

function readOr(scanner: Scanner, depth: number): Marker {
  const alternatives = [readAnd(scanner, depth)];
  while (scanner.take(/or\b/y) !== undefined) alternatives.push(readAnd(scanner, depth));
  return junction('or', alternatives);
}

function readAnd(scanner: Scanner, depth: number): Marker {
  const conditions = [readAtom(scanner, depth)];
  while (scanner.take(/and\b/y) !== undefined) conditions.push(readAtom(scanner, depth));
  return junction('and', conditions);
}

function junction(kind: 'and' | 'or', operands: readonly Marker[]): Marker {
  const [only] = operands;
  return only !== undefined && operands.length === 1 ? only : { kind, operands, grouped: false };
}

function readAtom(scanner: Scanner, depth: number): Marker {
  scanner.skipBlanks();
  const opening = scanner.position;
  if (!scanner.accept('(')) return readComparison(scanner);
  if (depth >= maxDepth) scanner.fail(`parentheses are nested deeper than ${maxDepth}`);
  const inner = readOr(scanner, depth + 1);
  if (!scanner.accept(')')) {
    if (!scanner.atEnd()) scanner.fail('expected "and", "or" or ")"');
    scanner.fail('expected ")" for the "("', { at: opening });
  }
  scanner.skipBlanks();
  return inner.kind === 'comparison' ? inner : { ...inner, grouped: true };
}

function readComparison(scanner: Scanner): MarkerComparison {
  const left = readOperand(scanner);
  scanner.skipBlanks();
  const operator = readOperator(scanner);
  scanner.skipBlanks();
  const right = readOperand(scanner);
  scanner.skipBlanks();
  return normalizeNames({ kind: 'comparison', left, operator, right });
}

function readOperand(scanner: Scanner): MarkerOperand {
  const start = scanner.position;
  const quote = scanner.peek();
  if (quote === '"' || quote === "'") return { kind: 'literal', value: readString(scanner) };
  const word = scanner.take(/[A-Za-z_][A-Za-z0-9_.]*/y);
  if (word === undefined) {
    scanner.fail('expected a marker variable or a quoted string', /[0-9.]/.test(quote) ? { hint: 'put the version in quotes' } : {});
  }
  const name = variables.get(word);
  if (name === undefined) scanner.fail(`'${printable(word, 60)}' is not a marker variable`, { at: start, hint: variableHint(word) });
  return { kind: 'variable', name };
}

function variableHint(word: string): string {
  const lower = word.toLowerCase();
  if (variables.has(lower)) return `write "${lower}"`;
  if (['and', 'or', 'not', 'in'].includes(lower)) return 'a comparison such as python_version < "3.11" must stand here';
  return `the variables are ${[...new Set(variables.values())].join(', ')}`;
}

/**
 * The grammar knows no escapes, and readers disagree about a backslash: packaging evaluates the text as Python would, others take it as it
 * is. So it is refused, as are line breaks and NUL, which packaging refuses too.
 */
function readString(scanner: Scanner): string {
  const start = scanner.position;
  const quoted = scanner.take(/'[^']*'|"[^"]*"/y);
  if (quoted === undefined) scanner.fail('the quoted string has no end', { at: start });
  const value = quoted.slice(1, -1);
  // eslint-disable-next-line no-control-regex -- NUL is one of the characters in question
  const odd = value.search(/[\\\r\n\u0000]/);
  if (odd >= 0) scanner.fail('a quoted string may not contain a backslash, a line break or NUL', { at: start + 1 + odd });
  return value;
}

function readOperator(scanner: Scanner): MarkerOperator {
  const symbol = scanner.take(/===|==|~=|!=|<=|>=|<|>/y);
  if (symbol !== undefined) return symbol as MarkerOperator;
  if (scanner.take(/in\b/y) !== undefined) return 'in';
  if (scanner.take(/not[ \t]+in\b/y) !== undefined) return 'not in';
  return scanner.fail('expected one of ==, !=, <, <=, >, >=, ~=, ===, in, not in');
}

/** PEP 685: names of extras are compared in normal form. PEP 735 says the same of dependency groups. */
function normalizeNames(comparison: MarkerComparison): MarkerComparison {
  const { left, right } = comparison;
  if (right.kind === 'literal' && left.kind === 'variable' && left.name === 'extra') {
    return { ...comparison, right: { kind: 'literal', value: normalizeName(right.value) } };
  }
  if (left.kind === 'literal' && right.kind === 'variable' && ['extra', 'extras', 'dependency_groups'].includes(right.name)) {
    return { ...comparison, left: { kind: 'literal', value: normalizeName(left.value) } };
  }
  return comparison;
}

/**
 * The marker in packaging's canonical spelling: double quotes where possible, one blank between words, parentheses as written where they
 * hold more than one comparison. Parsing the result gives an equal marker.
 * @throws PkgsyncError MARKER_INVALID for a built literal that no quoted string can hold (with both kinds of quotes)
 */
export function formatMarker(marker: Marker): string {
  if (marker.kind === 'comparison') return formatComparison(marker);
  return marker.operands.map((operand) => formatOperand(operand, marker.kind)).join(` ${marker.kind} `);
}

function formatOperand(marker: Marker, inside: 'and' | 'or'): string {
  const text = formatMarker(marker);
  const needed = marker.kind !== 'comparison' && (marker.grouped || (marker.kind === 'or' && inside === 'and'));
  return needed ? `(${text})` : text;
}

function formatComparison({ left, operator, right }: MarkerComparison): string {
  return `${formatValue(left)} ${operator} ${formatValue(right)}`;
}

function formatValue(operand: MarkerOperand): string {
  if (operand.kind === 'variable') return operand.name;
  if (!operand.value.includes('"')) return `"${operand.value}"`;
  if (!operand.value.includes("'")) return `'${operand.value}'`;
  throw new PkgsyncError('MARKER_INVALID', `'${printable(operand.value)}' contains both kinds of quotes, so no marker can hold it`);
}
