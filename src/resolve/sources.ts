import type { SourceIndex } from '../indexes/source-index.ts';
import { matchesAny, parsePatterns } from '../manifest/match.ts';
import type { SourceConfig } from '../manifest/manifest.ts';
import type { Project } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';

/**
 * The sources that may supply a project, in order: those whose `names` claim it, and no other whatever rule or lock say (so a private name is never
 * taken from a public index); else the one its rule names; else the one it is locked from, as long as that may supply it; else those without `names`.
 */
export function sourcesFor(
  sources: readonly SourceConfig[],
  name: PackageName,
  { rule, locked }: { readonly rule?: string | undefined; readonly locked?: string | undefined },
): readonly SourceConfig[] {
  const claiming = sources.filter((source) => source.names.length > 0 && matchesAny(parsePatterns(source.names), name));
  if (claiming.length > 0) return preferred(claiming, rule, locked);
  if (rule !== undefined) return sources.filter((source) => source.name === rule);
  return preferred(
    sources.filter((source) => source.names.length === 0),
    locked,
  );
}

/** The first of the names that is among the sources, alone; all of them where none is. */
function preferred(sources: readonly SourceConfig[], ...names: readonly (string | undefined)[]): readonly SourceConfig[] {
  for (const name of names) {
    const found = sources.filter((source) => source.name === name);
    if (found.length > 0) return found;
  }
  return sources;
}

/** Whether a package may still come from the source that the lock records. */
export function isLockedSourceAllowed(
  sources: readonly SourceConfig[],
  name: PackageName,
  rule: string | undefined,
  locked: string | undefined,
): boolean {
  return locked === undefined || sourcesFor(sources, name, { rule, locked }).some((source) => source.name === locked);
}

/** A project as the first source that has it lists it. */
export interface SourcedProject {
  readonly source: SourceIndex;
  readonly project: Project;
}

/**
 * Asks the sources in order; undefined where none has the project. A failing source is an error even where a later one might answer: otherwise
 * an outage would decide where a package comes from.
 */
export async function findProject(
  configs: readonly SourceConfig[],
  live: ReadonlyMap<string, SourceIndex>,
  name: PackageName,
  signal?: AbortSignal,
): Promise<SourcedProject | undefined> {
  for (const { name: sourceName } of configs) {
    const source = live.get(sourceName);
    if (source === undefined) continue;
    const project = await source.project(name, signal);
    if (project !== undefined) return { source, project };
  }
  return undefined;
}

/** What the lock records as a package's source: nothing where the manifest has a single one, so that naming it later changes no lock. */
export function recordedSource(sources: readonly SourceConfig[], source: SourceIndex | undefined): string | undefined {
  return sources.length > 1 ? source?.name : undefined;
}
