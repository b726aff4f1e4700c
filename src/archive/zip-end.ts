import { ArchiveFault } from './archive-fault.ts';
import type { RandomAccess } from './random-access.ts';

/** Where a zip file's parts lie in the file that holds it. */
export interface ZipEnd {
  /** Bytes before the zip file proper: the program of a self-extracting one. All other offsets count from behind them. */
  readonly prefix: number;
  /** Length of the zip file proper, without what may follow it. */
  readonly size: number;
  readonly entryCount: number;
  readonly directoryStart: number;
  readonly directoryEnd: number;
}

const endSize = 22;
const locatorSize = 20;
const zip64EndSize = 56;
const maxComment = 0xffff;

/**
 * Finds the end record, from which everything else in a zip file is found: the last one, as Python's zipfile takes it.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.14 to 4.3.16
 * @throws ArchiveFault no zip file, cut short, or an end record that does not fit the file
 */
export async function findZipEnd(file: RandomAccess): Promise<ZipEnd> {
  const tailStart = Math.max(0, file.size - (locatorSize + endSize + maxComment));
  const tail = asBuffer(await file.read(tailStart, file.size));
  if (tail.length < file.size - tailStart) throw new ArchiveFault('is cut short');
  const at = tail.lastIndexOf('PK\u0005\u0006', tail.length - endSize, 'latin1');
  if (at < 0) throw new ArchiveFault('is no zip file, or cut short: it has no end record');
  const size = tailStart + at + endSize + tail.readUInt16LE(at + 20);
  if (size > file.size) throw new ArchiveFault('is cut short: its end record is incomplete');
  const locator = at - locatorSize;
  const isZip64 = locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50;
  const { entryCount, directorySize, directoryStart, endStart } = isZip64
    ? await readZip64End(file, tailStart + locator)
    : {
        entryCount: tail.readUInt16LE(at + 10),
        directorySize: tail.readUInt32LE(at + 12),
        directoryStart: tail.readUInt32LE(at + 16),
        endStart: tailStart + at,
      };
  const prefix = endStart - directorySize - directoryStart;
  if (!Number.isSafeInteger(prefix) || prefix < 0) throw new ArchiveFault('is damaged: its end record does not fit the file');
  return { prefix, size: size - prefix, entryCount, directoryStart, directoryEnd: directoryStart + directorySize };
}

async function readZip64End(file: RandomAccess, locatorStart: number) {
  // Where nothing is before the zip file, the record stands where the locator says; where something is, right before the locator.
  const endStart = locatorStart - zip64EndSize;
  const record = asBuffer(await file.read(Math.max(0, endStart), locatorStart));
  if (record.length !== zip64EndSize || record.readUInt32LE(0) !== 0x06064b50) {
    throw new ArchiveFault('is damaged: it has no zip64 end record');
  }
  return {
    entryCount: Number(record.readBigUInt64LE(32)),
    directorySize: Number(record.readBigUInt64LE(40)),
    directoryStart: Number(record.readBigUInt64LE(48)),
    endStart,
  };
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
