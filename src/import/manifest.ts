import { isAbsolute, relative, resolve } from 'node:path';
import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { newManifest } from '../manifest/init.ts';
import { parseManifest } from '../manifest/load.ts';
import { isUrl } from '../manifest/location.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { namedTargets } from '../manifest/rule.ts';
import type { WrittenRule, WrittenTarget } from '../manifest/written.ts';
import { couldApply, type MarkerEnvironment, parseMarker } from '../packaging/marker.ts';
import { isExactPin, parseSpecifierSet } from '../packaging/specifier.ts';
import { environmentsOf } from '../packaging/target.ts';
import { type CombinedRequirement, combineRequirements } from './combine.ts';
import type { Imported, ImportedRequirement, ImportedSource, SkippedEntry } from './imported.ts';

/** Where packages come from when neither the input nor the user says. */
export const defaultSource = 'https://pypi.org/simple/';

export interface ImportedManifestOptions {
  /** In place of every source that the input names. */
  readonly source?: string | undefined;
  readonly destination: string;
  /** By name. Empty: every environment. */
  readonly targets: Readonly<Record<string, WrittenTarget>>;
  /** What to call the manifest in messages. */
  readonly path: string;
  /** Absolute folder in which the manifest will lie. */
  readonly folder: string;
  /** Absolute folder in which the input lies; undefined where it came from a URL. */
  readonly inputFolder: string | undefined;
}

export interface ImportedManifest {
  readonly text: string;
  readonly manifest: Manifest;
  readonly skipped: readonly SkippedEntry[];
  readonly notes: readonly string[];
}

/**
 * The manifest that an input amounts to. It has been through the manifest's own rules.
 * @throws PkgsyncError IMPORT_INVALID where nothing is left or no version can satisfy the input, MANIFEST_INVALID for a source, destination or target that is none
 */
export function importedManifest(imported: Imported, options: ImportedManifestOptions): ImportedManifest {
  const skipped: SkippedEntry[] = [];
  const notes: string[] = [];
  const judged = judgeMarkers(imported, options.targets, skipped, notes);
  const { combined, notes: combining } = combineRequirements({ ...judged, combine: imported.combine });
  notes.push(...combining);
  const wanted = combined.filter((one) => isReachable(one, options, skipped));
  if (wanted.length === 0) throw nothingLeft([...imported.skipped, ...skipped]);
  const sources = namedSources(imported.sources, options, skipped, notes);
  const packages = Object.fromEntries(wanted.map((one) => [one.name, writtenRule(one, sources, imported.prereleases, notes)]));
  const targets = Object.keys(options.targets).length === 0 ? undefined : options.targets;
  const text = newManifest({ ...writtenSources(sources), destination: options.destination, packages, targets });
  const manifest = parseManifest(text, { path: options.path, folder: options.folder });
  noteLoose(wanted, notes);
  noteOrder(wanted, sources, notes);
  return { text, manifest, skipped, notes };
}

/** With targets a marker that holds for none of them takes its requirement away; without, every requirement counts. */
function judgeMarkers(
  { requirements, constraints }: Imported,
  written: ImportedManifestOptions['targets'],
  skipped: SkippedEntry[],
  notes: string[],
): Pick<Imported, 'requirements' | 'constraints'> {
  const environments = namedTargets(written).flatMap(({ target }) => environmentsOf(target));
  if (environments.length === 0) {
    const marked = new Set(requirements.filter(({ marker }) => marker !== undefined).map(({ name }) => name));
    if (marked.size > 0)
      notes.push(
        `${marked.size === 1 ? '1 package has' : `${marked.size} packages have`} a marker and ${marked.size === 1 ? 'is' : 'are'} taken for every environment: --target decides for declared ones`,
      );
    return { requirements, constraints };
  }
  return {
    requirements: requirements.filter((one) => {
      if (holds(one, environments, notes)) return true;
      skipped.push({ what: one.name, because: `its marker holds for no target: ${printable(one.marker ?? '')}`, where: one.where });
      return false;
    }),
    constraints: constraints.filter((one) => holds(one, environments, notes)),
  };
}

function holds({ name, marker, where }: ImportedRequirement, environments: readonly MarkerEnvironment[], notes: string[]): boolean {
  if (marker === undefined) return true;
  try {
    return couldApply(parseMarker(marker), environments, []);
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    notes.push(`${where}: the marker of ${name} cannot be judged (${error.message}): it is taken for every target`);
    return true;
  }
}

function isReachable(
  { name, sourceProblem, where }: CombinedRequirement,
  { source }: ImportedManifestOptions,
  skipped: SkippedEntry[],
): boolean {
  if (sourceProblem === undefined || source !== undefined) return true;
  skipped.push({ what: name, because: `its index cannot be used here: ${sourceProblem}`, where: where[0] ?? '' });
  return false;
}

