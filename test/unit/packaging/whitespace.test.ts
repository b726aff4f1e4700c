import { describe, expect, it } from '@jest/globals';
import { hasWhitespace, isWhitespace, splitWhitespace, trimWhitespace } from '../../../src/packaging/whitespace.ts';

describe('isWhitespace', () => {
  it('is what Python calls whitespace', () => {
    const found = Array.from({ length: 0x10000 }, (_, unit) => unit).filter(isWhitespace);
    const ranges = ['9-d', '1c-20', '85-85', 'a0-a0', '1680-1680', '2000-200a', '2028-2029', '202f-202f', '205f-205f', '3000-3000'];
    const expected = ranges.flatMap((range) => {
      const [first = 0, last = 0] = range.split('-').map((hex) => Number.parseInt(hex, 16));
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
    expect(found).toEqual(expected);
  });
});

describe('trimWhitespace', () => {
  it('cuts both ends and leaves the middle', () => {
    expect(trimWhitespace('\u001c\u0085 a b\u3000\n')).toBe('a b');
    expect(trimWhitespace(' \t ')).toBe('');
    expect(trimWhitespace('\ufeffa')).toBe('\ufeffa');
  });
});

describe('hasWhitespace', () => {
  it('finds it anywhere', () => {
    expect(['a b', 'a\u00a0', 'ab', ''].map(hasWhitespace)).toEqual([true, true, false, false]);
  });
});

describe('splitWhitespace', () => {
  it('gives what stands between blanks of any kind, and nothing for the rest', () => {
    expect(splitWhitespace(' a\u001cb\u0085\u3000c\ufeff ')).toEqual(['a', 'b', 'c\ufeff']);
    expect(['', ' \n'].map(splitWhitespace)).toEqual([[], []]);
  });
});
