import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { PkgsyncError } from '../errors.ts';
import { removeAbandonedFiles } from '../io/abandoned.ts';
import { stageFile, type StagedFile } from '../io/atomic-write.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { compareText } from '../packaging/name.ts';
import { encodePackage, frame } from './layout.ts';
import type { LockPackage } from './lock.ts';

export type LockPackages = AsyncIterable<LockPackage> | Iterable<LockPackage>;

/** A lock that is written but not yet in force. */
export interface StagedLock {
  /** Whether it differs from the lock in force, byte for byte. */
  readonly changed: boolean;
  /** Puts it in force; nothing is touched where nothing changed. @throws PkgsyncError FILE_SYSTEM */
  commit(): Promise<void>;
  /** Drops it. After `commit` or another `discard` it does nothing. @throws PkgsyncError FILE_SYSTEM */
  discard(): Promise<void>;
}

/**
 * The canonical text of a lock, piece by piece.
 * @throws PkgsyncError INTERNAL where packages or files are not sorted, repeat a name, or a file has no digest
 */
export async function* encodeLock(packages: LockPackages): AsyncGenerator<string> {
  yield `${frame.open}\n${frame.version}\n`;
  let before: string | undefined;
  for await (const locked of packages) {
    if (before !== undefined && compareText(before, locked.name) >= 0)
      throw new PkgsyncError('INTERNAL', `the packages of the lock are not sorted: ${before} stands before ${locked.name}`);
    yield `${before === undefined ? `${frame.packages}\n` : ',\n'}${encodePackage(locked)}`;
    before = locked.name;
  }
  yield before === undefined ? `${frame.noPackages}\n${frame.close}\n` : `\n${frame.endOfPackages}\n${frame.close}\n`;
}

/** Writes a lock file beside the one in force. Errors of `packages` come out as they are, and nothing is left behind. */
export async function stageLockFile(path: string, packages: LockPackages): Promise<StagedLock> {
  await removeAbandonedFiles(dirname(path));
  const digest = createHash('sha256');
  const staged = await stageFile(
    path,
    observed(inLargePieces(encodeLock(packages)), (piece) => digest.update(piece)),
  );
  const changed = await orDiscard(staged, async () => digest.digest('hex') !== (await digestOf(path)));
  let open = true;
  const end = async (how: 'commit' | 'discard'): Promise<void> => {
    if (!open) return;
    open = false;
    await staged[how]();
  };
  return { changed, commit: () => end(changed ? 'commit' : 'discard'), discard: () => end('discard') };
}

/** Runs `work`; where it fails, the staged file goes. */
async function orDiscard<T>(staged: StagedFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

/** sha256 of the file, or undefined where there is none. */
async function digestOf(path: string): Promise<string | undefined> {
  const digest = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) digest.update(chunk as Uint8Array);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'read');
  }
  return digest.digest('hex');
}

/** One system call for each small package would be most of the work. */
async function* inLargePieces(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let gathered: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    gathered.push(piece);
    length += piece.length;
    if (length < 64 * 1024) continue;
    yield gathered.join('');
    gathered = [];
    length = 0;
  }
  if (length > 0) yield gathered.join('');
}

async function* observed(pieces: AsyncIterable<string>, see: (piece: string) => void): AsyncGenerator<string> {
  for await (const piece of pieces) {
    see(piece);
    yield piece;
  }
}