interface NamedSource {
  readonly name: string;
  /** As the manifest writes it. */
  readonly written: string;
  /** As the input's requirements name it. */
  readonly location: string;
}

function namedSources(
  found: readonly ImportedSource[],
  { source, folder, inputFolder }: ImportedManifestOptions,
  skipped: SkippedEntry[],
  notes: string[],
): readonly NamedSource[] {
  if (source !== undefined) {
    for (const { location } of found) notes.push(`the index ${printable(location)} is not used: --source names another`);
    return [{ name: 'default', written: source, location: source }];
  }
  const names = new Set<string>();
  const sources = found.flatMap(({ location, name, where }): readonly NamedSource[] => {
    const written = isUrl(location) ? location : inputFolder === undefined ? undefined : pathFrom(folder, inputFolder, location);
    if (written !== undefined) return [{ name: uniqueName(name ?? nameOf(location), names), written, location }];
    skipped.push({ what: location, because: 'a folder beside a file that came over the network', where });
    return [];
  });
  if (sources.length === 0) return [{ name: 'default', written: defaultSource, location: defaultSource }];
  return sources;
}

function pathFrom(folder: string, inputFolder: string, location: string): string {
  if (isAbsolute(location)) return location;
  const path = relative(folder, resolve(inputFolder, location)).replaceAll('\\', '/');
  return path.startsWith('..') ? path : `./${path}`;
}

/** A name for an index that has none: the first part of its host that says something. */
function nameOf(location: string): string {
  if (!isUrl(location) || !URL.canParse(location)) return 'folder';
  const host = new URL(location).hostname;
  return host === 'pypi.org' ? 'pypi' : host;
}

/** As the manifest's names are: letters, digits, `.`, `_`, `-`, 64 at most, each once. */
function uniqueName(wanted: string, taken: Set<string>): string {
  const base =
    wanted
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 60) || 'source';
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${count}`;
  taken.add(name);
  return name;
}

function writtenSources(sources: readonly NamedSource[]): { readonly source?: string; readonly sources?: Record<string, string> } {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return { source: only.written };
  return { sources: Object.fromEntries(sources.map(({ name, written }) => [name, written])) };
}

function writtenRule(
  one: CombinedRequirement,
  sources: readonly NamedSource[],
  prereleases: boolean,
  notes: string[],
): WrittenRule | string {
  const [first = ''] = one.versions;
  const version = one.versions.length > 1 ? one.versions : first === '' ? '*' : first;
  const [from, ...others] = sources.length > 1 ? one.sources : [];
  if (others.length > 0)
    notes.push(
      `${one.name} comes from ${one.sources.length} indexes: a rule names one, ${printable(from ?? '')}; files of the others are not there`,
    );
  const fields: WrittenRule = {
    version,
    ...(prereleases && !isPinned(one) ? { prereleases: true } : {}),
    ...(from === undefined ? {} : sourceField(sources, from)),
    ...(one.extras.length === 0 ? {} : { extras: one.extras }),
  };
  return Object.keys(fields).length === 1 && typeof version === 'string' ? version : fields;
}

function sourceField(sources: readonly NamedSource[], location: string): WrittenRule {
  const found = sources.find((source) => source.location === location);
  return found === undefined ? {} : { source: found.name };
}

function isPinned({ versions }: CombinedRequirement): boolean {
  return versions.every((version) => isExactPin(parseSpecifierSet(version)));
}

/** A range in a manifest means every version inside it, which is more than an installer would take. */
function noteLoose(wanted: readonly CombinedRequirement[], notes: string[]): void {
  const loose = wanted.filter((one) => !isPinned(one));
  if (loose.length === 0) return;
  const named = loose.slice(0, 3).map(({ name }) => name);
  const more = loose.length > named.length ? ` and ${loose.length - named.length} more` : '';
  notes.push(
    `not pinned to a version: ${named.join(', ')}${more}. Every version that matches is taken, without what it requires: 'latest' and 'dependencies' in the rule say otherwise`,
  );
}

/** Where private and public names meet in one list, who comes first decides who may supply a name. */
function noteOrder(wanted: readonly CombinedRequirement[], sources: readonly NamedSource[], notes: string[]): void {
  if (sources.length < 2 || wanted.every((one) => one.sources.length > 0)) return;
  const order = sources.map(({ name }) => name).join(', ');
  notes.push(
    `several indexes (${order}): the first that has a project supplies it, where pip would take the best of all. Name private projects in 'names' of their source`,
  );
}

function nothingLeft(skipped: readonly SkippedEntry[]): PkgsyncError {
  return new PkgsyncError('IMPORT_INVALID', 'there is nothing to import: no package of the input can come from an index', {
    problems: skipped.slice(0, 50).map(({ what, because, where }) => `${where}: ${what}: ${because}`),
  });
}
