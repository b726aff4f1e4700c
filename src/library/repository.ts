import { PkgsyncError, printable } from '../errors.ts';
import { allOf, createLimiter, orderedMap } from '../io/concurrency.ts';
import { interruptibleValues, interruptibly, interruption } from '../io/interruption.ts';
import { PartFiles } from '../io/part-files.ts';
import type { DistributionFile, ProjectStatus, SkippedFile } from '../packaging/distribution-file.ts';
import { parseName, type PackageName } from '../packaging/name.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { Distribution } from './distribution.ts';
import { RepositoryEnds, type RepositoryOptions } from './ends.ts';
import type { PutRequest, WriteResult } from './put-file.ts';
import type { FileOutcome } from './put-files.ts';
import { RemoteDistribution, type TransferOptions } from './remote-distribution.ts';
import { inListOrder, selectedFiles, selectionsOf, type ProjectSelection, type SelectionOptions } from './selection.ts';

export interface ListOptions extends SelectionOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface UploadOptions extends TransferOptions {
  /** Default true: an identical file that is there already is `not-needed`. False: it is an error, as a file with other bytes always is. */
  readonly skipExisting?: boolean | undefined;
}

export interface UploadAllOptions extends UploadOptions {
  /** Files in flight at once. Default 16. */
  readonly concurrency?: number | undefined;
  /** Told right before a file is begun. */
  readonly onStart?: ((dist: Distribution) => void) | undefined;
  /** Told of each file once, as soon as it is known how it ended; waited for. */
  readonly onOutcome: (outcome: FileOutcome) => Promise<void> | void;
}

/** A project as its index lists it. */
export interface RemoteProject {
  readonly name: PackageName;
  /** PEP 792: `active`, `archived`, `quarantined`, `deprecated`. */
  readonly status: ProjectStatus;
  /** All of its files, in the order of `Repository.distributions`. */
  readonly distributions: readonly RemoteDistribution[];
  /** Entries of the page that are no distributions of the project, and why. */
  readonly skipped: readonly SkippedFile[];
  /** What a person should know about the page. */
  readonly warnings: readonly string[];
}

/** How many projects of one call are read ahead. */
const projectsAhead = 8;

/**
 * A package index: PyPI, a private server, an index or a loose folder of files on disk. Reading asks for nothing but pages and files; what takes
 * uploads is found out when something is first registered or uploaded. Credentials never show in a print-out, in JSON or in an error.
 */
export class Repository implements AsyncDisposable {
  /** Its address without credentials. */
  readonly url: string;
  readonly #ends: RepositoryEnds;
  readonly #parts = new PartFiles();

  /**
   * @param url of the simple API, of the repository's root or of its upload API; or a path or file URL. User and password in it are taken out and used
   * @throws PkgsyncError USAGE
   */
  constructor(url: string | URL, options: RepositoryOptions = {}) {
    this.#ends = new RepositoryEnds(url, options);
    this.url = this.#ends.address;
  }

  /**
   * The files that a requirement string (`celery>=3.0.15,<4`), or any of several, selects, by the rules of a manifest: pre-releases only where PEP 440
   * takes them, yanked files only for exact pins. Projects come in the order of their first mention; of each the newest version first, within a version by
   * filename. A project that the index does not have has no files; `project` tells it from one without matching files.
   *
   * Iterating throws PkgsyncError: REQUIREMENT_INVALID, SPECIFIER_INVALID, NAME_INVALID, TARGET_INVALID, USAGE (extras, markers, URLs), NOT_FOUND (no
   * index there), UNAUTHORIZED, FORBIDDEN, UNREACHABLE, BAD_RESPONSE, FILE_SYSTEM, INTERRUPTED.
   */
  distributions(spec: string | readonly string[], options: ListOptions = {}): AsyncGenerator<RemoteDistribution, void, undefined> {
    return interruptibleValues(options.signal, (signal) => this.#distributions(spec, { ...options, signal }));
  }

  async *#distributions(spec: string | readonly string[], options: ListOptions): AsyncGenerator<RemoteDistribution, void, undefined> {
    const selections = selectionsOf(spec, options);
    const index = await this.#ends.reader();
    const asOf = Date.now();
    const read = async (selection: ProjectSelection, signal: AbortSignal) => ({
      selection,
      project: await index.project(selection.name, signal),
    });
    const pages = orderedMap(selections, { concurrency: projectsAhead, signal: options.signal }, read);
    for await (const { selection, project } of pages) {
      for (const warning of project?.warnings ?? []) this.#ends.onWarning(warning);
      for (const file of selectedFiles(project?.files ?? [], selection, asOf)) yield this.#remote(index, file);
    }
  }

