import { filterBySpecifier, formatSpecifierSet, parseSpecifierSet, specifierContains } from '../../src/packaging/specifier.ts';
import { comparison, fieldsOf, validOr, type Comparisons } from './comparison.ts';

interface SyntaxVector {
  readonly spec: string;
}
interface ContainsVector {
  readonly spec: string;
  readonly version: string;
  readonly prereleases: boolean | null;
  readonly expect: boolean;
}
interface FilterVector {
  readonly spec: string;
  readonly versions: readonly string[];
  readonly prereleases: boolean | null;
  readonly expect: readonly string[];
}

export const specifiers: Comparisons = () => ({
  syntax: comparison<SyntaxVector>(({ spec }) => validOr({ spec }, 'SPECIFIER_INVALID', () => specifierFacts(spec)), fieldsOf),
  contains: comparison<ContainsVector>(
    ({ spec, version, prereleases }) => specifierContains(parseSpecifierSet(spec), version, { prereleases: prereleases ?? undefined }),
    (vector) => vector.expect,
  ),
  filter: comparison<FilterVector>(
    ({ spec, versions, prereleases }) =>
      filterBySpecifier(parseSpecifierSet(spec), versions, (version) => version, { prereleases: prereleases ?? undefined }),
    (vector) => vector.expect,
  ),
});

/** What a `syntax` case says of a valid set. @throws PkgsyncError SPECIFIER_INVALID */
export function specifierFacts(spec: string): object {
  const set = parseSpecifierSet(spec);
  return { canonical: formatSpecifierSet(set), count: set.clauses.length, prereleases: set.prereleases ? true : null };
}
