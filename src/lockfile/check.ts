import { printable } from '../errors.ts';
import { problemsBySchema } from '../io/json-schema.ts';
import { childPointer, type JsonProblem } from '../io/json-text.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import { canonicalVersion } from '../packaging/version.ts';
import type { LockPackage } from './lock.ts';

/** Everything that is wrong with one package of a lock: by the schema or, where that is content, by its meaning. Pointers start at the package. */
export function packageProblems(value: unknown): readonly JsonProblem[] {
  const bySchema = problemsBySchema('lock#/definitions/package', value);
  return bySchema.length > 0 ? bySchema : filenameProblems(value as LockPackage);
}

/** A lock that says otherwise could make us write outside a project, or publish under a name that is not its own. */
function filenameProblems({ name, files }: LockPackage): readonly JsonProblem[] {
  return files.flatMap(({ filename }, index) => {
    const parsed = parseDistributionFilename(filename, name);
    if (isDistribution(parsed)) return [];
    const message = `'${printable(filename)}' is not the name of a distribution file of '${name}' (${parsed.because})`;
    return [{ pointer: childPointer(childPointer('/files', index), 'filename'), at: 'value', message }];
  });
}

/**
 * Entries of a package without other problems whose version is not that of their filename: somebody has edited them, and rules would judge a version that
 * the file does not have.
 */
export function versionProblems({ name, files }: LockPackage): readonly JsonProblem[] {
  return files.flatMap(({ filename, version }, index) => {
    const parsed = parseDistributionFilename(filename, name);
    if (!isDistribution(parsed) || version === parsed.version || canonicalVersion(version) === canonicalVersion(parsed.version)) return [];
    const message = `${name} has ${printable(filename)} in the lock as version ${printable(version)}, which its name does not say`;
    return [{ pointer: childPointer(childPointer('/files', index), 'version'), at: 'value', message }];
  });
}
