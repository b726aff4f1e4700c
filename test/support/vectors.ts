import { readFileSync } from 'node:fs';
import { comparison, differenceOf } from '../vectors/comparison.ts';
import { judge } from '../vectors/files.ts';

interface Identified {
  readonly id: string;
}

/**
 * The cases of `test/fixtures/vectors/<file>`, only those of `kind` where one is given; the README there says which fields a case has, the
 * caller states them as T.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the data is our own and has no schema but the README
export function loadVectors<T extends Identified>(file: string, kind?: string): readonly T[] {
  const cases = readVectors(file) as readonly (T & { readonly kind?: string })[];
  return kind === undefined ? cases : cases.filter((vector) => vector.kind === kind);
}

function readVectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/vectors/${file}`, import.meta.url), 'utf8'));
}

/** Judges all cases of one kind as `npm run vectors` does, and fails with the number of differences and the first 20 of them. */
export async function expectAgreement(file: string, kind: string): Promise<void> {
  const { passed, failures } = await judge(file, readVectors(file), kind);
  report(failures, passed + failures.length);
}

/**
 * Compares `actual` with `expected` for every case and fails with the number of differences and the first 20 of them by id. What `actual`
 * throws counts as a difference, so that one case cannot hide the others. No cases at all is a failure too.
 */
export async function expectVectors<T extends Identified>(
  vectors: readonly T[],
  actual: (vector: T) => unknown,
  expected: (vector: T) => unknown,
): Promise<void> {
  if (vectors.length === 0) throw new Error('there are no cases of this kind');
  const differences = await Promise.all(vectors.map((vector) => differenceOf(vector, comparison(actual, expected))));
  report(
    differences.filter((difference) => difference !== undefined),
    vectors.length,
  );
}

function report(failures: readonly string[], count: number): void {
  if (failures.length === 0) return;
  throw new Error([`${failures.length} of ${count} cases differ; the first:`, ...failures.slice(0, 20)].join('\n'));
}
