import { describe, expect, it } from '@jest/globals';
import { parseDuration, parseSize } from '../../../src/manifest/units.ts';
import { problemsWith } from '../../support/manifest.ts';

describe('parseDuration', () => {
  it.each([
    ['90m', 5400],
    ['36h', 129_600],
    ['7d', 604_800],
    ['2 w', 1_209_600],
    ['0d', 0],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(problemsWith({ policy: { minAge: text } })).toEqual([]);
  });

  it.each(['7', 'd', '7 days', '-1d', '1.5h', '1d12h', '7D', ' 7d', '7s'])('%j is no duration', (text) => {
    expect(problemsWith({ policy: { minAge: text } })).toHaveLength(1);
  });
});

describe('parseSize', () => {
  it.each([
    [1, 1],
    ['100 MB', 100_000_000],
    ['1 GiB', 1_073_741_824],
    ['1.5kB', 1500],
    ['1 KB', 1000],
    ['3KiB', 3072],
    ['2 TB', 2_000_000_000_000],
    ['1.5 B', 1],
    ['12B', 12],
    ['999999999999999 TB', Number.MAX_SAFE_INTEGER],
  ])('%j is %d bytes', (written, bytes) => {
    expect(parseSize(written)).toBe(bytes);
    expect(problemsWith({ policy: { maxFileSize: written } })).toEqual([]);
  });

  it.each(['100', 'MB', '1 mb', '1,5 GB', '1 G', '-1 MB', '1 iB', 0, -1, 1.5])('%j is no size', (written) => {
    expect(problemsWith({ policy: { maxFileSize: written } })).toHaveLength(1);
  });
});
