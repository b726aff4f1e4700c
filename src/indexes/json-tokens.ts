import { Tokenizer, TokenType } from '@streamparser/json';

/** No index nests deeper than a handful; beyond this a page is hostile. */
const maxDepth = 64;

type Token = { readonly token: TokenType; readonly value: unknown };
type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/** What happens inside a document, for readers that keep almost nothing of it. `path` holds object keys; array elements are `*`. */
export interface JsonEvents {
  /** An object or array begins at `path` (empty: the document itself). */
  onOpen?(path: readonly string[], kind: 'object' | 'array'): void;
  onClose?(path: readonly string[], kind: 'object' | 'array'): void;
  /** A string, number, boolean or null. */
  onScalar?(path: readonly string[], value: unknown): void;
}

/**
 * Reads one JSON document in chunks in memory that does not grow with it. Throws plain errors for what is no JSON (also trailing commas and
 * text after the document) and for absurd depth; `end` throws where the document is not whole.
 */
export class JsonTokens {
  readonly #events: JsonEvents;
  readonly #tokenizer = new Tokenizer({ stringBufferSize: 64 * 1024 });
  readonly #kinds: ('object' | 'array')[] = [];
  readonly #path: string[] = [];
  #expected: Expected = 'value';

  constructor(events: JsonEvents) {
    this.#events = events;
    this.#tokenizer.onToken = (token) => this.#accept(token);
  }

  write(chunk: Uint8Array): void {
    this.#tokenizer.write(chunk);
  }

  end(): void {
    this.#tokenizer.end();
    if (this.#expected !== 'nothing') throw new Error('the JSON document ends early');
  }

  #accept({ token, value }: Token): void {
    if (token === TokenType.LEFT_BRACE) this.#open('object');
    else if (token === TokenType.LEFT_BRACKET) this.#open('array');
    else if (token === TokenType.RIGHT_BRACE) this.#close('object');
    else if (token === TokenType.RIGHT_BRACKET) this.#close('array');
    else if (token === TokenType.COLON) this.#colon();
    else if (token === TokenType.COMMA) this.#comma();
    else if (typeof value === 'string' && this.#expected.startsWith('key')) this.#key(value);
    else this.#scalar(value);
  }

  #key(key: string): void {
    this.#path[this.#path.length - 1] = key;
    this.#expected = 'colon';
  }

  #colon(): void {
    this.#need('colon');
    this.#expected = 'value';
  }

  #comma(): void {
    this.#need('comma-or-end');
    this.#expected = this.#kinds.at(-1) === 'object' ? 'key' : 'value';
  }

  #open(kind: 'object' | 'array'): void {
    this.#need('value', 'value-or-end');
    this.#events.onOpen?.(this.#path, kind);
    if (this.#kinds.length >= maxDepth) throw new Error(`the JSON document is nested deeper than ${maxDepth} levels`);
    this.#kinds.push(kind);
    this.#path.push('*');
    this.#expected = kind === 'object' ? 'key-or-end' : 'value-or-end';
  }

  #close(kind: 'object' | 'array'): void {
    this.#need('comma-or-end', kind === 'object' ? 'key-or-end' : 'value-or-end');
    if (this.#kinds.pop() !== kind) throw new Error('the JSON document closes what is not open');
    this.#path.pop();
    this.#events.onClose?.(this.#path, kind);
    this.#after();
  }

  #scalar(value: unknown): void {
    this.#need('value', 'value-or-end');
    this.#events.onScalar?.(this.#path, value);
    this.#after();
  }

  #after(): void {
    this.#expected = this.#kinds.length === 0 ? 'nothing' : 'comma-or-end';
  }

  #need(...states: readonly Expected[]): void {
    if (!states.includes(this.#expected)) throw new Error('the JSON document is malformed');
  }
}
