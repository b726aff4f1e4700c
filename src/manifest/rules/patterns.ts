import { isPkgsyncError, printable } from '../../errors.ts';
import { childPointer, type JsonProblem } from '../../io/json-text.ts';
import { matchesPattern, parsePattern, type Pattern } from '../match.ts';
import { atKey, atValue, items, problemOfParser, type Rule } from './rule.ts';

export const patternsAreUsable: Rule = ({ manifest, destinations }) => [
  ...patternProblems('/exclude', manifest.exclude),
  ...patternProblems('/policy/deny', manifest.policy?.deny),
  ...destinations.flatMap(({ pointer, written }) => {
    if (written === undefined || typeof written === 'string') return [];
    return [
      ...patternProblems(childPointer(pointer, 'include'), written.include),
      ...patternProblems(childPointer(pointer, 'exclude'), written.exclude),
    ];
  }),
];

/** Where whole projects are meant, versions would promise something that is not kept. */
export const nameGlobsAreUsable: Rule = ({ manifest, sources }) => [
  ...nameGlobProblems('/unmanaged', manifest.unmanaged),
  ...sources.flatMap(({ pointer, written }) =>
    written === undefined || typeof written === 'string' ? [] : nameGlobProblems(childPointer(pointer, 'names'), written.names),
  ),
];

/** Others publish it, or we do: a package cannot be both. */
export const managedOrUnmanaged: Rule = ({ manifest: { unmanaged }, packages }) => {
  const patterns = items('/unmanaged', unmanaged).flatMap(({ text }) => usablePattern(text));
  return packages.flatMap(({ pointer, name, writtenName }) => {
    const match = patterns.find((pattern) => matchesPattern(pattern, name));
    if (match === undefined) return [];
    return [atKey(pointer, `'${writtenName}' is unmanaged too (by '${printable(match.text)}'); expected it in one of the two`)];
  });
};

/** The patterns of an array that are usable; the others are reported where they stand. */
export function usablePattern(text: string): readonly Pattern[] {
  try {
    return [parsePattern(text)];
  } catch (error) {
    if (isPkgsyncError(error, 'REQUIREMENT_INVALID', 'SPECIFIER_INVALID')) return [];
    throw error;
  }
}

function patternProblems(pointer: string, texts: readonly (string | undefined)[] | undefined): readonly JsonProblem[] {
  return items(pointer, texts).flatMap(({ pointer: place, text }) => problemOfParser(place, () => parsePattern(text)));
}

function nameGlobProblems(pointer: string, texts: readonly (string | undefined)[] | undefined): readonly JsonProblem[] {
  return items(pointer, texts).flatMap(({ pointer: place, text }) => {
    const problems = problemOfParser(place, () => parsePattern(text));
    if (problems.length > 0 || parsePattern(text).specifier === undefined) return problems;
    return [atValue(place, `'${printable(text)}' names versions, but whole projects are meant here; expected a name or a name glob`)];
  });
}
