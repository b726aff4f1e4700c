import { describe, expect, it } from '@jest/globals';
import { createSequencer } from '../../../src/destinations/sequencer.ts';

describe('createSequencer', () => {
  it('runs tasks of one key one after the other, also after one that failed, and other keys beside them', async () => {
    const log: string[] = [];
    const inTurn = createSequencer();
    const gate = manual();
    const first = inTurn('a', async () => {
      log.push('a1 begins');
      await gate.promise;
      log.push('a1 ends');
      throw new Error('a1 failed');
    });
    const second = inTurn('a', () => Promise.resolve(log.push('a2')));
    await inTurn('b', () => Promise.resolve(log.push('b1')));
    gate.resolve(undefined);
    await expect(first).rejects.toThrow('a1 failed');
    await second;
    expect(log).toEqual(['a1 begins', 'b1', 'a1 ends', 'a2']);
  });

  it('hands the result on', async () => {
    expect(await createSequencer()('a', () => Promise.resolve(7))).toBe(7);
  });
});

function manual(): { promise: Promise<undefined>; resolve: (value: undefined) => void } {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((done) => (resolve = done));
  return { promise, resolve };
}
