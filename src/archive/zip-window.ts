import { Readable } from 'node:stream';
import yauzl from 'yauzl';
import type { RandomAccess } from './random-access.ts';

/** Bytes read at once: a central directory is thousands of small reads next to each other. */
const windowSize = 64 * 1024;

/**
 * A zip file within a file, for yauzl: offsets are shifted by the prefix, small reads are served from a window of 64 KiB, and reads outside fail
 * (offsets come from the archive, and a huge one would make `fs.read` throw inside a callback).
 */
export class ZipWindow extends yauzl.RandomAccessReader {
  /** The first error of reading the file itself, which is no fault of the archive. */
  failure: unknown;
  private readonly file: RandomAccess;
  private readonly prefix: number;
  private readonly size: number;
  private window: Uint8Array = new Uint8Array();
  private windowStart = 0;

  constructor(file: RandomAccess, prefix: number, size: number) {
    super();
    this.file = file;
    this.prefix = prefix;
    this.size = size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.bytes(position, position + length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null, bytes.length);
      },
      (error: unknown) => callback(error as Error),
    );
  }

  /** Used by yauzl for members' data, which is read by `bytes` here. */
  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from([this.bytes(start, end)]);
  }

  /** The bytes from `start` to `end` of the zip file. @throws RangeError outside of it; what `file` throws */
  async bytes(start: number, end: number): Promise<Uint8Array> {
    if (!(start >= 0 && end >= start && end <= this.size)) throw new RangeError('an offset points outside of the file');
    if (start < this.windowStart || end > this.windowStart + this.window.length) {
      const windowEnd = Math.max(end, Math.min(start + windowSize, this.size));
      try {
        this.window = await this.file.read(this.prefix + start, this.prefix + windowEnd);
      } catch (error) {
        this.failure ??= error;
        throw error;
      }
      this.windowStart = start;
    }
    return this.window.subarray(start - this.windowStart, end - this.windowStart);
  }
}
