import { formatMarker } from '../../src/packaging/marker.ts';
import { formatRequirement, parseRequirement } from '../../src/packaging/requirement.ts';
import { formatSpecifierSet } from '../../src/packaging/specifier.ts';
import { comparison, fieldsOf, validOr, type Comparisons } from './comparison.ts';

interface RequirementVector {
  readonly input: string;
}

export const requirements: Comparisons = () => ({
  requirement: comparison<RequirementVector>(
    ({ input }) => validOr({ input }, 'REQUIREMENT_INVALID', () => requirementFacts(input)),
    fieldsOf,
  ),
});

/** What a case says of a valid requirement. @throws PkgsyncError REQUIREMENT_INVALID */
export function requirementFacts(input: string): object {
  const requirement = parseRequirement(input);
  return {
    name: requirement.name,
    extras: requirement.extras,
    specifier: formatSpecifierSet(requirement.specifier),
    url: requirement.url ?? null,
    marker: requirement.marker === undefined ? null : formatMarker(requirement.marker),
    normalized: formatRequirement(requirement),
  };
}
