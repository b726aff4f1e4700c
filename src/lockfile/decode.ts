import { type JsonProblem, parseJsonText, problemLine } from '../io/json-text.ts';
import { problemsBySchema } from '../io/json-schema.ts';
import { childPointer } from '../io/json-text.ts';
import { compareText } from '../packaging/name.ts';
import { packageProblems, versionProblems } from './check.ts';
import { lockVersion } from './layout.ts';
import type { LockPackage } from './lock.ts';
import { damagedLock, editedLock, invalidLock, newerLock, refuseConflict } from './problems.ts';

/**
 * Reads a lock held in memory, in any layout of JSON; packages and files come back sorted.
 * @param label what to call it in messages: the path as given
 * @throws PkgsyncError LOCK_INVALID; LOCK_OUTDATED where the version of an entry is not that of its filename
 */
export function decodeLock(text: string, label: string): readonly LockPackage[] {
  const document = parseJsonText(text, { comments: false });
  if (!document.parsed) {
    for (const [index, line] of text.split('\n').entries()) refuseConflict(label, line, index + 1);
    const cutOff = document.atEnd || !text.trimEnd().endsWith('}') ? ' (the end of the file seems to be missing)' : '';
    throw damagedLock(label, document.place.line, `${document.message}${cutOff}`);
  }
  refuseNewer(document.value, label);
  const refuse = (problems: readonly JsonProblem[]): void => {
    if (problems.length === 0) return;
    throw invalidLock(
      label,
      problems.map((problem) => problemLine(label, document.placeOf(problem.pointer, problem.at), problem)),
    );
  };
  refuse([...document.duplicates, ...problemsBySchema('lock', document.value)]);
  const { packages } = document.value as { readonly packages: readonly LockPackage[] };
  refuse([...packages.flatMap(problemsInPlace), ...repetitions(packages)]);
  const versions = packages.flatMap((value, index) => inPlace(versionProblems(value), index));
  if (versions.length > 0)
    throw editedLock(
      label,
      versions.map((problem) => problemLine(label, document.placeOf(problem.pointer, problem.at), problem)),
    );
  return packages.map(sortedFiles).sort((a, b) => compareText(a.name, b.name));
}

/** A lock of a later format has rules of its own: that it is later is all there is to say. @throws PkgsyncError LOCK_INVALID */
export function refuseNewer(value: unknown, label: string): void {
  if (typeof value !== 'object' || value === null || !('lockVersion' in value)) return;
  const { lockVersion: version } = value;
  if (typeof version === 'number' && Number.isInteger(version) && version > lockVersion) throw newerLock(label, version);
}

function problemsInPlace(value: LockPackage, index: number): readonly JsonProblem[] {
  return inPlace(packageProblems(value), index);
}

function inPlace(problems: readonly JsonProblem[], index: number): readonly JsonProblem[] {
  const here = childPointer('/packages', index);
  return problems.map((problem) => ({ ...problem, pointer: `${here}${problem.pointer}` }));
}

function repetitions(packages: readonly LockPackage[]): readonly JsonProblem[] {
  return [
    ...repeated('/packages', 'name', packages),
    ...packages.flatMap(({ files }, index) => repeated(childPointer(childPointer('/packages', index), 'files'), 'filename', files)),
  ];
}

function repeated<K extends string>(pointer: string, key: K, values: readonly Readonly<Record<K, string>>[]): readonly JsonProblem[] {
  const seen = new Set<string>();
  return values.flatMap(({ [key]: name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ pointer: childPointer(childPointer(pointer, index), key), at: 'value', message: `'${name}' stands here twice` }];
  });
}

function sortedFiles(locked: LockPackage): LockPackage {
  return { ...locked, files: locked.files.toSorted((a, b) => compareText(a.filename, b.filename)) };
}
