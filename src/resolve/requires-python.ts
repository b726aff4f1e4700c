import { isPkgsyncError } from '../errors.ts';
import { parseSpecifierSetLenient } from '../packaging/requirement.ts';

/** A file and what it says about Pythons. */
export interface PythonClaim {
  readonly filename: string;
  readonly requiresPython?: string | undefined;
}

/**
 * What a person should know about Requires-Python texts that are no valid specifier, one sentence per text, naming a file: they were read with the repairs that
 * old metadata needs, or not at all, which is no constraint.
 */
export function misreadPythons(files: Iterable<PythonClaim>): readonly string[] {
  const byText = new Map<string, string[]>();
  for (const { filename, requiresPython } of files) {
    if (requiresPython === undefined) continue;
    const filenames = byText.get(requiresPython);
    if (filenames === undefined) byText.set(requiresPython, [filename]);
    else filenames.push(filename);
  }
  return [...byText].flatMap(([text, [first = '', ...others]]) => {
    const how = misreading(text);
    if (how === undefined) return [];
    return [`${first}${others.length === 0 ? '' : ` and ${others.length} more`}: Requires-Python '${text}' ${how}`];
  });
}

function misreading(text: string): string | undefined {
  try {
    const { repairs } = parseSpecifierSetLenient(text);
    return repairs.length === 0 ? undefined : `is no valid specifier and was repaired (${repairs.join(', ')})`;
  } catch (error) {
    if (isPkgsyncError(error)) return 'cannot be read, and counts as no constraint';
    throw error;
  }
}
