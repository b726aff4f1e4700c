import { PkgsyncError, printable } from '../errors.ts';
import { formatMarker } from './marker.ts';
import type { Marker, MarkerComparison, MarkerEnvironment, MarkerOperator, MarkerVariable } from './marker.ts';
import { normalizeName } from './name.ts';
import { parseSpecifierSet, specifierContains } from './specifier.ts';
import type { SpecifierSet } from './specifier.ts';
import { hasWhitespace, trimWhitespace } from './whitespace.ts';

/** Variables whose values are versions, as packaging has it: it compares `platform_version` as text, though the specification lets it be either. */
const versionVariables: ReadonlySet<MarkerVariable> = new Set<MarkerVariable>([
  'implementation_version',
  'platform_release',
  'python_full_version',
  'python_version',
]);

/**
 * Whether the marker holds: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers, as packaging
 * reads it. Every comparison is evaluated, so that an undefined one is an error wherever it stands.
 *
 * `extra` as text, or left out for none, is the one extra being looked at. As an array it is the set of all extras asked for: `==` and `in`
 * then ask for any of them, `!=` and `not in` for none of them. Sets of zero and one give the same as no text and that text.
 * @throws PkgsyncError MARKER_INVALID for a comparison without meaning (`os_name ~= "x"`, two strings, two variables, a lock file's variable)
 */
export function evaluateMarker(marker: Marker, environment: MarkerEnvironment, extra: string | readonly string[] = ''): boolean {
  const extras = extraValues(extra);
  return evaluate(marker, (comparison) => compare(comparison, environment, extras));
}

/**
 * Whether the marker holds in any of the environments, with the set of extras asked for. Without environments (no target is declared) every
 * comparison counts as possibly true except those of `extra`, so only a marker that needs an extra nobody asked for is false.
 * @throws PkgsyncError MARKER_INVALID as evaluateMarker
 */
export function couldApply(marker: Marker, environments: readonly MarkerEnvironment[] | undefined, extras: readonly string[]): boolean {
  // All of them are evaluated, so that an undefined comparison is an error whichever environment comes first.
  if (environments !== undefined) return environments.map((environment) => evaluateMarker(marker, environment, extras)).some(Boolean);
  const values = extraValues(extras);
  // Markers have no negation, so taking a comparison for true can only make the whole true.
  return evaluate(marker, (comparison) => {
    const { key } = sides(comparison);
    return key !== 'extra' || compareExtra(comparison, values);
  });
}

function evaluate(marker: Marker, holds: (comparison: MarkerComparison) => boolean): boolean {
  if (marker.kind === 'comparison') return holds(marker);
  const results = marker.operands.map((operand) => evaluate(operand, holds));
  return marker.kind === 'and' ? results.every(Boolean) : results.some(Boolean);
}

/** No extra is the empty string, as in packaging. */
function extraValues(extra: string | readonly string[]): readonly string[] {
  const values = typeof extra === 'string' ? [extra] : extra;
  return values.length === 0 ? [''] : values.map(normalizeName);
}

interface Sides {
  /** The variable that is compared. */
  readonly key: MarkerVariable;
  readonly literal: string;
  /** The literal is the left operand, so it takes the place of the version and the variable's value that of the specifier. */
  readonly reversed: boolean;
}

function sides(comparison: MarkerComparison): Sides {
  const { left, right } = comparison;
  if (left.kind === right.kind) {
    throw undefinedComparison(comparison, left.kind === 'literal' ? 'it compares two strings' : 'it compares two variables');
  }
  const [variable, literal] = left.kind === 'variable' ? [left, right] : [right, left];
  if (variable.kind !== 'variable' || literal.kind !== 'literal') throw undefinedComparison(comparison, 'it compares no variable');
  return { key: variable.name, literal: literal.value, reversed: left.kind === 'literal' };
}

function compare(comparison: MarkerComparison, environment: MarkerEnvironment, extras: readonly string[]): boolean {
  const { key, literal, reversed } = sides(comparison);
  if (key === 'extra') return compareExtra(comparison, extras);
  if (key === 'extras' || key === 'dependency_groups') throw undefinedComparison(comparison, `${key} has a value in lock files only`);
  const value = key === 'python_full_version' ? repairedVersion(environment[key]) : environment[key];
  const [left, right] = reversed ? [literal, value] : [value, literal];
  const asVersions = versionVariables.has(key) ? compareVersions(left, comparison.operator, right) : undefined;
  return asVersions ?? compareTexts(comparison, left, right);
}

function compareExtra(comparison: MarkerComparison, extras: readonly string[]): boolean {
  const { literal, reversed } = sides(comparison);
  const holds = (extra: string): boolean =>
    reversed ? compareTexts(comparison, literal, extra) : compareTexts(comparison, extra, literal);
  const negative = comparison.operator === '!=' || comparison.operator === 'not in';
  return negative ? extras.every(holds) : extras.some(holds);
}

/** A build between releases calls itself `3.12.1+`, which is no version. */
function repairedVersion(version: string): string {
  return version.endsWith('+') ? `${version}local` : version;
}

/** The comparison as a version specifier, with pre-releases; undefined where operator and right side make none, so texts are compared. */
function compareVersions(left: string, operator: MarkerOperator, right: string): boolean | undefined {
  const clause = trimWhitespace(`${operator}${right}`);
  if (clause.startsWith('===')) return compareIdentity(left, trimWhitespace(clause.slice(3)));
  const specifier = clause.includes(',') ? undefined : trySpecifier(clause);
  return specifier === undefined ? undefined : specifierContains(specifier, left, { prereleases: true });
}

/** `===` compares texts without regard to case; its text goes up to a blank, `;` or `)`, but unlike in a set may contain a comma. */
function compareIdentity(left: string, right: string): boolean | undefined {
  return hasWhitespace(right) || /[;)]/.test(right) ? undefined : left.toLowerCase() === right.toLowerCase();
}

function trySpecifier(clause: string): SpecifierSet | undefined {
  try {
    return parseSpecifierSet(clause);
  } catch (error) {
    if (error instanceof PkgsyncError && error.code === 'SPECIFIER_INVALID') return undefined;
    throw error;
  }
}

function compareTexts(comparison: MarkerComparison, left: string, right: string): boolean {
  switch (comparison.operator) {
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '==':
    case '<=':
    case '>=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
    case '>':
      return false;
    case '~=':
    case '===':
      throw undefinedComparison(comparison, `"${comparison.operator}" compares versions only`);
  }
}

function undefinedComparison(comparison: MarkerComparison, because: string): PkgsyncError {
  return new PkgsyncError('MARKER_INVALID', `the marker '${printable(formatMarker(comparison))}' has no meaning: ${because}`);
}
