import { ArchiveFault } from './archive-fault.ts';
import { BitInput } from './bit-input.ts';
import { readBlock, type Block } from './bzip2-block.ts';

const blockMagic = [0x314159, 0x265359] as const;
const endMagic = [0x177245, 0x385090] as const;
const chunkSize = 64 * 1024;

/**
 * Unpacks bzip2 data, several streams one after the other as one. Own code because 466 bytes can unpack to 600 MB: `unbzip2-stream` does that in
 * one go, with gigabytes of memory and no way to stop it. Here memory is bounded by the block size, and the caller can stop between two chunks.
 * @throws ArchiveFault damaged or cut short
 */
export async function* bunzip2(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new BitInput(body);
  let symbols = new Uint32Array();
  for (let first = true; ; first = false) {
    await input.fill();
    const level = readLevel(input, first);
    if (level === undefined) return;
    if (symbols.length < level * 100_000) symbols = new Uint32Array(level * 100_000);
    let streamCrc = 0;
    while (true) {
      await input.fill();
      const magic = [input.read(24), input.read(24)];
      const crc = input.read(16) * 0x10000 + input.read(16);
      if (magic[0] === endMagic[0] && magic[1] === endMagic[1]) {
        if (crc !== streamCrc) throw new ArchiveFault('is damaged: the checksum of its bzip2 data does not fit');
        input.alignToByte();
        break;
      }
      if (magic[0] !== blockMagic[0] || magic[1] !== blockMagic[1]) throw new ArchiveFault('is damaged: its bzip2 data is invalid');
      const actual = yield* expand(readBlock(input, symbols.subarray(0, level * 100_000)));
      if (actual !== crc) throw new ArchiveFault('is damaged: the checksum of its bzip2 data does not fit');
      streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ crc) >>> 0;
    }
  }
}

/** Block size in units of 100 000 bytes; undefined at the end, or where something else follows (which other tools ignore as well). */
function readLevel(input: BitInput, first: boolean): number | undefined {
  const isHeader = input.startsWith([0x42, 0x5a, 0x68]);
  if (!isHeader && !first) return undefined;
  if (!isHeader) throw new ArchiveFault('is no bzip2 file');
  input.read(24);
  const level = input.read(8) - 0x30;
  if (level < 1 || level > 9) throw new ArchiveFault('is damaged: its bzip2 data is invalid');
  return level;
}

/**
 * Undoes the block sort and the runs (four equal bytes are followed by a count of more), and returns the CRC of what came out. After `readBlock`
 * each place holds its byte in the low 8 bits and the next place above.
 */
function* expand({ symbols, count, start }: Block): Generator<Uint8Array, number> {
  let output = new Uint8Array(chunkSize);
  let filled = 0;
  let crc = 0xffffffff;
  let at = start;
  let previous = -1;
  let run = 0;
  for (let left = count; left > 0; left -= 1) {
    const entry = symbols[at] ?? 0;
    const byte = entry & 0xff;
    at = entry >>> 8;
    let copies = 1;
    let value = byte;
    if (run === 4) {
      copies = byte;
      value = previous;
      run = 0;
      previous = -1;
    } else {
      run = byte === previous ? run + 1 : 1;
      previous = byte;
    }
    for (; copies > 0; copies -= 1) {
      if (filled === output.length) {
        yield output;
        output = new Uint8Array(chunkSize);
        filled = 0;
      }
      output[filled] = value;
      filled += 1;
      crc = ((crc << 8) ^ (crcTable[((crc >>> 24) ^ value) & 0xff] ?? 0)) >>> 0;
    }
  }
  if (filled > 0) yield output.subarray(0, filled);
  return ~crc >>> 0;
}

/** CRC-32 with the most significant bit first. */
const crcTable = Uint32Array.from({ length: 256 }, (_zero, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc >>> 0;
});
