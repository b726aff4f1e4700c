import type { DestinationProject, Look, ReadableDestination } from '../destinations/destination.ts';
import type { PkgsyncError } from '../errors.ts';
import { isPkgsyncError } from '../errors.ts';
import { matchesAny, parsePatterns } from '../manifest/match.ts';
import type { DestinationConfig, EffectiveRule } from '../manifest/manifest.ts';
import type { PackageName } from '../packaging/name.ts';

/** What a destination holds of one project, or why that could not be told. A failure is never "nothing". */
export type Inspection =
  { readonly listing: DestinationProject; readonly failed?: undefined } | { readonly failed: PkgsyncError; readonly listing?: undefined };

/** Lists one project; an error of the destination becomes part of the result, every other error is thrown. */
export async function inspectProject(
  destination: ReadableDestination,
  name: PackageName,
  signal?: AbortSignal,
  look?: Look,
): Promise<Inspection> {
  try {
    return { listing: await destination.list(name, signal, look) };
  } catch (error) {
    if (!isPkgsyncError(error) || error.code === 'INTERRUPTED' || error.code === 'INTERNAL') throw error;
    return { failed: error };
  }
}

/** Which files of a package belong at a destination: its rule may name destinations, the destination may narrow. */
export function belongsAt(config: DestinationConfig, name: PackageName, rule: EffectiveRule | null): (version: string) => boolean {
  if (rule?.destinations !== undefined && !rule.destinations.includes(config.name)) return () => false;
  const include = parsePatterns(config.include);
  const exclude = parsePatterns(config.exclude);
  return (version) => (include.length === 0 || matchesAny(include, name, version)) && !matchesAny(exclude, name, version);
}
