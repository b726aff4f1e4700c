import { ArchiveFault } from './archive-fault.ts';

const firstWidth = 9;
const clearCode = 256;
/** Room for the longest string that a code can stand for. */
const chunkSize = 128 * 1024;

/**
 * Unpacks what `compress` packed (`.Z`). A cut file cannot be told from a whole one: the format has neither length nor checksum.
 * @throws ArchiveFault
 */
export async function* unlzw(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const codes = new CodeReader();
  const output = new Uint8Array(chunkSize);
  let table: CodeTable | undefined;
  for await (const chunk of body) {
    codes.add(chunk);
    table ??= readHeader(codes);
    if (table !== undefined) yield* decode(codes, table, output);
  }
  if (table === undefined) throw new ArchiveFault('is no complete compress (.Z) file');
}

function readHeader(codes: CodeReader): CodeTable | undefined {
  const header = codes.takeBytes(3);
  if (header === undefined) return undefined;
  const [first, second, flags = 0] = header;
  const maxWidth = flags & 0x1f;
  if (first !== 0x1f || second !== 0x9d || maxWidth < firstWidth || maxWidth > 16) throw new ArchiveFault('is no compress (.Z) file');
  return new CodeTable(maxWidth, (flags & 0x80) !== 0);
}

/** Unpacks the codes that have come, in chunks of bounded size; `output` is where they are put together. */
function* decode(codes: CodeReader, table: CodeTable, output: Uint8Array): Generator<Uint8Array> {
  let filled = 0;
  while (true) {
    if (table.isFullForWidth()) codes.setWidth(table.widen());
    const code = codes.next();
    if (code === undefined) break;
    if (table.clears(code)) {
      codes.setWidth(table.clear());
      continue;
    }
    const text = table.expand(code);
    if (filled + text.length > output.length) {
      yield output.slice(0, filled);
      filled = 0;
    }
    output.set(text, filled);
    filled += text.length;
  }
  if (filled > 0) yield output.slice(0, filled);
}

/** Cuts bytes into codes. Codes come in groups of eight of one width; when the width changes, the rest of the group is padding. */
class CodeReader {
  private bytes: Uint8Array = new Uint8Array();
  /** Byte where the group starts; past the end of `bytes` where padding has yet to come. */
  private group = 0;
  private taken = 0;
  private width = firstWidth;

  add(chunk: Uint8Array): void {
    const rest = this.bytes.subarray(Math.min(this.group, this.bytes.length));
    this.group = Math.max(0, this.group - this.bytes.length);
    this.bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  }

  takeBytes(count: number): Uint8Array | undefined {
    if (this.bytes.length < this.group + count) return undefined;
    this.group += count;
    return this.bytes.subarray(this.group - count, this.group);
  }

  setWidth(width: number): void {
    if (this.taken > 0) this.group += this.width;
    this.taken = 0;
    this.width = width;
  }

  next(): number | undefined {
    const bit = this.taken * this.width;
    const at = this.group + (bit >> 3);
    if (this.group * 8 + bit + this.width > this.bytes.length * 8) return undefined;
    const value = (this.bytes[at] ?? 0) | ((this.bytes[at + 1] ?? 0) << 8) | ((this.bytes[at + 2] ?? 0) << 16);
    this.taken += 1;
    if (this.taken === 8) {
      this.group += this.width;
      this.taken = 0;
    }
    return (value >> (bit & 7)) & ((1 << this.width) - 1);
  }
}

/** The table of strings: each code above the bytes is an earlier code and one byte more. */
class CodeTable {
  private readonly maxWidth: number;
  private readonly blockMode: boolean;
  private readonly prefixes = new Uint16Array(1 << 16);
  private readonly suffixes = new Uint8Array(1 << 16);
  /** Where a string is put together, from its end. */
  private readonly scratch = new Uint8Array((1 << 16) + 1);
  private width = firstWidth;
  private free: number;
  private previous = -1;
  private firstByte = 0;

  constructor(maxWidth: number, blockMode: boolean) {
    this.maxWidth = maxWidth;
    this.blockMode = blockMode;
    this.free = blockMode ? clearCode + 1 : clearCode;
  }

  isFullForWidth(): boolean {
    return this.width < this.maxWidth && this.free >= 1 << this.width;
  }

  widen(): number {
    this.width += 1;
    return this.width;
  }

  clears(code: number): boolean {
    return code === clearCode && this.blockMode && this.previous >= 0;
  }

  clear(): number {
    // One below the first free code: the next code still makes an entry with the one before the clearing, which nothing refers to.
    this.free = clearCode;
    this.width = firstWidth;
    return this.width;
  }

  /** The code's string, valid until the next call. */
  expand(code: number): Uint8Array {
    if (code > this.free || (code === this.free && this.previous < 0) || (this.previous < 0 && code > 0xff)) {
      throw new ArchiveFault('is damaged: its compress (.Z) data is invalid');
    }
    let start = this.scratch.length;
    let rest = code;
    if (code === this.free) {
      start -= 1;
      this.scratch[start] = this.firstByte;
      rest = this.previous;
    }
    for (; rest > 0xff; rest = this.prefixes[rest] ?? 0) {
      start -= 1;
      this.scratch[start] = this.suffixes[rest] ?? 0;
    }
    start -= 1;
    this.scratch[start] = rest;
    this.firstByte = rest;
    if (this.previous >= 0 && this.free < 1 << this.maxWidth) {
      this.prefixes[this.free] = this.previous;
      this.suffixes[this.free] = rest;
      this.free += 1;
    }
    this.previous = code;
    return this.scratch.subarray(start);
  }
}
