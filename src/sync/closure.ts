import { createLimiter } from '../io/concurrency.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { EffectiveRule } from '../manifest/manifest.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { dependencyClosure } from '../resolve/dependencies.ts';
import type { DependencyClosure, SelectedFiles } from '../resolve/dependencies.ts';
import { factsOf } from '../resolve/entry.ts';
import { sourceMetadata } from '../resolve/file-metadata.ts';
import { liveFiles } from '../resolve/resolve-project.ts';
import { select } from '../resolve/select.ts';
import type { Candidate } from '../resolve/selection.ts';
import { findProject, sourcesFor } from '../resolve/sources.ts';
import type { PlanOptions, SyncContext } from './context.ts';
import { isUpgraded } from './names.ts';
import { resolveMode } from './plan-project.ts';
import { unrequired } from './requirers.ts';

/**
 * Follows the requirements of every package whose rule asks for `dependencies`, or returns undefined where what is locked still holds: no package
 * of the manifest is new, changed, upgraded or gone. Holds the lock's packages in memory while it runs, as manifests that follow dependencies name
 * their packages.
 * @throws PkgsyncError what reading the source throws: a closure with a hole is none
 */
export async function closureOf(
  context: SyncContext,
  rules: ReadonlyMap<PackageName, EffectiveRule>,
  options: PlanOptions,
): Promise<DependencyClosure | undefined> {
  const roots = [...rules].filter(([, rule]) => rule.dependencies === true).map(([name, rule]) => ({ name, rule }));
  const locked = await lockedPackages(context, roots.length > 0);
  if (!mustWalk(roots, locked, rules, options)) return undefined;
  const limit = createLimiter(options.concurrency);
  const { signal } = options;
  const broughtIn = requirementsByPackage(locked.values());
  return await dependencyClosure(roots, {
    defaultRule: context.manifest.defaultRule,
    ruleOf: (name) => rules.get(name),
    lockedRequirements: (name) => broughtIn.get(name) ?? [],
    metadata: (source, file) => limit(() => sourceMetadata(source, file, signal)),
    select: (name, rule) => limit(() => selectFiles(context, name, rule, rules.get(name), locked.get(name), options)),
  });
}

const isLive = (entry: LockPackage): boolean => entry.files.some((file) => file.removed === undefined);

/** Any change of the manifest may change what is required: also a package that no root names can be a link of the chain. */
/** What the walk has to know of the lock: everything where it may prefer what is locked, else only the dependencies. */
async function lockedPackages({ lock }: SyncContext, everything: boolean): Promise<ReadonlyMap<PackageName, LockPackage>> {
  const locked = new Map<PackageName, LockPackage>();
  if (lock === undefined) return locked;
  for await (const entry of lock.packages()) if (everything || entry.rule === null) locked.set(entry.name, entry);
  return locked;
}

function mustWalk(
  roots: readonly { name: PackageName; rule: EffectiveRule }[],
  locked: ReadonlyMap<PackageName, LockPackage>,
  rules: ReadonlyMap<PackageName, EffectiveRule>,
  options: PlanOptions,
): boolean {
  const dependencies = [...locked.values()].filter((entry) => entry.rule === null && isLive(entry));
  // Requirers that are no longer followed leave dependencies behind that a walk has to drop.
  if (roots.length === 0) return dependencies.length > 0;
  const changed = [...rules].some(([name, rule]) => {
    return resolveMode({ name, kind: 'package', rule, selectionRules: [rule], locked: locked.get(name), byAll: false }, options) !== 'keep';
  });
  const gone = [...locked.values()].some((entry) => entry.rule !== null && isLive(entry) && !rules.has(entry.name));
  return (
    changed ||
    gone ||
    dependencies.some(({ name }) => isUpgraded(options, name)) ||
    unrequired(dependencies, (requirer) => rules.has(requirer)).length > 0
  );
}

/** By requirer, the dependencies that the lock has because of it. */
function requirementsByPackage(locked: Iterable<LockPackage>): ReadonlyMap<PackageName, readonly PackageName[]> {
  const found = new Map<PackageName, PackageName[]>();
  for (const entry of locked) {
    if (!isLive(entry)) continue;
    for (const requirer of entry.via ?? []) {
      const known = found.get(requirer);
      if (known === undefined) found.set(requirer, [entry.name]);
      else known.push(entry.name);
    }
  }
  return found;
}

/**
 * Files that a rule selects among the source's files and the live lock entries: of what is locked where that still serves and no upgrade is asked
 * for, else of everything. A file that the source lost does not lose its place.
 */
async function selectFiles(
  context: SyncContext,
  name: PackageName,
  rule: EffectiveRule | 'as-locked',
  ownRule: EffectiveRule | undefined,
  locked: LockPackage | undefined,
  options: PlanOptions,
): Promise<SelectedFiles | undefined> {
  const named = rule === 'as-locked' ? ownRule?.source : rule.source;
  const configs = sourcesFor(context.manifest.sources, name, { rule: named, locked: locked?.source });
  const found = await findProject(configs, context.sources, name, options.signal);
  const candidates = candidatesOf(name, found?.project.files ?? [], locked);
  if (found === undefined && candidates.length === 0) return undefined;
  const kept = candidates.filter((file) => file.locked);
  if (rule === 'as-locked') return { source: found?.source, files: kept };
  const task = { name, kind: 'package', rule: ownRule ?? rule, selectionRules: [], locked, byAll: false } as const;
  const keeps = ownRule === undefined ? !isUpgraded(options, name) : resolveMode(task, options) === 'keep';
  const preferred = keeps ? select(rule, kept, options.asOf).selected : [];
  const selected = preferred.length > 0 ? preferred : select(rule, candidates, options.asOf).selected;
  return { source: found?.source, files: selected };
}

function candidatesOf(name: PackageName, files: readonly DistributionFile[], locked: LockPackage | undefined): readonly Candidate[] {
  const live = new Map(locked === undefined ? [] : liveFiles(locked).map((file) => [file.entry.filename, file]));
  const listed = files.flatMap((file): readonly Candidate[] => {
    const parsed = parseDistributionFilename(file.filename, name);
    return isDistribution(parsed) ? [{ ...file, parsed, locked: live.delete(file.filename), source: file }] : [];
  });
  const lost = [...live.values()].map(({ entry, parsed, packageType }) => ({ ...factsOf(entry, packageType), parsed, locked: true }));
  return [...listed, ...lost];
}
