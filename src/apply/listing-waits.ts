import type { DestinationTraits } from '../destinations/destination.ts';

/** Milliseconds that any listing may lag behind a write. */
const usual = 3000;
/** The longest wait between two looks, milliseconds. */
const longest = 12_000;

/**
 * The waits between looks at a listing that may lag behind a write, milliseconds: growing, and together as long as it may lag (pure). Servers that make
 * their pages later, or serve them from caches, say how long in their traits.
 */
export function listingWaits({ listingDelay = usual }: Pick<DestinationTraits, 'listingDelay'>): readonly number[] {
  const waits: number[] = [];
  let left = Math.max(listingDelay, usual);
  for (let wait = 200; left > 0; wait = Math.min(wait * 2, longest)) {
    waits.push(Math.min(wait, left));
    left -= wait;
  }
  return waits;
}
