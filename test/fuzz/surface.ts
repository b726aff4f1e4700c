import type fc from 'fast-check';
import { isPkgsyncError, type ErrorCode } from '../../src/errors.ts';

/** Something that takes input from outside, and what must hold whatever comes in. */
export interface Surface {
  readonly name: string;
  /** Share of all runs: cheap surfaces get more. */
  readonly weight: number;
  readonly inputs: fc.Arbitrary<unknown>;
  /** Throws where a rule is broken. */
  readonly check: (input: unknown) => void | Promise<void>;
  /** Length of the input, in UTF-16 units or bytes. */
  readonly lengthOf: (input: unknown) => number;
  /** Milliseconds that every input may take, however short; for surfaces that touch the disk. */
  readonly base?: number;
}

export interface SurfaceRules<T> {
  readonly name: string;
  readonly weight: number;
  readonly inputs: fc.Arbitrary<T>;
  readonly check: (input: T) => void | Promise<void>;
  readonly base?: number;
}

export function surface<T>({ name, weight, inputs, check, ...rest }: SurfaceRules<T>): Surface {
  return { name, weight, inputs, check: (input) => check(input as T), lengthOf, ...rest };
}

function lengthOf(input: unknown): number {
  if (typeof input === 'string' || input instanceof Uint8Array) return input.length;
  if (typeof input !== 'object' || input === null) return 0;
  return Object.values(input).reduce<number>((sum, part) => sum + lengthOf(part), 0);
}

/** What `run` gives; undefined where it throws this code. Any other error goes on, and so does one whose text could harm a terminal. */
export function valueOr<T>(code: ErrorCode | readonly ErrorCode[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    checkError(code, error);
    return undefined;
  }
}

/** As `valueOr`, for a promise. */
export async function settledOr<T>(code: ErrorCode | readonly ErrorCode[], running: Promise<T>): Promise<T | undefined> {
  try {
    return await running;
  } catch (error) {
    checkError(code, error);
    return undefined;
  }
}

function checkError(code: ErrorCode | readonly ErrorCode[], error: unknown): void {
  if (!isPkgsyncError(error) || ![code].flat().includes(error.code)) throw error;
  const texts = `${error.message}${error.hint ?? ''}`;
  if (/\p{Cc}/u.test(texts)) throw new Error(`control characters in an error: ${JSON.stringify(texts)}`);
  if (texts.length > 2000) throw new Error(`an error of ${texts.length} characters: ${texts.slice(0, 200)}`);
}

/** Fails unless the two are equal as JSON. */
export function same(what: string, actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}

export function holds(what: string, condition: boolean): void {
  if (!condition) throw new Error(`it does not hold: ${what}`);
}

/** Fails unless `compare` orders the three as a total order does. */
export function totallyOrdered<T>(compare: (a: T, b: T) => number, [a, b, c]: readonly [T, T, T]): void {
  holds('every value equals itself', compare(a, a) === 0);
  holds('a < b says b > a', Math.sign(compare(a, b)) === -Math.sign(compare(b, a)));
  const [low, middle, high] = [a, b, c].sort(compare) as [T, T, T];
  holds('sorted neighbours are in order', compare(low, middle) <= 0 && compare(middle, high) <= 0);
  holds('and so are the first and the last', compare(low, high) <= 0);
  if (compare(low, high) === 0) holds('equal ends leave nothing between', compare(low, middle) === 0 && compare(middle, high) === 0);
}
