import { PkgsyncError } from '../errors.ts';
import { createLimiter, orderedMap } from '../io/concurrency.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { EffectiveRule } from '../manifest/manifest.ts';
import { matchesAny, parsePatterns } from '../manifest/match.ts';
import type { PackageName } from '../packaging/name.ts';
import type { ProjectPlan, Warning } from '../plan/plan.ts';
import type { DependencyClosure } from '../resolve/dependencies.ts';
import { policyVeto } from '../resolve/policy.ts';
import { outdatedPackages } from './check-lock.ts';
import { closureOf } from './closure.ts';
import type { PlanOptions, SyncContext } from './context.ts';
import { joinTasks, namesAtDestinations, namesOfAll, ruleFor, sortedNames, taskFactory } from './names.ts';
import { planProject } from './plan-project.ts';
import { reachable } from './requirers.ts';
import type { Required } from './requirers.ts';

/**
 * The plan, project by project in name order: names first, then source, lock and destinations joined in that order, up to
 * `options.concurrency` projects at once, emitted through a bounded window.
 *
 * Packages that `--package` leaves out come through untouched, so that the lock can be written from what is emitted.
 * @throws PkgsyncError LOCK_MISSING, LOCK_OUTDATED with `locked`; UNAUTHORIZED, UNREACHABLE, ... where the names themselves cannot be read
 */
export async function* planProjects(context: SyncContext, options: PlanOptions): AsyncGenerator<ProjectPlan> {
  const { manifest } = context;
  if (options.locked) await assertCurrent(context);
  const rules = new Map<PackageName, EffectiveRule>(manifest.packages.map(({ name, rule }) => [name, rule]));
  const inSource = manifest.all ? new Set(await namesOfAll(context, options.signal)) : new Set<PackageName>();
  const closure = options.locked || manifest.all ? undefined : await closureOf(context, rules, options);
  const names = sortedNames(
    new Set([
      ...rules.keys(),
      // With --locked nothing is resolved: what the source gained since is no part of the approved state.
      ...(options.locked ? [] : [...inSource].filter((name) => ruleFor(manifest, rules, name) !== undefined)),
      ...(closure?.dependencies.keys() ?? []),
      ...(await namesAtDestinations(context, options.signal)),
    ]),
  );
  options.onEvent?.({ type: 'stage-started', stage: 'plan', projects: names.length });
  const planner = {
    context,
    options,
    veto: policyVeto(manifest.policy, manifest.exceptions, options.asOf),
    seesEveryDestination: context.destinations.length === manifest.destinations.length && context.destinations.length > 0,
    covers: await coverage(context, options, closure),
    files: createLimiter(options.concurrency),
  };
  const tasks = joinTasks(names, context.lock?.packages() ?? noPackages(), taskFactory(context, rules, inSource, closure?.dependencies));
  const closureWarnings = warningsByName(closure?.warnings ?? []);
  let done = 0;
  let covered = 0;
  const plans = orderedMap(tasks, { concurrency: options.concurrency, signal: options.signal }, async (task) => {
    const plan = await planProject(planner, task);
    done += 1;
    options.onEvent?.({ type: 'project-planned', name: plan.name, done, total: Math.max(names.length, done) });
    return plan;
  });
  for await (const plan of plans) {
    if (plan.untouched !== true) covered += 1;
    const more = closureWarnings.get(plan.name);
    yield more === undefined ? plan : { ...plan, warnings: [...plan.warnings, ...more] };
  }
  if (covered === 0 && options.packages.length > 0)
    options.onEvent?.({ type: 'warning', message: `no package matches ${options.packages.join(', ')}` });
}

/**
 * What `--package` covers: the packages that match, and the dependencies that they bring in or brought in; a lock that holds a package without what
 * it requires would pass for complete ever after.
 */
export async function coverage(
  { lock }: Pick<SyncContext, 'lock'>,
  { packages }: Pick<PlanOptions, 'packages'>,
  closure?: DependencyClosure,
): Promise<(name: PackageName) => boolean> {
  if (packages.length === 0) return () => true;
  const patterns = parsePatterns(packages);
  const matches = (name: PackageName) => matchesAny(patterns, name);
  const dependencies: Required[] = [...(closure?.dependencies ?? [])].map(([name, { via }]) => ({ name, via: [...via] }));
  for await (const { name, rule, via } of lock?.packages() ?? noPackages()) if (rule === null) dependencies.push({ name, via });
  const broughtIn = reachable(dependencies, matches);
  return (name) => matches(name) || broughtIn.has(name);
}

/** @throws PkgsyncError LOCK_MISSING, LOCK_OUTDATED */
export async function assertCurrent({ manifest, lock }: SyncContext): Promise<void> {
  if (lock === undefined) {
    throw new PkgsyncError('LOCK_MISSING', 'there is no lock', { hint: "run 'pkgsync lock' and commit the file" });
  }
  const problems = await outdatedPackages(manifest, lock.packages());
  if (problems.length === 0) return;
  throw new PkgsyncError(
    'LOCK_OUTDATED',
    `the lock does not match ${manifest.path}: ${problems.length} ${problems.length === 1 ? 'package differs' : 'packages differ'}`,
    {
      problems,
      hint: "run 'pkgsync lock' and commit the file",
    },
  );
}

async function* noPackages(): AsyncGenerator<LockPackage> {
  // No lock yet.
}

function warningsByName(warnings: readonly Warning[]): ReadonlyMap<string, readonly Warning[]> {
  const byName = new Map<string, Warning[]>();
  for (const warning of warnings) {
    const known = byName.get(warning.name);
    if (known === undefined) byName.set(warning.name, [warning]);
    else known.push(warning);
  }
  return byName;
}
