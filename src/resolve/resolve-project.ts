import type { LockEntry, LockPackage, TombstoneReason } from '../lockfile/lock.ts';
import type { EffectiveRule } from '../manifest/manifest.ts';
import { compareDigests, strongestDigest } from '../packaging/digest.ts';
import type { DistributionFile, PackageType, Project } from '../packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { ParsedFilename } from '../packaging/filename.ts';
import { compareText } from '../packaging/name.ts';
import type { PackageName } from '../packaging/name.ts';
import { canonicalVersion } from '../packaging/version.ts';
import type { LockChange, Warning } from '../plan/plan.ts';
import { entryOf, factsOf, refreshed, sameEntry, yankedEntry } from './entry.ts';
import { misreadPythons } from './requires-python.ts';
import { select } from './select.ts';
import type { Candidate, Exclusion, ExclusionReason, Selection } from './selection.ts';

/**
 * How a project is resolved. `keep`: its rule is as locked, what is locked stays. `choose`: its rule is new or changed. `upgrade`: newer
 * releases are taken under an unchanged rule. `frozen`: the lock is read only.
 */
export type ResolveMode = 'keep' | 'choose' | 'upgrade' | 'frozen';

export interface ResolveInput {
  readonly name: PackageName;
  readonly rule: EffectiveRule | null;
  /** Rule by which a dependency's files are chosen; for a package of the manifest the same as `rule`. */
  readonly selectionRules: readonly EffectiveRule[];
  readonly via?: readonly PackageName[] | undefined;
  readonly sourceName?: string | undefined;
  /** The source's page; undefined where the source does not know the project. */
  readonly project: Project | undefined;
  readonly locked: LockPackage | undefined;
  readonly mode: ResolveMode;
  /** Milliseconds since the epoch. */
  readonly asOf: number;
  /** Locked names whose new bytes at the source are taken (`lock --accept`). */
  readonly accept?: ReadonlySet<string> | undefined;
  /** The policy's verdict on a file that would be new to the lock: why it may not enter, or undefined. */
  readonly veto?: ((file: DistributionFile) => string | undefined) | undefined;
}

/** A selected file that a gate keeps out of the lock. */
export interface VetoedFile {
  readonly file: DistributionFile;
  readonly because: string;
}

/** The state that the lock shall have for one project, and how it came to that. */
export interface ResolvedProject {
  readonly name: PackageName;
  readonly locked: LockPackage;
  readonly changes: readonly LockChange[];
  /** The source's listing by filename: what can be fetched, and what its digests are now. */
  readonly sourceFiles: ReadonlyMap<string, DistributionFile>;
  readonly excluded: readonly Exclusion[];
  readonly vetoed: readonly VetoedFile[];
  readonly warnings: readonly Warning[];
}

/**
 * Decides the entries of one project from its rule, its lock entries and the source's page. Files that the source dropped, yanked or
 * quarantined after locking stay; only a changed rule, or `latest` moving on under an upgrade, makes tombstones.
 */
export function resolveProject(input: ResolveInput): ResolvedProject {
  const sourceFiles = new Map((input.project?.files ?? []).map((file) => [file.filename, file]));
  const entries = new Map((input.locked?.files ?? []).map((entry) => [entry.filename, entry]));
  const warnings: Warning[] = [];
  const warn = (warning: Warning['class'], message: string) => warnings.push({ class: warning, name: input.name, message });
  const candidates = candidatesOf(input, sourceFiles, entries);
  const selection = selectAny(input, candidates);
  const verdicts: Verdicts = {
    selected: new Set(selection.selected.map(({ filename }) => filename)),
    excluded: new Map(selection.excluded.map(({ filename, because }) => [filename, because])),
  };
  const vetoed: VetoedFile[] = [];
  const changes: LockChange[] = [];
  const next = new Map<string, LockEntry>();

  for (const entry of entries.values()) {
    const source = sourceFiles.get(entry.filename);
    const outcome = nextEntry(input, entry, source, verdicts);
    next.set(entry.filename, outcome.entry);
    if (outcome.change !== undefined) changes.push({ ...outcome.change, name: input.name, entry: outcome.entry });
    reportNews(entry, source, input, warn);
  }
  const newer: Candidate[] = [];
  for (const candidate of selection.selected) {
    const known = entries.get(candidate.filename);
    if (known !== undefined || candidate.source === undefined) continue;
    if (input.mode === 'keep' || input.mode === 'frozen') {
      newer.push(candidate);
      continue;
    }
    const veto = input.veto?.(candidate.source);
    if (veto !== undefined) {
      vetoed.push({ file: candidate.source, because: veto });
      continue;
    }
    const entry = entryOf(candidate.source);
    next.set(entry.filename, entry);
    changes.push({ kind: 'add', name: input.name, entry });
  }
  if (newer.length > 0) warn('newer-release', newerSentence(newer));
  const added = [...next.values()].filter(({ filename }) => !entries.has(filename));
  reportUnjudged(input, added, warn);
  if (input.selectionRules.some(({ targets }) => targets !== undefined)) {
    const outside = selection.excluded.filter(({ because }) => because === 'requires-python');
    const judged = [...added, ...outside.flatMap(({ filename }) => sourceFiles.get(filename) ?? [])];
    for (const sentence of misreadPythons(judged)) warn('selection', sentence);
  }
  reportProject(input, warn);

  const files = [...next.values()].sort((a, b) => compareText(a.filename, b.filename));
  return {
    name: input.name,
    locked: { name: input.name, rule: input.rule, via: input.via, source: input.sourceName, files },
    changes: changes.sort((a, b) => compareText(a.entry.filename, b.entry.filename)),
    sourceFiles,
    excluded: selection.excluded,
    vetoed,
    warnings,
  };
}

