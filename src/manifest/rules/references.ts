import { printable } from '../../errors.ts';
import { childPointer, type JsonProblem } from '../../io/json-text.ts';
import { didYouMean } from '../../io/suggest.ts';
import { parseTarget } from '../../packaging/target.ts';
import { matchesPattern, type Pattern } from '../match.ts';
import { usablePattern } from './patterns.ts';
import { atValue, type Facts, items, problemOfParser, type Rule } from './rule.ts';

/** Sources, destinations and targets that rules refer to. */
export const referencesLead: Rule = ({ manifest, sources, destinations, ruleFields }) => {
  const known = {
    source: sources.map(({ name }) => name),
    destination: destinations.map(({ name }) => name),
    target: Object.keys(manifest.targets ?? {}),
  };
  return ruleFields.flatMap(({ pointer, rule }) => [
    ...reference('source', known.source, childPointer(pointer, 'source'), rule.source),
    ...items(childPointer(pointer, 'destinations'), rule.destinations).flatMap(({ pointer: place, text }) =>
      reference('destination', known.destination, place, text),
    ),
    ...items(childPointer(pointer, 'targets'), rule.targets).flatMap(({ pointer: place, text }) =>
      reference('target', known.target, place, text),
    ),
  ]);
};

export const targetsAreUsable: Rule = ({ manifest: { targets } }) =>
  Object.entries(targets ?? {}).flatMap(([name, target]) => {
    const { python, platform } = target ?? {};
    if (python === undefined || platform === undefined) return [];
    return problemOfParser(childPointer('/targets', name), () => parseTarget({ ...target, python, platform }));
  });

/** "These projects come from this source and from no other" can be said by one source only. */
export const claimsDiffer: Rule = (facts) => {
  const claimedBy = new Map<string, string>();
  return claims(facts).flatMap(({ source, pointer, pattern }) => {
    const other = claimedBy.get(pattern.name);
    if (other === undefined) claimedBy.set(pattern.name, source);
    if (other === undefined) return [];
    const what =
      other === source ? `'${printable(pattern.text)}' stands here twice` : `source '${other}' claims '${printable(pattern.text)}' too`;
    return [atValue(pointer, `${what}; expected it once`)];
  });
};

/** A package that one source claims must not be taken from another: that is how a private name gets replaced by a public one. */
export const claimsAreKept: Rule = (facts) => {
  const distinct = [
    ...new Map(
      claims(facts)
        .toReversed()
        .map((claim) => [claim.pattern.name, claim]),
    ).values(),
  ].toReversed();
  return facts.packages.flatMap(({ pointer, name, writtenName, rule }) => {
    const claimants = [...new Set(distinct.filter(({ pattern }) => matchesPattern(pattern, name)).map(({ source }) => source))];
    const [claimant] = claimants;
    if (claimant === undefined) return [];
    if (claimants.length > 1) return [atValue(pointer, `several sources claim '${writtenName}' (${claimants.join(', ')}); expected one`)];
    const wanted = rule.source === undefined ? facts.manifest.defaults?.source : rule.source;
    if (wanted === undefined || wanted === null || wanted === claimant) return [];
    const place = rule.source === undefined ? pointer : childPointer(pointer, 'source');
    return [atValue(place, `source '${claimant}' claims '${writtenName}' with its 'names', so it cannot come from '${printable(wanted)}'`)];
  });
};

interface Claim {
  readonly source: string;
  readonly pointer: string;
  readonly pattern: Pattern;
}

function claims({ sources }: Facts): readonly Claim[] {
  return sources.flatMap(({ name, pointer, written }) => {
    if (written === undefined || typeof written === 'string') return [];
    return items(childPointer(pointer, 'names'), written.names).flatMap(({ pointer: place, text }) =>
      usablePattern(text).map((pattern) => ({ source: name, pointer: place, pattern })),
    );
  });
}

function reference(what: string, known: readonly string[], pointer: string, name: string | null | undefined): readonly JsonProblem[] {
  if (name === undefined || name === null || known.includes(name)) return [];
  const suggestion = didYouMean(name, known);
  const expected = known.length === 0 ? `; the manifest declares no ${what}` : `; expected ${known.map((one) => `'${one}'`).join(' or ')}`;
  return [atValue(pointer, `there is no ${what} '${printable(name)}'${suggestion === '' ? expected : suggestion}`)];
}
