import { describe, expect, it } from '@jest/globals';
import { recentListings } from '../../../src/destinations/recent-listings.ts';
import type { DestinationProject } from '../../../src/destinations/destination.ts';
import { nameOf } from '../../support/builders.ts';

const name = nameOf('a');
const listing = (...filenames: string[]) =>
  ({ name, present: true, files: filenames.map((filename) => ({ filename })), warnings: [] }) as unknown as DestinationProject;

/** A lookup with its own clock, and how often it listed. */
function lookups(pages: (signal?: AbortSignal) => Promise<DestinationProject>) {
  const state = { time: 0, reads: 0 };
  const recently = recentListings(
    (_name, signal) => {
      state.reads += 1;
      return pages(signal);
    },
    () => state.time,
  );
  return { state, look: (filename: string, signal?: AbortSignal) => recently(name, filename, signal) };
}

describe('recentListings', () => {
  it('answers for many files of one project with one page', async () => {
    const { state, look } = lookups(() => Promise.resolve(listing('a-1.zip')));
    const found = await Promise.all(['a-1.zip', 'a-2.zip', 'a-3.zip'].map((filename) => look(filename)));
    expect(found.map((file) => file?.filename)).toEqual(['a-1.zip', undefined, undefined]);
    expect(state.reads).toBe(1);
  });

  it('reads again after a second', async () => {
    const { state, look } = lookups(() => Promise.resolve(listing()));
    await look('a-1.zip');
    state.time = 1000;
    await look('a-2.zip');
    expect(state.reads).toBe(1);
    state.time = 1001;
    await look('a-3.zip');
    expect(state.reads).toBe(2);
  });

  it('reads again for a file that was looked for: it may have been written since', async () => {
    const { state, look } = lookups(() => Promise.resolve(state.reads === 1 ? listing() : listing('a-1.zip')));
    expect(await look('a-1.zip')).toBeUndefined();
    expect(await look('a-1.zip')).toMatchObject({ filename: 'a-1.zip' });
    expect(await look('a-2.zip')).toBeUndefined();
    expect(state.reads).toBe(2);
  });

  it('lets a failed page answer for nobody else', async () => {
    const { state, look } = lookups(() => (state.reads === 1 ? Promise.reject(new Error('down')) : Promise.resolve(listing('a-2.zip'))));
    const first = look('a-1.zip');
    const second = look('a-2.zip');
    await expect(first).rejects.toThrow('down');
    expect(await second).toMatchObject({ filename: 'a-2.zip' });
  });
});
