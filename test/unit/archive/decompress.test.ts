import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ArchiveFault } from '../../../src/archive/archive-fault.ts';
import { bunzip2 } from '../../../src/archive/bunzip2.ts';
import { decompress } from '../../../src/archive/decompress.ts';
import { unlzw } from '../../../src/archive/lzw.ts';
import { unxz } from '../../../src/archive/unxz.ts';
import { chunked, collected, fixture, inChunksOf } from '../../support/bytes.ts';
import { mutated } from '../../support/mutate.ts';

const setupLines = Array.from({ length: 1500 }, (_none, line) => `# line ${line} of a file that takes room\n`).join('');
const runs = Buffer.concat([
  ...Array.from({ length: 1200 }, (_none, i) => Buffer.alloc((i * 37) % 1000, i % 7)),
  Buffer.from('second stream\n'),
]);

describe('decompress', () => {
  it.each(['foo-1.0.tar.bz2', 'foo-1.0.tar.xz', 'foo-1.0.tar.Z'])('unpacks %s, in chunks of any size', async (name) => {
    const packed = await fixture(`archives/${name}`);
    const whole = await collected(decompress(chunked(packed)));
    expect(whole.subarray(512, 512 + setupLines.length).toString()).toBe(setupLines);
    expect(whole).toHaveLength(61_440);
    for (const size of [1, 7, 1000]) expect(Buffer.compare(await collected(decompress(inChunksOf(size, packed))), whole)).toBe(0);
  });

  it('unpacks gzip, several members one after the other as one', async () => {
    const packed = Buffer.concat([gzipSync('first '), gzipSync('second')]);
    expect((await collected(decompress(inChunksOf(3, packed)))).toString()).toBe('first second');
  });

  it('unpacks gzip data with every optional part of a header, and ignores what follows it', async () => {
    const packed = gzipSync('content');
    packed[3] = 0x1e;
    const optional = Buffer.from('\u0003\u0000abcname\u0000comment\u0000xx', 'latin1');
    const bytes = Buffer.concat([packed.subarray(0, 10), optional, packed.subarray(10), Buffer.from('\u001f garbage', 'latin1')]);
    for (const size of [1, 5, 1000]) expect((await collected(decompress(inChunksOf(size, bytes)))).toString()).toBe('content');
  });

  it('reads gzip data as it comes and stops when its reader does', async () => {
    const packed = gzipSync(Buffer.alloc(50_000_000, 'text'));
    let given = 0;
    let closed = false;
    async function* body() {
      try {
        for (; given < packed.length; given += 1000) yield await Promise.resolve(packed.subarray(given, given + 1000));
      } finally {
        closed = true;
      }
    }
    for await (const chunk of decompress(body())) {
      expect(chunk.length).toBeLessThanOrEqual(64 * 1024);
      break;
    }
    expect(given).toBeLessThan(10_000);
    expect(closed).toBe(true);
  });

  it('checks checksum and length of gzip data', async () => {
    for (const at of [-8, -1]) {
      const packed = gzipSync('content');
      packed[packed.length + at] = 0x55;
      await expect(collected(decompress(chunked(packed)))).rejects.toThrow('is damaged: its gzip data is invalid');
    }
  });

  it('leaves everything else as it is', async () => {
    expect((await collected(decompress(chunked('pl', 'ain')))).toString()).toBe('plain');
    expect(await collected(decompress(chunked()))).toHaveLength(0);
  });

  it('says when gzip data is cut short or damaged', async () => {
    const packed = gzipSync('x'.repeat(1000));
    await expect(collected(decompress(chunked(packed.subarray(0, 20))))).rejects.toThrow('is cut short');
    packed[12] = 0xff;
    await expect(collected(decompress(chunked(packed)))).rejects.toThrow('is damaged: its gzip data is invalid');
  });

  it('lets errors of the body through as they are, whatever the format', async () => {
    const lost = new Error('disk lost');
    for (const head of [
      gzipSync('x').subarray(0, 12),
      await fixture('archives/foo-1.0.tar.xz'),
      await fixture('archives/runs.bz2'),
      'plain text',
    ]) {
      // eslint-disable-next-line @typescript-eslint/require-await -- a body that fails
      const body = async function* () {
        yield typeof head === 'string' ? Buffer.from(head) : head.subarray(0, 400);
        throw lost;
      };
      await expect(collected(decompress(body()))).rejects.toBe(lost);
    }
  });

  it('throws nothing but ArchiveFault whatever the bytes', async () => {
    const sources = await Promise.all(
      ['foo-1.0.tar.bz2', 'foo-1.0.tar.xz', 'foo-1.0.tar.Z', 'runs.bz2'].map((name) => fixture(`archives/${name}`)),
    );
    await fc.assert(
      fc.asyncProperty(mutated([...sources, gzipSync('x'.repeat(5000))]), fc.integer({ min: 50, max: 5000 }), async (bytes, size) => {
        try {
          let total = 0;
          for await (const chunk of decompress(inChunksOf(size, bytes))) total += chunk.length;
          expect(total).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveFault);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('bunzip2', () => {
  it('unpacks long runs, several blocks and several streams', async () => {
    expect(Buffer.compare(await collected(bunzip2(chunked(await fixture('archives/runs.bz2')))), runs)).toBe(0);
  });

  it('ignores what follows the last stream', async () => {
    const packed = Buffer.concat([await fixture('archives/runs.bz2'), Buffer.from('garbage')]);
    expect(Buffer.compare(await collected(bunzip2(chunked(packed))), runs)).toBe(0);
  });

  it('says when it is cut short, at every place', async () => {
    const packed = await fixture('archives/foo-1.0.tar.bz2');
    for (let length = 0; length < packed.length; length += 97) {
      await expect(collected(bunzip2(chunked(packed.subarray(0, length))))).rejects.toThrow(
        length < 3 ? 'is no bzip2 file' : 'is cut short',
      );
    }
  });

  it('notices every changed bit behind the header by the checksum, if not before', async () => {
    const packed = await fixture('archives/foo-1.0.tar.bz2');
    for (let at = 4; at < packed.length - 1; at += 131) {
      const changed = Buffer.from(packed);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      await expect(collected(bunzip2(chunked(changed)))).rejects.toBeInstanceOf(ArchiveFault);
    }
  });

  it('checks the checksum over all blocks', async () => {
    const packed = await fixture('archives/foo-1.0.tar.bz2');
    packed[packed.length - 3] = (packed.at(-3) ?? 0) ^ 1;
    await expect(collected(bunzip2(chunked(packed)))).rejects.toThrow('is damaged: the checksum of its bzip2 data does not fit');
  });

  it.each([20, 28, 30, 31, 40])('refuses a run longer than the block at once, also where its length overflows: 2^%d', async (doublings) => {
    const started = performance.now();
    await expect(collected(bunzip2(chunked(longRun(doublings))))).rejects.toThrow('is damaged: its bzip2 data is invalid');
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('gives output in small chunks, so that a reader can stop a bomb', async () => {
    let largest = 0;
    for await (const chunk of bunzip2(chunked(await fixture('archives/runs.bz2')))) largest = Math.max(largest, chunk.length);
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });
});

/** A bzip2 block that is one run, whose length doubles so many times. */
function longRun(doublings: number): Buffer {
  const bits: string[] = [];
  const put = (value: number, width: number): void => void bits.push(value.toString(2).padStart(width, '0'));
  for (const byte of Buffer.from('BZh1')) put(byte, 8);
  put(0x314159, 24);
  put(0x265359, 24);
  put(0, 16);
  put(0, 16);
  put(0, 1);
  put(0, 24);
  // One byte is in use, so the alphabet is run A, run B, end.
  put(0x8000, 16);
  put(0x8000, 16);
  put(2, 3);
  put(1, 15);
  put(0, 1);
  // Both tables: codes of 1, 2 and 2 bits.
  for (let table = 0; table < 2; table += 1) {
    put(1, 5);
    bits.push('0', '100', '0');
  }
  for (let step = 0; step < doublings; step += 1) bits.push('0');
  bits.push('11');
  const text = bits.join('');
  return Buffer.from((text.padEnd(Math.ceil(text.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

describe('unlzw', () => {
  it('unpacks cleared tables and a smaller code width', async () => {
    const expected = Array.from({ length: 6000 }, (_none, i) => `${(i * i) % 9973},`).join('');
    const packed = await fixture('archives/squares-10bit.Z');
    for (const size of [1, 10_000, 100_000]) expect((await collected(unlzw(inChunksOf(size, packed)))).toString()).toBe(expected);
  });

  it('refuses a code that is not in the table yet', async () => {
    await expect(collected(unlzw(chunked(Buffer.from([0x1f, 0x9d, 0x90, 0xff, 0xff, 0xff]))))).rejects.toThrow(
      'is damaged: its compress (.Z) data is invalid',
    );
  });

  it('refuses what has no proper header', async () => {
    await expect(collected(unlzw(chunked(Buffer.from([0x1f, 0x9d, 0x9f]))))).rejects.toThrow('is no compress (.Z) file');
    await expect(collected(unlzw(chunked(Buffer.from([0x1f, 0x9d]))))).rejects.toThrow('is no complete compress (.Z) file');
  });
});

describe('unxz', () => {
  it('says when it is cut short or damaged', async () => {
    const packed = await fixture('archives/foo-1.0.tar.xz');
    for (const length of [6, 100, 1000, packed.length - 1]) {
      await expect(collected(unxz(chunked(packed.subarray(0, length))))).rejects.toThrow('its xz data cannot be unpacked');
    }
    const changed = Buffer.from(packed);
    changed[600] = (changed[600] ?? 0) ^ 1;
    await expect(collected(unxz(chunked(changed)))).rejects.toBeInstanceOf(ArchiveFault);
  });

  it('gives its decoder back when the reader stops early or fails', async () => {
    const packed = await fixture('archives/foo-1.0.tar.xz');
    for (let time = 0; time < 3; time += 1) {
      for await (const chunk of unxz(inChunksOf(100, packed))) {
        expect(chunk.length).toBeGreaterThanOrEqual(0);
        break;
      }
      await expect(collected(unxz(chunked('not xz at all')))).rejects.toBeInstanceOf(ArchiveFault);
    }
    const all = await Promise.all([0, 1, 2].map(() => collected(unxz(chunked(packed)))));
    expect(all.map((bytes) => bytes.length)).toEqual([61_440, 61_440, 61_440]);
  });
});
