import { differenceOf, type Comparisons, type Vector } from './comparison.ts';
import { filenames } from './filenames.ts';
import { markers } from './markers.ts';
import { metadata } from './metadata.ts';
import { simpleHtml, simpleJson } from './pages.ts';
import { requirements } from './requirements.ts';
import { specifiers } from './specifiers.ts';
import { tags } from './tags.ts';
import { versions } from './versions.ts';

/** Every vector file and how its cases are judged: the one place that unit tests and `npm run vectors` share. */
const files: Readonly<Record<string, Comparisons>> = {
  'filenames.json': filenames,
  'markers.json': markers,
  'metadata.json': metadata,
  'requirements.json': requirements,
  'simple-html.json': simpleHtml,
  'simple-json.json': simpleJson,
  'specifiers.json': specifiers,
  'tags.json': tags,
  'versions.json': versions,
};

export const vectorFiles: readonly string[] = Object.keys(files);

/** How the cases of one file fared. */
export interface Judgement {
  readonly passed: number;
  /** One text per failed case. */
  readonly failures: readonly string[];
}

/**
 * Judges the cases of the vector file with this name, only those of `kind` where one is given. An unknown file, an unknown kind and a file
 * without cases are failures.
 * @param content the parsed file
 */
export async function judge(file: string, content: unknown, kind?: string): Promise<Judgement> {
  const comparisons = Object.hasOwn(files, file) ? files[file] : undefined;
  if (comparisons === undefined) return failed(`  unknown file: the vector files are ${vectorFiles.join(', ')}`);
  if (!isCases(content)) return failed('  it is no array of cases');
  const byKind = comparisons(content);
  const selected = kind === undefined ? content : content.filter((vector) => vector.kind === kind);
  if (selected.length === 0) return failed(`  there are no cases${kind === undefined ? '' : ` of kind ${kind}`}`);
  const failures: string[] = [];
  for (const vector of selected) {
    const known = vector.kind !== undefined && Object.hasOwn(byKind, vector.kind) ? byKind[vector.kind] : undefined;
    const failure =
      known === undefined
        ? `  ${vector.id ?? 'a case'}: unknown kind '${vector.kind ?? ''}': there are ${Object.keys(byKind).join(', ')}`
        : await differenceOf(vector, known);
    if (failure !== undefined) failures.push(failure);
  }
  return { passed: selected.length - failures.length, failures };
}

function failed(failure: string): Judgement {
  return { passed: 0, failures: [failure] };
}

function isCases(content: unknown): content is readonly Vector[] {
  return Array.isArray(content) && content.every((entry) => typeof entry === 'object' && entry !== null);
}
