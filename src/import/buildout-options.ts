import { isPkgsyncError, PkgsyncError } from '../errors.ts';
import type { Assignment } from './buildout-sections.ts';

/** Longest value after substitution, in UTF-16 units. */
const maxLength = 16_384;
/** Sections that one section may take in through `<=`, and references that one value may follow, each in turn. */
const maxDepth = 16;

/** An option with everything that was added to it and taken from it. */
export interface ResolvedOption {
  /** As spelled by the last assignment. */
  readonly name: string;
  /** Its lines joined by a blank, references filled in; undefined where that is impossible. */
  readonly value: string | undefined;
  /** Why there is no value: completes "name: ...". */
  readonly problem?: string | undefined;
  /** Of the last assignment that was not `+=` or `-=`, else of the first. */
  readonly line: number;
  readonly label: string;
}

/** The options of a section; a key says which names are one option. */
type KeyOf = (name: string) => string;

interface Gathered {
  readonly name: string;
  readonly values: readonly string[];
  readonly line: number;
  readonly label: string;
}

/**
 * Reads options out of sections as buildout does: later assignments replace earlier ones, `+=` and `-=` work on whole lines, `<= other` puts
 * another section's options below, `${section:option}` stands for a value.
 */
export class BuildoutOptions {
  readonly #sections: ReadonlyMap<string, readonly Assignment[]>;
  readonly #gathered = new Map<string, ReadonlyMap<string, Gathered>>();
  readonly #values = new Map<string, string | PkgsyncError>();
  readonly #keyOf: (section: string) => KeyOf;

  /** @param keyOf per section, which names mean one option there: project names have several spellings */
  constructor(sections: ReadonlyMap<string, readonly Assignment[]>, keyOf: (section: string) => KeyOf = () => (name) => name) {
    this.#sections = sections;
    this.#keyOf = keyOf;
  }

  has(section: string): boolean {
    return this.#sections.has(section);
  }

  /** The options of a section in the order in which they first appear; none where there is no such section. */
  options(section: string): readonly ResolvedOption[] {
    return [...this.#options(section)].map(([key, { name, line, label }]) => {
      try {
        return { name, line, label, value: this.#value(section, key, 0) };
      } catch (error) {
        if (!isPkgsyncError(error, 'IMPORT_INVALID')) throw error;
        return { name, line, label, value: undefined, problem: error.message };
      }
    });
  }

  option(section: string, name: string): ResolvedOption | undefined {
    return this.options(section).find((option) => option.name === name);
  }

  #options(section: string): ReadonlyMap<string, Gathered> {
    const known = this.#gathered.get(section);
    if (known !== undefined) return known;
    const gathered = gather(this.#assignments(section, new Set()), this.#keyOf(section));
    this.#gathered.set(section, gathered);
    return gathered;
  }

  /** With those of the sections that it is based on before its own. */
  #assignments(section: string, seen: Set<string>): readonly Assignment[] {
    if (seen.has(section) || seen.size >= maxDepth) return [];
    seen.add(section);
    const own = this.#sections.get(section) ?? [];
    const bases = own.filter(({ name }) => name === '<').flatMap(({ values }) => values);
    return [...bases.flatMap((base) => this.#assignments(base, seen)), ...own.filter(({ name }) => name !== '<')];
  }

  /** @throws PkgsyncError IMPORT_INVALID: its message completes "name: ..." */
  #value(section: string, key: string, depth: number): string {
    const id = JSON.stringify([section, key]);
    const known = this.#values.get(id);
    if (typeof known === 'string') return known;
    if (known !== undefined) throw known;
    // Whoever comes back here before there is a value goes round in a circle.
    this.#values.set(id, fault('its references lead back to itself'));
    try {
      const value = this.#substitute((this.#options(section).get(key)?.values ?? []).join(' '), section, depth);
      this.#values.set(id, value);
      return value;
    } catch (error) {
      if (isPkgsyncError(error, 'IMPORT_INVALID')) this.#values.set(id, error);
      throw error;
    }
  }

  #substitute(text: string, section: string, depth: number): string {
    if (depth > maxDepth) throw fault(`its references go deeper than ${maxDepth} levels`);
    let result = '';
    let at = 0;
    for (;;) {
      const open = text.indexOf('${', at);
      const close = open < 0 ? -1 : text.indexOf('}', open);
      if (close < 0) return result + text.slice(at);
      result += text.slice(at, open);
      result += this.#reference(text.slice(open + 2, close), section, depth);
      if (result.length > maxLength) throw fault(`it has more than ${maxLength} characters once its references are filled in`);
      at = close + 1;
    }
  }

  #reference(reference: string, here: string, depth: number): string {
    const colon = reference.indexOf(':');
    const section = colon > 0 ? reference.slice(0, colon) : here;
    const option = colon < 0 ? '' : reference.slice(colon + 1);
    const key = this.#keyOf(section)(option);
    if (option === '' || !this.#options(section).has(key)) throw fault(`nothing here defines \${${reference.slice(0, 100)}}`);
    return this.#value(section, key, depth + 1);
  }
}

function fault(because: string): PkgsyncError {
  return new PkgsyncError('IMPORT_INVALID', because);
}

function gather(assignments: readonly Assignment[], keyOf: KeyOf): ReadonlyMap<string, Gathered> {
  const options = new Map<string, { name: string; values: string[]; line: number; label: string }>();
  for (const { name, operator, values, line, label } of assignments) {
    const key = keyOf(name);
    const known = options.get(key);
    if (operator === '=' || known === undefined) {
      options.set(key, { name, values: operator === '-=' ? [] : [...values], line, label });
    } else if (operator === '+=') known.values.push(...values);
    else known.values = known.values.filter((value) => !values.includes(value));
  }
  return options;
}
