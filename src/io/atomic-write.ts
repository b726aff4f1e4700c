import { constants } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { PkgsyncError, printable } from '../errors.ts';
import { temporaryName } from './abandoned.ts';
import { makeFolders } from './make-folders.ts';
import { fileSystemError, systemErrorCode } from './file-errors.ts';
import { fileSource } from './file-source.ts';
import { verified, type Expected, type Measured } from './hashing.ts';

export { fileSystemError } from './file-errors.ts';

/** The calls of `node:fs/promises` that this module makes: a test can stand in for a disk that is full or has no hard links. */
export type FileOperations = Pick<typeof nodeFiles, 'open' | 'rename' | 'link' | 'lstat' | 'unlink'>;

export type Content = string | Uint8Array | AsyncIterable<Uint8Array | string>;

export interface WriteOptions {
  /** Permission bits of the file; 0644 unless said otherwise, whatever the umask, so that a web server can read it. */
  readonly mode?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A verified temporary file. */
export interface Spooled extends Measured {
  readonly path: string;
}

/** Content that is written but not yet to be seen under its name. */
export interface StagedFile {
  /** Gives it its name, as `writeAtomically` does at its end. @throws PkgsyncError FILE_SYSTEM; the temporary file is gone then */
  commit(): Promise<void>;
  /** Removes it. @throws PkgsyncError FILE_SYSTEM */
  discard(): Promise<void>;
}

export interface AtomicFiles {
  /**
   * Replaces or creates `path` so that a reader, also after a power cut, sees either the old or the new content, whole: a temporary file beside
   * it, fsync, rename, fsync of the folder. A symbolic link at `path` is itself replaced; what it points to is not touched.
   * Leaves no temporary file behind on failure or abort (an abort surfaces as the signal's reason, an error of `content` as it is).
   * @throws PkgsyncError DISK_FULL, FILE_SYSTEM
   */
  readonly writeAtomically: (path: string, content: Content, options?: WriteOptions) => Promise<void>;
  /**
   * The first half of `writeAtomically`: a temporary file beside `path`, fsynced. Exactly one of `commit` and `discard` ends it, once.
   * @throws PkgsyncError DISK_FULL, FILE_SYSTEM; errors of `content` as they are; nothing is left behind then
   */
  readonly stageFile: (path: string, content: Content, options?: WriteOptions) => Promise<StagedFile>;
  /** Removes the file so that it stays removed after a power cut; one that is not there is fine. @throws PkgsyncError FILE_SYSTEM */
  readonly removeFile: (path: string) => Promise<void>;
  /**
   * Gives a finished temporary file the name `path` with permissions 0644; a name that exists is never replaced. Across file systems the bytes are
   * copied first, so that they too appear whole. On failure the temporary file stays where it is: it belongs to the caller.
   * @throws PkgsyncError FILE_EXISTS, DISK_FULL, FILE_SYSTEM
   */
  readonly publishFile: (temporaryPath: string, path: string) => Promise<void>;
  /**
   * Writes `body` to a new temporary file (0600) in `folder`, which is made where it is missing. The file is there only when everything matched.
   * @throws PkgsyncError INTEGRITY, DISK_FULL, FILE_SYSTEM; errors of `body` as they are
   */
  readonly spool: (
    body: AsyncIterable<Uint8Array>,
    folder: string,
    expected: Expected,
    options?: { readonly signal?: AbortSignal | undefined },
  ) => Promise<Spooled>;
}

/** Permissions of what others shall read: published files, index pages, locks. */
const publicMode = 0o644;
const privateMode = 0o600;

/** Answers of `link` on a file system (FAT, some network shares) that has no hard links. */
const noHardLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** The operations over `files`; everything but tests uses those exported below. */
export function atomicFiles(files: FileOperations): AtomicFiles {
  const stageFile: AtomicFiles['stageFile'] = async (path, content, options = {}) => {
    const folder = dirname(path);
    const stagedPath = await withTemporaryFile(files, folder, async (temporaryPath) => {
      await writeNewFile(files, temporaryPath, path, chunksOf(content), options.mode ?? publicMode, options.signal);
      return temporaryPath;
    });
    return {
      async commit() {
        await removedOnFailure(files, stagedPath, () => attempt(path, 'replace', () => files.rename(stagedPath, path)));
        await syncFolder(files, folder);
      },
      discard: () => attempt(stagedPath, 'remove the temporary file', () => files.unlink(stagedPath)),
    };
  };
  return {
    stageFile,

    async writeAtomically(path, content, options = {}) {
      const staged = await stageFile(path, content, options);
      await staged.commit();
    },

    async removeFile(path) {
      try {
        await files.unlink(path);
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') return;
        throw fileSystemError(error, path, 'remove');
      }
      await syncFolder(files, dirname(path));
    },

    async publishFile(temporaryPath, path) {
      await makePublic(files, temporaryPath);
      if (await tryLink(files, temporaryPath, path)) {
        await attempt(temporaryPath, 'remove', () => files.unlink(temporaryPath));
      } else {
        await publishCopy(files, temporaryPath, path);
      }
      await syncFolder(files, dirname(path));
    },

    async spool(body, folder, expected, options = {}) {
      await attempt(folder, 'create the folder', () => makeFolders(folder));
      let measured: Measured | undefined;
      const measuring = async function* (): AsyncGenerator<Uint8Array> {
        measured = yield* verified(body, expected);
      };
      const path = await withTemporaryFile(files, folder, async (temporaryPath) => {
        await writeNewFile(files, temporaryPath, temporaryPath, measuring(), privateMode, options.signal);
        return temporaryPath;
      });
      if (measured === undefined) throw new PkgsyncError('INTERNAL', `${expected.label} was written without being measured`);
      return { path, ...measured };
    },
  };
}

export const { writeAtomically, stageFile, removeFile, publishFile, spool } = atomicFiles(nodeFiles);

/** Runs `work` with the path of a temporary file in `folder` that is not there yet; removes the file where `work` fails. */
async function withTemporaryFile<T>(files: FileOperations, folder: string, work: (temporaryPath: string) => Promise<T>): Promise<T> {
  const temporaryPath = join(folder, temporaryName());
  return removedOnFailure(files, temporaryPath, () => work(temporaryPath));
}

/** Runs `work`; where it fails, the temporary file goes with it. */
async function removedOnFailure<T>(files: FileOperations, temporaryPath: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await removeLeftover(files, temporaryPath, error);
    throw error;
  }
}

