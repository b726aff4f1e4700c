import type { CoreMetadata } from '../archive/core-metadata.ts';
import { PkgsyncError, isPkgsyncError, printable } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { EffectiveRule } from '../manifest/manifest.ts';
import { canonicalVersions, versionAlternatives } from '../manifest/rule.ts';
import type { DistributionFile, FileFacts } from '../packaging/distribution-file.ts';
import { couldApply } from '../packaging/marker.ts';
import type { MarkerEnvironment } from '../packaging/marker.ts';
import { isValidName, normalizeName } from '../packaging/name.ts';
import type { PackageName } from '../packaging/name.ts';
import { parseRequirementLenient } from '../packaging/requirement.ts';
import type { Requirement } from '../packaging/requirement.ts';
import { formatSpecifierSet } from '../packaging/specifier.ts';
import { environmentsOf } from '../packaging/target.ts';
import { canonicalVersion } from '../packaging/version.ts';
import type { Warning } from '../plan/plan.ts';

/** A selected file; without `source` it is only in the lock: the source no longer lists it. */
export interface SelectedFile extends FileFacts {
  readonly source?: DistributionFile | undefined;
}

/** Files that a rule selects of one project, and the source they come from; undefined where only the lock still has the project. */
export interface SelectedFiles {
  readonly source: SourceIndex | undefined;
  readonly files: readonly SelectedFile[];
}

/** What the walk asks of its surroundings. */
export interface DependencyWalk {
  /** Files of `name` that `rule` selects, or all that are locked; undefined where neither source nor lock has such a project. */
  select(name: PackageName, rule: EffectiveRule | 'as-locked'): Promise<SelectedFiles | undefined>;
  /** @throws PkgsyncError METADATA_INVALID, ARCHIVE_INVALID (the file's own fault), and what reading throws */
  metadata(source: SourceIndex, file: DistributionFile): Promise<CoreMetadata>;
  /** Dependencies that the lock says this package brought in. */
  lockedRequirements(name: PackageName): readonly PackageName[];
  /** Rule of a package that the manifest names. */
  ruleOf(name: PackageName): EffectiveRule | undefined;
  /** Fields of the default rule that dependencies inherit. */
  readonly defaultRule: EffectiveRule;
}

/** A package that requirements bring in. */
export interface Dependency {
  readonly via: ReadonlySet<PackageName>;
  /** Exact versions, one or more: the newest that each requirement accepts. */
  readonly versions: ReadonlySet<string>;
}

export interface DependencyClosure {
  readonly dependencies: ReadonlyMap<PackageName, Dependency>;
  readonly warnings: readonly Warning[];
}

/** Steps after which a walk is taken for endless: an index could make up new requirements forever. */
const maxSteps = 100_000;

/**
 * Follows Requires-Dist from the roots. Of each requirement the newest version that it accepts is taken: every installer that finds a set of
 * versions by intervals (`>=a,<b`) then finds one among these, since the newest below the lowest upper bound satisfies every lower bound.
 * A package that the manifest names keeps its own rule; a requirement which that rule cannot meet is a warning. Where a file's requirements
 * cannot be read, because the source lost the file or its metadata is broken, what is locked of them stays.
 * @throws PkgsyncError BAD_RESPONSE for requirements without end, and what the walk's functions throw
 */
