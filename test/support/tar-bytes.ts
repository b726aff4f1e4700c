import { gzipSync } from 'node:zlib';

/** A member of a tar file. */
export interface TarInput {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** `0` file (default), `1` hard link, `2` symbolic link, `3` device, `5` folder. */
  readonly type?: string;
  readonly linkTo?: string;
}

/** A tar file (ustar, all times 0), byte for byte the same each time. Paths have at most 100 bytes. */
export function tarBytes(members: readonly TarInput[]): Buffer {
  return Buffer.concat([...members.flatMap(memberBlocks), Buffer.alloc(1024)]);
}

/** The same packed by gzip, without compressing it: what zlib makes of it depends on its version. */
export function tarGzBytes(members: readonly TarInput[]): Buffer {
  return gzipBytes(tarBytes(members));
}

/** Bytes in gzip's format, stored, without time and operating system. */
export function gzipBytes(bytes: Uint8Array): Buffer {
  const packed = gzipSync(bytes, { level: 0 });
  packed[9] = 255;
  return packed;
}

function memberBlocks({ path, content = '', type = '0', linkTo = '' }: TarInput): readonly Buffer[] {
  const data = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write('0000644\u00000000000\u00000000000\u0000', 100, 'latin1');
  header.write(`${data.length.toString(8).padStart(11, '0')}\u000000000000000\u0000`, 124, 'latin1');
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write(linkTo, 157, 100);
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
}
