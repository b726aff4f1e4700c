import { isPkgsyncError } from '../errors.ts';
import { childPointer } from '../io/json-text.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { parseRequirement, type Requirement } from '../packaging/requirement.ts';
import { formatSpecifierSet } from '../packaging/specifier.ts';
import type { Written, WrittenDestination, WrittenManifest, WrittenRule, WrittenSource } from './written.ts';

/** A value with the name people gave it and its place. */
export interface Named<T> {
  readonly name: string;
  readonly pointer: string;
  /** undefined where the schema refused it. */
  readonly written: T | undefined;
}

/** One package of the manifest, whichever form it was written in. */
export interface PackageEntry {
  readonly pointer: string;
  /** As written: the key, or the requirement's name. */
  readonly writtenName: string;
  readonly name: PackageName;
  readonly rule: WrittenRule;
}

/** The name that a single `source` or `destination` goes by. */
export const defaultName = 'default';

/** The sources in the order in which they are written. */
export function namedSources(manifest: WrittenManifest): readonly Named<WrittenSource>[] {
  return [...single(manifest, 'source', manifest.source), ...several('sources', manifest.sources)];
}

/** The destinations in the order in which they are written. */
export function namedDestinations(manifest: WrittenManifest): readonly Named<WrittenDestination>[] {
  return [...single(manifest, 'destination', manifest.destination), ...several('destinations', manifest.destinations)];
}

/** The packages in the order in which they are written; what has no valid name is left out, since it has been or will be reported. */
export function packageEntries({ packages }: WrittenManifest): readonly PackageEntry[] {
  if (isArray(packages)) return packages.flatMap(requirementEntry);
  return Object.entries(packages ?? {}).flatMap(([writtenName, written]) => {
    if (!isValidName(writtenName)) return [];
    const rule = typeof written === 'string' ? { version: written } : (written ?? {});
    return [{ pointer: childPointer('/packages', writtenName), writtenName, name: normalizeName(writtenName), rule }];
  });
}

/** The requirement, or undefined where the text is none. */
export function tryRequirement(text: string): Requirement | undefined {
  try {
    return parseRequirement(text);
  } catch (error) {
    if (isPkgsyncError(error, 'REQUIREMENT_INVALID')) return undefined;
    throw error;
  }
}

/** `Array.isArray` that knows read-only arrays. */
export function isArray<T>(value: readonly T[] | object | string | undefined): value is readonly T[] {
  return Array.isArray(value);
}

function requirementEntry(text: string | undefined, index: number): readonly PackageEntry[] {
  const requirement = text === undefined ? undefined : tryRequirement(text.trim());
  if (requirement === undefined || !isValidName(requirement.name)) return [];
  const { name: writtenName, specifier, extras } = requirement;
  const rule = {
    ...(specifier.clauses.length === 0 ? {} : { version: formatSpecifierSet(specifier) }),
    ...(extras.length === 0 ? {} : { extras }),
  };
  return [{ pointer: childPointer('/packages', index), writtenName, name: normalizeName(writtenName), rule }];
}

function single<T>(manifest: WrittenManifest, key: 'source' | 'destination', written: T | undefined): readonly Named<T>[] {
  return Object.hasOwn(manifest, key) ? [{ name: defaultName, pointer: `/${key}`, written }] : [];
}

function several<T>(key: 'sources' | 'destinations', written: Written<T> | undefined): readonly Named<T>[] {
  return Object.entries(written ?? {}).map(([name, value]) => ({ name, pointer: childPointer(`/${key}`, name), written: value }));
}
