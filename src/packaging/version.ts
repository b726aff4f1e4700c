import { PkgsyncError, printable } from '../errors.ts';
import { trimWhitespace } from './whitespace.ts';

/** Longest version text that is read, in UTF-16 units; the longest real ones have some 100. */
const maxLength = 512;

/** What a version consists of. Numbers are decimal digits without leading zeros: date stamps go beyond 2^53. */
export interface VersionParts {
  readonly epoch: string;
  /** At least one number; trailing zeros as written. */
  readonly release: readonly string[];
  readonly pre?: { readonly label: 'a' | 'b' | 'rc'; readonly number: string } | undefined;
  readonly post?: string | undefined;
  readonly dev?: string | undefined;
  /** Lower-case segments. */
  readonly local?: readonly string[] | undefined;
}

/** A PEP 440 version: https://packaging.python.org/en/latest/specifications/version-specifiers/ */
export interface Version extends VersionParts {
  /** Orders versions when compared as text; equal for equal versions (`1.0` and `1`). */
  readonly key: string;
  /** The key without the local segment. */
  readonly publicKey: string;
}

// Without the flag `u`: together with `i` it would take U+017F and the Kelvin sign for letters. Each part starts with another character than
// the part before can end with or give up, so a failing match is linear.
const pattern =
  /^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]+)?)?(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]+)?)?(?:[-_.]?(dev)[-_.]?([0-9]+)?)?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/i;

const preLabels: Readonly<Record<string, 'a' | 'b' | 'rc'>> = {
  a: 'a',
  alpha: 'a',
  b: 'b',
  beta: 'b',
  c: 'rc',
  rc: 'rc',
  pre: 'rc',
  preview: 'rc',
};

/** Reads a version in any accepted spelling; whitespace around it is allowed. @throws PkgsyncError VERSION_INVALID */
export function parseVersion(text: string): Version {
  const version = tryParseVersion(text);
  if (version !== undefined) return version;
  throw new PkgsyncError('VERSION_INVALID', `'${printable(text)}' is not a valid version`, {
    hint:
      text.length > maxLength
        ? `a version has at most ${maxLength} characters`
        : 'versions look like 1.2.3, 2.0rc1, 1.4.post2 or 1.0.dev3 (PEP 440)',
  });
}

/** As `parseVersion`, but undefined for a text that is no PEP 440 version. */
export function tryParseVersion(text: string): Version | undefined {
  if (text.length > maxLength) return undefined;
  const match = pattern.exec(trimWhitespace(text));
  if (match === null) return undefined;
  const [, epoch, release = '', preLabel, preNumber, dashPost, postLabel, postNumber, dev, devNumber, local] = match;
  const label = preLabel === undefined ? undefined : preLabels[preLabel.toLowerCase()];
  return makeVersion({
    epoch: number(epoch),
    release: numbers(release),
    pre: label === undefined ? undefined : { label, number: number(preNumber) },
    post: dashPost !== undefined || postLabel !== undefined ? number(dashPost ?? postNumber) : undefined,
    dev: dev === undefined ? undefined : number(devNumber),
    local: local?.toLowerCase().split(/[-_.]/).map(localSegment),
  });
}

/** The version of these parts, which must be in normal form. */
export function makeVersion(parts: VersionParts): Version {
  return new KeyedVersion(parts);
}

/** Makes its keys when they are asked for: most versions of a long list are parsed, but never compared beyond their first numbers. */
class KeyedVersion implements Version {
  readonly epoch: string;
  readonly release: readonly string[];
  readonly pre: VersionParts['pre'];
  readonly post: string | undefined;
  readonly dev: string | undefined;
  readonly local: readonly string[] | undefined;
  #publicKey: string | undefined;
  #key: string | undefined;

  constructor({ epoch, release, pre, post, dev, local }: VersionParts) {
    this.epoch = epoch;
    this.release = release;
    this.pre = pre;
    this.post = post;
    this.dev = dev;
    this.local = local;
  }

