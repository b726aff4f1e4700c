import { sameRule } from '../manifest/rule.ts';
import type { DestinationProject } from '../destinations/destination.ts';
import { PkgsyncError, isPkgsyncError } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { inspectProject, belongsAt } from '../inspect/inspect.ts';
import type { Inspection } from '../inspect/inspect.ts';
import { inheritedCounts, inheritedSentence } from '../inspect/inherited.ts';
import { hashBytes } from '../io/hashing.ts';
import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import { matchesAny, parsePatterns } from '../manifest/match.ts';
import { compareDigests, hasDigest } from '../packaging/digest.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';
import { distributionKey } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { changedDigest, diffProject, inReadingOrder } from '../plan/diff.ts';
import type { WantedEntry } from '../plan/diff.ts';
import type { Action, InheritedHere, LeftOut, LockChange, Problem, ProjectPlan, Warning } from '../plan/plan.ts';
import { factsOf } from '../resolve/entry.ts';
import type { Veto } from '../resolve/policy.ts';
import { liveFiles, resolveProject } from '../resolve/resolve-project.ts';
import type { ExclusionReason } from '../resolve/selection.ts';
import type { ResolveMode, ResolvedProject } from '../resolve/resolve-project.ts';
import { findProject, isLockedSourceAllowed, recordedSource, sourcesFor } from '../resolve/sources.ts';
import type { ConnectedDestination, PlanOptions, SyncContext } from './context.ts';
import { isUpgraded } from './names.ts';
import type { ProjectTask } from './names.ts';
import { unsatisfied } from './satisfied.ts';

/** What planning one project needs besides the context. */
export interface ProjectPlanner {
  readonly context: SyncContext;
  readonly options: PlanOptions;
  readonly veto: Veto;
  /** All destinations of the manifest are looked at, so a tombstone that none of them shows is finished. */
  readonly seesEveryDestination: boolean;
  /** Whether the run is about this project: all are, unless `--package` narrows it. */
  readonly covers: (name: PackageName) => boolean;
  /** Bounds the files that are read at once. */
  readonly files: <T>(task: () => Promise<T>) => Promise<T>;
}

/** Plans one project: source → lock state → listings → actions. A listing that fails blocks this project and no other. */
export async function planProject(planner: ProjectPlanner, task: ProjectTask): Promise<ProjectPlan> {
  const { context, options } = planner;
  if (!planner.covers(task.name)) return untouched(task);
  const [resolution, inspections] = await Promise.all([
    resolveTask(planner, task),
    Promise.all(context.destinations.map(({ live }) => inspectProject(live, task.name, options.signal, { inherited: true }))),
  ]);
  if (resolution instanceof PkgsyncError) return failedAtSource(planner, task, resolution);
  const { resolved, source } = resolution;
  const problems = problemsOf(task, resolution, options);
  const actions: Action[] = [];
  const warnings: Warning[] = [...resolved.warnings];
  const inherited: InheritedHere[] = [];
  const legacy = legacyDigests(task.name, source, options, warnings);
  for (const [index, connected] of context.destinations.entries()) {
    const inspection = inspections[index];
    if (inspection === undefined) continue;
    const here = [
      ...(await actionsAt(planner, task, resolved, legacy, connected, inspection)),
      ...problems.flatMap((problem) => blockedBy(problem, connected.config.name, resolved)),
    ];
    actions.push(...here.sort(inReadingOrder));
    for (const message of inspection.listing?.warnings ?? []) warnings.push({ class: 'page', name: task.name, message });
    if (inspection.listing?.inherited === undefined) continue;
    const sentence = inheritedSentence(inspection.listing, connected.live.address);
    if (sentence !== undefined) warnings.push({ class: 'inherited', name: task.name, message: sentence });
    inherited.push(inheritedHere(connected.config.name, inspection.listing));
  }
  const dropped = planner.seesEveryDestination && !options.locked ? finishedTombstones(resolved.locked, inspections) : [];
  const locked = stateAfter(task, resolved.locked, dropped, options);
  return {
    name: task.name,
    actions,
    lock: [...withoutDropped(resolved.changes, dropped), ...dropped],
    before: task.locked,
    locked,
    ruleChanged: !options.locked && !samePackage(task.locked, locked),
    warnings,
    ...(inherited.length > 0 && { inherited }),
    leftOut: task.byAll ? leftOut(resolved) : undefined,
    problems,
    complete: inspections.every(({ failed }) => failed === undefined),
  };
}

