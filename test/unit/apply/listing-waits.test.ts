import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { listingWaits } from '../../../src/apply/listing-waits.ts';

const sum = (waits: readonly number[]): number => waits.reduce((total, wait) => total + wait, 0);

describe('listingWaits', () => {
  it('waits three seconds in all where nothing is known', () => {
    expect(listingWaits({})).toEqual([200, 400, 800, 1600]);
  });

  it('waits as long as the server may take, in growing steps of at most twelve seconds', () => {
    expect(listingWaits({ listingDelay: 48_000 })).toEqual([200, 400, 800, 1600, 3200, 6400, 12_000, 12_000, 11_400]);
  });

  it('is bounded by what the server may take, and never shorter than usual', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600_000 }), (listingDelay) => {
        const waits = listingWaits({ listingDelay });
        expect(sum(waits)).toBe(Math.max(listingDelay, 3000));
        expect(waits.every((wait) => wait > 0 && wait <= 12_000)).toBe(true);
      }),
    );
  });
});
