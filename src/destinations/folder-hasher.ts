import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import type { ByteSource } from '../io/byte-source.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { fileSource } from '../io/file-source.ts';
import { hashBytes, type Measured } from '../io/hashing.ts';
import { isSettled, loadDigests, recall, sameStamp, saveDigests } from './digest-memory.ts';
import type { FileStamp, RememberedFile } from './digest-memory.ts';

export interface HashingOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Size and digests of one folder's files, computed where the memory does not know them. */
export interface FolderHasher {
  /** Undefined where there is no such file. @throws PkgsyncError FILE_SYSTEM; the signal's reason on abort */
  measure(filename: string): Promise<Measured | undefined>;
  /** Remembers what was measured, and nothing else. */
  save(): Promise<void>;
}

export async function openFolderHasher(folder: string, memoryPath: string, { signal }: HashingOptions): Promise<FolderHasher> {
  const old = await loadDigests(memoryPath);
  const next = new Map<string, RememberedFile>();
  let computed = false;
  return {
    async measure(filename) {
      const path = join(folder, filename);
      const stamp = await stampOf(path);
      if (stamp === undefined) return undefined;
      const remembered = recall(old, filename, stamp);
      if (remembered !== undefined) {
        next.set(filename, { ...stamp, hashes: remembered });
        return { size: stamp.size, hashes: remembered };
      }
      computed = true;
      const measured = await measureFile(path, signal);
      const after = await stampOf(path);
      if (measured === undefined || after === undefined) return undefined;
      if (sameStamp(stamp, after) && isSettled(stamp, Date.now())) next.set(filename, { ...stamp, hashes: measured.hashes });
      return measured;
    },

    async save() {
      if (computed || next.size !== old.size) await saveDigests(memoryPath, next);
    },
  };
}

/** Size and digests of one file as it is now, or undefined where there is none. @throws PkgsyncError FILE_SYSTEM, also for what is no regular file */
export async function measureFile(path: string, signal?: AbortSignal): Promise<Measured | undefined> {
  if ((await stampOf(path)) === undefined) return undefined;
  try {
    return await hashBytes(fileSource(path).read({ signal }));
  } catch (error) {
    if (isPkgsyncError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Bytes of a regular file; links are not followed. Reading throws NOT_FOUND, FILE_SYSTEM. */
export function regularFile(path: string): ByteSource {
  const source = fileSource(path, printable(path, 1000));
  return {
    ...source,
    read: async function* (options) {
      if ((await stampOf(path)) === undefined) throw new PkgsyncError('NOT_FOUND', `${source.label} does not exist`);
      yield* source.read(options);
    },
  };
}

/** What tells one state of a regular file from another, with its size in bytes; undefined where there is no such file. @throws PkgsyncError FILE_SYSTEM */
export async function declaredState(path: string): Promise<{ readonly size: number; readonly stamp: string } | undefined> {
  const stats = await lookUp(path);
  if (stats?.isFile() !== true) return undefined;
  // The time of the last change of any kind (ctime) cannot be set back as that of the bytes can.
  return { size: Number(stats.size), stamp: `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.ino}` };
}

/** Size in bytes, or undefined where there is no such file. @throws PkgsyncError FILE_SYSTEM */
export async function sizeOf(path: string): Promise<number | undefined> {
  return (await stampOf(path))?.size;
}

/** Size and time of a regular file, undefined where there is nothing. Links are not followed: what they point to may be anything. */
async function stampOf(path: string): Promise<FileStamp | undefined> {
  const stats = await lookUp(path);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new PkgsyncError('FILE_SYSTEM', `${printable(path, 1000)} is no regular file`);
  return { size: Number(stats.size), mtimeNs: stats.mtimeNs };
}

async function lookUp(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'look up');
  }
}