function inheritedHere(destination: string, listing: DestinationProject): InheritedHere {
  const counts = inheritedCounts(listing);
  return { destination, own: listing.files.length, files: listing.inherited?.length ?? 0, from: counts.map(([from]) => from) };
}

/** A project that `--package` leaves out: it keeps its lock entries and has no actions. */
function untouched(task: ProjectTask): ProjectPlan {
  return {
    name: task.name,
    actions: [],
    lock: [],
    before: task.locked,
    locked: task.locked,
    ruleChanged: false,
    warnings: [],
    problems: [],
    complete: true,
    untouched: true,
  };
}

function failedAtSource({ context }: ProjectPlanner, task: ProjectTask, error: PkgsyncError): ProjectPlan {
  const problem: Problem = {
    reason: 'listing-failed',
    detail: `source: ${error.message}`,
    errorCode: error.code,
    retryable: error.retryable,
    hint: error.hint,
  };
  const actions = context.destinations.flatMap(({ config }) => blockedBy(problem, config.name, { name: task.name, vetoed: [] }));
  return {
    name: task.name,
    actions,
    lock: [],
    before: task.locked,
    locked: task.locked,
    ruleChanged: false,
    warnings: [],
    problems: [problem],
    complete: false,
  };
}

interface Resolution {
  readonly resolved: ResolvedProject;
  readonly source: SourceIndex | undefined;
}

/** Reads the source's page where one is needed and decides the lock's entries; an error of the source comes back as a value. */
async function resolveTask(planner: ProjectPlanner, task: ProjectTask): Promise<Resolution | PkgsyncError> {
  const { context, options } = planner;
  if (task.kind === 'departed' || task.kind === 'listed') return { resolved: departed(task, options), source: undefined };
  try {
    const configs = sourcesFor(context.manifest.sources, task.name, { rule: task.rule?.source, locked: task.locked?.source });
    const sourced = await findProject(configs, context.sources, task.name, options.signal);
    const resolved = resolveProject({
      name: task.name,
      rule: task.rule,
      selectionRules: task.selectionRules,
      via: task.via,
      sourceName: options.locked ? task.locked?.source : (recordedSource(context.manifest.sources, sourced?.source) ?? task.locked?.source),
      project: sourced?.project,
      locked: task.locked,
      mode: modeOf(task, context, options),
      asOf: options.asOf,
      accept: options.accept,
      veto: planner.veto,
    });
    if (sourced === undefined) return { resolved, source: undefined };
    return { resolved: await withDigests(planner, resolved, sourced.source), source: sourced.source };
  } catch (error) {
    if (!isPkgsyncError(error) || error.code === 'INTERRUPTED' || error.code === 'INTERNAL') throw error;
    return error;
  }
}

/** How the project is resolved: only a new or changed rule, entries that it does not allow, or an upgrade look for files. */
export function resolveMode(task: ProjectTask, options: PlanOptions): ResolveMode {
  if (options.locked) return 'frozen';
  if (task.locked === undefined || task.locked.files.every((entry) => entry.removed !== undefined)) return 'choose';
  if (task.rule === null || task.locked.rule === null)
    return task.rule === task.locked.rule && task.selectionRules.length === 0 ? 'keep' : 'choose';
  // Lines that were edited or merged in are put right by choosing anew; nothing that happens at a source leads here.
  if (!sameRule(task.rule, task.locked.rule) || unsatisfied(task.locked, task.rule) !== undefined) return 'choose';
  return isUpgraded(options, task.name) ? 'upgrade' : 'keep';
}

/** A package whose recorded source may no longer supply it is chosen anew. */
function modeOf(task: ProjectTask, { manifest }: SyncContext, options: PlanOptions): ResolveMode {
  const mode = resolveMode(task, options);
  return mode === 'keep' && !isLockedSourceAllowed(manifest.sources, task.name, task.rule?.source, task.locked?.source) ? 'choose' : mode;
}

/** A package that nobody wants any more: its live entries become tombstones. */
function departed(task: ProjectTask, options: PlanOptions): ResolvedProject {
  const old: LockPackage = task.locked ?? { name: task.name, rule: null, files: [] };
  const changes: LockChange[] = [];
  const files = old.files.map((entry): LockEntry => {
    if (options.locked || entry.removed !== undefined) return entry;
    const dead: LockEntry = { ...entry, removed: 'package-removed' };
    changes.push({ kind: 'tombstone', name: task.name, entry: dead, detail: 'package-removed' });
    return dead;
  });
  return { name: task.name, locked: { ...old, files }, changes, sourceFiles: new Map(), excluded: [], vetoed: [], warnings: [] };
}

