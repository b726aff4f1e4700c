import { describe, expect, it } from '@jest/globals';
import type { DestinationProject } from '../../../src/destinations/destination.ts';
import { withSharedListings } from '../../../src/library/shared-listing.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import { failureOf } from '../../support/http.ts';

const alpha = normalizeName('alpha');

/** A destination whose listings wait to be answered; each says in its warnings the how-manieth it is. */
function slowDestination() {
  const waiting: { resolve(listing: DestinationProject): void; reject(error: Error): void }[] = [];
  const list = () => new Promise<DestinationProject>((resolve, reject) => waiting.push({ resolve, reject }));
  const shared = withSharedListings({ ...fakeDestination({}), list });
  const answer = (index: number) => waiting[index]!.resolve({ name: alpha, present: true, files: [], warnings: [String(index)] });
  return { shared, waiting, answer };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('withSharedListings', () => {
  it('reads once for all who wait, and never gives what was begun before somebody asked', async () => {
    const { shared, waiting, answer } = slowDestination();
    const first = shared.list(alpha);
    const [second, third] = [shared.list(alpha), shared.list(alpha)];
    expect(waiting).toHaveLength(1);
    answer(0);
    expect((await first).warnings).toEqual(['0']);
    await settled();
    expect(waiting).toHaveLength(2);
    const fourth = shared.list(alpha);
    answer(1);
    expect([(await second).warnings, (await third).warnings]).toEqual([['1'], ['1']]);
    await settled();
    answer(2);
    expect((await fourth).warnings).toEqual(['2']);
    await settled();
    const fifth = shared.list(alpha);
    expect(waiting).toHaveLength(4);
    answer(3);
    expect((await fifth).warnings).toEqual(['3']);
  });

  it('reads other projects at the same time', () => {
    const { shared, waiting } = slowDestination();
    void shared.list(alpha);
    void shared.list(normalizeName('beta'));
    expect(waiting).toHaveLength(2);
  });

  it('gives a failure to those who shared it, and reads again for the next', async () => {
    const { shared, waiting, answer } = slowDestination();
    const first = shared.list(alpha);
    const second = shared.list(alpha);
    waiting[0]!.reject(new Error('lost'));
    await expect(first).rejects.toThrow('lost');
    await settled();
    answer(1);
    expect((await second).warnings).toEqual(['1']);
  });

  it('lets who is interrupted go, and the others wait', async () => {
    const { shared, answer } = slowDestination();
    const controller = new AbortController();
    const gone = shared.list(alpha, controller.signal);
    const stays = shared.list(alpha);
    controller.abort();
    expect(await failureOf(gone)).toMatchObject({ code: 'INTERRUPTED' });
    answer(0);
    await settled();
    answer(1);
    expect((await stays).warnings).toEqual(['1']);
    const late = shared.list(alpha, AbortSignal.abort());
    expect(await failureOf(late)).toMatchObject({ code: 'INTERRUPTED' });
  });
});