interface Verdicts {
  readonly selected: ReadonlySet<string>;
  readonly excluded: ReadonlyMap<string, ExclusionReason>;
}

function candidatesOf(
  input: ResolveInput,
  sourceFiles: ReadonlyMap<string, DistributionFile>,
  entries: ReadonlyMap<string, LockEntry>,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const file of sourceFiles.values()) {
    const parsed = parseDistributionFilename(file.filename, input.name);
    if (!isDistribution(parsed)) continue;
    const entry = entries.get(file.filename);
    candidates.push({ ...file, parsed, locked: entry !== undefined && entry.removed === undefined, source: file });
  }
  for (const entry of entries.values()) {
    if (sourceFiles.has(entry.filename) || entry.removed !== undefined) continue;
    const parsed = parseDistributionFilename(entry.filename, input.name);
    if (isDistribution(parsed)) candidates.push({ ...factsOf(entry, parsed.packageType), parsed, locked: true });
  }
  return candidates;
}

/** A file counts as selected when one of the rules selects it; it is excluded when none does, for the last rule's reason. */
function selectAny(input: ResolveInput, candidates: readonly Candidate[]): Selection {
  const selections = input.selectionRules.map((rule) => select(rule, candidates, input.asOf));
  if (selections.length === 1 && selections[0] !== undefined) return selections[0];
  const selected = new Set(selections.flatMap((selection) => selection.selected));
  const names = new Set([...selected].map(({ filename }) => filename));
  const excluded = new Map(selections.flatMap((selection) => selection.excluded).map((exclusion) => [exclusion.filename, exclusion]));
  return {
    selected: candidates.filter((candidate) => selected.has(candidate)),
    excluded: [...excluded.values()].filter(({ filename }) => !names.has(filename)),
  };
}

interface NextEntry {
  readonly entry: LockEntry;
  readonly change?: Pick<LockChange, 'kind' | 'detail'>;
}

function nextEntry(input: ResolveInput, entry: LockEntry, source: DistributionFile | undefined, verdicts: Verdicts): NextEntry {
  if (input.mode === 'frozen') return { entry };
  if (entry.removed !== undefined) return revivedOrDead(input, entry, verdicts);
  const tombstone = input.mode === 'keep' ? undefined : retirement(input, entry, verdicts);
  if (tombstone !== undefined) return { entry: { ...entry, removed: tombstone }, change: { kind: 'tombstone', detail: tombstone } };
  const accepted =
    source !== undefined && input.accept?.has(entry.filename) === true && compareDigests(entry.hashes, source.hashes) === 'different';
  if (accepted) {
    return {
      entry: entryOf(source),
      change: { kind: 'add', detail: `accepted in place of ${strongestDigest(entry.hashes) ?? 'no digest'}` },
    };
  }
  if (source === undefined) return { entry };
  const next = refreshed(entry, source);
  if (sameEntry(entry, next)) return { entry };
  return { entry: next, change: { kind: 'enrich', ...(next.yanked === entry.yanked ? {} : { detail: yankNews(next) }) } };
}

function revivedOrDead(input: ResolveInput, entry: LockEntry, verdicts: Verdicts): NextEntry {
  const wanted = input.mode !== 'keep' && verdicts.selected.has(entry.filename);
  if (!wanted) return { entry };
  return {
    entry: { ...entry, removed: undefined },
    change: { kind: 'revive', ...(entry.removed === undefined ? {} : { detail: entry.removed }) },
  };
}

