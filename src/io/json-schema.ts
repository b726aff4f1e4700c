import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { PkgsyncError } from '../errors.ts';
import { schemaProblem, type SchemaProblem } from './schema-problem.ts';

export type { SchemaProblem } from './schema-problem.ts';

/** The schemas in the package's folder `schema/`, by the first part of their file's name. */
export type SchemaName = 'manifest' | 'lock' | 'plan' | 'events';

/** The parsed schema as published. @throws PkgsyncError INTERNAL where the installation lacks it */
export function loadSchema(name: SchemaName): Readonly<Record<string, unknown>> {
  // The same from src/io/ and from dist/io/.
  const url = new URL(`../../schema/${name}.schema.json`, import.meta.url);
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new PkgsyncError('INTERNAL', `cannot read ${url.pathname}, a part of pkgsync itself`, {
      hint: 'install pkgsync again',
      cause: error,
    });
  }
}

/** A whole schema, or one of its definitions. */
export type SchemaReference = SchemaName | `${SchemaName}#/definitions/${string}`;

/** Everything in `value` that the schema refuses, as sentences with places; empty: it is valid. */
export function problemsBySchema(schema: SchemaReference, value: unknown): readonly SchemaProblem[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).filter((error) => !isConsequence(error)).map((error) => schemaProblem(error));
}

/** What the schema of plan lines refuses first, as one sentence; undefined: the line is valid. */
export function lineProblem(value: unknown): string | undefined {
  const [first] = problemsBySchema('plan', value);
  return first === undefined ? undefined : `${first.pointer === '' ? '' : `${first.pointer}: `}${first.message}`;
}

const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  // `then` names keys whose type the object around it states.
  strictTypes: false,
});
const validators = new Map<SchemaReference, ValidateFunction>();

/** Compiled on first use, once. */
function validatorOf(reference: SchemaReference): ValidateFunction {
  const known = validators.get(reference);
  if (known !== undefined) return known;
  const name = reference.split('#', 1)[0] as SchemaName;
  if (ajv.getSchema(name) === undefined) ajv.addSchema(loadSchema(name), name);
  // A plan carries lock entries: it refers to the lock's schema by its published name.
  if (name === 'plan' && ajv.getSchema('lock.schema.json') === undefined) ajv.addSchema(loadSchema('lock'), 'lock.schema.json');
  const validate = ajv.getSchema(reference);
  if (validate === undefined) throw new PkgsyncError('INTERNAL', `there is no schema ${reference}`);
  validators.set(reference, validate);
  return validate;
}

/** Errors that only say that another error is there. */
function isConsequence(error: ErrorObject): boolean {
  return error.keyword === 'if' || error.keyword === 'propertyNames';
}
