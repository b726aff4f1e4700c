import { isPkgsyncError } from '../errors.ts';
import type { EffectiveRule } from '../manifest/manifest.ts';
import { packageTypeOf } from '../manifest/manifest.ts';
import { versionAlternatives } from '../manifest/rule.ts';
import { canonicalVersion, compareVersionTexts, parseVersion, tryParseVersion } from '../packaging/version.ts';
import type { Version } from '../packaging/version.ts';
import { filterBySpecifier, isExactPin, parseSpecifierSet, specifierContains } from '../packaging/specifier.ts';
import type { SpecifierSet } from '../packaging/specifier.ts';
import { parseSpecifierSetLenient } from '../packaging/requirement.ts';
import { bestRank, tagRanks } from '../packaging/tag.ts';
import type { Target } from '../packaging/target.ts';
import type { Candidate, Exclusion, ExclusionReason, Selection } from './selection.ts';

/**
 * What `rule` selects among `candidates`. Filters run in a fixed order (kind, target, Requires-Python, size, yanked, age, version, exclude,
 * pre-release, latest, sdist fallback), because pre-releases count only when no final release survived the filters before (PEP 440, as pip
 * applies it; excluding a version is the same as `!=`).
 * @param asOf the clock for `minAge`, milliseconds since the epoch
 */
export function select(rule: EffectiveRule, candidates: readonly Candidate[], asOf: number): Selection {
  const excluded: Exclusion[] = [];
  const versions = versionAlternatives(rule).map((text) => parseSpecifierSet(text));
  let remaining: readonly Candidate[] = candidates;
  for (const [because, filter] of filters(rule, versions, asOf)) {
    const kept = new Set(filter(remaining));
    for (const candidate of remaining) {
      if (!kept.has(candidate)) excluded.push({ filename: candidate.filename, version: candidate.version, because });
    }
    remaining = remaining.filter((candidate) => kept.has(candidate));
  }
  return { selected: remaining, excluded };
}

type Filter = (candidates: readonly Candidate[]) => readonly Candidate[];

function filters(rule: EffectiveRule, versions: readonly SpecifierSet[], asOf: number): readonly (readonly [ExclusionReason, Filter])[] {
  const list: (readonly [ExclusionReason, Filter])[] = [];
  const keep = (because: ExclusionReason, test: (candidate: Candidate) => boolean) =>
    list.push([because, (candidates) => candidates.filter(test)]);

  if (rule.files !== undefined) {
    const wanted = new Set(rule.files.map((kind) => packageTypeOf[kind]));
    keep('kind', (candidate) => wanted.has(candidate.packageType));
  }
  if (rule.sdist === 'never') keep('sdist', (candidate) => candidate.packageType !== 'sdist');
  if (rule.targets !== undefined) {
    const targets = rule.targets.map(servedBy);
    keep('target', (candidate) => targets.some((serves) => serves.tags(candidate)));
    keep('requires-python', (candidate) => targets.some((serves) => serves.tags(candidate) && serves.python(candidate)));
  }
  const { maxFileSize, minAge } = rule;
  if (maxFileSize !== undefined) keep('max-file-size', ({ size }) => size === undefined || size <= maxFileSize);
  // PEP 592: a yanked file is for those who pin exactly; a lock has pinned it.
  if (rule.yanked !== 'include') {
    const loose = versions.filter((set) => !isExactPin(set));
    const pins = versions.filter((set) => isExactPin(set));
    const mayBeYanked = ({ version }: Candidate): boolean => (loose.length === 0 && pins.length > 0) || matchesAnyOf(pins, version);
    keep('yanked', (candidate) => candidate.yanked === false || candidate.locked || mayBeYanked(candidate));
  }
  if (minAge !== undefined) keep('min-age', (candidate) => candidate.locked || isOldEnough(candidate, minAge, asOf));
  keep('version', (candidate) => matchesAnyOf(versions, candidate.version));
  if (rule.exclude !== undefined) {
    const unwanted = rule.exclude.map((text) => parseSpecifierSet(text));
    keep('exclude', (candidate) => !unwanted.some((set) => specifierContains(set, candidate.version, { prereleases: true })));
  }
  list.push([
    'prerelease',
    (candidates) => [...new Set(versions.flatMap((set) => filterBySpecifier(set, candidates, versionOf, prereleaseOption(rule))))],
  ]);
  if (rule.latest !== undefined || rule.latestPer !== undefined) list.push(['latest', (candidates) => newest(candidates, rule)]);
  if (rule.sdist === 'fallback') list.push(['sdist-fallback', (candidates) => withoutNeedlessSdists(candidates, rule.targets)]);
  return list;
}

const versionOf = (candidate: Candidate): string => candidate.version;

function prereleaseOption(rule: EffectiveRule): { prereleases?: boolean } {
  return rule.prereleases === undefined ? {} : { prereleases: rule.prereleases };
}

