import { PkgsyncError } from '../errors.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import { matchesAny, mayMatch, parsePatterns } from '../manifest/match.ts';
import type { EffectiveRule, Manifest } from '../manifest/manifest.ts';
import { compareText } from '../packaging/name.ts';
import type { PackageName } from '../packaging/name.ts';
import { formatSpecifierSet } from '../packaging/specifier.ts';
import { tryParseVersion } from '../packaging/version.ts';
import type { Dependency } from '../resolve/dependencies.ts';
import { sourcesFor } from '../resolve/sources.ts';
import type { PlanOptions, SyncContext } from './context.ts';

/** Why a project is looked at, and by which rules its files are chosen. */
export interface ProjectTask {
  readonly name: PackageName;
  /** `package`: the manifest wants it; `dependency`: a requirement does; `departed`: only the lock still has it; `listed`: only a destination has it. */
  readonly kind: 'package' | 'dependency' | 'departed' | 'listed';
  readonly rule: EffectiveRule | null;
  readonly selectionRules: readonly EffectiveRule[];
  readonly via?: readonly PackageName[] | undefined;
  readonly locked: LockPackage | undefined;
  /** Named by `all` only: that it comes out empty is no mistake of the manifest. */
  readonly byAll: boolean;
}

/** Rule of a package, whoever named it: the manifest, or `all`. */
export function ruleFor(manifest: Manifest, rules: ReadonlyMap<PackageName, EffectiveRule>, name: PackageName): EffectiveRule | undefined {
  const own = rules.get(name);
  if (own !== undefined || !manifest.all) return own;
  const patterns = parsePatterns(manifest.exclude).filter((pattern) => mayMatch(pattern, name));
  if (matchesAny(patterns, name)) return undefined;
  if (patterns.length === 0) return manifest.defaultRule;
  const exclude = patterns.flatMap(({ specifier }) => (specifier === undefined ? [] : [formatSpecifierSet(specifier)]));
  return { ...manifest.defaultRule, exclude: [...new Set([...(manifest.defaultRule.exclude ?? []), ...exclude])].sort(compareText) };
}

/**
 * Names that `all` brings in, sorted: what every source lists, less what another source claims. Only names are held, nothing else grows with
 * the size of an index.
 */
export async function namesOfAll({ manifest, sources }: SyncContext, signal?: AbortSignal): Promise<readonly PackageName[]> {
  const names = new Set<PackageName>();
  let listed = 0;
  for (const [sourceName, source] of sources) {
    for await (const name of source.projects(signal)) {
      listed += 1;
      if (sourcesFor(manifest.sources, name, { rule: manifest.defaultRule.source }).some((config) => config.name === sourceName))
        names.add(name);
    }
  }
  // What an index loses by accident must not count as what nobody wants.
  if (listed === 0) {
    const addresses = [...sources.values()].map(({ address }) => address).join(', ');
    throw new PkgsyncError('BAD_RESPONSE', `${addresses} lists no projects at all, and "all" asks for every one`, {
      hint: 'check the address of the source; an empty index cannot be mirrored',
    });
  }
  return sortedNames(names);
}

/** With `all` and exact pruning, projects that only a destination has are looked at too. */
export async function namesAtDestinations({ manifest, destinations }: SyncContext, signal?: AbortSignal): Promise<readonly PackageName[]> {
  if (!manifest.all) return [];
  const names = new Set<PackageName>();
  for (const { config, live } of destinations) {
    if (!config.prune.unlisted) continue;
    for await (const name of live.projects(signal)) names.add(name);
  }
  return sortedNames(names);
}

export function sortedNames(names: Iterable<PackageName>): readonly PackageName[] {
  return [...names].sort(compareText);
}

/** Joins the wanted names and the lock, both in name order, into one task per project. */
export async function* joinTasks(
  wanted: readonly PackageName[],
  lock: AsyncIterable<LockPackage>,
  task: (name: PackageName, locked: LockPackage | undefined) => ProjectTask,
): AsyncGenerator<ProjectTask> {
  let index = 0;
  for await (const locked of lock) {
    for (let name = wanted[index]; name !== undefined && name < locked.name; name = wanted[++index]) yield task(name, undefined);
    if (wanted[index] === locked.name) index += 1;
    yield task(locked.name, locked);
  }
  for (let name = wanted[index]; name !== undefined; name = wanted[++index]) yield task(name, undefined);
}

/** Turns a name into its task. */
export function taskFactory(
  context: SyncContext,
  rules: ReadonlyMap<PackageName, EffectiveRule>,
  inSource: ReadonlySet<PackageName>,
  closure: ReadonlyMap<PackageName, Dependency> | undefined,
): (name: PackageName, locked: LockPackage | undefined) => ProjectTask {
  return (name, locked) => {
    const own = rules.get(name);
    const rule =
      own ?? (inSource.has(name) || (locked !== undefined && locked.rule !== null) ? ruleFor(context.manifest, rules, name) : undefined);
    if (rule !== undefined) return { name, kind: 'package', rule, selectionRules: [rule], locked, byAll: own === undefined };
    const dependency = closure?.get(name);
    if (dependency !== undefined) {
      const { defaultRule } = context.manifest;
      const selectionRules = [...dependency.versions].sort(compareText).flatMap((version) => {
        const exact = exactly(version);
        return exact === undefined ? [] : [{ ...defaultRule, version: exact }];
      });
      return { name, kind: 'dependency', rule: null, selectionRules, via: sortedNames(dependency.via), locked, byAll: false };
    }
    // A closure that was not walked again leaves dependencies as they are locked.
    if (locked?.rule === null && closure === undefined) {
      return { name, kind: 'dependency', rule: null, selectionRules: [], via: locked.via, locked, byAll: false };
    }
    return {
      name,
      kind: locked === undefined ? 'listed' : 'departed',
      rule: locked?.rule ?? null,
      selectionRules: [],
      via: locked?.via,
      locked,
      byAll: false,
    };
  };
}

/** PEP 440: `===` is the only way to name a version that is none; undefined for a text that not even this can hold. */
function exactly(version: string): string | undefined {
  if (tryParseVersion(version) !== undefined) return `==${version}`;
  return /^[^\s,;)]+$/.test(version) ? `===${version}` : undefined;
}

/** Whether the options put this package up for newer releases. */
export function isUpgraded(options: PlanOptions, name: PackageName): boolean {
  return options.upgrade === true || (options.upgrade !== false && matchesAny(parsePatterns(options.upgrade), name));
}
