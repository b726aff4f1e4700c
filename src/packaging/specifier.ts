import { PkgsyncError, printable } from '../errors.ts';
import { compareText } from './name.ts';
import {
  familyKey,
  formatVersion,
  isPrerelease,
  makeVersion,
  rankOf,
  releaseRank,
  tryParseVersion,
  withoutTrailingZeros,
} from './version.ts';
import type { Version, VersionParts } from './version.ts';
import { hasWhitespace, trimWhitespace } from './whitespace.ts';

/** Longest specifier set that is read, in UTF-16 units. */
const maxLength = 16_384;

const operators = ['===', '~=', '==', '!=', '<=', '>=', '<', '>'] as const;
export type SpecifierOperator = (typeof operators)[number];

/** One clause of a set, such as `>=1.0`. */
export interface SpecifierClause {
  readonly operator: SpecifierOperator;
  /** The version as written, with `.*` where it has that; for `===` any text. */
  readonly operand: string;
  /** Equal for clauses that mean the same (`==1.0` and `==1`). */
  readonly identity: string;
  /** Whether it names a pre-release in a way that asks for them. */
  readonly prereleases: boolean;
  readonly accepts: (version: Version) => boolean;
  /** The same, where the rank of the version (`rankOf`) is enough to tell. */
  readonly acceptsRank: (rank: number) => boolean | undefined;
}

/** Clauses that must all hold: https://packaging.python.org/en/latest/specifications/version-specifiers/ */
export interface SpecifierSet {
  /** Sorted, without repetitions. */
  readonly clauses: readonly SpecifierClause[];
  /** Whether a clause asks for pre-releases, which then holds for the whole set. */
  readonly prereleases: boolean;
}

export interface SpecifierOptions {
  /** true: pre-releases count like others; false: never; absent: only where the set names one or nothing else matches. */
  readonly prereleases?: boolean | undefined;
}

/** Reads a comma list of clauses; empty pieces are ignored, so '' is the set that takes everything. @throws PkgsyncError SPECIFIER_INVALID */
export function parseSpecifierSet(text: string): SpecifierSet {
  if (text.length > maxLength) throw invalid(text, `a specifier has at most ${maxLength} characters`);
  const pieces = text.split(',').map(trimWhitespace);
  const clauses = pieces.filter((piece) => piece !== '').map(parseClause);
  clauses.sort((a, b) => compareText(clauseText(a), clauseText(b)));
  const distinct = new Map<string, SpecifierClause>();
  for (const clause of clauses) if (!distinct.has(clause.identity)) distinct.set(clause.identity, clause);
  return { clauses: [...distinct.values()], prereleases: clauses.some((clause) => clause.prereleases) };
}

/** The set as `packaging` prints it: clauses sorted, versions as written, '' for none. */
export function formatSpecifierSet(set: SpecifierSet): string {
  return set.clauses.map(clauseText).join(',');
}

/**
 * Whether the set takes this one version. A text that is no version is taken by `===` and by the empty set only. Without an option a matching
 * pre-release is taken, because a single version has no alternative: to choose from a list use `filterBySpecifier`.
 */
export function specifierContains(set: SpecifierSet, version: string | Version, options: SpecifierOptions = {}): boolean {
  const parsed = typeof version === 'string' ? tryParseVersion(version) : version;
  if (!matches(set, version, parsed)) return false;
  return options.prereleases !== false || parsed === undefined || !isPrerelease(parsed);
}

/**
 * The items whose version the set takes, in their order. By default pre-releases are left out unless the set names one or no final release
 * matches. Each distinct version text is read once.
 */
export function filterBySpecifier<T>(
  set: SpecifierSet,
  items: readonly T[],
  versionOf: (item: T) => string,
  options: SpecifierOptions = {},
): T[] {
  const verdicts = new Map<string, Verdict>();
  const verdictOf = (item: T): Verdict => {
    const text = versionOf(item);
    const known = verdicts.get(text);
    if (known !== undefined) return known;
    const verdict = judge(set, text);
    verdicts.set(text, verdict);
    return verdict;
  };
  const accepted = items.map((item) => ({ item, verdict: verdictOf(item) })).filter(({ verdict }) => verdict !== 'refused');
  const wanted = options.prereleases ?? (set.prereleases || !accepted.some(({ verdict }) => verdict === 'final'));
  return accepted.filter(({ verdict }) => wanted || verdict !== 'prerelease').map(({ item }) => item);
}

