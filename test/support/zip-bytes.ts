import { crc32, deflateRawSync } from 'node:zlib';

/** A member of a zip file; what a test wants wrong is given explicitly. */
export interface ZipInput {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly deflate?: boolean;
  /** Overrides of what the headers say. */
  readonly localPath?: string;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
}

export interface ZipOptions {
  /** Stands before the archive, which does not count it in its offsets. */
  readonly prefix?: Uint8Array;
  readonly comment?: string;
  /** What the end record says the number of members is. */
  readonly entryCount?: number;
  readonly zip64?: boolean;
}

/** 1980-01-01 00:00, the earliest time a zip file knows: the same bytes on every machine. */
const dosDate = 0x0021;

/** A zip file, byte for byte the same each time. */
export function zipBytes(members: readonly ZipInput[], options: ZipOptions = {}): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const content = Buffer.from(member.content);
    const packed = member.deflate === true ? deflateRawSync(content) : content;
    const shared = sharedHeader(member, content, packed);
    const localPath = Buffer.from(member.localPath ?? member.path);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), shared(localPath.length), localPath, packed]);
    const path = Buffer.from(member.path);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0003', 'latin1'), shared(path.length), tail, path);
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = endRecords(options.entryCount ?? members.length, central.length, offset, options);
  return Buffer.concat([options.prefix ?? Buffer.alloc(0), ...locals, central, end]);
}

/** The fields that local header and directory share, from "version needed" to "extra length". */
function sharedHeader(member: ZipInput, content: Buffer, packed: Buffer): (pathLength: number) => Buffer {
  return (pathLength) => {
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(member.flags ?? 0x800, 2);
    header.writeUInt16LE(member.method ?? (member.deflate === true ? 8 : 0), 4);
    header.writeUInt16LE(dosDate, 8);
    header.writeUInt32LE(member.crc ?? crc32(content), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(member.size ?? content.length, 18);
    header.writeUInt16LE(pathLength, 22);
    return header;
  };
}

/** The end record, behind zip64's where it is asked for. */
export function endRecords(entryCount: number, directorySize: number, directoryStart: number, options: ZipOptions = {}): Buffer {
  const comment = Buffer.from(options.comment ?? '');
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(options.zip64 === true ? 0xffff : entryCount, 8);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : entryCount, 10);
  end.writeUInt32LE(options.zip64 === true ? 0xffffffff : directorySize, 12);
  end.writeUInt32LE(options.zip64 === true ? 0xffffffff : directoryStart, 16);
  end.writeUInt16LE(comment.length, 20);
  if (options.zip64 !== true) return Buffer.concat([end, comment]);
  const record = Buffer.alloc(56);
  record.write('PK\u0006\u0006', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(entryCount), 24);
  record.writeBigUInt64LE(BigInt(entryCount), 32);
  record.writeBigUInt64LE(BigInt(directorySize), 40);
  record.writeBigUInt64LE(BigInt(directoryStart), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\u0006\u0007', 'latin1');
  locator.writeBigUInt64LE(BigInt(directoryStart + directorySize), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end, comment]);
}
