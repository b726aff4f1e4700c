import { diffArrays } from 'diff';
import type { LockPackage } from '../lockfile/lock.ts';
import { canonicalRule, sameRule } from '../manifest/rule.ts';
import type { EffectiveRule, Manifest } from '../manifest/manifest.ts';
import type { PackageName } from '../packaging/name.ts';
import { compareText } from '../packaging/name.ts';
import { liveFiles } from '../resolve/resolve-project.ts';
import { ruleFor } from './names.ts';
import { unrequired } from './requirers.ts';
import type { Required } from './requirers.ts';
import { isLockedSourceAllowed } from '../resolve/sources.ts';
import { canonicalVersion } from '../packaging/version.ts';
import { unsatisfied } from './satisfied.ts';

/**
 * Whether the lock is what the manifest asks for, decided offline: every package's effective rule is recorded, its entries satisfy it, nothing
 * is approved that nobody names. Returns one sentence per package that is not so, in name order.
 */
export async function outdatedPackages(manifest: Manifest, lock: AsyncIterable<LockPackage>): Promise<readonly string[]> {
  const rules = new Map(manifest.packages.map(({ name, rule }) => [name, rule]));
  const missing = new Set<PackageName>(rules.keys());
  const problems = new Map<PackageName, string>();
  const followed = manifest.packages.some(({ rule }) => rule.dependencies === true) || manifest.defaultRule.dependencies === true;
  /** Without their entries: of a large lock only names are held. */
  const dependencies: Required[] = [];

  for await (const locked of lock) {
    missing.delete(locked.name);
    const edited = versionProblem(locked);
    if (edited !== undefined) problems.set(locked.name, edited);
    if (locked.rule === null && !rules.has(locked.name)) {
      if (liveFiles(locked).length > 0) dependencies.push({ name: locked.name, via: locked.via });
      continue;
    }
    const rule = ruleFor(manifest, rules, locked.name);
    const problem = packageProblem(locked, rule, rules.has(locked.name)) ?? sourceProblem(manifest, locked, rule);
    if (problem !== undefined) problems.set(locked.name, problem);
  }
  for (const name of unrequired(dependencies, (requirer) => followed && rules.has(requirer)))
    problems.set(name, 'is locked as a dependency, and nothing requires it any more');
  for (const name of missing) problems.set(name, 'is not in the lock');
  return [...problems].sort(([a], [b]) => compareText(a, b)).map(([name, problem]) => `${name} ${problem}`);
}

/** @param named by the manifest itself: that `all` finds nothing to select of a project is no fault */
function packageProblem(locked: LockPackage, rule: EffectiveRule | undefined, named: boolean): string | undefined {
  const live = liveFiles(locked);
  if (rule === undefined) return live.length === 0 ? undefined : 'is locked, and the manifest does not name it';
  if (locked.rule === null || !sameRule(rule, locked.rule)) return ruleDifference(rule, locked.rule);
  if (live.length === 0) return named ? 'has no files in the lock' : undefined;
  const first = unsatisfied(locked, rule);
  return first === undefined ? undefined : `has ${first.filename} in the lock, which its rule does not select (${first.because})`;
}

/** An entry edited by hand: a rule judges the version, so the filename must bear it out. */
function versionProblem(locked: LockPackage): string | undefined {
  const wrong = liveFiles(locked).find(({ entry, parsed }) => canonicalVersion(entry.version) !== canonicalVersion(parsed.version));
  return wrong === undefined
    ? undefined
    : `has ${wrong.entry.filename} in the lock as version ${wrong.entry.version}, which its name does not say`;
}

function sourceProblem({ sources }: Manifest, locked: LockPackage, rule: EffectiveRule | undefined): string | undefined {
  if (isLockedSourceAllowed(sources, locked.name, rule?.source, locked.source)) return undefined;
  return `is locked from '${locked.source ?? ''}', which may not supply it`;
}

function ruleDifference(rule: EffectiveRule, locked: EffectiveRule | null): string {
  if (locked === null) return 'was locked as a dependency, and the manifest names it now';
  const changes = diffArrays(ruleLines(locked), ruleLines(rule));
  const marked = changes.flatMap(({ added, removed, value }) =>
    added ? value.map((line) => `+${line}`) : removed ? value.map((line) => `-${line}`) : [],
  );
  return `was locked under another rule (${marked.join(', ')})`;
}

/** One line per field: `version: ">=1.0"`. */
function ruleLines(rule: EffectiveRule): string[] {
  const canonical = JSON.parse(canonicalRule(rule)) as Record<string, unknown>;
  return Object.entries(canonical).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
}
