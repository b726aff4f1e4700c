import { atKey, atValue, type Rule } from './rule.ts';

export const oneKindOfSource: Rule = ({ manifest, sources }) => {
  if (sources.length === 0 && !Object.hasOwn(manifest, 'sources'))
    return [atValue('', "the key 'source' is missing: the URL or path that packages come from (or 'sources' for several)")];
  return exclusive(manifest, 'source', 'sources');
};

export const oneKindOfDestination: Rule = ({ manifest }) => exclusive(manifest, 'destination', 'destinations');

export const somethingIsSelected: Rule = ({ manifest }) => {
  if (Object.hasOwn(manifest, 'packages') || (Object.hasOwn(manifest, 'all') && manifest.all !== false)) return [];
  return [atValue('', "nothing is selected: expected the key 'packages', or 'all': true for every project of the source")];
};

export const excludeNeedsAll: Rule = ({ manifest }) => {
  if (!Object.hasOwn(manifest, 'exclude') || (Object.hasOwn(manifest, 'all') && manifest.all !== false)) return [];
  return [
    atKey('/exclude', "'exclude' narrows 'all' and means nothing without it; expected 'all': true, or 'exclude' inside a package's rule"),
  ];
};

function exclusive(manifest: object, one: string, several: string): ReturnType<Rule> {
  if (!Object.hasOwn(manifest, one) || !Object.hasOwn(manifest, several)) return [];
  return [atKey(`/${several}`, `both '${one}' and '${several}' are given; expected one of them`)];
}
