import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isPkgsyncError } from '../errors.ts';
import { writeAtomically } from '../io/atomic-write.ts';
import { systemErrorCode } from '../io/file-errors.ts';
import { isRecord, parseJsonText } from './json-value.ts';
import { makeFolder } from '../io/make-folder.ts';

export interface FileDigests {
  readonly sha256: string;
  readonly md5: string;
}

/** What tells a file's state from an earlier one. */
export interface FileStamp {
  /** Bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
}

export interface RememberedFile extends FileStamp {
  readonly hashes: FileDigests;
}

/** Digests of one folder's files by filename, from the time when they were last computed: only a matching stamp makes one valid. */
export type DigestMemory = ReadonlyMap<string, RememberedFile>;

const formatVersion = 1;

/** The digests remembered at `path`. A missing, unreadable or damaged memory is empty: everything is then computed anew. */
export async function loadDigests(path: string): Promise<DigestMemory> {
  try {
    return decodeDigests(await readFile(path, 'utf8'));
  } catch (error) {
    // A cache that cannot be read costs time, never correctness.
    if (systemErrorCode(error) !== undefined) return new Map();
    throw error;
  }
}

/** Writes the memory, where that is possible: the folder may be read-only to whoever plans. */
export async function saveDigests(path: string, memory: DigestMemory): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeAtomically(path, encodeDigests(memory));
  } catch (error) {
    if (!isPkgsyncError(error, 'FILE_SYSTEM', 'DISK_FULL')) throw error;
  }
}

export function recall(memory: DigestMemory, filename: string, stamp: FileStamp): FileDigests | undefined {
  const remembered = memory.get(filename);
  return remembered?.size === stamp.size && remembered.mtimeNs === stamp.mtimeNs ? remembered.hashes : undefined;
}

/**
 * Whether a file hashed at `now` (milliseconds) is old enough to be remembered: one changed again within the same tick of the file system's
 * clock would keep its stamp. Whole seconds in the stamp mean a clock that only has seconds (two on FAT).
 */
export function isSettled(stamp: FileStamp, now: number): boolean {
  const tick = stamp.mtimeNs % 1_000_000_000n === 0n ? 3000 : 50;
  return now - Number(stamp.mtimeNs / 1_000_000n) > tick;
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs;
}

export function encodeDigests(memory: DigestMemory): string {
  const files = [...memory].map(([filename, { size, mtimeNs, hashes }]) => [filename, size, String(mtimeNs), hashes.sha256, hashes.md5]);
  return `${JSON.stringify({ formatVersion, files })}\n`;
}

/** Entries that are not well formed are left out. */
export function decodeDigests(text: string): DigestMemory {
  const written = parseJsonText(text);
  if (!isRecord(written) || written['formatVersion'] !== formatVersion || !Array.isArray(written['files'])) return new Map();
  const rows: readonly unknown[] = written['files'];
  return new Map(rows.flatMap((row) => decodeRow(row)));
}

function decodeRow(row: unknown): readonly (readonly [string, RememberedFile])[] {
  if (!Array.isArray(row)) return [];
  const [filename, size, mtimeNs, sha256, md5] = row as readonly unknown[];
  if (typeof filename !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size)) return [];
  if (typeof mtimeNs !== 'string' || !/^-?\d{1,30}$/.test(mtimeNs)) return [];
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return [];
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) return [];
  return [[filename, { size, mtimeNs: BigInt(mtimeNs), hashes: { sha256, md5 } }]];
}
