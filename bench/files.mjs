import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { coreMetadata, wheel } from '../examples/demo/archives.mjs';

/** @typedef {import('./server.mjs').ServedFile} ServedFile */

/**
 * A real wheel of about `size` bytes.
 * @param {string} name
 * @param {string} version
 * @param {number} size
 * @returns {ServedFile}
 */
export function wheelOf(name, version, size) {
  const { filename, bytes } = wheel({ name, version, summary: 'A wheel', code: `# ${version.padEnd(size, '.')}\n` });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { filename, sha256, size: bytes.length, chunks: () => [bytes] };
}

/** Bytes that do not compress, the same in every run. */
const block = (() => {
  const bytes = Buffer.alloc(1 << 20);
  for (let at = 0, state = 1; at < bytes.length; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes.writeInt32LE(state, at);
  }
  return bytes;
})();

/**
 * A wheel with one member of `megabytes` MiB, made while it is sent: it stands neither in memory nor on the disk.
 * @param {string} name
 * @param {number} megabytes
 * @returns {ServedFile}
 */
export function bigWheel(name, megabytes) {
  const info = `${name}-1.0.dist-info`;
  const members = [
    member(`${name}.bin`, megabytes, block),
    member(`${info}/METADATA`, 1, Buffer.from(coreMetadata({ name, version: '1.0', summary: 'A big wheel', code: '' }))),
    member(`${info}/WHEEL`, 1, Buffer.from('Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')),
  ];
  const offsets = members.map((_, index) => members.slice(0, index).reduce((sum, before) => sum + before.local.length + before.size, 0));
  const directory = Buffer.concat(members.map(({ central }, index) => central(offsets[index] ?? 0)));
  const start = members.reduce((sum, { local, size }) => sum + local.length + size, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(start, 16);

  function* chunks() {
    for (const { local, times, bytes } of members) {
      yield local;
      for (let time = 0; time < times; time++) yield bytes;
    }
    yield directory;
    yield end;
  }
  const hash = createHash('sha256');
  for (const chunk of chunks()) hash.update(chunk);
  return { filename: `${name}-1.0-py3-none-any.whl`, sha256: hash.digest('hex'), size: start + directory.length + end.length, chunks };
}

/**
 * A stored zip member: `bytes`, `times` over.
 * @param {string} path
 * @param {number} times
 * @param {Buffer} bytes
 */
function member(path, times, bytes) {
  let crc = 0;
  for (let time = 0; time < times; time++) crc = crc32(bytes, crc);
  const size = times * bytes.length;
  const name = Buffer.from(path);
  // What local and central header have in common: version, flags, method, time, date, crc, sizes, length of the name.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x5021, 8);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(size, 14);
  common.writeUInt32LE(size, 18);
  common.writeUInt16LE(name.length, 22);
  /** @param {number} offset */
  const central = (offset) => {
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(0o100644 * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    return Buffer.concat([Buffer.from('504b01021403', 'hex'), common, rest, name]);
  };
  return { local: Buffer.concat([Buffer.from('504b0304', 'hex'), common, name]), size, times, bytes, central };
}
