import { PkgsyncError } from '../errors.ts';
import { isEvidentlyEmpty } from '../manifest/impossible.ts';
import type { PackageName } from '../packaging/name.ts';
import { formatSpecifierSet, parseSpecifierSet } from '../packaging/specifier.ts';
import type { Imported, ImportedRequirement } from './imported.ts';

/** Specifiers of one project of which any may hold: what a manifest's array takes. */
const maxAlternatives = 1000;

/** What the input wants of one project. */
export interface CombinedRequirement {
  readonly name: PackageName;
  /** Specifier sets of which any may admit a version; one at least, '' admits every version. */
  readonly versions: readonly string[];
  /** Normalised, each once. */
  readonly extras: readonly string[];
  /** Where the input says that the project comes from, each once; empty: it does not say. */
  readonly sources: readonly string[];
  readonly sourceProblem?: string | undefined;
  /** Places of the requirements. */
  readonly where: readonly string[];
}

/**
 * Joins what the input says of each project. A mirror serves every environment, so a marker does not decide: requirements that hold always must all
 * hold, and admit what any conditional one beside them admits; conditional ones alone are alternatives. Constraints narrow each of them.
 * Under `any` all of them are alternatives.
 * @throws PkgsyncError IMPORT_INVALID where no version can satisfy them
 */
export function combineRequirements({ requirements, constraints, combine }: Pick<Imported, 'requirements' | 'constraints' | 'combine'>): {
  readonly combined: readonly CombinedRequirement[];
  readonly notes: readonly string[];
} {
  const byName = groupedByName(requirements);
  const constraintsOf = groupedByName(constraints);
  const notes: string[] = [];
  const combined = [...byName].map(([name, own]) => {
    const narrowing = constraintsOf.get(name) ?? [];
    if (narrowing.length > 0 && narrowing.every(isConditional))
      notes.push(`${name}: its constraints hold under conditions only; what none of them admits is left out (${placesOf(narrowing)})`);
    const alternatives = combine === 'any' ? own.map(({ specifier }) => specifier) : alternativesOf(own);
    const restrictions = narrowing.length === 0 ? [''] : alternativesOf(narrowing);
    const isTooMuch = alternatives.length * restrictions.length > maxAlternatives * 10;
    const versions = isTooMuch ? [] : joined(alternatives, restrictions);
    if (isTooMuch || versions.length > maxAlternatives)
      throw new PkgsyncError('IMPORT_INVALID', `${name} has more than ${maxAlternatives} alternatives (${placesOf(own)})`);
    if (versions.length === 0)
      throw new PkgsyncError(
        'IMPORT_INVALID',
        `no version of ${name} satisfies all that is asked for (${placesOf([...own, ...narrowing])})`,
        {
          hint: 'mend the input: pip could not install it either',
        },
      );
    for (const lost of alternatives.filter((one) => joined([one], restrictions).length === 0))
      notes.push(
        `${name}${lost} is left out: no version of it satisfies the constraints too (${placesOf([...own.filter(({ specifier }) => specifier === lost), ...narrowing])})`,
      );
    return {
      name,
      versions: versions.includes('') ? [''] : versions,
      extras: distinct(own.flatMap(({ extras }) => extras)),
      sources: distinct(own.flatMap(({ source }) => (source === undefined ? [] : [source]))),
      sourceProblem: own.find(({ sourceProblem }) => sourceProblem !== undefined)?.sourceProblem,
      where: distinct(own.map(({ where }) => where)),
    };
  });
  return { combined, notes };
}

/** Values by project, in the order in which the projects first appear. */
export function groupedByName<T extends { readonly name: PackageName }>(values: readonly T[]): ReadonlyMap<PackageName, readonly T[]> {
  const groups = new Map<PackageName, T[]>();
  for (const value of values) {
    const known = groups.get(value.name);
    if (known === undefined) groups.set(value.name, [value]);
    else known.push(value);
  }
  return groups;
}

function isConditional({ marker }: ImportedRequirement): boolean {
  return marker !== undefined;
}

/** Unconditional requirements joined into one set; else each conditional one. */
function alternativesOf(requirements: readonly ImportedRequirement[]): readonly string[] {
  const always = requirements.filter((one) => !isConditional(one)).map(({ specifier }) => specifier);
  if (always.length === 0) return distinct(requirements.map(({ specifier }) => specifier));
  return [joinedSet(always)];
}

/** Every combination that some version may satisfy. */
function joined(own: readonly string[], constraints: readonly string[]): readonly string[] {
  const sets = own.flatMap((specifier) => constraints.map((constraint) => joinedSet([specifier, constraint])));
  return distinct(sets).filter((set) => !isEvidentlyEmpty(parseSpecifierSet(set)));
}

function joinedSet(specifiers: readonly string[]): string {
  return formatSpecifierSet(parseSpecifierSet(specifiers.filter((one) => one !== '').join(',')));
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function placesOf(requirements: readonly ImportedRequirement[]): string {
  const places = distinct(requirements.map(({ where }) => where));
  return places.length > 4 ? `${places.slice(0, 4).join(', ')} and ${places.length - 4} more` : places.join(', ');
}
