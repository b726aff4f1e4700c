import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { readHints, type JournalHints, noHints, encodeHints } from './journal-hints.ts';
import type { SentFile } from './journal-hints.ts';

/**
 * What one apply has got done, for the next one in case it never comes to its end: sizes of files that lie fetched and verified in the staging
 * folder, uploads that were sent and not yet confirmed. Only hints: the next apply checks digests and listings all the same, so a journal that is
 * missing, cut off, edited or made up costs time and nothing else.
 */
export interface Journal {
  /** What an earlier apply left. */
  readonly hints: JournalHints;
  /** A file lies whole and verified in the staging folder. */
  fetched(part: string, size: number): void;
  /** An upload was sent; only the listing can tell what became of it. */
  sent(file: SentFile): void;
  /** What became of it is known. */
  settled(file: SentFile): void;
  /** Ends it after everything was done: the file goes. @throws PkgsyncError FILE_SYSTEM */
  remove(): Promise<void>;
  /** Ends it with something left to do: the file stays for the next apply. */
  keep(): Promise<void>;
}

/** For whoever keeps none. */
export const noJournal: Journal = {
  hints: noHints,
  fetched: () => undefined,
  sent: () => undefined,
  settled: () => undefined,
  remove: () => Promise.resolve(),
  keep: () => Promise.resolve(),
};

/**
 * Begins the journal of an apply at `path`, with what an earlier one left there. Only for whoever holds the lease; the folder is there then.
 * @param onTrouble told once, where it cannot be written: the apply goes on without
 */
export async function openJournal(path: string, onTrouble: (sentence: string) => void): Promise<Journal> {
  const hints = await readHints(path);
  try {
    return new JournalFile(path, hints, await begin(path, hints), onTrouble);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    onTrouble(trouble(path, error));
    return { ...noJournal, hints };
  }
}

/** Appends in the background, in order; nothing waits for the disk, and nothing is fsynced: it is no loss when the last lines are. */
class JournalFile implements Journal {
  readonly hints: JournalHints;
  readonly #path: string;
  readonly #onTrouble: (sentence: string) => void;
  #handle: FileHandle | undefined;
  #pending = '';
  #writing: Promise<void> | undefined;

  constructor(path: string, hints: JournalHints, handle: FileHandle, onTrouble: (sentence: string) => void) {
    this.#path = path;
    this.hints = hints;
    this.#handle = handle;
    this.#onTrouble = onTrouble;
  }

  fetched(part: string, size: number): void {
    this.#append({ fetched: part, size });
  }

  sent({ to, filename, digest }: SentFile): void {
    this.#append({ sent: filename, to, digest });
  }

  settled({ to, filename, digest }: SentFile): void {
    this.#append({ settled: filename, to, digest });
  }

  async remove(): Promise<void> {
    await this.keep();
    await removeJournal(this.#path);
  }

  async keep(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    await this.#close();
  }

  /** Some network file systems report a full disk only here: that, too, costs no more than what the journal would have told. */
  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      await handle?.close();
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      this.#onTrouble(trouble(this.#path, error));
    }
  }

  #append(line: object): void {
    if (this.#handle === undefined) return;
    this.#pending += `${JSON.stringify(line)}\n`;
    this.#writing ??= this.#write(this.#handle).finally(() => {
      this.#writing = undefined;
    });
  }

  async #write(handle: FileHandle): Promise<void> {
    try {
      while (this.#pending !== '') {
        const text = this.#pending;
        this.#pending = '';
        await handle.appendFile(text);
      }
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      this.#pending = '';
      this.#onTrouble(trouble(this.#path, error));
      await this.#close();
    }
  }
}

/** Removes a journal, also one that does not exist. @throws PkgsyncError FILE_SYSTEM */
export async function removeJournal(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
    await rm(freshPath(path), { recursive: true, force: true });
  } catch (error) {
    throw fileSystemError(error, path, 'remove');
  }
}

/** A new file that begins with what is still of use in the old one, so that two crashes in a row lose nothing and the file does not grow. */
async function begin(path: string, hints: JournalHints): Promise<FileHandle> {
  const fresh = freshPath(path);
  await rm(fresh, { recursive: true, force: true });
  // 'wx': whatever anybody puts there meanwhile is not written through.
  const handle = await open(fresh, 'wx', 0o600);
  try {
    await handle.appendFile(encodeHints(hints));
    await rename(fresh, path);
    return handle;
  } catch (error) {
    await handle.close();
    await rm(fresh, { force: true });
    throw error;
  }
}

function freshPath(path: string): string {
  return `${path}.new`;
}

function trouble(path: string, error: unknown): string {
  const { message } = fileSystemError(error, path, 'write');
  return `${message}; should this run be cut off, the next one may fetch files again that were fetched`;
}
