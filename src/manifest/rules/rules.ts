import type { JsonProblem } from '../../io/json-text.ts';
import type { WrittenManifest } from '../written.ts';
import { exceptionsAreUsable } from './exceptions.ts';
import { fieldsAgree, namesDiffer, requirementsAreUsable, specifiersAreUsable } from './packages.ts';
import { managedOrUnmanaged, nameGlobsAreUsable, patternsAreUsable } from './patterns.ts';
import { credentialsAreComplete, locationsAreUsable, placesDiffer, trustedPublishingIsForDestinations } from './places.ts';
import { claimsAreKept, claimsDiffer, referencesLead, targetsAreUsable } from './references.ts';
import { factsOf, type Rule } from './rule.ts';
import { tlsIsUsable } from './tls.ts';
import { excludeNeedsAll, oneKindOfDestination, oneKindOfSource, somethingIsSelected } from './shape.ts';

const rules: readonly Rule[] = [
  oneKindOfSource,
  oneKindOfDestination,
  somethingIsSelected,
  excludeNeedsAll,
  locationsAreUsable,
  placesDiffer,
  credentialsAreComplete,
  trustedPublishingIsForDestinations,
  tlsIsUsable,
  requirementsAreUsable,
  namesDiffer,
  specifiersAreUsable,
  fieldsAgree,
  targetsAreUsable,
  referencesLead,
  claimsDiffer,
  claimsAreKept,
  patternsAreUsable,
  nameGlobsAreUsable,
  managedOrUnmanaged,
  exceptionsAreUsable,
];

/** Everything that the schema cannot say and that is wrong with the manifest. */
export function problemsByRules(manifest: WrittenManifest): readonly JsonProblem[] {
  const facts = factsOf(manifest);
  return rules.flatMap((rule) => rule(facts));
}
