import { compareVersions, isPrerelease, makeVersion, parseVersion, type Version } from '../packaging/version.ts';
import { type SpecifierClause, specifierContains, type SpecifierSet } from '../packaging/specifier.ts';

/**
 * Whether no version at all can satisfy the set, as far as that can be told for certain: exact pins against the rest, and the highest lower
 * bound against the lowest upper one. False means "not evidently".
 */
export function isEvidentlyEmpty(set: SpecifierSet): boolean {
  const pins = set.clauses.filter(isPin);
  // Nothing but a pinned version can satisfy the set; locals of a version pinned without one fare as it does.
  if (pins.length > 0) return !pins.some(({ operand }) => specifierContains(set, operand, { prereleases: true }));

  const lows = set.clauses.flatMap(lowerBound);
  const highs = set.clauses.flatMap(upperBound);
  return lows.some((low) => highs.some((high) => excludes(low, high)));
}

interface Bound {
  readonly version: Version;
  readonly inclusive: boolean;
}

function isPin({ operator, operand }: SpecifierClause): boolean {
  return operator === '===' || (operator === '==' && !operand.endsWith('.*'));
}

function lowerBound({ operator, operand }: SpecifierClause): readonly Bound[] {
  if (operator !== '>=' && operator !== '~=' && operator !== '>') return [];
  return [{ version: parseVersion(operand), inclusive: operator !== '>' }];
}

/** `<2` takes no pre-release of 2 either, so its bound is 2.dev0. */
function upperBound({ operator, operand }: SpecifierClause): readonly Bound[] {
  if (operator !== '<=' && operator !== '<') return [];
  const version = parseVersion(operand);
  if (operator === '<=') return [{ version, inclusive: true }];
  return [{ version: isPrerelease(version) ? version : makeVersion({ ...version, dev: '0' }), inclusive: false }];
}

function excludes(low: Bound, high: Bound): boolean {
  const order = compareVersions(low.version, high.version);
  return order > 0 || (order === 0 && !(low.inclusive && high.inclusive));
}
