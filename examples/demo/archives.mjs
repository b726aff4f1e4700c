import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import AdmZip from 'adm-zip';
import { Header } from 'tar';

/*
 * Small wheels and sdists whose bytes are the same on every machine: pkgsync.lock.example pins their digests. So nothing is compressed (zlib's
 * output differs between releases and processors), every time is fixed, and nothing tells of the system that made it.
 */

/**
 * @typedef {readonly [path: string, text: string]} Member
 * @typedef {object} Release
 * @property {string} name as people write it
 * @property {string} version
 * @property {string} summary
 * @property {string} [requiresPython]
 * @property {readonly string[]} [requires]
 * @property {string} code of the one module
 */

/** The same local date and time in every time zone: zip knows no zones. */
const zipTime = new Date(2020, 0, 1, 12, 0, 0);
const tarTime = new Date('2020-01-01T12:00:00Z');

/**
 * @param {readonly Member[]} members
 * @returns {Uint8Array}
 */
export function zip(members) {
  const archive = new AdmZip();
  for (const [path, text] of members) {
    const { header } = archive.addFile(path, Buffer.from(text), '', 0o644);
    header.method = 0;
    header.made = 0x0314;
    header.time = zipTime;
  }
  return archive.toBuffer();
}

/**
 * @param {readonly Member[]} members
 * @returns {Uint8Array}
 */
export function tarGz(members) {
  const blocks = members.flatMap(([path, text]) => {
    const bytes = Buffer.from(text);
    const header = new Header({
      path,
      type: 'File',
      mode: 0o644,
      size: bytes.length,
      mtime: tarTime,
      uid: 0,
      gid: 0,
      uname: '',
      gname: '',
    });
    header.encode();
    return [header.block ?? Buffer.alloc(0), bytes, Buffer.alloc(-bytes.length & 511)];
  });
  return gzipStored(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/**
 * A gzip file of stored blocks: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
function gzipStored(bytes) {
  /** @type {Uint8Array[]} */
  const parts = [Buffer.from('1f8b08000000000000ff', 'hex')];
  for (let start = 0; start === 0 || start < bytes.length; start += 0xffff) {
    const block = bytes.subarray(start, start + 0xffff);
    const head = Buffer.alloc(5);
    head.writeUInt8(start + 0xffff >= bytes.length ? 1 : 0, 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, trailer]);
}

/**
 * The name as filenames have it: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#escaping-and-unicode
 * @param {string} name
 */
export function fileName(name) {
  return name.toLowerCase().replace(/[-_.]+/g, '_');
}

/** @param {Release} release */
export function coreMetadata({ name, version, summary, requiresPython, requires = [] }) {
  const lines = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, `Summary: ${summary}`];
  if (requiresPython !== undefined) lines.push(`Requires-Python: ${requiresPython}`);
  lines.push(...requires.map((requirement) => `Requires-Dist: ${requirement}`));
  lines.push('Description-Content-Type: text/plain');
  return `${lines.join('\n')}\n\n${summary}.\n`;
}

/**
 * @param {Release} release
 * @param {string} [tag] Python, ABI and platform
 * @returns {{ filename: string, bytes: Uint8Array }}
 */
export function wheel(release, tag = 'py3-none-any') {
  const stem = `${fileName(release.name)}-${release.version}`;
  const info = `${stem}.dist-info`;
  const pure = tag.endsWith('-none-any');
  /** @type {Member[]} */
  const members = [
    [`${fileName(release.name)}.py`, release.code],
    [`${info}/METADATA`, coreMetadata(release)],
    [`${info}/WHEEL`, `Wheel-Version: 1.0\nGenerator: pkgsync demo\nRoot-Is-Purelib: ${String(pure)}\nTag: ${tag}\n`],
  ];
  const record = members.map(
    ([path, text]) => `${path},sha256=${createHash('sha256').update(text).digest('base64url')},${Buffer.byteLength(text)}`,
  );
  members.push([`${info}/RECORD`, `${[...record, `${info}/RECORD,,`].join('\n')}\n`]);
  return { filename: `${stem}-${tag}.whl`, bytes: zip(members) };
}

/**
 * @param {Release} release
 * @returns {{ filename: string, bytes: Uint8Array }}
 */
export function sdist(release) {
  const module = fileName(release.name);
  const stem = `${module}-${release.version}`;
  const setup = `from setuptools import setup\n\nsetup(name=${JSON.stringify(release.name)}, version=${JSON.stringify(release.version)}, py_modules=[${JSON.stringify(module)}])\n`;
  const bytes = tarGz([
    [`${stem}/PKG-INFO`, coreMetadata(release)],
    [`${stem}/setup.py`, setup],
    [`${stem}/${module}.py`, release.code],
  ]);
  return { filename: `${stem}.tar.gz`, bytes };
}

/**
 * A source distribution as they were before metadata was a rule: a zip with nothing but code.
 * @param {Release} release
 * @returns {{ filename: string, bytes: Uint8Array }}
 */
export function oldStyleSdist(release) {
  const stem = `${release.name}-${release.version}`;
  return { filename: `${stem}.zip`, bytes: zip([[`${stem}/${fileName(release.name)}.py`, release.code]]) };
}
