import { type FileHandle, open } from 'node:fs/promises';
import { printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { type JsonDocument, type JsonProblem, parseJsonText, problemLine } from '../io/json-text.ts';
import { packageProblems, versionProblems } from './check.ts';
import { decodeLock, refuseNewer } from './decode.ts';
import { encodePackage, LayoutReader, type LockLine } from './layout.ts';
import { lineBatches, wholeText } from './lines.ts';
import type { LockEntry, LockPackage } from './lock.ts';
import { damagedLock, editedLock, invalidLock, refuseConflict } from './problems.ts';

/** What is read whole where the layout is not ours. Ours has no limit. */
const defaultMaxWholeBytes = 128 * 1024 * 1024;

/**
 * Reads one lock file package by package, in order; nothing where there is no such file. A file in canonical layout is streamed; one that was
 * reformatted is read whole, up to `maxWholeBytes`. Both passes read one open file, so a lock that is replaced meanwhile does no harm.
 * @throws PkgsyncError LOCK_INVALID, LOCK_OUTDATED (an entry whose version its filename does not bear out), FILE_SYSTEM
 */
export async function* readLockFile(path: string, maxWholeBytes = defaultMaxWholeBytes): AsyncGenerator<LockPackage> {
  const handle = await openIfThere(path);
  if (handle === undefined) return;
  const label = printable(path, 1000);
  try {
    const surprise = await firstSurprise(bytesOf(handle, path), label);
    if (surprise === undefined) yield* canonicalPackages(bytesOf(handle, path), label);
    else yield* decodeLock(await textOf(handle, path, label, surprise, maxWholeBytes), label);
  } finally {
    await handle.close();
  }
}

/** Number of the first line that does not fit the canonical layout, or undefined: they all do. */
async function firstSurprise(chunks: AsyncIterable<Uint8Array>, label: string): Promise<number | undefined> {
  const layout = new LayoutReader();
  let lineNumber = 0;
  for await (const lines of lineBatches(chunks, label)) {
    for (const line of lines) {
      lineNumber++;
      if (layout.next(line) !== undefined) continue;
      refuseConflict(label, line, lineNumber);
      const version = /^ {2}"lockVersion": (\d{1,15}),$/.exec(line)?.[1];
      if (version !== undefined) refuseNewer({ lockVersion: Number(version) }, label);
      return lineNumber;
    }
  }
  return layout.complete ? undefined : lineNumber + 1;
}

/** One package while its lines arrive. */
interface Pending {
  readonly index: number;
  readonly firstLine: number;
  /** As JSON documents of their own: the header, then one for each file. */
  readonly lines: string[];
}

async function* canonicalPackages(chunks: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<LockPackage> {
  const layout = new LayoutReader();
  let lineNumber = 0;
  let index = 0;
  let pending: Pending = { index, firstLine: 0, lines: [] };
  for await (const lines of lineBatches(chunks, label)) {
    for (const text of lines) {
      lineNumber++;
      const line: LockLine | undefined = layout.next(text);
      if (line === undefined) throw damagedLock(label, lineNumber, 'the file changed while it was read');
      if (line.kind === 'package') pending = { index: index++, firstLine: lineNumber, lines: [line.json] };
      if (line.kind === 'file') pending.lines.push(line.json);
      if (line.kind === 'end-of-files' || (line.kind === 'package' && line.last)) yield finished(pending, label);
    }
  }
}

/** @throws PkgsyncError LOCK_INVALID, LOCK_OUTDATED with the place in the file */
function finished(pending: Pending, label: string): LockPackage {
  const [header, ...files] = pending.lines.map((json, index) => parsedLine(json, pending.firstLine + index, label));
  // What this claims is checked next.
  const value = { ...(header as LockPackage), files: files as LockEntry[] };
  const problems = packageProblems(value);
  if (problems.length > 0) throw invalidLock(label, placed(problems, pending, label));
  if (!isAsWritten(value, pending)) refuseRepeatedKeys(pending, label);
  const versions = versionProblems(value);
  if (versions.length > 0) throw editedLock(label, placed(versions, pending, label));
  return value;
}

/** Problems of a package, each with its line in the file. */
function placed(problems: readonly JsonProblem[], pending: Pending, label: string): readonly string[] {
  return problems.map((problem) => {
    const [, file, inside] = /^\/files\/(\d+)(?!\d)(.*)$/.exec(problem.pointer) ?? [];
    const line = lineOf(pending, file === undefined ? 0 : Number(file) + 1);
    return line.problem({ ...problem, pointer: inside ?? problem.pointer }, label);
  });
}

/** What we wrote encodes to the same text, so nothing in it can hide. */
function isAsWritten(locked: LockPackage, { lines: [header = '', ...files] }: Pending): boolean {
  const written = files.length === 0 ? header : `${header.slice(0, -2)}\n${files.join(',\n')}\n    ]}`;
  return encodePackage(locked) === written;
}

/** Of two equal keys JSON takes the last, while whoever reviews may see only the first. */
function refuseRepeatedKeys(pending: Pending, label: string): void {
  const problems = pending.lines.flatMap((_, index) => {
    const { document, problem } = lineOf(pending, index);
    return document.parsed ? document.duplicates.map((duplicate) => problem(duplicate, label)) : [];
  });
  if (problems.length > 0) throw invalidLock(label, problems);
}

/** One line of a package as a document of its own that knows where in the file it stands. */
function lineOf(
  { index, firstLine, lines }: Pending,
  offset: number,
): {
  readonly document: JsonDocument;
  /** A problem whose pointer starts at this line's value, as a line for people. */
  readonly problem: (problem: JsonProblem, label: string) => string;
} {
  const line = firstLine + offset;
  const document = parseJsonText(lines[offset] ?? '', { comments: false, firstLine: line });
  const here = offset === 0 ? `/packages/${index}` : `/packages/${index}/files/${offset - 1}`;
  return {
    document,
    problem: (problem, label) => {
      const place = document.parsed ? document.placeOf(problem.pointer, problem.at) : { line, column: 1 };
      return problemLine(label, place, { ...problem, pointer: `${here}${problem.pointer}` });
    },
  };
}

function parsedLine(json: string, line: number, label: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const document = parseJsonText(json, { comments: false, firstLine: line });
    throw damagedLock(label, line, document.parsed ? 'not JSON' : document.message, error);
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'read');
  }
}

/** The file's bytes from its start, whatever was read of it before. */
async function* bytesOf(handle: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position).catch((error: unknown) => {
      throw fileSystemError(error, path, 'read');
    });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function textOf(handle: FileHandle, path: string, label: string, surprise: number, maxWholeBytes: number): Promise<string> {
  const { size } = await handle.stat().catch((error: unknown) => {
    throw fileSystemError(error, path, 'read');
  });
  if (size > maxWholeBytes) {
    throw damagedLock(
      label,
      surprise,
      'from here on the file is not in the layout that pkgsync writes, and it is too large to be read otherwise',
    );
  }
  return wholeText(bytesOf(handle, path), label);
}
