import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ExistingFile } from '../destinations/destination.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { makeFolders } from '../io/make-folders.ts';
import { linesOf } from '../io/lines.ts';
import type { LockEntry } from '../lockfile/lock.ts';
import type { PackageName } from '../packaging/name.ts';

const recordVersion = 1;
/** Longer lines are none of ours. */
const maxLine = 300;

/** What a record is about; it says nothing of anything else. */
export interface RecordIdentity {
  /** Digest of everything that is approved. */
  readonly lock: string;
  /** Digest of the destination's name, kind and address. */
  readonly destination: string;
}

export interface RecordOptions {
  readonly path: string;
  readonly identity: RecordIdentity;
  /** Forget what an earlier run left. */
  readonly fresh: boolean;
  /** Milliseconds for which what was checked counts as checked. */
  readonly trustedFor: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Which files an unfinished verification has found to be right, in a file, so that the next one goes on there. Eight bytes of memory per file. */
export interface ProgressRecord {
  /** Whether an earlier run has found this very file, in this very state, to be right. */
  knows(fingerprint: string): boolean;
  /** @throws PkgsyncError FILE_SYSTEM, DISK_FULL */
  add(fingerprint: string): Promise<void>;
  /** @param keep for the next run; otherwise it is removed */
  close(keep: boolean): Promise<void>;
}

/**
 * Identity and state of a file at a destination, and what is approved of it: what changes any of these makes it another file. The query of its URL
 * does not count, because signatures stand there.
 */
export function fingerprintOf(name: PackageName, entry: LockEntry, listed: ExistingFile): string {
  const { filename, url, stamp, hashes, size, uploadTime, coreMetadata } = listed;
  const address = url.split(/[?#]/, 1)[0];
  const facts = [name, entry.filename, entry.hashes, entry.size, entry.metadata, filename, address, stamp, hashes, size, uploadTime];
  return createHash('sha256')
    .update(JSON.stringify([...facts, coreMetadata].map((fact) => fact ?? null)))
    .digest('hex')
    .slice(0, 32);
}

/**
 * Opens the record at `path`. One that is missing, damaged, too old or about something else begins empty; a damaged line is left out.
 * @throws PkgsyncError FILE_SYSTEM, DISK_FULL where it cannot be written
 */
export async function openRecord({ path, identity, fresh, trustedFor, now }: RecordOptions): Promise<ProgressRecord> {
  const known = fresh ? undefined : await readRecord(path, identity, now() - trustedFor, now());
  const header = JSON.stringify({ recordVersion, ...identity });
  const handle = await attempt(path, async () => {
    await makeFolders(dirname(path), 0o700);
    const opened = await open(path, known === undefined ? 'w' : 'a', 0o600);
    // After a line that was cut off by a crash, too.
    await opened.appendFile(known === undefined ? `${header}\n` : '\n');
    return opened;
  });
  const sorted = known ?? new BigUint64Array(0);
  return {
    knows: (fingerprint) => contains(sorted, shortened(fingerprint)),
    add: (fingerprint) => attempt(path, () => handle.appendFile(`${JSON.stringify([fingerprint, now()])}\n`)),
    close: (keep) => closed(handle, path, keep),
  };
}

/** The fingerprints in a record, sorted; undefined where it is no record of this. */
async function readRecord(
  path: string,
  identity: RecordIdentity,
  notBefore: number,
  notAfter: number,
): Promise<BigUint64Array | undefined> {
  let found = new BigUint64Array(1024);
  let count = 0;
  let isFirst = true;
  try {
    for await (const line of linesOf(path)) {
      if (isFirst && line !== JSON.stringify({ recordVersion, ...identity })) return undefined;
      if (!isFirst) {
        const fingerprint = decodeLine(line, notBefore, notAfter);
        if (fingerprint === undefined) continue;
        if (count === found.length) found = grown(found);
        found[count] = fingerprint;
        count += 1;
      }
      isFirst = false;
    }
  } catch (error) {
    // What cannot be read costs time, never correctness.
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
  return isFirst ? undefined : found.subarray(0, count).sort();
}

function decodeLine(line: string, notBefore: number, notAfter: number): bigint | undefined {
  const [, fingerprint, time] = line.length > maxLine ? [] : (/^\["([0-9a-f]{32})",(\d{1,15})\]$/.exec(line) ?? []);
  if (fingerprint === undefined || Number(time) < notBefore || Number(time) > notAfter) return undefined;
  return shortened(fingerprint);
}

/** 64 bits tell the files of one destination apart. */
function shortened(fingerprint: string): bigint {
  return BigInt(`0x${fingerprint.slice(0, 16)}`);
}

function grown(values: BigUint64Array): BigUint64Array<ArrayBuffer> {
  const larger = new BigUint64Array(values.length * 2);
  larger.set(values);
  return larger;
}

function contains(sorted: BigUint64Array, value: bigint): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0n) < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}

async function closed(handle: FileHandle, path: string, keep: boolean): Promise<void> {
  await attempt(path, async () => {
    await handle.close();
    if (!keep) await rm(path, { force: true });
  });
}

async function attempt<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : fileSystemError(error, path, 'write');
  }
}
