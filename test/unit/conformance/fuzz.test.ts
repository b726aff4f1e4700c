import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PkgsyncError } from '../../../src/errors.ts';
import { fuzz } from '../../fuzz/fuzz.ts';
import { surface, totallyOrdered, valueOr } from '../../fuzz/surface.ts';
import { surfaces } from '../../fuzz/surfaces.ts';

const digits = fc.stringMatching(/^[0-9]{1,9}$/);
const failureOf = async (check: (text: string) => void, inputs = digits): Promise<string | undefined> => {
  const { failure } = await fuzz(surface({ name: 'a parser', weight: 1, inputs, check }), { seed: 7, runs: 300 });
  return failure;
};

describe('fuzz', () => {
  // Without a bound on time: a machine that is busy with other tests is no fault of a parser. `npm run fuzz` bounds it.
  it.each(surfaces.map((one) => [one.name, one] as const))('finds nothing in %s', async (_, one) => {
    const { failure, runs } = await fuzz(one, { seed: Math.floor(Math.random() * 2 ** 31), runs: 50, patience: Number.POSITIVE_INFINITY });
    expect(failure).toBeUndefined();
    expect(runs).toBe(50);
  });

  it('finds an error that is not the parser’s own, and says how to see it again', async () => {
    const parser = (text: string): void => {
      valueOr('VERSION_INVALID', () => {
        if (text.includes('7')) throw new PkgsyncError('NAME_INVALID', 'not mine');
        throw new PkgsyncError('VERSION_INVALID', 'mine');
      });
    };
    const failure = await failureOf(parser);
    expect(failure).toContain('not mine');
    expect(failure).toMatch(/seed: 7, path: "[0-9:]+"/);
    expect(failure).toMatch(/Counterexample: \["\d*7\d*"\]/);
  });

  it('finds an error whose message carries control characters', async () => {
    const parser = (text: string): void => {
      valueOr('VERSION_INVALID', () => {
        throw new PkgsyncError('VERSION_INVALID', `'${text}\u001b[2J' is no version`);
      });
    };
    expect(await failureOf(parser)).toContain('control characters in an error');
  });

  it('finds time that grows faster than the input', async () => {
    const quadratic = (text: string): void => {
      const end = performance.now() + text.length ** 2 / 1e6;
      while (performance.now() < end);
    };
    const long = fc.constantFrom(10, 15_000).map((length) => '1'.repeat(length));
    expect(await failureOf(quadratic, long)).toMatch(/ms for an input of 15000 characters, more than 90 ms/);
  });

  it('gives the same inputs for the same seed', async () => {
    const seen: string[][] = [[], []];
    for (const inputs of seen) {
      const recorder = surface({ name: 'a parser', weight: 1, inputs: digits, check: (text) => void inputs.push(text) });
      // A pause of the machine would have an input tried again.
      await fuzz(recorder, { seed: 7, runs: 300, patience: Number.POSITIVE_INFINITY });
    }
    expect(seen[0]).toHaveLength(300);
    expect(seen[0]).toEqual(seen[1]);
  });
});

describe('totallyOrdered', () => {
  it.each([
    ['antisymmetric', () => 1],
    ['transitive', (a: number, b: number) => ((b - a + 3) % 3 === 1 ? -1 : a === b ? 0 : 1)],
  ])('refuses an order that is not %s', (_, compare) => {
    expect(() => totallyOrdered(compare, [0, 1, 2])).toThrow('it does not hold');
  });
});
