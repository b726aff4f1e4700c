import { ArchiveFault } from './archive-fault.ts';
import type { BitInput } from './bit-input.ts';

/** A block after the Huffman and move-to-front stages, linked for the inverse block sort. */
export interface Block {
  /** Each place: its byte in the low 8 bits, above them the place that follows. */
  readonly symbols: Uint32Array;
  readonly count: number;
  /** Place of the first byte. */
  readonly start: number;
}

const groupSize = 50;
const maxCodeLength = 20;
const runA = 0;
const runB = 1;

/**
 * Reads one block behind its magic number and CRC.
 * @param symbols scratch as long as the block may be; the result lies in it
 * @throws ArchiveFault
 */
export function readBlock(input: BitInput, symbols: Uint32Array): Block {
  if (input.read(1) === 1) throw new ArchiveFault('is packed by a bzip2 from before 1997, which cannot be read');
  const origin = input.read(24);
  const used = readUsedBytes(input);
  const { selectors, tables } = readTables(input, used.length + 2);
  const counts = new Uint32Array(256);
  const count = readSymbols(input, used, selectors, tables, symbols, counts);
  if (origin >= count) throw damaged();
  link(symbols, count, counts);
  return { symbols, count, start: (symbols[origin] ?? 0) >>> 8 };
}

/** The bytes that occur in the block, in order. */
function readUsedBytes(input: BitInput): Uint8Array {
  const used: number[] = [];
  const ranges = input.read(16);
  for (let range = 0; range < 16; range += 1) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const bytes = input.read(16);
    for (let byte = 0; byte < 16; byte += 1) if ((bytes & (0x8000 >> byte)) !== 0) used.push(range * 16 + byte);
  }
  if (used.length === 0) throw damaged();
  return Uint8Array.from(used);
}

function readTables(input: BitInput, alphabet: number): { selectors: Uint8Array; tables: readonly HuffmanTable[] } {
  const tableCount = input.read(3);
  if (tableCount < 2 || tableCount > 6) throw damaged();
  const selectors = new Uint8Array(input.read(15));
  if (selectors.length === 0) throw damaged();
  const recent = Uint8Array.from({ length: tableCount }, (_zero, table) => table);
  for (let index = 0; index < selectors.length; index += 1) {
    let rank = 0;
    for (; input.read(1) === 1; rank += 1) if (rank + 1 >= tableCount) throw damaged();
    selectors[index] = moveToFront(recent, rank);
  }
  const tables = Array.from({ length: tableCount }, () => new HuffmanTable(readCodeLengths(input, alphabet)));
  return { selectors, tables };
}

function readCodeLengths(input: BitInput, alphabet: number): Uint8Array {
  const lengths = new Uint8Array(alphabet);
  let length = input.read(5);
  for (let symbol = 0; symbol < alphabet; symbol += 1) {
    while (true) {
      if (length < 1 || length > maxCodeLength) throw damaged();
      if (input.read(1) === 0) break;
      length += input.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return lengths;
}

/** Canonical Huffman code: codes of one length are consecutive, in the order of their symbols. */
class HuffmanTable {
  /** By length: the first code, how many there are, and where their symbols start. */
  private readonly first = new Int32Array(maxCodeLength + 2);
  private readonly counts = new Int32Array(maxCodeLength + 2);
  private readonly offsets = new Int32Array(maxCodeLength + 2);
  private readonly symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    this.symbols = new Uint16Array(lengths.length);
    for (const length of lengths) this.counts[length] = (this.counts[length] ?? 0) + 1;
    let code = 0;
    let offset = 0;
    for (let length = 1; length <= maxCodeLength; length += 1) {
      const count = this.counts[length] ?? 0;
      this.first[length] = code;
      this.offsets[length] = offset;
      for (let symbol = 0; count > 0 && symbol < lengths.length; symbol += 1) {
        if (lengths[symbol] !== length) continue;
        this.symbols[offset] = symbol;
        offset += 1;
      }
      code = (code + count) << 1;
    }
  }

  read(input: BitInput): number {
    let code = 0;
    for (let length = 1; length <= maxCodeLength; length += 1) {
      code = (code << 1) | input.read(1);
      const index = code - (this.first[length] ?? 0);
      if (index >= 0 && index < (this.counts[length] ?? 0)) return this.symbols[(this.offsets[length] ?? 0) + index] ?? 0;
    }
    throw damaged();
  }
}

/** Undoes the Huffman, run-length and move-to-front stages; returns how many bytes the block has, `counts` how often each occurs. */
function readSymbols(
  input: BitInput,
  used: Uint8Array,
  selectors: Uint8Array,
  tables: readonly HuffmanTable[],
  symbols: Uint32Array,
  counts: Uint32Array,
): number {
  const recent = used.slice();
  const end = used.length + 1;
  let count = 0;
  let run = 0;
  let runWeight = 1;
  for (const selector of selectors) {
    const table = tables[selector];
    if (table === undefined) throw damaged();
    for (let left = groupSize; left > 0; left -= 1) {
      const symbol = table.read(input);
      if (symbol === runA || symbol === runB) {
        run += runWeight << symbol;
        runWeight <<= 1;
        // Checked at every step: the weight doubles, and past 31 bits it would turn negative.
        if (run > symbols.length - count) throw damaged();
        continue;
      }
      if (run > 0) {
        const byte = recent[0] ?? 0;
        symbols.fill(byte, count, count + run);
        counts[byte] = (counts[byte] ?? 0) + run;
        count += run;
        run = 0;
        runWeight = 1;
      }
      if (symbol === end) return count;
      if (count >= symbols.length) throw damaged();
      const byte = moveToFront(recent, symbol - 1);
      symbols[count] = byte;
      counts[byte] = (counts[byte] ?? 0) + 1;
      count += 1;
    }
  }
  throw damaged();
}

/** Links each place with the one that follows it in the original order. */
function link(symbols: Uint32Array, count: number, counts: Uint32Array): void {
  const next = new Uint32Array(256);
  let total = 0;
  for (let byte = 0; byte < 256; byte += 1) {
    next[byte] = total;
    total += counts[byte] ?? 0;
  }
  for (let place = 0; place < count; place += 1) {
    const byte = (symbols[place] ?? 0) & 0xff;
    const target = next[byte] ?? 0;
    next[byte] = target + 1;
    symbols[target] = ((symbols[target] ?? 0) & 0xff) | (place << 8);
  }
}

function moveToFront(recent: Uint8Array, rank: number): number {
  const value = recent[rank] ?? 0;
  recent.copyWithin(1, 0, rank);
  recent[0] = value;
  return value;
}

function damaged(): ArchiveFault {
  return new ArchiveFault('is damaged: its bzip2 data is invalid');
}
