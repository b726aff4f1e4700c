import type { ErrorCode } from '../errors.ts';
import { PkgsyncError, printable, withoutCredentials } from '../errors.ts';

/** A position in a text and the error that parsing it may give. Every read moves forward, so a parser on it takes linear time. */
export class Scanner {
  readonly text: string;
  position = 0;
  readonly #code: ErrorCode;
  readonly #noun: string;

  /** @param noun what the text should be, for the error's sentence: "requirement" */
  constructor(text: string, code: ErrorCode, noun: string) {
    this.text = text;
    this.#code = code;
    this.#noun = noun;
  }

  atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character, or '' at the end. */
  peek(): string {
    return this.text.charAt(this.position);
  }

  /** Moves past `character` where it is the next one. */
  accept(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position += 1;
    return true;
  }

  /** Moves past what `pattern` matches right here and returns it. The pattern must be sticky (flag y). */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.position = pattern.lastIndex;
    return match[0];
  }

  /** Moves past all characters whose UTF-16 unit `matches` takes. */
  skipWhile(matches: (unit: number) => boolean): void {
    while (!this.atEnd() && matches(this.text.charCodeAt(this.position))) this.position += 1;
  }

  /** Moves past blanks: the grammar of dependency specifiers knows space and tab only. */
  skipBlanks(): boolean {
    return this.take(/[ \t]+/y) !== undefined;
  }

  /** Throws the scanner's error: `because` completes "'text' is not a valid noun: ". */
  fail(because: string, options: { hint?: string | undefined; cause?: unknown; at?: number } = {}): never {
    const at = options.at ?? this.position;
    const place = at >= this.text.length ? 'at the end' : `at character ${at + 1}`;
    const sentence = `'${printable(withoutCredentials(this.text))}' is not a valid ${this.#noun}: ${because} ${place}`;
    throw new PkgsyncError(this.#code, sentence, { hint: options.hint, cause: options.cause });
  }
}
