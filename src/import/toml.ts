import { parse, TomlDate, TomlError } from 'smol-toml';
import { printable } from '../errors.ts';
import { trimWhitespace } from '../packaging/whitespace.ts';
import { parseName, type PackageName } from '../packaging/name.ts';
import { isPkgsyncError } from '../errors.ts';
import { invalidImport } from './imported.ts';

/** Largest lock that is read, in UTF-16 units: the largest known are under 30 MB. */
export const maxLockLength = 128 * 1024 * 1024;
/** Nesting of inline tables and arrays; lock files have three levels. */
const maxDepth = 32;

/** Reads TOML. @throws PkgsyncError IMPORT_INVALID with file, line and column */
export function parseToml(text: string, label: string): Fields {
  if (text.length > maxLockLength) throw invalidImport(label, `larger than ${maxLockLength / 1024 / 1024} MiB`);
  try {
    return new Fields(parse(text.replace(/^\ufeff/, ''), { maxDepth, integersAsBigInt: 'asNeeded' }), label, '');
  } catch (error) {
    if (error instanceof TomlError)
      throw invalidImport(`${label}:${error.line}:${error.column}`, `not TOML: ${printable(error.message.split('\n', 1)[0] ?? '', 300)}`, {
        cause: error,
      });
    throw error;
  }
}

/** A table of a document and its place, so that every wrong type has a sentence. Keys are looked up as own keys only. */
export class Fields {
  readonly #table: Readonly<Record<string, unknown>>;
  readonly label: string;
  /** Path of the table in the document; '' is the document. */
  readonly path: string;

  constructor(table: object, label: string, path: string) {
    this.#table = table as Readonly<Record<string, unknown>>;
    this.label = label;
    this.path = path;
  }

  /** Where this table is, for people. */
  get where(): string {
    return this.path === '' ? printable(this.label, 1000) : `${printable(this.label, 1000)}: ${this.path}`;
  }

  keys(): readonly string[] {
    return Object.keys(this.#table);
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  raw(key: string): unknown {
    return Object.hasOwn(this.#table, key) ? this.#table[key] : undefined;
  }

  /** @throws PkgsyncError IMPORT_INVALID: absent or no text */
  string(key: string): string {
    return this.optionalString(key) ?? this.#refuse(key, 'a text');
  }

  optionalString(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value;
    return this.#refuse(key, 'a text');
  }

  /** A project's name, in normal form. */
  name(key: string): PackageName {
    const written = this.string(key);
    try {
      return parseName(written);
    } catch (error) {
      if (isPkgsyncError(error, 'NAME_INVALID')) throw invalidImport(this.label, `${this.#at(key)}: ${error.message}`, { cause: error });
      throw error;
    }
  }

  /** A number of bytes that JavaScript holds exactly. */
  optionalSize(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    return this.#refuse(key, 'a number of bytes');
  }

  /** A TOML time, or a text that is one, as ISO 8601 in UTC. */
  optionalTime(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const text = value instanceof TomlDate ? (value.isDateTime() ? value.toISOString() : '') : value;
    if (typeof text === 'string' && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString().replace(/\.000Z$/, 'Z');
    return this.#refuse(key, 'a time');
  }

  /** The table; an empty one where the key is absent. */
  table(key: string): Fields {
    const value = this.raw(key);
    if (value === undefined) return new Fields({}, this.label, this.#at(key));
    if (!isTable(value)) return this.#refuse(key, 'a table');
    return new Fields(value, this.label, this.#at(key));
  }

  /** Tables of an array, each with its place; none where the key is absent. */
  tables(key: string): readonly Fields[] {
    return this.#array(key).map((value, index) => {
      if (isTable(value)) return new Fields(value, this.label, `${this.#at(key)}[${index}]`);
      throw invalidImport(this.label, `${this.#at(key)}[${index}]: expected a table, found ${described(value)}`);
    });
  }

  strings(key: string): readonly string[] {
    return this.#array(key).map((value, index) => {
      if (typeof value === 'string') return value;
      throw invalidImport(this.label, `${this.#at(key)}[${index}]: expected a text, found ${described(value)}`);
    });
  }

  /** The table as plain data, for digests. */
  record(): Readonly<Record<string, unknown>> {
    return this.#table;
  }

  /** The same table, called otherwise in messages. */
  called(path: string): Fields {
    return new Fields(this.#table, this.label, path);
  }

  #array(key: string): readonly unknown[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    return this.#refuse(key, 'an array');
  }

  #at(key: string): string {
    return this.path === '' ? printable(key, 60) : `${this.path}.${printable(key, 60)}`;
  }

  #refuse(key: string, expected: string): never {
    throw invalidImport(this.label, `${this.#at(key)}: expected ${expected}, found ${described(this.raw(key))}`);
  }
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return trimWhitespace(value) === '' ? 'an empty text' : `'${printable(value, 60)}'`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value === null) return 'null';
  if (value instanceof Date) return 'a time';
  return Array.isArray(value) ? 'an array' : 'a table';
}
