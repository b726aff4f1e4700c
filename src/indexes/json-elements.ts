import { PkgsyncError } from '../errors.ts';

/** What a document hands out while it comes in. */
export interface JsonElementEvents {
  /** The array under this top-level key begins; a key that repeats begins anew, and only its last value counts. */
  onBegin(key: string): void;
  /** The array's next elements, in order. */
  onElements(key: string, elements: readonly unknown[]): void;
}

/** Bytes of elements that are parsed together: enough to make parsing cheap, little enough to hold. */
const batchSize = 64 * 1024;

/** The most that is held of a document: outside of its arrays, and of one element. Real pages need some hundred kilobytes. */
const maxHeld = 16 * 1024 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Reads one JSON document in chunks. Elements of top-level arrays are handed out as they come and forgotten; the rest of the document is the
 * value that `end` returns, with those arrays empty. Only brackets and strings are looked for here; `JSON.parse` reads, and refuses, every byte in between: in
 * memory that does not grow with the arrays, in the time of the built-in parser. Throws `SyntaxError` for what is no JSON document, and `RangeError` for
 * more than 16 MiB that are no elements, or one element.
 */
export class JsonElements {
  readonly #keys: ReadonlySet<string>;
  readonly #events: JsonElementEvents;
  /** Everything outside of the arrays, and the elements that are not yet parsed. */
  readonly #rest = new Pieces();
  readonly #batch = new Pieces();
  /** The string that is being read directly inside the document: it may be a key. */
  readonly #key = new Pieces();
  #name: string | undefined;
  /** Key of the array whose elements are being read. */
  #array: string | undefined;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** An element must follow: a comma was read. */
  #owed = false;

  constructor(keys: readonly string[], events: JsonElementEvents) {
    this.#keys = new Set(keys);
    this.#events = events;
  }

  write(chunk: Uint8Array): void {
    // Views on the same memory; a Buffer finds bytes natively.
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#inString) {
        at = this.#string(bytes, at);
        continue;
      }
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.#inString = true;
        if (this.#depth === 1) this.#key.clear();
      } else if (byte === colon) {
        if (this.#depth === 1) this.#name = this.#key.text();
      } else if (byte === openBracket || byte === openBrace) {
        if (byte === openBracket && this.#depth === 1 && this.#opens()) {
          this.#rest.add(bytes, from, at + 1);
          from = at + 1;
        }
        this.#depth += 1;
      } else if (byte === closeBracket || byte === closeBrace) {
        this.#depth -= 1;
        if (this.#depth === 1 && this.#array !== undefined) {
          this.#batch.add(bytes, from, at);
          from = at;
          this.#flush(this.#owed);
          this.#array = undefined;
        }
      } else if (byte === comma) {
        if (this.#depth === 1) this.#name = undefined;
        if (this.#depth === 2 && this.#array !== undefined && this.#batch.size + at - from >= batchSize) {
          this.#batch.add(bytes, from, at);
          from = at + 1;
          this.#flush(true);
          this.#owed = true;
        }
      }
      at += 1;
    }
    (this.#array === undefined ? this.#rest : this.#batch).add(bytes, from, bytes.length);
  }

  /** Whether what has come in ends inside of the document: the rest is missing. */
  get unfinished(): boolean {
    return this.#depth > 0;
  }

  /** The document without the elements of its arrays. */
  end(): unknown {
    const text = this.#rest.text() + (this.#array === undefined ? '' : this.#batch.text());
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  }

  /** Goes on to the end of the string, or of the chunk. @returns where to go on */
  #string(bytes: Buffer, start: number): number {
    let at = start;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    for (;;) {
      const end = bytes.indexOf(quote, at);
      const stop = end === -1 ? bytes.length : end;
      let slashes = stop;
      while (slashes > at && bytes[slashes - 1] === backslash) slashes -= 1;
      const odd = (stop - slashes) % 2 === 1;
      if (end === -1) {
        this.#escaped = odd;
        this.#remember(bytes, start, stop);
        return stop;
      }
      at = end + 1;
      if (odd) continue;
      this.#inString = false;
      this.#remember(bytes, start, end);
      return at;
    }
  }

  #remember(bytes: Buffer, from: number, to: number): void {
    if (this.#depth === 1) this.#key.add(bytes, from, to);
  }

  /** Whether the bracket begins one of the arrays. */
  #opens(): boolean {
    const key = this.#name === undefined ? undefined : keyOf(this.#name);
    if (key === undefined || !this.#keys.has(key)) return false;
    this.#array = key;
    this.#owed = false;
    this.#events.onBegin(key);
    return true;
  }

  #flush(needed: boolean): void {
    const elements = JSON.parse(`[${this.#batch.text()}]`) as unknown[];
    this.#batch.clear();
    if (needed && elements.length === 0) throw new SyntaxError('an element is missing after a comma');
    if (this.#array !== undefined && elements.length > 0) this.#events.onElements(this.#array, elements);
  }
}

/** A key as it is written, without quotes; undefined for what is none, which the whole document will be refused for. */
function keyOf(written: string): string | undefined {
  if (!written.includes('\\')) return written;
  try {
    return JSON.parse(`"${written}"`) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Bytes that came in several chunks, in one piece of memory: a server may send each byte on its own. */
class Pieces {
  #bytes = Buffer.alloc(0);
  size = 0;

  /** Copies: the chunk is its owner's. */
  add(bytes: Buffer, from: number, to: number): void {
    if (from >= to) return;
    const size = this.size + to - from;
    if (size > maxHeld) throw new RangeError(`holds more than ${maxHeld} bytes beside its list, or in one entry of it`);
    if (size > this.#bytes.length) this.#grow(size);
    bytes.copy(this.#bytes, this.size, from, to);
    this.size = size;
  }

  text(): string {
    return this.#bytes.toString('utf8', 0, this.size);
  }

  clear(): void {
    this.size = 0;
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(size, 2 * this.#bytes.length, 1024), maxHeld));
    this.#bytes.copy(larger, 0, 0, this.size);
    this.#bytes = larger;
  }
}

/** The document that has come in, without the elements of its arrays. @throws PkgsyncError BAD_RESPONSE where it is none, `retryable` where it was cut off */
export function wholeJson(label: string, document: JsonElements): unknown {
  if (document.unfinished) throw new PkgsyncError('BAD_RESPONSE', `${label} is not a whole JSON document`, { retryable: true });
  return readingJson(label, () => document.end());
}

/** Runs a step of reading the page that `label` stands for. @throws PkgsyncError BAD_RESPONSE where it shows that this is no JSON document */
export function readingJson<T>(label: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new PkgsyncError('BAD_RESPONSE', `${label} is not a whole JSON document`, { retryable: 'later', cause: error });
    if (error instanceof RangeError) throw new PkgsyncError('BAD_RESPONSE', `${label} ${error.message}`, { cause: error });
    throw error;
  }
}
