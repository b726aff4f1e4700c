import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { systemErrorCode } from '../io/file-errors.ts';

/** An upload as the journal names it. */
export interface SentFile {
  /** Address of the destination. */
  readonly to: string;
  readonly filename: string;
  /** The strongest approved digest, `algorithm:hex`. */
  readonly digest: string;
}

/** What a journal says; none of it is to be believed without looking. */
export interface JournalHints {
  /** Bytes of verified files in the staging folder, by stem of their part. */
  readonly fetched: ReadonlyMap<string, number>;
  /** Uploads that were sent and not confirmed. */
  readonly sent: ReadonlySet<string>;
}

export const noHints: JournalHints = { fetched: new Map(), sent: new Set() };

const formatVersion = 1;
/** A journal is read no further than this, bytes: one of an apply of a hundred thousand files is smaller. */
const longest = 64 * 1024 * 1024;
/** More files than any apply has in flight; beyond them the oldest are forgotten. */
const mostHints = 4096;
/** Characters of one line: no filename and no address is as long. */
const longestLine = 16 * 1024;

/** Whether the upload was sent, going by the hints. */
export function wasSent({ sent }: JournalHints, file: SentFile): boolean {
  return sent.has(keyOf(file));
}

/** What the journal at `path` says; nothing where there is none, where it is no regular file, or where it cannot be read as one. */
export async function readHints(path: string): Promise<JournalHints> {
  const hints = new HintReader();
  try {
    // A link or a pipe was not made by an apply.
    if (!(await lstat(path)).isFile()) return noHints;
    let rest = '';
    for await (const chunk of createReadStream(path, { encoding: 'utf8', end: longest }) as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      // Without its line end a line is not whole.
      rest = lines.pop() ?? '';
      for (const line of lines) hints.add(line);
      if (hints.isForeign || rest.length > longestLine) break;
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
  return hints.isForeign ? noHints : hints;
}

/** Lines that say the same: the beginning of the next journal. */
export function encodeHints({ fetched, sent }: JournalHints): string {
  const lines: readonly object[] = [
    { journalVersion: formatVersion },
    ...[...fetched].map(([part, size]) => ({ fetched: part, size })),
    ...[...sent].map((key) => {
      const [to, filename, digest] = JSON.parse(key) as readonly string[];
      return { sent: filename, to, digest };
    }),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

class HintReader implements JournalHints {
  readonly fetched = new Map<string, number>();
  readonly sent = new Set<string>();
  /** It begins with another version, or is no journal. */
  isForeign = false;
  #began = false;

  add(line: string): void {
    const said = line.length > longestLine ? {} : recordOf(line);
    if (!this.#began) {
      this.#began = true;
      this.isForeign = said['journalVersion'] !== formatVersion;
    } else if (!this.isForeign) this.#note(said);
  }

  #note({ fetched, size, sent, settled, to, digest }: Readonly<Record<string, unknown>>): void {
    if (typeof fetched === 'string' && typeof size === 'number' && Number.isSafeInteger(size) && size > 0) {
      this.fetched.delete(fetched);
      this.fetched.set(fetched, size);
      dropOldest(this.fetched);
    }
    const filename = sent ?? settled;
    if (typeof filename !== 'string' || typeof to !== 'string' || typeof digest !== 'string') return;
    const key = keyOf({ to, filename, digest });
    this.sent.delete(key);
    if (filename !== sent) return;
    this.sent.add(key);
    dropOldest(this.sent);
  }
}

function dropOldest(kept: { readonly size: number; keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  const [oldest] = kept.size > mostHints ? kept.keys() : [];
  if (oldest !== undefined) kept.delete(oldest);
}

function keyOf({ to, filename, digest }: SentFile): string {
  return JSON.stringify([to, filename, digest]);
}

/** Lines that are no JSON object say nothing. */
function recordOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