/** Why a live entry leaves, or undefined where it stays. */
function retirement(input: ResolveInput, entry: LockEntry, verdicts: Verdicts): TombstoneReason | undefined {
  const because = verdicts.excluded.get(entry.filename);
  if (because === undefined) return undefined;
  if (because === 'latest') return 'superseded';
  return input.mode === 'choose' ? 'rule-changed' : undefined;
}

function yankNews(entry: LockEntry): string {
  if (entry.yanked === undefined) return 'no longer yanked';
  return entry.yanked === true ? 'yanked' : `yanked: ${entry.yanked}`;
}

type Warn = (warning: Warning['class'], message: string) => void;

function reportNews(entry: LockEntry, source: DistributionFile | undefined, input: ResolveInput, warn: Warn): void {
  if (entry.removed !== undefined) return;
  if (source === undefined) {
    if (input.project !== undefined) warn('source-vanished', `${entry.filename} is no longer at the source; it stays locked`);
    return;
  }
  const yanked = yankedEntry(source.yanked);
  if (yanked !== undefined && entry.yanked === undefined) {
    warn('yanked-upstream', `${entry.filename} was yanked at the source${yanked === true ? '' : `: ${yanked}`}; it stays locked`);
  }
}

function reportProject(input: ResolveInput, warn: Warn): void {
  const { project, locked } = input;
  const live = locked?.files.filter((entry) => entry.removed === undefined).length ?? 0;
  if (project === undefined) {
    if (live > 0)
      warn(
        'source-vanished',
        `the source no longer has this project; ${live === 1 ? 'its locked file stays' : `its ${live} locked files stay`}`,
      );
    return;
  }
  if (project.status.status !== 'active') {
    warn(
      'project-status',
      `the source marks this project as ${project.status.status}${project.status.reason === undefined ? '' : `: ${project.status.reason}`}`,
    );
  }
  for (const message of project.warnings) warn('page', message);
  // Told where files are chosen; a locked package has heard it before.
  if (input.mode === 'choose' || input.mode === 'upgrade') reportSkipped(project, warn);
}

/** Files of the page that are no distributions, by reason: the first few names are enough to look them up. */
function reportSkipped({ skipped }: Project, warn: Warn): void {
  const byReason = new Map<string, string[]>();
  for (const { filename, because } of skipped) {
    const known = byReason.get(because);
    if (known === undefined) byReason.set(because, [filename]);
    else known.push(filename);
  }
  for (const [because, filenames] of byReason) {
    const more = filenames.length > 3 ? ` and ${filenames.length - 3} more` : '';
    warn('skipped-file', `left out as ${because}: ${filenames.slice(0, 3).join(', ')}${more}`);
  }
}

/** Filters let pass what the source does not publish; nobody should believe that it was judged. */
function reportUnjudged({ selectionRules }: ResolveInput, added: readonly LockEntry[], warn: Warn): void {
  const undated = added.filter(({ uploadTime }) => uploadTime === undefined);
  if (undated.length > 0 && selectionRules.some(({ minAge }) => minAge !== undefined))
    warn('selection', `${passed(undated)} minAge unjudged: the source publishes no upload time`);
  const unmeasured = added.filter(({ size }) => size === undefined);
  if (unmeasured.length > 0 && selectionRules.some(({ maxFileSize }) => maxFileSize !== undefined))
    warn('selection', `${passed(unmeasured)} maxFileSize unjudged: the source publishes no size`);
}

function passed([first, ...others]: readonly LockEntry[]): string {
  const name = first?.filename ?? '';
  return others.length === 0 ? `${name} passes` : `${name} and ${others.length} more ${others.length === 1 ? 'file' : 'files'} pass`;
}

function newerSentence(newer: readonly Candidate[]): string {
  const releases = new Set(newer.map(({ version }) => canonicalVersion(version))).size;
  const files = newer.length === 1 ? '1 more file matches' : `${newer.length} more files match`;
  return `${files} at the source (${releases === 1 ? '1 release' : `${releases} releases`}): --upgrade takes ${newer.length === 1 ? 'it' : 'them'}`;
}

/** Live entries of a package with what their filenames say. */
export function liveFiles(locked: LockPackage): readonly { entry: LockEntry; parsed: ParsedFilename; packageType: PackageType }[] {
  return locked.files.flatMap((entry) => {
    if (entry.removed !== undefined) return [];
    const parsed = parseDistributionFilename(entry.filename, locked.name);
    return isDistribution(parsed) ? [{ entry, parsed, packageType: parsed.packageType }] : [];
  });
}
