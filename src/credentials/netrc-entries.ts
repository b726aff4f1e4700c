import { PkgsyncError } from '../errors.ts';
import type { Credential } from '../http/credential.ts';

/**
 * The entries of a netrc file that have a password, by host in lower case; of several for one host the last one counts. `default` and macros are
 * read over. Tokens are divided by spaces and ends of lines; a token in double quotes may contain them, a backslash takes the next character as it
 * is, and `#` starts a comment where a keyword is expected, so that a password may begin with it.
 * @throws PkgsyncError USAGE with the number of the line
 */
export function netrcEntries(text: string, label: string): ReadonlyMap<string, Credential> {
  const scan = new Scan(text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'));
  const fail = (line: number, fault: string): never => {
    throw new PkgsyncError('USAGE', `${label}:${line}: ${fault}`, { hint: 'the line is not shown, because it may hold a password' });
  };
  const valueOf = (keyword: string): string => {
    const { line } = scan;
    return scan.token() ?? fail(line, `expected a value after '${keyword}'`);
  };
  const machines = new Map<string, Credential>();
  let entry: { readonly host: string | undefined; readonly line: number; username: string; password: string | undefined } | undefined;
  const finish = (): void => {
    if (entry?.host !== undefined && entry.password !== undefined) {
      const { host, line, username, password } = entry;
      machines.set(host, { username, password, from: { kind: 'netrc', name: `${label}:${line}` } });
    }
    entry = undefined;
  };
  for (let word = scan.keyword(); word !== undefined; word = scan.keyword()) {
    switch (word) {
      case 'machine':
        finish();
        entry = { line: scan.line, host: valueOf(word).toLowerCase(), username: '', password: undefined };
        break;
      case 'default':
        finish();
        entry = { line: scan.line, host: undefined, username: '', password: undefined };
        break;
      case 'macdef':
        finish();
        valueOf(word);
        scan.skipMacro();
        break;
      case 'login':
      case 'user':
      case 'account':
      case 'password': {
        if (entry === undefined) return fail(scan.line, `'${word}' stands before the first 'machine'`);
        const value = valueOf(word);
        if (word === 'password') entry.password = value;
        else if (word !== 'account') entry.username = value;
        break;
      }
      default:
        return fail(scan.line, "expected 'machine', 'login', 'password', 'account', 'default' or 'macdef'");
    }
  }
  finish();
  return machines;
}

class Scan {
  /** Of what was read last, counted from 1. */
  line = 1;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token that is no comment. */
  keyword(): string | undefined {
    for (;;) {
      this.#skipBlanks();
      if (this.#text[this.#at] !== '#') return this.token();
      this.#skipLine();
    }
  }

  /** The next token, or undefined at the end of the text. */
  token(): string | undefined {
    this.#skipBlanks();
    if (this.#at >= this.#text.length) return undefined;
    const quoted = this.#text[this.#at] === '"';
    if (quoted) this.#at += 1;
    const parts: string[] = [];
    for (; this.#at < this.#text.length; this.#at += 1) {
      let character = this.#text[this.#at] ?? '';
      if (quoted ? character === '"' : isBlank(character)) break;
      if (character === '\\' && this.#at + 1 < this.#text.length) character = this.#text[(this.#at += 1)] ?? '';
      if (character === '\n') this.line += 1;
      parts.push(character);
    }
    if (quoted) this.#at += 1;
    return parts.join('');
  }

  /** A macro ends at an empty line, or with the file. */
  skipMacro(): void {
    this.#skipLine();
    while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#skipLine();
  }

  #skipBlanks(): void {
    for (; this.#at < this.#text.length && isBlank(this.#text[this.#at] ?? ''); this.#at += 1) {
      if (this.#text[this.#at] === '\n') this.line += 1;
    }
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    if (end >= 0) this.line += 1;
    this.#at = end < 0 ? this.#text.length : end + 1;
  }
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}