/** Whether the set pins exactly: `==` without wildcard, or `===`. Only then may a yanked file be chosen (PEP 592). */
export function isExactPin(set: SpecifierSet): boolean {
  return set.clauses.some(({ operator, operand }) => operator === '===' || (operator === '==' && !operand.endsWith('.*')));
}

type Verdict = 'refused' | 'final' | 'prerelease' | 'unparsable';

function judge(set: SpecifierSet, text: string): Verdict {
  const rank = releaseRank(text);
  const decided = rank === undefined ? undefined : acceptsRank(set, rank);
  if (decided !== undefined) return decided ? 'final' : 'refused';
  const parsed = tryParseVersion(text);
  const accepted = (parsed === undefined ? undefined : acceptsRank(set, rankOf(parsed))) ?? matches(set, text, parsed);
  if (!accepted) return 'refused';
  if (parsed === undefined) return 'unparsable';
  return isPrerelease(parsed) ? 'prerelease' : 'final';
}

/** Most versions of a list differ from every bound within their first numbers, and need not be read for it. */
function acceptsRank({ clauses }: SpecifierSet, rank: number): boolean | undefined {
  let decided: true | undefined = true;
  for (const clause of clauses) {
    const accepted = clause.acceptsRank(rank);
    if (accepted === false) return false;
    decided &&= accepted;
  }
  return decided;
}

function matches(set: SpecifierSet, written: string | Version, version: Version | undefined): boolean {
  return set.clauses.every((clause) => {
    if (clause.operator !== '===') return version !== undefined && clause.accepts(version);
    // Arbitrary equality is about the text as it was published; the normal form stands in where only that is known.
    const text = typeof written === 'string' ? written : formatVersion(written);
    return text.toLowerCase() === clause.operand.toLowerCase();
  });
}

function clauseText(clause: SpecifierClause): string {
  return clause.operator + clause.operand;
}

function parseClause(text: string): SpecifierClause {
  const operator = operators.find((candidate) => text.startsWith(candidate));
  if (operator === undefined) throw invalid(text, 'a specifier starts with one of ~= == != <= >= < > ===');
  const operand = trimWhitespace(text.slice(operator.length));
  if (operator === '===') return parseArbitrary(text, operand);
  if (hasWhitespace(operand)) throw invalid(text, 'separate several specifiers with commas');
  if ((operator === '==' || operator === '!=') && operand.endsWith('.*')) return parseWildcard(text, operator, operand);

  const version = tryParseVersion(operand);
  if (version === undefined) throw invalid(text, `'${printable(operand)}' is not a version`);
  if (version.local !== undefined && operator !== '==' && operator !== '!=') throw invalid(text, `${operator} takes no local version`);
  if (operator === '~=' && version.release.length < 2) throw invalid(text, '~= needs at least two release numbers, such as ~=1.4');
  const canonical = formatVersion(operator === '~=' ? version : withoutTrailingZeros(version));
  return {
    operator,
    operand,
    identity: operator + canonical,
    prereleases: operator !== '!=' && isPrerelease(version),
    accepts: acceptance(operator, version),
    acceptsRank: rankAcceptance(operator, version),
  };
}

function parseArbitrary(text: string, operand: string): SpecifierClause {
  if (hasWhitespace(operand) || /[;)]/.test(operand)) throw invalid(text, 'the text after === has no blanks, ";" or ")"');
  const version = tryParseVersion(operand);
  const prereleases = version !== undefined && isPrerelease(version);
  return { operator: '===', operand, identity: `===${operand}`, prereleases, accepts: () => false, acceptsRank: () => undefined };
}