  get publicKey(): string {
    return (this.#publicKey ??= familyKey(this) + suffixKey(this));
  }

  get key(): string {
    return (this.#key ??= this.local === undefined ? this.publicKey : this.publicKey + localKey(this.local));
  }
}

/** -1, 0 or 1, as the specification orders versions; 0 for equal versions in other spellings. */
export function compareVersions(a: Version, b: Version): number {
  return compareKeys(a.key, b.key);
}

/** The normal form; the release keeps its length (`1.0.0` stays). */
export function formatVersion(version: VersionParts): string {
  const epoch = version.epoch === '0' ? '' : `${version.epoch}!`;
  const pre = version.pre === undefined ? '' : version.pre.label + version.pre.number;
  const post = version.post === undefined ? '' : `.post${version.post}`;
  const dev = version.dev === undefined ? '' : `.dev${version.dev}`;
  const local = version.local === undefined ? '' : `+${version.local.join('.')}`;
  return epoch + version.release.join('.') + pre + post + dev + local;
}

/**
 * One text for all spellings of a version: the normal form with trailing zeros of the release cut (`1.0.0` is `1`). A text that is no
 * version comes back lower-cased, as it is.
 */
export function canonicalVersion(text: string): string {
  const version = tryParseVersion(text);
  return version === undefined ? lowerCase(text) : formatVersion(withoutTrailingZeros(version));
}

/** ASCII only: the lower case of a lookalike letter (U+212A) would make a version of what is none. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The parts with trailing zeros of the release cut; one number stays. */
export function withoutTrailingZeros(parts: VersionParts): VersionParts {
  const last = parts.release.findLastIndex((digits) => digits !== '0');
  return { ...parts, release: parts.release.slice(0, Math.max(last, 0) + 1) };
}

/** Whether it has an alpha, beta, candidate or dev part (`1.0.post1.dev2` has). */
export function isPrerelease(version: Version): boolean {
  return version.pre !== undefined || version.dev !== undefined;
}

/**
 * Orders version texts, among them those that are no PEP 440 version: these come below every valid one, by lower-cased text with runs of
 * digits as numbers. 0 exactly where `canonicalVersion` is equal. To sort many use `sortByVersion`, which reads each text once.
 */
export function compareVersionTexts(a: string, b: string): number {
  return compareKeys(textKey(a), textKey(b));
}

/** A sorted copy, oldest version first, by the order of `compareVersionTexts`; equal versions keep their order. */
export function sortByVersion<T>(items: readonly T[], versionOf: (item: T) => string): T[] {
  const ranked = items.map((item) => new Ranked(item, versionOf(item)));
  return ranked.sort((a, b) => a.rank - b.rank || compareKeys(a.key, b.key)).map(({ item }) => item);
}

/** Reads no more of the text than the comparisons ask for. */
class Ranked<T> {
  readonly item: T;
  readonly rank: number;
  readonly #text: string;
  #key: string | undefined;

  constructor(item: T, text: string) {
    this.item = item;
    this.#text = text;
    this.rank = releaseRank(text) ?? this.#rankOfVersion();
  }

  get key(): string {
    return (this.#key ??= tryParseVersion(this.#text)?.key ?? legacyKey(this.#text));
  }

  #rankOfVersion(): number {
    const version = tryParseVersion(this.#text);
    this.#key = version?.key ?? legacyKey(this.#text);
    return version === undefined ? -1 : rankOf(version);
  }
}

/** Largest number that has a place of its own in a rank; three such places fit into the 53 bits of a number. */
const highestPlace = 2 ** 17 - 1;

/**
 * The first three release numbers as one, so that most comparisons need no key. What does not fit gets the highest rank that its beginning
 * allows: of two versions with different ranks the lower rank is the lower version, and equal ranks say nothing.
 */
export function rankOf({ epoch, release }: VersionParts): number {
  if (epoch !== '0') return 2 ** 53 - 1;
  let rank = 0;
  for (let at = 0; at < 3; at += 1) {
    const digits = release[at] ?? '0';
    const value = digits.length > 6 ? highestPlace : Math.min(Number(digits), highestPlace);
    rank = rank * 2 ** 17 + value;
    if (value === highestPlace) return (rank + 1) * 2 ** (17 * (2 - at)) - 1;
  }
  return rank;
}

/**
 * The rank of a text that is nothing but up to three release numbers in normal form, as most versions are; undefined for all others. Much quicker than
 * reading the version.
 */
export function releaseRank(text: string): number | undefined {
  let rank = 0;
  let value = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit === -2) {
      if (digits === 0 || dots === 2) return undefined;
      rank = rank * 2 ** 17 + value;
      value = digits = 0;
      dots += 1;
      continue;
    }
    // Another character, or a number with a leading zero.
    if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return undefined;
    value = value * 10 + digit;
    digits += 1;
    if (value >= highestPlace) return undefined;
  }
  return digits === 0 ? undefined : (rank * 2 ** 17 + value) * 2 ** (17 * (2 - dots));
}

/**
 * Key of what `1.0a1` shares with its locals, posts and devs: epoch, release and pre-release. The key of every such version starts with it,
 * and no other key does, because numbers carry their length.
 */
export function familyKey({ epoch, release, pre, post, dev }: VersionParts): string {
  let end = release.length;
  while (end > 0 && release[end - 1] === '0') end -= 1;
  let key = numberKey(epoch);
  for (let at = 0; at < end; at += 1) key += numberKey(release[at] ?? '0');
  // NUL is below every number, so 1 comes before 1.1.
  key += '\0';
  if (pre !== undefined) return key + { a: '1', b: '2', rc: '3' }[pre.label] + numberKey(pre.number);
  return key + (dev !== undefined && post === undefined ? '0' : '4');
}

function suffixKey({ post, dev }: VersionParts): string {
  return (post === undefined ? '0' : `1${numberKey(post)}`) + (dev === undefined ? '1' : `0${numberKey(dev)}`);
}

/** Text segments before numbers, fewer segments first. */
function localKey(local: readonly string[]): string {
  return local
    .map((segment) => (/^[0-9]/.test(segment) && isNumber(segment) ? `\u0002${numberKey(segment)}` : `\u0001${segment}\0`))
    .join('');
}

/** Digits so that numbers compare as text: the length first. */
function numberKey(digits: string): string {
  return String.fromCharCode(digits.length) + digits;
}

function textKey(text: string): string {
  const version = tryParseVersion(text);
  return version === undefined ? `0${legacyKey(text)}` : `1${version.key}`;
}

/** Orders texts that are no versions among themselves. */
function legacyKey(text: string): string {
  const lower = lowerCase(text);
  const natural = lower.replace(/[0-9]+/g, (digits) => {
    const value = number(digits);
    return `0${String.fromCharCode(Math.min(value.length, 0xffff))}${value}`;
  });
  // The text itself last: r01 and r1 are not the same version.
  return `${natural}\0${lower}`;
}

function compareKeys(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function numbers(release: string): readonly string[] {
  const written = release.split('.');
  return /(?:^|\.)0[0-9]/.test(release) ? written.map(number) : written;
}

function number(digits: string | undefined): string {
  if (digits === undefined) return '0';
  // Nearly all numbers are as they should be.
  return digits.length > 1 && digits.startsWith('0') ? digits.replace(/^0+(?=[0-9])/, '') : digits;
}

function isNumber(segment: string): boolean {
  return /^[0-9]+$/.test(segment);
}

function localSegment(segment: string): string {
  return isNumber(segment) ? number(segment) : segment;
}