/** Where the source offers no digest at all, the file is fetched to hash it: the lock never holds a name without a digest. */
async function withDigests({ options, files }: ProjectPlanner, resolved: ResolvedProject, source: SourceIndex): Promise<ResolvedProject> {
  const bare = new Map<string, LockEntry>();
  await Promise.all(
    resolved.changes.map(async ({ kind, entry }) => {
      const file = resolved.sourceFiles.get(entry.filename);
      if (kind !== 'add' || file === undefined || hasDigest(entry.hashes)) return;
      const { size, hashes } = await files(() => hashBytes(source.open(file).read({ signal: options.signal })));
      bare.set(entry.filename, { ...entry, size, hashes });
    }),
  );
  if (bare.size === 0) return resolved;
  const complete = (entry: LockEntry): LockEntry => bare.get(entry.filename) ?? entry;
  return {
    ...resolved,
    locked: { ...resolved.locked, files: resolved.locked.files.map(complete) },
    changes: resolved.changes.map((change) => ({ ...change, entry: complete(change.entry) })),
  };
}

/**
 * What keeps the lock from its wanted state: vetoes of the policy, other bytes at the source, and a package of the manifest that comes out
 * empty, because a misspelt name or a specifier that nothing matches must not pass silently.
 */
function problemsOf(task: ProjectTask, { resolved, source }: Resolution, options: PlanOptions): readonly Problem[] {
  const problems: Problem[] = resolved.vetoed.map(({ file, because }) => ({ reason: 'policy', detail: because, filename: file.filename }));
  const live = resolved.locked.files.filter((entry) => entry.removed === undefined);
  for (const entry of live) {
    const file = resolved.sourceFiles.get(entry.filename);
    if (file === undefined || compareDigests(entry.hashes, file.hashes) !== 'different') continue;
    problems.push({ reason: 'source-digest-changed', detail: changedDigest(entry.hashes, file.hashes), filename: entry.filename });
  }
  if (options.locked || task.kind !== 'package' || task.byAll || resolved.vetoed.length > 0 || live.length > 0) return problems;
  if (source === undefined) return [...problems, { reason: 'source-missing', detail: 'the source has no such project' }];
  const listed = resolved.sourceFiles.size;
  const detail =
    listed === 0 ? 'the source lists no files of it' : `none of the ${listed} files at the source is selected${mainReason(resolved)}`;
  return [...problems, { reason: 'nothing-selected', detail }];
}

/** Who asks for all of an index should know what "all" does not mean. */
function leftOut({ excluded }: ResolvedProject): LeftOut {
  const count = (reason: ExclusionReason): number => excluded.filter(({ because }) => because === reason).length;
  return { yanked: count('yanked'), prereleases: count('prerelease') };
}

/** The problem as an action at one destination; changed digests are found again by the comparison there. */
function blockedBy(problem: Problem, destination: string, { name, vetoed }: Pick<ResolvedProject, 'name' | 'vetoed'>): readonly Action[] {
  const { reason, detail, errorCode, retryable, hint, filename } = problem;
  if (reason === 'source-digest-changed') return [];
  const file = vetoed.find((veto) => veto.file.filename === filename)?.file;
  return [
    {
      destination,
      name,
      kind: 'blocked',
      reason,
      detail,
      ...(errorCode === undefined ? {} : { errorCode }),
      ...(retryable === undefined ? {} : { retryable }),
      ...(hint === undefined ? {} : { hint }),
      ...(file === undefined ? {} : { file }),
    },
  ];
}

