import { createReadStream } from 'node:fs';
import { access, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { stageFile } from '../io/atomic-write.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { lockExists, type StagedLock, stageLock } from '../lockfile/lockfile.ts';
import type { LockPackage } from '../lockfile/lock.ts';

/** The whole file. @throws PkgsyncError FILE_SYSTEM, IMPORT_INVALID for more than `limit` bytes */
export async function readWhole(path: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Opening a named pipe waits for whoever writes to it, and nothing can end that wait. What a shell hands over (`<(pip freeze)`) is open already.
    if ((await stat(path)).isFIFO() && !/^\/(?:dev|proc)\//.test(resolve(path)))
      throw new PkgsyncError('FILE_SYSTEM', `cannot read ${printable(path, 1000)}: it is a pipe`);
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > limit) throw new PkgsyncError('IMPORT_INVALID', `${printable(path, 1000)} is larger than ${limit / 1024 / 1024} MiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PkgsyncError) throw error;
    throw fileSystemError(error, path, 'read');
  }
  return Buffer.concat(chunks);
}

export interface ImportOutput {
  readonly manifestPath: string;
  readonly manifest: string;
  readonly lockPath: string;
  /** undefined: no lock is written. */
  readonly lock: readonly LockPackage[] | undefined;
}

/** @throws PkgsyncError USAGE for a file that exists */
export async function refuseExisting({ manifestPath, lockPath, lock }: Omit<ImportOutput, 'manifest'>): Promise<void> {
  const inTheWay = (await exists(manifestPath)) ? manifestPath : lock !== undefined && (await lockExists(lockPath)) ? lockPath : undefined;
  if (inTheWay === undefined) return;
  throw new PkgsyncError('USAGE', `${printable(inTheWay, 1000)} exists already and is left as it is`, {
    hint: 'replace it with --force, or write elsewhere with --manifest-out and --lock-out',
  });
}

/** Writes manifest and lock: both are complete beside their places before either gets its name. @throws PkgsyncError FILE_SYSTEM, DISK_FULL */
export async function writeImport({ manifestPath, manifest, lockPath, lock }: ImportOutput): Promise<void> {
  const replaced = await lockExists(lockPath);
  const stagedManifest = await stageFile(manifestPath, manifest);
  let stagedLock: StagedLock | undefined;
  try {
    stagedLock = lock === undefined ? undefined : await stageLock(lockPath, lock);
    // The lock first: one that fits no manifest is told as outdated, a manifest without its lock would be resolved anew.
    await stagedLock?.commit();
  } catch (error) {
    await Promise.all([stagedManifest.discard(), stagedLock?.discard()]);
    throw error;
  }
  try {
    await stagedManifest.commit();
  } catch (error) {
    // A lock that was not there before goes again; one that was replaced cannot come back, and 'lock --check' tells that it fits no more.
    if (stagedLock !== undefined && !replaced) await rm(lockPath, { recursive: true, force: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw fileSystemError(error, path, 'read');
  }
}
