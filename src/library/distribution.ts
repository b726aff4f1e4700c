import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { CoreMetadata } from '../archive/core-metadata.ts';
import { readFileMetadata } from '../archive/file-metadata.ts';
import { PkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { fileSource } from '../io/file-source.ts';
import { hashBytes, type Measured } from '../io/hashing.ts';
import type { PackageType } from '../packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename, type ParsedFilename } from '../packaging/filename.ts';
import { parseName, type PackageName } from '../packaging/name.ts';
import { oldStyleView } from './old-style-view.ts';

export interface OpenDistributionOptions {
  /**
   * The project that the file belongs to, in any spelling. Old filenames do not tell where the name ends (`foo-2-1.tar.gz`): without the
   * project the leftmost dash before a PEP 440 version counts (`foo`, version `2-1`).
   */
  readonly project?: string | undefined;
}

interface Facts extends Measured {
  readonly path: string;
  readonly filename: string;
  readonly parsed: ParsedFilename;
  readonly metadata: CoreMetadata;
}

/** A distribution file on the local disk, as it was when it was opened: nothing of it is kept open or read again. */
export class Distribution {
  /** Absolute. */
  readonly path: string;
  /** Last component of the path. */
  readonly filename: string;
  /** In normal form; `metadata.name` has the project's own spelling. */
  readonly name: PackageName;
  /** As the filename spells it, which for old source distributions may differ from `metadata.version`; not always PEP 440. */
  readonly version: string;
  readonly packageType: PackageType;
  /** The upload form's value: `source`, a python tag, `X.Y` or `any`. */
  readonly pyversion: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly hashes: Measured['hashes'];
  /**
   * What the file says about itself. Where it has no metadata, or is of a format whose metadata cannot be read (`metadata.fromFilename`),
   * name and version are the filename's, and the fields of old metadata say `UNKNOWN` (see `oldStyleView`).
   */
  readonly metadata: CoreMetadata;

  private constructor({ path, filename, parsed, size, hashes, metadata }: Facts) {
    this.path = path;
    this.filename = filename;
    this.name = parsed.name;
    this.version = parsed.version;
    this.packageType = parsed.packageType;
    this.pyversion = parsed.pyversion;
    this.size = size;
    this.hashes = hashes;
    this.metadata = metadata;
  }

  /** The same as `hashes.md5`: what listings of old servers offer to compare with. */
  get md5Digest(): string {
    return this.hashes.md5;
  }

  /**
   * Reads a distribution file: its metadata, then all of it once for the digests, in bounded memory.
   * @throws PkgsyncError FILENAME_INVALID: no distribution, or not the project's; NAME_INVALID: `project` is no name; NOT_FOUND; FILE_SYSTEM: unreadable,
   *   no regular file, or changed meanwhile; ARCHIVE_INVALID; METADATA_INVALID: malformed, or of another project or (wheels) version
   */
  static async open(path: string, options: OpenDistributionOptions = {}): Promise<Distribution> {
    const absolute = resolve(path);
    const filename = basename(absolute);
    const parsed = readFilename(filename, options.project);
    const before = await stateOf(absolute);
    const { metadata } = await readFileMetadata(absolute, filename, parsed.name);
    const measured = await hashBytes(fileSource(absolute, printable(absolute, 1000)).read());
    // Digests of one file beside the metadata of another would vouch for what nobody has seen.
    if ((await stateOf(absolute)) !== before) {
      throw new PkgsyncError('FILE_SYSTEM', `${printable(absolute, 1000)} changed while it was read`, {
        hint: 'try again when nothing writes to it any more',
      });
    }
    return new Distribution({ ...measured, path: absolute, filename, parsed, metadata: oldStyleView(metadata) });
  }
}

function readFilename(filename: string, project: string | undefined): ParsedFilename {
  const name = project === undefined ? undefined : parseName(project);
  const parsed = parseDistributionFilename(filename, name);
  if (isDistribution(parsed)) return parsed;
  const what = name === undefined ? 'a distribution' : `a distribution of ${name}`;
  throw new PkgsyncError('FILENAME_INVALID', `'${printable(filename)}' is not the name of ${what} (${parsed.because})`, {
    hint: 'wheels are named name-version-python-abi-platform.whl, source distributions name-version.tar.gz',
  });
}

/** What changes with a file's content, as text; refuses what is no regular file before anything waits for its end. */
async function stateOf(path: string): Promise<string> {
  let state;
  try {
    state = await stat(path, { bigint: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      throw new PkgsyncError('NOT_FOUND', `${printable(path, 1000)} does not exist`, { cause: error });
    }
    throw fileSystemError(error, path, 'read');
  }
  if (!state.isFile()) throw new PkgsyncError('FILE_SYSTEM', `${printable(path, 1000)} is not a regular file`);
  return [state.dev, state.ino, state.size, state.mtimeNs].join(' ');
}