export async function dependencyClosure(
  roots: readonly { name: PackageName; rule: EffectiveRule }[],
  walk: DependencyWalk,
): Promise<DependencyClosure> {
  const dependencies = new Map<PackageName, { via: Set<PackageName>; versions: Set<string> }>();
  const warnings: Warning[] = [];
  const seen = new Set<string>();
  let frontier: readonly Step[] = roots.map(({ name, rule }) => ({ name, rule, extras: rule.extras ?? [], targets: rule.targets }));
  while (frontier.length > 0) {
    const fresh = frontier.filter((step) => {
      const key = stepKey(step);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    if (seen.size > maxSteps) throw new PkgsyncError('BAD_RESPONSE', `requirements lead on after ${maxSteps} steps: they may be endless`);
    // Level by level: what one level asks for runs at once, and the result does not depend on which answer came first.
    const visits = await Promise.all(fresh.map((step) => visit(step, walk)));
    for (const { step, files } of visits) {
      if (step.via !== undefined && walk.ruleOf(step.name) === undefined) record(dependencies, step.name, step.via, files);
    }
    warnings.push(...visits.flatMap((result) => result.warnings));
    frontier = visits.flatMap((result) => result.next);
  }
  return { dependencies, warnings: distinct(warnings) };
}

interface Visit {
  readonly step: Step;
  readonly files: readonly SelectedFile[];
  readonly next: readonly Step[];
  readonly warnings: readonly Warning[];
}

async function visit(step: Step, walk: DependencyWalk): Promise<Visit> {
  const selected = await walk.select(step.name, step.rule);
  if (selected === undefined || selected.files.length === 0) {
    return { step, files: [], next: [], warnings: step.via === undefined ? [] : [unmet(step, step.via, selected === undefined)] };
  }
  const found = await Promise.all(representatives(selected.files).map((file) => requirementsOf(step, file, selected.source, walk)));
  return { step, files: selected.files, next: found.flatMap(({ next }) => next), warnings: found.flatMap(({ warnings }) => warnings) };
}

async function requirementsOf(step: Step, { filename, source: file }: SelectedFile, source: SourceIndex | undefined, walk: DependencyWalk) {
  if (file === undefined || source === undefined) return asLocked(step, walk, `${filename} is no longer at the source`);
  try {
    return followUps(step, file, await walk.metadata(source, file), walk);
  } catch (error) {
    if (!isPkgsyncError(error, 'METADATA_INVALID', 'ARCHIVE_INVALID')) throw unread(error, step.name, filename);
    return asLocked(step, walk, `the requirements of ${filename} cannot be read (${error.message})`);
  }
}

/** Others may share what this file requires, so that without it nothing can be said of them either. */
function unread(error: unknown, name: PackageName, filename: string): unknown {
  if (!isPkgsyncError(error) || error.code === 'INTERRUPTED' || error.code === 'INTERNAL') return error;
  const { code, message, hint, problems, status, retryable } = error;
  return new PkgsyncError(code, `cannot tell what ${name} depends on without the metadata of ${printable(filename)}: ${message}`, {
    hint,
    problems,
    status,
    retryable: retryable ? 'later' : false,
    cause: error,
  });
}

function asLocked(step: Step, walk: DependencyWalk, because: string): Pick<Visit, 'next' | 'warnings'> {
  const next = walk
    .lockedRequirements(step.name)
    .map((name): Step => ({ name, rule: 'as-locked', extras: [], targets: step.targets, via: step.name, requirement: name }));
  const message = `${because}: ${next.length === 0 ? 'if it requires others, name them in the manifest' : 'what is locked for it stays'}`;
  return { next, warnings: [{ class: 'dependency', name: step.name, message }] };
}

function distinct(warnings: readonly Warning[]): readonly Warning[] {
  return [...new Map(warnings.map((warning) => [`${warning.name} ${warning.message}`, warning])).values()];
}

/** Steps with one key select the same files and lead to the same steps; who required them is part of it, so that `via` is complete. */
function stepKey({ name, rule, extras, targets, via }: Step): string {
  return JSON.stringify([name, rule === 'as-locked' ? null : (rule.version ?? ''), [...extras].sort(), targets ?? null, via ?? null]);
}

interface Step {
  readonly name: PackageName;
  readonly rule: EffectiveRule | 'as-locked';
  readonly extras: readonly string[];
  readonly targets: EffectiveRule['targets'];
  /** The package whose requirement led here, and the requirement; absent for a root. */
  readonly via?: PackageName;
  readonly requirement?: string;
}

function record(
  dependencies: Map<PackageName, { via: Set<PackageName>; versions: Set<string> }>,
  name: PackageName,
  via: PackageName,
  files: readonly SelectedFile[],
): void {
  if (files.length === 0) return;
  const known = dependencies.get(name) ?? { via: new Set(), versions: new Set() };
  known.via.add(via);
  for (const { version } of files) known.versions.add(version);
  dependencies.set(name, known);
}

/**
 * One file per version to read requirements from: one that the source still has; a wheel, because an sdist's are reliable only from metadata 2.2
 * on; best with a companion.
 */
function representatives(files: readonly SelectedFile[]): readonly SelectedFile[] {
  const best = new Map<string, SelectedFile>();
  const rank = ({ source, packageType, coreMetadata }: SelectedFile) =>
    (source === undefined ? 0 : 4) + (packageType === 'bdist_wheel' ? 2 : 0) + (coreMetadata === undefined ? 0 : 1);
  for (const file of files) {
    const key = canonicalVersion(file.version);
    const known = best.get(key);
    if (known === undefined || rank(file) > rank(known)) best.set(key, file);
  }
  return [...best.values()];
}

function followUps(step: Step, file: DistributionFile, metadata: CoreMetadata, walk: DependencyWalk): Pick<Visit, 'next' | 'warnings'> {
  const next: Step[] = [];
  const warnings: Warning[] = [];
  const warn = (message: string) => warnings.push({ class: 'dependency', name: step.name, message });
  const environments = step.targets?.flatMap(environmentsOf);
  if (
    file.packageType === 'sdist' &&
    metadata.requiresDist.length === 0 &&
    (metadata.dynamic.some((field) => field.toLowerCase() === 'requires-dist') || metadata.metadataVersion < '2.2')
  ) {
    warn(`${file.filename} is an sdist that does not tell its requirements before it is built: name them in the manifest`);
  }
  for (const text of metadata.requiresDist) {
    const requirement = readRequirement(text, file.filename, warn);
    if (requirement === undefined) continue;
    if (!applies(requirement, environments, step.extras, file.filename, warn)) continue;
    if (!isValidName(requirement.name)) {
      warn(`${file.filename}: requirement '${text}' is left out: '${requirement.name}' is no valid project name`);
      continue;
    }
    const name = normalizeName(requirement.name);
    if (requirement.url !== undefined) {
      warn(`${file.filename} requires ${requirement.name} from a URL: no index can supply that`);
      continue;
    }
    next.push({
      name,
      rule: dependencyRule(walk, name, formatSpecifierSet(requirement.specifier)),
      extras: requirement.extras,
      targets: step.targets,
      via: step.name,
      requirement: text,
    });
  }
  return { next, warnings };
}

function readRequirement(text: string, filename: string, warn: (message: string) => void): Requirement | undefined {
  try {
    const { requirement, repairs } = parseRequirementLenient(text);
    if (repairs.length > 0) warn(`${filename}: requirement '${text}' is not valid and was repaired (${repairs.join(', ')})`);
    return requirement;
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    warn(`${filename}: requirement '${text}' cannot be read and is left out: ${error.message}`);
    return undefined;
  }
}

/** Whether the marker can hold for a declared target; one that compares what cannot be compared leaves the requirement in, with a warning. */
function applies(
  { marker }: Requirement,
  environments: readonly MarkerEnvironment[] | undefined,
  extras: readonly string[],
  filename: string,
  warn: (message: string) => void,
): boolean {
  if (marker === undefined) return true;
  try {
    return couldApply(marker, environments, extras);
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    warn(`${filename}: ${error.message}; the requirement is followed whatever the target`);
    return true;
  }
}

/** The newest version that the requirement accepts, under the manifest's own rule where it names the package. */
function dependencyRule(walk: DependencyWalk, name: PackageName, specifier: string): EffectiveRule {
  const own = walk.ruleOf(name);
  const base = own ?? walk.defaultRule;
  const version = canonicalVersions(
    versionAlternatives(own ?? {}).map((alternative) => [alternative, specifier].filter((text) => text !== '').join(',')),
  );
  const one = { version, latest: 1, latestPer: undefined };
  return { ...base, ...one, dependencies: undefined, extras: undefined };
}

/** Told of the package that requires it: the required one is no part of the plan. */
function unmet(step: Step, via: PackageName, absent: boolean): Warning {
  const why = absent ? 'the source has no such project' : 'no file that the rules admit satisfies it';
  return { class: 'dependency', name: via, message: `${via} requires ${step.requirement ?? step.name}: ${why}` };
}
