import { Parser, type ReadEntry } from 'tar';
import { ArchiveFault } from './archive-fault.ts';
import type { Budget } from './budget.ts';
import { isPacked } from './decompress.ts';
import { memberPath } from './member-path.ts';

/** Who looks through a tar file as it passes. */
export interface TarVisitor {
  /** Whether the bytes of this file are wanted. Links and devices are never offered. */
  wants(path: string, size: number): boolean;
  /** The bytes of a file that was wanted; `stop` ends the reading. */
  take(path: string, bytes: Uint8Array): 'stop' | 'continue';
}

/** Blocks of the tar format have 512 bytes; an archive ends with two that are zero. */
const blockSize = 512;

/**
 * Reads an unpacked tar stream up to the member at which the visitor stops, or to its end mark: what follows is never looked at, and a member
 * that is not wanted is never kept.
 * @throws ArchiveFault no tar file, damaged, cut short, or past a limit
 */
export async function readTar(unpacked: AsyncIterable<Uint8Array>, budget: Budget, visitor: TarVisitor): Promise<void> {
  const scan = new Scan(budget, visitor);
  let head: Uint8Array = new Uint8Array();
  for await (const chunk of unpacked) {
    budget.addInflated(chunk.length);
    if (head.length < blockSize) {
      // The parser would unpack once more by itself, past all limits.
      head = Buffer.concat([head, chunk.subarray(0, blockSize - head.length)]);
      if (isPacked(head)) throw new ArchiveFault('is packed twice');
    }
    scan.write(chunk);
    if (scan.done) return;
  }
  scan.end();
}

class Scan {
  done = false;
  private readonly budget: Budget;
  private readonly visitor: TarVisitor;
  private readonly parser: Parser;
  private failure: { readonly error: unknown } | undefined;

  constructor(budget: Budget, visitor: TarVisitor) {
    this.budget = budget;
    this.visitor = visitor;
    this.parser = new Parser({
      zstd: false,
      onwarn: (code: string, message: string | Error) => this.warned(code, message),
      onReadEntry: (entry: ReadEntry) => this.visit(entry),
    });
    this.parser.on('ignoredEntry', () => this.guard(() => budget.addMember()));
    this.parser.on('error', (error: unknown) => this.fail(gaveUp(error)));
    this.parser.on('eof', () => (this.done = true));
  }

  write(chunk: Uint8Array): void {
    this.drive(() => this.parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  end(): void {
    this.drive(() => this.parser.end());
  }

  private drive(step: () => unknown): void {
    try {
      step();
    } catch (error) {
      this.fail(gaveUp(error));
    }
    if (this.failure !== undefined) throw this.failure.error;
  }

  private visit(entry: ReadEntry): void {
    const path = this.guard(() => this.pathOfWanted(entry));
    if (path === undefined) {
      entry.resume();
      return;
    }
    const chunks: Uint8Array[] = [];
    entry.on('end', () => this.guard(() => this.finish(path, entry.size, Buffer.concat(chunks))));
    // Listening makes it flow; its chunks come while `write` runs.
    entry.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  }

  private pathOfWanted(entry: ReadEntry): string | undefined {
    this.budget.addMember();
    const path = memberPath(entry.path);
    const isFile = entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
    return isFile && this.visitor.wants(path, entry.size) ? path : undefined;
  }

  private finish(path: string, size: number, bytes: Uint8Array): void {
    // Fewer bytes: the end of the input cut it, of which the parser warns as well.
    if (bytes.length === size && this.visitor.take(path, bytes) === 'stop') this.done = true;
  }

  /**
   * Errors must not be thrown through the parser, whose state they would break: they are kept and thrown after it returns. Once something failed
   * or the search is over, the rest of the chunk that the parser still holds counts no more.
   */
  private guard<T>(run: () => T): T | undefined {
    if (this.done || this.failure !== undefined) return undefined;
    try {
      return run();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  private fail(error: unknown): void {
    if (!this.done) this.failure ??= { error };
  }

  private warned(code: string, message: string | Error): void {
    const text = typeof message === 'string' ? message : message.message;
    if (code === 'TAR_BAD_ARCHIVE') this.fail(new ArchiveFault(text.startsWith('Truncated') ? 'is cut short' : 'is no tar file'));
    else if (code === 'TAR_ENTRY_INVALID') this.fail(new ArchiveFault(`is damaged or no tar file (${text})`));
  }
}

function gaveUp(cause: unknown): ArchiveFault {
  return new ArchiveFault('is damaged: the tar reader gave up', cause);
}