/** Whether the version is inside one of the sets, pre-release or not; a version that is not PEP 440 is inside `===` and the empty set only. */
function matchesAnyOf(sets: readonly SpecifierSet[], version: string): boolean {
  return sets.some((set) => filterBySpecifier(set, [version], (text) => text, { prereleases: true }).length > 0);
}

interface Serves {
  tags(candidate: Candidate): boolean;
  python(candidate: Candidate): boolean;
}

function servedBy(target: Target): Serves {
  const ranks = tagRanks(target);
  const patches = patchReleases(target.python);
  const verdicts = new Map<string, boolean>();
  return {
    // Only wheels name what they run on; every other kind is built or unpacked by hand. A variant wheel serves machines that no target describes.
    tags: ({ packageType, parsed }) =>
      packageType !== 'bdist_wheel' || (parsed.tags !== undefined && bestRank(ranks, parsed.tags) !== undefined),
    python: ({ requiresPython }) => {
      if (requiresPython === undefined) return true;
      let verdict = verdicts.get(requiresPython);
      if (verdict === undefined) {
        verdict = acceptsPython(requiresPython, patches);
        verdicts.set(requiresPython, verdict);
      }
      return verdict;
    },
  };
}

/** A target names X.Y only: these stand for all of its patch releases. */
function patchReleases(python: string): readonly Version[] {
  return [...Array(50).keys(), 99].map((patch) => parseVersion(`${python}.${patch}`));
}

/** Whether some patch release satisfies Requires-Python; text that even lenient reading refuses is no constraint, as for pip. */
function acceptsPython(requiresPython: string, patches: readonly Version[]): boolean {
  let set: SpecifierSet;
  try {
    set = parseSpecifierSetLenient(requiresPython).specifier;
  } catch (error) {
    if (isPkgsyncError(error)) return true;
    throw error;
  }
  return patches.some((patch) => specifierContains(set, patch, { prereleases: true }));
}

/** Age from the published upload time; without one the file passes (the gate of the same name in `policy` is strict). */
function isOldEnough({ uploadTime }: Candidate, minAge: number, asOf: number): boolean {
  if (uploadTime === undefined) return true;
  const uploaded = Date.parse(uploadTime);
  return Number.isNaN(uploaded) || asOf - uploaded >= minAge * 1000;
}

/** Files of the newest `latest` versions, counted over all or per major or minor release. */
function newest(candidates: readonly Candidate[], rule: EffectiveRule): readonly Candidate[] {
  const keyOf = new Map<string, string>();
  for (const { version } of candidates) keyOf.set(version, canonicalVersion(version));
  const spellings = new Map([...keyOf].map(([version, key]) => [key, version]));
  const ordered = [...spellings].sort(([, a], [, b]) => compareVersionTexts(b, a));
  const limit = rule.latest ?? 1;
  const taken = new Map<string, number>();
  const kept = new Set<string>();
  for (const [key, version] of ordered) {
    const series = seriesOf(tryParseVersion(version), rule.latestPer);
    const count = taken.get(series) ?? 0;
    if (count >= limit) continue;
    taken.set(series, count + 1);
    kept.add(key);
  }
  return candidates.filter(({ version }) => kept.has(keyOf.get(version) ?? ''));
}

function seriesOf(version: Version | undefined, per: EffectiveRule['latestPer']): string {
  if (per === undefined || version === undefined) return '';
  const parts = [version.epoch, ...version.release.slice(0, per === 'major' ? 1 : 2)];
  if (per === 'minor' && version.release.length < 2) parts.push('0');
  return parts.join('.');
}

/**
 * Drops sdists that nobody needs: with targets, where each target that could use the sdist has a wheel of that version; else where there is any
 * wheel. A target whose Python the release does not support has no use for its sdist either.
 */
function withoutNeedlessSdists(candidates: readonly Candidate[], targets: readonly Target[] | undefined): readonly Candidate[] {
  const serving = targets?.map(servedBy);
  /** By version: which of the targets its wheels serve; without targets, that there is one. */
  const served = new Map<string, Set<number>>();
  for (const candidate of candidates) {
    if (candidate.packageType !== 'bdist_wheel' || candidate.parsed.tags === undefined) continue;
    const key = canonicalVersion(candidate.version);
    const ofVersion = served.get(key) ?? new Set();
    served.set(key, ofVersion);
    serving?.forEach((serves, index) => {
      if (!ofVersion.has(index) && serves.tags(candidate) && serves.python(candidate)) ofVersion.add(index);
    });
  }
  const isNeeded = (sdist: Candidate): boolean => {
    const ofVersion = served.get(canonicalVersion(sdist.version));
    if (ofVersion === undefined) return true;
    return serving?.some((serves, index) => !ofVersion.has(index) && serves.python(sdist)) ?? false;
  };
  return candidates.filter((candidate) => candidate.packageType !== 'sdist' || isNeeded(candidate));
}
