import type { ErrorObject } from 'ajv';
import { printable, redactUrl } from '../errors.ts';
import { childPointer, type JsonProblem } from './json-text.ts';
import { didYouMean } from './suggest.ts';

/** What a schema says about its values for people. */
interface Annotations {
  /** What is expected, as a noun phrase. */
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The value may turn out to be a secret: it is never shown. */
  readonly writeOnly?: boolean;
}

/** What the schema refuses, and whether the value at `pointer` is unusable for it; false where it only lacks or repeats something. */
export interface SchemaProblem extends JsonProblem {
  readonly refused: boolean;
}

const onlyIncomplete: ReadonlySet<string> = new Set(['required', 'minProperties', 'minItems', 'uniqueItems']);

/** One error of the validator (run with `verbose`) as a sentence: what is wrong, what was expected. */
export function schemaProblem(error: ErrorObject): SchemaProblem {
  return { ...problemOf(error), refused: !onlyIncomplete.has(error.keyword) };
}

function problemOf(error: ErrorObject): JsonProblem {
  const schema = (error.parentSchema ?? {}) as Annotations;
  const value = (message: string): JsonProblem => ({ pointer: error.instancePath, at: 'value', message });
  const key = (name: string, message: string): JsonProblem => ({ pointer: childPointer(error.instancePath, name), at: 'key', message });

  // Errors below `propertyNames` are about a key; their `data` is that key.
  if (error.propertyName !== undefined) {
    return key(error.propertyName, `the key '${printable(error.propertyName)}' is not ${schema.title ?? 'allowed here'}`);
  }
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = parameter(error, 'additionalProperty');
      return key(name, unknownKey(name, schema));
    }
    case 'required':
      return value(missingKey(parameter(error, 'missingProperty'), schema));
    case 'enum':
      return value(notOneOf(error.data, error.schema as readonly unknown[]));
    case 'const':
      return value(notOneOf(error.data, [error.schema]));
    case 'not':
      return { ...value(schema.description ?? 'not allowed here'), at: 'key' };
    case 'uniqueItems':
      return value('the same item stands here twice');
    default:
      return value(`expected ${expected(error, schema)}, found ${found(error, schema)}`);
  }
}

function missingKey(name: string, schema: Annotations): string {
  const { enum: choices, const: only } = schema.properties?.[name] ?? {};
  const values: readonly unknown[] = Array.isArray(choices) ? choices : only === undefined ? [] : [only];
  return `the key '${name}' is missing${values.length === 0 ? '' : `; expected ${quotedList(values)}`}`;
}

function unknownKey(name: string, schema: Annotations): string {
  // A key whose schema is `not` is listed only to be refused with a sentence of its own.
  const known = Object.entries(schema.properties ?? {}).flatMap(([key, { not }]) => (not === undefined ? [key] : []));
  const suggestion = didYouMean(name, known);
  return `unknown key '${printable(name)}'${suggestion === '' ? `; expected ${quotedList(known)}` : suggestion}`;
}

function notOneOf(data: unknown, allowed: readonly unknown[]): string {
  // null stands in for "no value" and is documented where it makes sense; in a sentence it would confuse.
  const listed = allowed.filter((value) => value !== null);
  const names = listed.filter((value) => typeof value === 'string');
  const suggestion = typeof data === 'string' ? didYouMean(data, names) : '';
  return `expected ${quotedList(listed)}, found ${describe(data)}${suggestion}`;
}

/** The noun phrase of the schema, with examples; without a title, what the failed keyword says. */
function expected(error: ErrorObject, schema: Annotations): string {
  const what = schema.title ?? requirement(error);
  const examples = (schema.examples ?? []).map((example) => JSON.stringify(example));
  return examples.length === 0 ? what : `${what} such as ${joined(examples)}`;
}

function requirement(error: ErrorObject): string {
  switch (error.keyword) {
    case 'type': {
      const types: readonly string[] = Array.isArray(error.schema) ? (error.schema as string[]) : [String(error.schema)];
      return joined(types.filter((type) => type !== 'null').map((type) => typeNames[type] ?? type));
    }
    case 'minLength':
      return 'text';
    case 'minItems':
      return 'at least one item';
    case 'minProperties':
      return 'at least one key';
    default:
      return `a value for which "${error.keyword}" holds`;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
};

function found(error: ErrorObject, schema: Annotations): string {
  if (schema.writeOnly === true && ['pattern', 'type'].includes(error.keyword)) return 'something else (not shown, as it may be a secret)';
  return describe(error.data);
}

/** A value in a message: short ones as they are, containers by their kind. */
function describe(data: unknown): string {
  if (data === '') return 'an empty string';
  if (typeof data === 'string') return `'${printable(data.includes('://') ? redactUrl(data) : data, 60)}'`;
  if (Array.isArray(data)) return data.length === 0 ? 'an empty array' : 'an array';
  if (typeof data === 'object' && data !== null) return Object.keys(data).length === 0 ? 'an empty object' : 'an object';
  return String(data);
}

function quotedList(values: readonly unknown[]): string {
  return joined(values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))));
}

function joined(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1) ?? ''}`;
}

function parameter(error: ErrorObject, name: string): string {
  return String((error.params as Readonly<Record<string, unknown>>)[name]);
}
