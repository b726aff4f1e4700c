import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeDigests, encodeDigests, isSettled, recall, type RememberedFile } from '../../../src/destinations/digest-memory.ts';
import { hex } from '../../support/page-builders.ts';

const remembered: RememberedFile = { size: 7, mtimeNs: 1_700_000_000_123_456_789n, hashes: { sha256: hex('a'), md5: hex('b', 32) } };

describe('the memory of digests', () => {
  it('comes back as it was written', () => {
    const file = fc.record({
      size: fc.nat(),
      mtimeNs: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      hashes: fc.constant(remembered.hashes),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), file)), (entries) =>
        expect(decodeDigests(encodeDigests(new Map(entries)))).toEqual(new Map(entries)),
      ),
    );
  });

  it('survives any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => expect(decodeDigests(text)).toEqual(new Map())));
  });

  it('leaves out what is not well formed and keeps the rest', () => {
    const good = ['foo-1.0.tar.gz', 7, '1700000000123456789', hex('a'), hex('b', 32)];
    const bad = good.map((_, index) => good.map((field, at) => (at === index ? {} : field)));
    const text = JSON.stringify({ formatVersion: 1, files: [...bad, good, [...good.slice(0, 2), '1e5', ...good.slice(3)]] });
    expect(decodeDigests(text)).toEqual(new Map([['foo-1.0.tar.gz', remembered]]));
  });

  it('is asked by name, size and time', () => {
    const memory = new Map([['a', remembered]]);
    expect(recall(memory, 'a', remembered)).toEqual(remembered.hashes);
    expect(recall(memory, 'b', remembered)).toBeUndefined();
    expect(recall(memory, 'a', { ...remembered, size: 8 })).toBeUndefined();
    expect(recall(memory, 'a', { ...remembered, mtimeNs: remembered.mtimeNs + 1n })).toBeUndefined();
  });
});

describe('isSettled', () => {
  const now = 1_700_000_000_500;
  const settled = (milliseconds: number, fraction = 1n): boolean =>
    isSettled({ size: 1, mtimeNs: BigInt(milliseconds) * 1_000_000n + fraction }, now);

  it('waits for the tick of a fine clock', () => {
    expect(settled(now - 51)).toBe(true);
    expect(settled(now - 50)).toBe(false);
    expect(settled(now + 10_000)).toBe(false);
  });

  it('waits longer where the time is of whole seconds: the clock may have nothing finer', () => {
    expect(settled(1_699_999_997_000, 0n)).toBe(true);
    expect(settled(1_699_999_998_000, 0n)).toBe(false);
  });
});