function parseWildcard(text: string, operator: '==' | '!=', operand: string): SpecifierClause {
  const version = tryParseVersion(operand.slice(0, -2));
  if (version === undefined) throw invalid(text, `'${printable(operand)}' is not a version with a wildcard`);
  if (isPrerelease(version) || version.post !== undefined || version.local !== undefined)
    throw invalid(text, 'a wildcard follows release numbers only, such as ==1.4.*');
  const lower = firstOf(version, version.release);
  const upper = firstAfter(version, version.release);
  const inside = between(lower.key, upper.key);
  const insideRank = betweenRanks(lower, upper);
  const outsideRank = (rank: number): boolean | undefined => {
    const decided = insideRank(rank);
    return decided === undefined ? undefined : !decided;
  };
  const identity = operator + operand;
  return operator === '=='
    ? { operator, operand, identity, prereleases: false, accepts: inside, acceptsRank: insideRank }
    : { operator, operand, identity, prereleases: false, accepts: (candidate) => !inside(candidate), acceptsRank: outsideRank };
}

/** The specification's meaning of each operator as a test on comparison keys. */
function acceptance(operator: Exclude<SpecifierOperator, '==='>, version: Version): (candidate: Version) => boolean {
  const { key } = version;
  switch (operator) {
    case '==':
      return version.local === undefined ? (candidate) => candidate.publicKey === key : (candidate) => candidate.key === key;
    case '!=':
      return version.local === undefined ? (candidate) => candidate.publicKey !== key : (candidate) => candidate.key !== key;
    case '>=':
      return (candidate) => candidate.key >= key;
    case '<=':
      // Locals of the version itself pass.
      return (candidate) => candidate.publicKey <= key;
    case '<': {
      // Pre-releases of the version itself fail, unless it is one.
      const bound = isPrerelease(version) ? key : makeVersion({ ...version, dev: '0' }).key;
      return (candidate) => candidate.key < bound;
    }
    case '>':
      return above(version);
    case '~=':
      return between(key, firstAfter(version, version.release.slice(0, -1)).key);
  }
}

function above(version: Version): (candidate: Version) => boolean {
  if (version.dev !== undefined) return atLeast({ ...version, dev: increment(version.dev) });
  if (version.post !== undefined) return atLeast({ ...version, post: increment(version.post), dev: '0' });
  // Post-releases and locals of the version itself fail.
  const { key } = version;
  const family = familyKey(version);
  return (candidate) => candidate.key > key && !candidate.key.startsWith(family);
}

function atLeast(parts: VersionParts): (candidate: Version) => boolean {
  const { key } = makeVersion(parts);
  return (candidate) => candidate.key >= key;
}

function between(lower: string, upper: string): (candidate: Version) => boolean {
  return ({ key }) => key >= lower && key < upper;
}

/** The same on ranks: of versions with different ranks the lower rank is the lower version. Every bound has the release of `version`. */
function rankAcceptance(operator: Exclude<SpecifierOperator, '==='>, version: Version): (rank: number) => boolean | undefined {
  const bound = rankOf(version);
  switch (operator) {
    case '==':
      return (rank) => (rank === bound ? undefined : false);
    case '!=':
      return (rank) => (rank === bound ? undefined : true);
    case '>=':
    case '>':
      return (rank) => (rank === bound ? undefined : rank > bound);
    case '<=':
    case '<':
      return (rank) => (rank === bound ? undefined : rank < bound);
    case '~=':
      return betweenRanks(version, firstAfter(version, version.release.slice(0, -1)));
  }
}

function betweenRanks(lower: VersionParts, upper: VersionParts): (rank: number) => boolean | undefined {
  const from = rankOf(lower);
  const to = rankOf(upper);
  return (rank) => (rank === from || rank === to ? undefined : rank > from && rank < to);
}

/** The first version with this release: its `.dev0`. */
function firstOf({ epoch }: VersionParts, release: readonly string[]): Version {
  return makeVersion({ epoch, release, dev: '0' });
}

/** The first version past all that start with this release: 1.2 gives 1.3.dev0. */
function firstAfter(parts: VersionParts, release: readonly string[]): Version {
  return firstOf(parts, [...release.slice(0, -1), increment(release.at(-1) ?? '0')]);
}

function increment(digits: string): string {
  return (BigInt(digits) + 1n).toString();
}

function invalid(text: string, hint: string): PkgsyncError {
  return new PkgsyncError('SPECIFIER_INVALID', `'${printable(text)}' is not a valid version specifier`, { hint });
}
