import { isPkgsyncError } from '../errors.ts';
import { formatSpecifierSet, parseSpecifierSet } from '../packaging/specifier.ts';
import type { ImportedRequirement, ImportReport } from './imported.ts';
import { readLocation, shownLocation } from './location.ts';

/** The specifier that admits this version only; undefined for text that no specifier can hold. */
export function pinOf(version: string): string | undefined {
  return normalSpecifier(`==${version}`, true) ?? normalSpecifier(`===${version}`, true);
}

/** The specifier in its usual spelling, '' for any version; undefined for what is none. */
export function normalSpecifier(text: string, single = false): string | undefined {
  try {
    const set = parseSpecifierSet(text);
    // `==1.0,<2` is no pin of a version called `1.0,<2`.
    return single && (set.clauses.length !== 1 || text.includes(',') || set.clauses[0]?.operand === '')
      ? undefined
      : formatSpecifierSet(set);
  } catch (error) {
    if (isPkgsyncError(error, 'SPECIFIER_INVALID')) return undefined;
    throw error;
  }
}

/** Where a requirement comes from. */
export type Origin = Pick<ImportedRequirement, 'source' | 'sourceProblem'>;

/** Records the index that an entry names, if it names one. */
export function addSourceOf(report: ImportReport, written: string | undefined, name: string | undefined, where: string): Origin {
  if (written === undefined) return {};
  const read = readLocation(written);
  if ('because' in read) return { sourceProblem: `${shownLocation(written)}: ${read.because}` };
  noteRemoved(report, written, read.removed, where);
  report.addSource({ location: read.location, name, where });
  return { source: read.location };
}

/** Says what was taken off an address. */
export function noteRemoved(report: ImportReport, written: string, removed: readonly string[], where: string): void {
  if (removed.length === 0) return;
  const what = removed.map((part) => (part === 'query' ? 'query or fragment' : part)).join(' and ');
  report.note(
    `${where}: the ${what} of ${shownLocation(written)} ${removed.length > 1 || removed[0] === 'credentials' ? 'are' : 'is'} left out: name variables in 'auth' of the source`,
  );
}