function mainReason({ excluded }: ResolvedProject): string {
  const counts = new Map<string, number>();
  for (const { because } of excluded) counts.set(because, (counts.get(because) ?? 0) + 1);
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([because, count]) => `${because} leaves out ${count}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

async function actionsAt(
  planner: ProjectPlanner,
  task: ProjectTask,
  resolved: ResolvedProject,
  legacy: LegacyDigests,
  { config, live }: ConnectedDestination,
  inspection: Inspection,
): Promise<readonly Action[]> {
  if (inspection.failed !== undefined) {
    const { message: detail, code: errorCode, retryable, hint } = inspection.failed;
    const about = { detail, errorCode, retryable, ...(hint === undefined ? {} : { hint }) };
    return [{ destination: config.name, name: task.name, kind: 'blocked', reason: 'listing-failed', ...about }];
  }
  const { manifest } = planner.context;
  const belongs = belongsAt(config, task.name, task.rule);
  const wanted: readonly WantedEntry[] = liveFiles(resolved.locked)
    .filter(({ entry }) => belongs(entry.version))
    .map(({ entry, packageType }) => ({ facts: factsOf(entry, packageType), source: resolved.sourceFiles.get(entry.filename) }));
  const compare = (entries: readonly WantedEntry[]) =>
    diffProject({
      destination: {
        name: config.name,
        traits: live.traits,
        prune: config.prune,
        refuses: (file) => live.refuses(file),
        removalKeys: live.removalKeys,
      },
      name: task.name,
      wanted: entries,
      tombstones: resolved.locked.files.filter((entry) => entry.removed !== undefined),
      listing: inspection.listing,
      unmanaged: matchesAny(parsePatterns(manifest.unmanaged), task.name),
      named: task.kind === 'package' || task.kind === 'dependency',
      onMismatch: manifest.onMismatch,
    });
  const actions = compare(wanted);
  if (!actions.some(({ reason }) => reason === 'no-common-digest')) return actions;
  const more = await legacy();
  return more.size === 0 ? actions : compare(wanted.map((entry) => withLegacyDigests(entry, more.get(entry.facts.filename))));
}

/** More digests by filename, asked for once and only where a destination needs them. */
type LegacyDigests = () => Promise<ReadonlyMap<string, DistributionFile['hashes']>>;

/** A source that does not answer here leaves files unverifiable; that is no reason to fail. */
function legacyDigests(name: PackageName, source: SourceIndex | undefined, { signal }: PlanOptions, warnings: Warning[]): LegacyDigests {
  let asked: ReturnType<LegacyDigests> | undefined;
  const ask: LegacyDigests = async () => {
    try {
      return (await source?.legacyDigests(name, signal)) ?? new Map();
    } catch (error) {
      if (!isPkgsyncError(error) || error.code === 'INTERRUPTED' || error.code === 'INTERNAL') throw error;
      warnings.push({ class: 'page', name, message: `more digests could not be read: ${error.message}` });
      return new Map();
    }
  };
  return () => (asked ??= ask());
}

/** Digests from the legacy JSON count only beside a sha256 that equals the approved one. */
function withLegacyDigests(entry: WantedEntry, more: DistributionFile['hashes'] | undefined): WantedEntry {
  if (more === undefined || compareDigests(more, entry.facts.hashes) !== 'same') return entry;
  return { ...entry, facts: { ...entry.facts, hashes: { ...more, ...entry.facts.hashes } } };
}

/** Tombstones of files that no destination has any more, under whatever spelling. */
export function finishedTombstones(locked: LockPackage, inspections: readonly Inspection[]): readonly LockChange[] {
  const dead = locked.files.filter((entry) => entry.removed !== undefined);
  if (dead.length === 0) return [];
  const present = new Set<string>();
  for (const { listing } of inspections) {
    if (listing === undefined) return [];
    for (const { filename } of listing.files) present.add(filename).add(distributionKey(filename, locked.name) ?? filename);
  }
  return dead
    .filter(({ filename }) => !present.has(filename) && !present.has(distributionKey(filename, locked.name) ?? filename))
    .map((entry) => ({ kind: 'drop', name: locked.name, entry, detail: 'absent everywhere' }));
}

/** What is dropped at once needs no tombstone first. */
function withoutDropped(changes: readonly LockChange[], dropped: readonly LockChange[]): readonly LockChange[] {
  const gone = new Set(dropped.map(({ entry }) => entry.filename));
  return changes.filter(({ entry }) => !gone.has(entry.filename));
}

/** The package as the lock shall hold it; undefined where nothing of it is left. */
function stateAfter(task: ProjectTask, locked: LockPackage, dropped: readonly LockChange[], options: PlanOptions): LockPackage | undefined {
  if (options.locked) return task.locked;
  const gone = new Set(dropped.map(({ entry }) => entry.filename));
  const files = locked.files.filter((entry) => !gone.has(entry.filename));
  return files.length === 0 ? undefined : { ...locked, files };
}

function samePackage(before: LockPackage | undefined, after: LockPackage | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  const sameRules = before.rule === null || after.rule === null ? before.rule === after.rule : sameRule(before.rule, after.rule);
  return sameRules && before.source === after.source && JSON.stringify(before.via ?? []) === JSON.stringify(after.via ?? []);
}
