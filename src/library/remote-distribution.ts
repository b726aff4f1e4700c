import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PkgsyncError, redactUrl } from '../errors.ts';
import type { ByteSource } from '../io/byte-source.ts';
import { verified, type Measured } from '../io/hashing.ts';
import { interruptibleValues, interruptibly } from '../io/interruption.ts';
import type { PartFiles } from '../io/part-files.ts';
import { compareDigests, hasDigest, type DigestSet } from '../packaging/digest.ts';
import type { DistributionFile, PackageType } from '../packaging/distribution-file.ts';
import { distributionKey, isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import type { Distribution } from './distribution.ts';
import { downloadFile, type DownloadedFile } from './download.ts';

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes as they pass. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

export interface DownloadOptions extends TransferOptions {
  /** A folder, made where it is missing. */
  readonly to: string;
  /** Default true: go on with what a download that broke off left in the folder, and leave something in turn. */
  readonly resume?: boolean | undefined;
}

export interface DownloadToStreamOptions extends TransferOptions {
  /** Gets the bytes as they come and is ended with them; what it got counts only when the call succeeds. */
  readonly to: NodeJS.WritableStream;
}

/** What a remote distribution needs of the repository that lists it. */
export interface DownloadContext {
  readonly open: () => ByteSource;
  readonly parts: PartFiles;
  /** Waits between tries, milliseconds. Default: the clock's. */
  readonly sleep?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
  readonly onWarning: (sentence: string) => void;
}

/** What tells two files apart: a `RemoteDistribution`, a `Distribution` and a plain listing entry all have it. */
export interface NamedFile {
  readonly name: PackageName;
  readonly filename: string;
  readonly hashes: DigestSet;
}

/** One file as an index lists it. */
export class RemoteDistribution {
  readonly name: PackageName;
  /** As the filename spells it; not always PEP 440. */
  readonly version: string;
  readonly filename: string;
  readonly packageType: PackageType;
  /** Digests that the index offers, lower-case hex by algorithm; perhaps none. */
  readonly hashes: DigestSet;
  /** Bytes, where the index says so. */
  readonly size: number | undefined;
  readonly requiresPython: string | undefined;
  readonly yanked: false | { readonly reason: string };
  /** ISO 8601 in UTC, where the index says so. */
  readonly uploadTime: string | undefined;
  readonly #file: DistributionFile;
  readonly #context: DownloadContext;

  /** Made by `Repository`. @internal */
  constructor(file: DistributionFile, context: DownloadContext) {
    this.name = file.name;
    this.version = file.version;
    this.filename = file.filename;
    this.packageType = file.packageType;
    this.hashes = file.hashes;
    this.size = file.size;
    this.requiresPython = file.requiresPython;
    this.yanked = file.yanked;
    this.uploadTime = file.uploadTime;
    this.#file = file;
    this.#context = context;
  }

  /** Where its bytes are: absolute, without fragment. A signed URL holds a secret, so it is shown by no print-out of the object. */
  get url(): string {
    return this.#file.url;
  }

  /** The upload form's value: `source`, a python tag, `X.Y` or `any`. */
  get pyversion(): string {
    const parsed = parseDistributionFilename(this.filename, this.name);
    return isDistribution(parsed) ? parsed.pyversion : 'any';
  }

  /** MD5 where the index offers it, as those of 2013 did; undefined elsewhere. */
  get md5Digest(): string | undefined {
    return this.hashes.md5;
  }

  /** Whether the index offers a digest, so that a download can be verified. */
  get verifiable(): boolean {
    return hasDigest(this.hashes);
  }

  /**
   * Downloads the file into a folder and opens it. It appears there only when it is whole and every digest matches. A file of that name with the right
   * bytes is taken as it is, one with others is never replaced. A download that broke off is taken up again by Range, and verified from its first byte.
   * Where the index offers no digest (`verifiable`), the repository's `onWarning` is told.
   * @throws PkgsyncError FILE_EXISTS, INTEGRITY, NOT_FOUND, UNAUTHORIZED, FORBIDDEN, UNREACHABLE, BAD_RESPONSE, DISK_FULL, FILE_SYSTEM, INTERRUPTED;
   *   ARCHIVE_INVALID, METADATA_INVALID: the file is there, but says nothing usable about itself
   */
  download(options: DownloadOptions): Promise<Distribution>;
  /**
   * Sends the bytes into a stream; resolves when they were all taken and every digest matched.
   * @throws PkgsyncError as the other form; errors of the stream as they are
   */
  download(options: DownloadToStreamOptions): Promise<Measured>;
  async download(options: DownloadOptions | DownloadToStreamOptions): Promise<Distribution | Measured> {
    const { to } = options;
    if (typeof to !== 'string') return this.#sendTo(to, options);
    const { path } = await this.downloadFile({ ...options, to });
    // Reading archives is a good part of the program: whoever only lists has no use for it.
    const { Distribution } = await import('./distribution.ts');
    return Distribution.open(path, { project: this.name });
  }

  /** The same as `download` without opening the file, so for archives of any kind. @throws PkgsyncError as there, save for the file's metadata */
  async downloadFile({ to, resume = true, signal, onBytes }: DownloadOptions): Promise<DownloadedFile> {
    const { open, parts, sleep } = this.#context;
    const downloaded = await interruptibly(signal, (own) =>
      downloadFile({ file: this.#file, bytes: open(), parts, folder: to, resume, sleep, signal: own, onBytes }),
    );
    this.#warnUnverified();
    return downloaded;
  }

  /**
   * The bytes as they come. Reading fails at the end unless size and digests matched, so nothing made of them counts before.
   * It throws PkgsyncError INTEGRITY and what `download` throws.
   */
  stream(options: TransferOptions = {}): Readable {
    return Readable.from(this.#bytes(options), { objectMode: false });
  }

  /** What b does not verifiably hold of a, in a's order: no file of the same name and digest is there. */
  static diff<T extends NamedFile>(a: Iterable<T>, b: Iterable<NamedFile>): T[];
  static diff<T extends NamedFile>(a: AnyIterable<T>, b: AnyIterable<NamedFile>): Promise<T[]>;
  static diff<T extends NamedFile>(a: AnyIterable<T>, b: AnyIterable<NamedFile>): T[] | Promise<T[]> {
    if (isSync(a) && isSync(b)) return missing([...a], [...b]);
    return Promise.all([collected(a), collected(b)]).then(([ours, theirs]) => missing(ours, theirs));
  }

  toString(): string {
    return this.filename;
  }

  /** All that is public, its URL without what may be secret in it. */
  toJSON(): Record<string, unknown> {
    const { name, version, filename, packageType, pyversion, md5Digest, hashes, size, requiresPython, yanked, uploadTime } = this;
    const url = redactUrl(this.url);
    return { name, version, filename, packageType, pyversion, md5Digest, hashes, size, requiresPython, yanked, uploadTime, url };
  }

  async #sendTo(to: NodeJS.WritableStream, options: TransferOptions): Promise<Measured> {
    const results: Measured[] = [];
    await pipeline(
      this.#bytes(options, (result) => results.push(result)),
      to,
    );
    this.#warnUnverified();
    const [measured] = results;
    if (measured === undefined) throw new PkgsyncError('INTERNAL', `${this.filename} was sent without being measured`);
    return measured;
  }

  #bytes({ signal: caller, onBytes }: TransferOptions, onEnd?: (measured: Measured) => unknown): AsyncGenerator<Uint8Array> {
    return interruptibleValues(caller, (signal) => this.#verified({ signal, onBytes }, onEnd));
  }

  async *#verified({ signal, onBytes }: TransferOptions, onEnd?: (measured: Measured) => unknown): AsyncGenerator<Uint8Array> {
    const bytes = this.#context.open();
    const body = verified(bytes.read({ signal }), {
      label: bytes.label,
      hashes: this.hashes,
      ...(this.size === undefined ? {} : { size: this.size }),
    });
    try {
      for (let step = await body.next(); ; step = await body.next()) {
        if (step.done === true) return void onEnd?.(step.value);
        onBytes?.(step.value.length);
        yield step.value;
      }
    } finally {
      // A reader that stops early ends the request.
      await body.return({ size: 0, hashes: { sha256: '', md5: '' } });
    }
  }

  #warnUnverified(): void {
    if (this.verifiable || this.#file.url.startsWith('file:')) return;
    this.#context.onWarning(`${this.filename} was downloaded without verification: the index offers no digest for it`);
  }
}

/** What is at hand, or comes in. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

function isSync<T>(values: AnyIterable<T>): values is Iterable<T> {
  return Symbol.iterator in values;
}

async function collected<T>(values: AnyIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Files are the same by filename, or by all that a filename means; what cannot be compared counts as missing, never as there. */
function missing<T extends NamedFile>(ours: readonly T[], theirs: readonly NamedFile[]): T[] {
  const byName = new Map<string, NamedFile[]>();
  for (const file of theirs) {
    const key = keyOf(file);
    const known = byName.get(key);
    if (known === undefined) byName.set(key, [file]);
    else known.push(file);
  }
  return ours.filter((file) => !(byName.get(keyOf(file)) ?? []).some((other) => isSame(file.hashes, other.hashes)));
}

function keyOf({ name, filename }: NamedFile): string {
  return JSON.stringify([name, distributionKey(filename, name) ?? filename]);
}

function isSame(a: DigestSet, b: DigestSet): boolean {
  const comparison = compareDigests(a, b);
  return comparison === 'same' || comparison === 'same-weak';
}