async function removeLeftover(files: FileOperations, path: string, reason: unknown): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    const why = isNativeError(reason) ? reason.message : String(reason);
    const { code, message, hint } = fileSystemError(error, path, 'remove the temporary file');
    throw new PkgsyncError(code, `${why}; moreover, ${message}`, { hint, cause: new AggregateError([reason, error]) });
  }
}

/** `shownPath` is what messages name: the file that the person asked for, not the temporary one. */
async function writeNewFile(
  files: FileOperations,
  path: string,
  shownPath: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  mode: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const handle = await attempt(shownPath, 'write', () => files.open(path, 'wx', mode));
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      await attempt(shownPath, 'write', () => writeFully(handle, chunk));
    }
    signal?.throwIfAborted();
    // `open` takes the umask off; the mode asked for is meant.
    await attempt(shownPath, 'set the permissions of', () => handle.chmod(mode));
    await attempt(shownPath, 'write', () => handle.sync());
  } catch (error) {
    // The error that stopped the work is the one to report; a second one from closing adds nothing to it.
    await handle.close().catch(() => undefined);
    throw error;
  }
  // Some network file systems report a full disk only here.
  await attempt(shownPath, 'write', () => handle.close());
}

async function writeFully(handle: nodeFiles.FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, offset, chunk.length - offset);
    offset += bytesWritten;
  }
}

function chunksOf(content: Content): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content, 'utf8')];
  if (content instanceof Uint8Array) return [content];
  return encoded(content);
}

async function* encoded(content: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) yield typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
}

async function makePublic(files: FileOperations, path: string): Promise<void> {
  // No following of links: what gets published has to be the file itself.
  const handle = await attempt(path, 'publish', () => files.open(path, constants.O_RDWR | constants.O_NOFOLLOW));
  try {
    await attempt(path, 'set the permissions of', () => handle.chmod(publicMode));
    await attempt(path, 'write', () => handle.sync());
  } finally {
    await handle.close();
  }
}

/** False where the two names cannot be links to one file: other file system, or one without hard links. */
async function tryLink(files: FileOperations, temporaryPath: string, path: string): Promise<boolean> {
  try {
    await files.link(temporaryPath, path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') throw alreadyThere(path, error);
    if (code === 'EXDEV' || noHardLinks.has(code)) return false;
    throw fileSystemError(error, path, 'publish');
  }
}

/** Copies beside the target, so that the last step is within one file system. */
async function publishCopy(files: FileOperations, temporaryPath: string, path: string): Promise<void> {
  await withTemporaryFile(files, dirname(path), async (copyPath) => {
    await writeNewFile(files, copyPath, path, fileSource(temporaryPath).read(), publicMode, undefined);
    if (await tryLink(files, copyPath, path)) await attempt(copyPath, 'remove', () => files.unlink(copyPath));
    else await renameToFreeName(files, copyPath, path);
  });
  await attempt(temporaryPath, 'remove', () => files.unlink(temporaryPath));
}

/** Without hard links there is no single call that refuses an existing name, so it is looked up right before the rename. */
async function renameToFreeName(files: FileOperations, temporaryPath: string, path: string): Promise<void> {
  const existing = await attempt(path, 'look up', async () => {
    try {
      return await files.lstat(path);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  });
  if (existing !== undefined) throw alreadyThere(path, undefined);
  await attempt(path, 'publish', () => files.rename(temporaryPath, path));
}

function alreadyThere(path: string, cause: unknown): PkgsyncError {
  return new PkgsyncError('FILE_EXISTS', `${printable(path, 1000)} exists already and is not replaced`, { cause });
}

/** Makes a new name in the folder survive a power cut. */
async function syncFolder(files: FileOperations, folder: string): Promise<void> {
  // Windows has no such call for folders and refuses to open them.
  if (process.platform === 'win32') return;
  const handle = await attempt(folder, 'open the folder', () => files.open(folder, 'r'));
  try {
    await attempt(folder, 'write the folder', () => handle.sync());
  } finally {
    await handle.close();
  }
}

async function attempt<T>(path: string, doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fileSystemError(error, path, doing);
  }
}
