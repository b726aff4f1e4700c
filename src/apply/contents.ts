import { PkgsyncError } from '../errors.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import type { Action } from '../plan/plan.ts';
import type { SourcedProject } from '../resolve/sources.ts';
import type { ApplyRun } from './run.ts';
import { fetchContent } from './transfer.ts';
import type { FetchedContent } from './transfer.ts';

/** An action that brings bytes. */
export type WriteAction = Extract<Action, { kind: 'upload' } | { kind: 'replace' }>;

/** An action that takes a file away. */
export type Removal = Extract<Action, { kind: 'remove' | 'keep' }>;

export function isRemoval(action: Action): action is Removal {
  return action.kind === 'remove';
}

export function isWrite(action: Action): action is WriteAction {
  return action.kind === 'upload' || action.kind === 'replace';
}

/** Each file's bytes, read from the source once however many destinations want them. */
export class Contents {
  /** Digests and sizes of bytes that passed, for the lock. */
  readonly learnt = new Map<string, { size: number; hashes: { sha256: string; md5: string } }>();
  readonly #run: ApplyRun;
  readonly #name: PackageName;
  readonly #sourced: SourcedProject | undefined;
  readonly #files: ReadonlyMap<string, DistributionFile>;
  readonly #users = new Map<string, number>();
  readonly #fetched = new Map<string, Promise<FetchedContent>>();

  constructor(run: ApplyRun, name: PackageName, open: readonly Action[], sourced: SourcedProject | undefined) {
    this.#run = run;
    this.#name = name;
    this.#sourced = sourced;
    this.#files = new Map((sourced?.project.files ?? []).map((file) => [file.filename, file]));
    for (const action of open.filter(isWrite)) this.#users.set(action.file.filename, (this.#users.get(action.file.filename) ?? 0) + 1);
  }

  /** Fetches on first use; every user calls `release` when done. */
  async get(action: WriteAction): Promise<FetchedContent> {
    const { filename, hashes, size } = action.file;
    let fetched = this.#fetched.get(filename);
    if (fetched === undefined) {
      fetched = this.#fetch(filename, { hashes, size });
      this.#fetched.set(filename, fetched);
    }
    return await fetched;
  }

  /** Fetches ahead; an error waits for whoever asks with `get`. */
  async fetch(action: WriteAction): Promise<void> {
    await Promise.allSettled([this.get(action)]);
  }

  async release(action: WriteAction): Promise<void> {
    const { filename } = action.file;
    const left = (this.#users.get(filename) ?? 1) - 1;
    this.#users.set(filename, left);
    if (left <= 0) await this.#discard(filename);
  }

  /** Throws away what nobody released, because something failed on the way. */
  async close(): Promise<void> {
    for (const filename of [...this.#fetched.keys()]) await this.#discard(filename);
  }

  async #discard(filename: string): Promise<void> {
    const fetched = this.#fetched.get(filename);
    if (fetched === undefined) return;
    this.#fetched.delete(filename);
    const [outcome] = await Promise.allSettled([fetched]);
    if (outcome.status === 'fulfilled') await outcome.value.discard();
  }

  async #fetch(filename: string, approved: { hashes: DistributionFile['hashes']; size: number | undefined }): Promise<FetchedContent> {
    const file = this.#files.get(filename);
    if (file === undefined || this.#sourced === undefined) {
      throw new PkgsyncError('NOT_FOUND', `the source no longer lists ${filename}`, { hint: 'plan again' });
    }
    const staging = this.#run.destinations.map(({ live }) => live.stagingFolder).find((folder) => folder !== undefined);
    const content = await fetchContent({
      source: this.#sourced.source,
      file,
      approved,
      folder: staging ?? this.#run.stagingFolder,
      parts: this.#run.parts,
      sizeHint: (stem) => this.#run.journal.hints.fetched.get(stem),
      onFetched: (stem, size) => this.#run.journal.fetched(stem, size),
      signal: this.#run.signal,
      sleep: this.#run.sleep,
      onBytes: (count) => this.#run.onEvent({ type: 'bytes', count }),
      onWarning: (message) => this.#run.onEvent({ type: 'warning', message: `${this.#name}: ${message}` }),
    });
    this.learnt.set(filename, { size: content.size, hashes: content.hashes });
    return content;
  }
}
