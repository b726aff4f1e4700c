import { describe, expect, it } from '@jest/globals';
import { withoutFaults } from '../../../src/manifest/faults.ts';

const refused = (pointer: string) => ({ pointer, at: 'value', message: 'wrong', refused: true }) as const;

describe('withoutFaults', () => {
  it('blanks what is refused, keeps keys and positions, and leaves the value itself alone', () => {
    const value = { a: { b: 1, c: 2 }, d: [1, 2, 3], 'e/f': 1 };
    const sound = withoutFaults(value, [refused('/a/b'), refused('/d/1'), refused('/e~1f')]);
    expect(sound).toStrictEqual({ a: { b: undefined, c: 2 }, d: [1, undefined, 3], 'e/f': undefined });
    expect(value).toStrictEqual({ a: { b: 1, c: 2 }, d: [1, 2, 3], 'e/f': 1 });
  });

  it('leaves alone what only lacks something', () => {
    const value = { a: {} };
    expect(withoutFaults(value, [{ ...refused('/a'), refused: false }])).toStrictEqual(value);
  });

  it('copes with faults inside faults, and with keys of prototypes', () => {
    const value = JSON.parse('{ "a": { "b": 1 }, "__proto__": { "x": 1 } }') as unknown;
    const sound = withoutFaults(value, [refused('/a'), refused('/a/b'), refused('/__proto__'), refused('/constructor/prototype/x')]);
    expect(Object.keys(sound as object)).toEqual(['a', '__proto__']);
    expect(Object.values(sound as object)).toEqual([undefined, undefined]);
    expect(Object.prototype).not.toHaveProperty('x');
  });
});
