import { compareText, normalizeName } from '../packaging/name.ts';
import { formatSpecifierSet, parseSpecifierSet } from '../packaging/specifier.ts';
import { parseTarget, type Target } from '../packaging/target.ts';
import { type EffectiveRule, type FileKind, fileKinds } from './manifest.ts';
import { parseDuration, parseSize } from './units.ts';
import type { Written, WrittenRule, WrittenTarget } from './written.ts';

/**
 * The rule that counts: own fields before the defaults', in canonical form and fixed key order, fields with their default value absent.
 * Everything in it has passed the schema and the rules.
 */
export function effectiveRule(own: WrittenRule, defaults: WrittenRule, targets: readonly NamedTarget[]): EffectiveRule {
  const field = <K extends keyof WrittenRule>(key: K): Exclude<WrittenRule[K], null> | undefined => {
    const written = own[key] === undefined ? defaults[key] : own[key];
    // null says: neither the default's value nor one of its own.
    return (written ?? undefined) as Exclude<WrittenRule[K], null> | undefined;
  };
  const wantedTargets = own.targets === undefined ? defaults.targets : own.targets;
  const sdist = field('sdist');
  return ordered({
    version: canonicalVersions(field('version')),
    exclude: canonicalExcludes(field('exclude')),
    latest: field('latest'),
    latestPer: field('latestPer'),
    prereleases: field('prereleases'),
    yanked: field('yanked') === 'include' ? 'include' : undefined,
    files: canonicalKinds(field('files')),
    sdist: sdist === 'always' ? undefined : sdist,
    targets: contentsOf(targets, wantedTargets),
    minAge: notDefault(mapped(field('minAge'), parseDuration), 0),
    maxFileSize: mapped(field('maxFileSize'), parseSize),
    source: field('source'),
    destinations: sortedSet(field('destinations'), (name) => name),
    dependencies: notDefault(field('dependencies'), false),
    extras: sortedSet(field('extras'), normalizeName),
  });
}

export interface NamedTarget {
  readonly name: string;
  readonly target: Target;
}

/** The declared targets in order of their names. @throws PkgsyncError TARGET_INVALID, unless the rules have passed */
export function namedTargets(written: Written<WrittenTarget> | undefined): readonly NamedTarget[] {
  return Object.entries(written ?? {})
    .flatMap(([name, target]) => {
      const { python, platform, implementation, abi } = target ?? {};
      return python === undefined || platform === undefined
        ? []
        : [{ name, target: parseTarget({ python, platform, implementation, abi }) }];
    })
    .sort((a, b) => compareText(a.name, b.name));
}

/** The rule as one line of JSON that is equal for equal rules, whatever the order of their keys. */
export function canonicalRule(rule: EffectiveRule): string {
  return JSON.stringify(ordered({ ...rule, targets: rule.targets?.map(orderedTarget) }));
}

/** Whether two rules select the same: what decides that a lock is outdated. */
export function sameRule(a: EffectiveRule, b: EffectiveRule): boolean {
  return canonicalRule(a) === canonicalRule(b);
}

/** "*" and '' mean any version. */
export function specifierText(written: string): string {
  return written.trim() === '*' ? '' : written;
}

type Fields = { readonly [K in keyof Required<EffectiveRule>]: EffectiveRule[K] | undefined };

/** The one place that fixes the order of a rule's keys; absent fields are left out. */
function ordered(rule: EffectiveRule): EffectiveRule {
  const fields: Fields = {
    version: rule.version,
    exclude: rule.exclude,
    latest: rule.latest,
    latestPer: rule.latestPer,
    prereleases: rule.prereleases,
    yanked: rule.yanked,
    files: rule.files,
    sdist: rule.sdist,
    targets: rule.targets,
    minAge: rule.minAge,
    maxFileSize: rule.maxFileSize,
    source: rule.source,
    destinations: rule.destinations,
    dependencies: rule.dependencies,
    extras: rule.extras,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function orderedTarget({ python, platform, implementation, abi }: Target): Target {
  return { python, platform, implementation, ...(abi === undefined ? {} : { abi }) };
}

/** The specifier sets of a rule: a version is inside where any of them admits it. Always one at least; '' admits every version. */
export function versionAlternatives({ version }: EffectiveRule): readonly string[] {
  if (version === undefined) return [''];
  return typeof version === 'string' ? [version] : version;
}

/** One set stands alone; beside one that admits everything others mean nothing. */
export function canonicalVersions(written: string | readonly (string | undefined)[] | undefined): EffectiveRule['version'] {
  const texts = typeof written === 'string' ? [written] : written;
  const sets = sortedSet(texts, (text) => formatSpecifierSet(parseSpecifierSet(specifierText(text))));
  if (sets === undefined || sets.includes('')) return undefined;
  return sets.length === 1 ? sets[0] : sets;
}

function canonicalExcludes(written: string | readonly (string | undefined)[] | undefined): readonly string[] | undefined {
  const texts = typeof written === 'string' ? [written] : written;
  return sortedSet(texts, (text) => formatSpecifierSet(parseSpecifierSet(text)));
}

/** Every kind is the default, and the order in which people write kinds means nothing. */
function canonicalKinds(written: readonly (FileKind | undefined)[] | undefined): readonly FileKind[] | undefined {
  const kinds = fileKinds.filter((kind) => written?.includes(kind) === true);
  return kinds.length === 0 || kinds.length === fileKinds.length ? undefined : kinds;
}

/** Targets of one content count once, whatever their names. */
function contentsOf(
  targets: readonly NamedTarget[],
  names: readonly (string | undefined)[] | null | undefined,
): readonly Target[] | undefined {
  if (names === null) return undefined;
  const wanted = targets.filter(({ name }) => names === undefined || names.includes(name)).map(({ target }) => orderedTarget(target));
  const distinct = new Map(wanted.map((target) => [JSON.stringify(target), target]));
  return distinct.size === 0 ? undefined : [...distinct.values()];
}

function sortedSet(
  written: readonly (string | undefined)[] | undefined,
  canonical: (text: string) => string,
): readonly string[] | undefined {
  const texts = (written ?? []).filter((text) => text !== undefined).map(canonical);
  return texts.length === 0 ? undefined : [...new Set(texts)].sort(compareText);
}

function notDefault<T>(value: T | undefined, defaultValue: T): T | undefined {
  return value === defaultValue ? undefined : value;
}

function mapped<T, U>(value: T | undefined, convert: (value: T) => U): U | undefined {
  return value === undefined ? undefined : convert(value);
}