  /** Names of all projects, in the index's order; one may repeat. The list is streamed. Iterating throws as `distributions`. */
  projects(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<PackageName, void, undefined> {
    const ends = this.#ends;
    return interruptibleValues(options.signal, async function* (signal) {
      yield* (await ends.reader()).projects(signal);
    });
  }

  /** A project with all of its files, or undefined where the index has none of that name. @throws PkgsyncError NAME_INVALID, and as `distributions` */
  async project(name: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<RemoteProject | undefined> {
    const wanted = parseName(name);
    const index = await this.#ends.reader();
    const project = await interruptibly(options.signal, (signal) => index.project(wanted, signal));
    if (project === undefined) return undefined;
    const { status, skipped, warnings } = project;
    return { name: wanted, status, distributions: inListOrder(project.files).map((file) => this.#remote(index, file)), skipped, warnings };
  }

  /**
   * Makes the project of a distribution known, where that means anything: `not-needed` where the first file does it or the project is there already,
   * `unsupported` where the server knows no such thing. Its listing confirms a `done`.
   * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN, REFUSED, UNREACHABLE, BAD_RESPONSE, USAGE, UNSUPPORTED (a mirror), APPLY_RUNNING, INTERRUPTED
   */
  async register(dist: Distribution, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<WriteResult> {
    const { registerProject } = await import('./put-file.ts');
    return await this.#write(signal, (writing) => registerProject(writing, dist));
  }

  /**
   * Uploads a distribution. The destination's listing is read before and after, and decides: an identical file there is `not-needed`, and only a file that
   * the listing shows with our bytes is `done`, whatever the server answered. Nothing is ever replaced.
   * @throws PkgsyncError CONFLICT: other bytes have the name, both digests are told; FILE_EXISTS: an identical file, with `skipExisting: false`; INTEGRITY:
   *   the file has changed since it was opened; UNREACHABLE with `retryable`: not confirmed; TOO_LARGE, REFUSED, and what `register` throws
   */
  async upload(dist: Distribution, { skipExisting = true, signal, onBytes }: UploadOptions = {}): Promise<WriteResult> {
    const { putFile } = await import('./put-files.ts');
    return await this.#write(signal, (writing) => putFile({ ...writing, skipExisting, onBytes }, dist));
  }

  /**
   * Uploads many distributions, in parallel, as `upload` does each: the listing of a project is read once before and once after all of its files. What fails
   * is told as an outcome and keeps no other file from arriving; after UNAUTHORIZED no further file is begun.
   * @throws PkgsyncError USAGE: two with one filename; what finding the destination throws; APPLY_RUNNING
   */
  async uploadAll(dists: readonly Distribution[], options: UploadAllOptions): Promise<void> {
    const { skipExisting = true, signal, onBytes, onStart, onOutcome, concurrency = 16 } = options;
    const { putFiles } = await import('./put-files.ts');
    const slots = createLimiter(concurrency);
    let mayGoOn = true;
    const told = async (outcome: FileOutcome): Promise<void> => {
      // Wrong credentials stay wrong, and some servers lock an account after a few tries.
      if (outcome.error?.code === 'UNAUTHORIZED') mayGoOn = false;
      await onOutcome(outcome);
    };
    await this.#write(signal, (writing) => {
      const request = { ...writing, slots, skipExisting, onBytes, onStart, onOutcome: told, mayStart: () => mayGoOn };
      return allOf(byProject(dists).map((group) => putFiles({ ...request, dists: group })));
    });
  }

  async #write<T>(
    caller: AbortSignal | undefined,
    write: (writing: Pick<PutRequest, 'destination' | 'oneAtATime' | 'open' | 'signal'>) => Promise<T>,
  ): Promise<T> {
    // Not refused at once where it has aborted already: `uploadAll` tells that of each file.
    const { signal, end } = interruption(caller);
    try {
      const { destination, during, oneAtATime } = await this.#ends.writing(signal);
      const open = async (file: DistributionFile) => (await this.#ends.reader()).open(file);
      return await during(() => write({ destination, oneAtATime, open, signal }));
    } finally {
      end();
      this.#ends.forgetReader();
    }
  }

  /** Where `upload` goes and what is there (`devpi 6.19.1`, a folder); a server is asked once. @throws PkgsyncError as `register` */
  async destination({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<{
    readonly address: string;
    readonly kind: string;
  }> {
    const { address, kind } = (await interruptibly(signal, (own) => this.#ends.writing(own))).destination;
    return { address, kind };
  }

  /**
   * Whether these credentials may upload, asked without changing anything; `unknown` where only an upload will tell.
   * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN: they may not; and what `destination` throws
   */
  async mayWrite({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<'allowed' | 'unknown'> {
    const { destination } = await interruptibly(signal, (own) => this.#ends.writing(own));
    return (await interruptibly(signal, async (own) => await destination.probeWrite?.(own))) ?? 'unknown';
  }

  /** Closes all connections; what is under way fails. */
  close(): Promise<void> {
    return this.#ends.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    return this.url;
  }

  toJSON(): { readonly url: string } {
    return { url: this.url };
  }

  #remote(index: SourceIndex, file: DistributionFile): RemoteDistribution {
    const { sleep, onWarning } = this.#ends;
    return new RemoteDistribution(file, { open: () => index.open(file), parts: this.#parts, sleep, onWarning });
  }
}

/** @throws PkgsyncError USAGE */
function byProject(dists: readonly Distribution[]): readonly (readonly Distribution[])[] {
  const groups = new Map<PackageName, Map<string, Distribution>>();
  for (const dist of dists) {
    const group = groups.get(dist.name) ?? new Map<string, Distribution>();
    if (group.has(dist.filename)) throw new PkgsyncError('USAGE', `${printable(dist.filename)} is given twice: nothing was sent`);
    groups.set(dist.name, group.set(dist.filename, dist));
  }
  return [...groups.values()].map((group) => [...group.values()]);
}
