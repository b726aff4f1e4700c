import { isDeepStrictEqual } from 'node:util';
import { isPkgsyncError, type ErrorCode } from '../../src/errors.ts';

/** One case of a vector file; which fields it has besides depends on its kind, see test/fixtures/vectors/README.md. */
export interface Vector {
  /** Absent for definitions, which have a name. */
  readonly id?: string;
  readonly kind?: string;
}

/** How a case of one kind is judged: what this code makes of its input, and what the file expects, in the same form. */
export interface Comparison {
  readonly actual: (vector: Vector) => unknown;
  readonly expected: (vector: Vector) => unknown;
}

/** The comparisons of one file by kind; `cases` are all its cases, definitions included. */
export type Comparisons = (cases: readonly Vector[]) => Readonly<Record<string, Comparison>>;

/** A comparison of cases that have the fields of V. */
export function comparison<V extends object>(actual: (vector: V) => unknown, expected: (vector: V) => unknown): Comparison {
  return { actual: (vector) => actual(vector as V), expected: (vector) => expected(vector as V) };
}

/** The cases of one kind, as V. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the data has no schema but the README
export function casesOf<V>(cases: readonly Vector[], kind: string): readonly V[] {
  return cases.filter((vector) => vector.kind === kind) as readonly unknown[] as readonly V[];
}

/** The fields of a case without `id` and `kind`: input and expected result, to compare as a whole. */
export function fieldsOf(vector: object): object {
  return Object.fromEntries(Object.entries(vector).filter(([field]) => field !== 'id' && field !== 'kind'));
}

/** `input` with `valid` and what `read` gives; `valid: false` alone where it throws `code`. Anything else it throws goes on. */
export function validOr(input: object, code: ErrorCode, read: () => object): object {
  try {
    return { ...input, valid: true, ...read() };
  } catch (error) {
    if (isPkgsyncError(error, code)) return { ...input, valid: false };
    throw error;
  }
}

/** What went wrong with a case, in three lines; undefined where it agrees. What `actual` throws is a difference too. */
export async function differenceOf(vector: Vector, { actual, expected }: Comparison): Promise<string | undefined> {
  const wanted = { value: expected(vector) };
  const got = await outcome(() => actual(vector));
  if (isDeepStrictEqual(got, wanted)) return undefined;
  return `  ${vector.id ?? 'a definition'}: ${text(vector)}\n    expected ${text(wanted)}\n    received ${text(got)}`;
}

type Outcome = { readonly value: unknown } | { readonly thrown: string };

async function outcome(run: () => unknown): Promise<Outcome> {
  try {
    return { value: await run() };
  } catch (error) {
    return { thrown: String(error) };
  }
}

function text(value: unknown): string {
  const json = JSON.stringify(value, (_key, field: unknown) => (field === undefined ? 'undefined' : field));
  return json.length > 1000 ? `${json.slice(0, 1000)}…` : json;
}
