import { describe, expect, it } from '@jest/globals';
import { didYouMean } from '../../../src/io/suggest.ts';

describe('didYouMean', () => {
  const keys = ['source', 'sources', 'latest', 'latestPer', 'all'];

  it.each([
    ['sorce', 'source'],
    ['soruces', 'sources'],
    ['latestper', 'latestPer'],
    ['LATEST', 'latest'],
    ['al', 'all'],
    ['lal', 'all'],
  ])('takes %s for %s', (written, meant) => {
    expect(didYouMean(written, keys)).toBe(`; did you mean '${meant}'?`);
  });

  it.each(['packages', 'x', '', 'source'.repeat(100)])('says nothing about %s', (written) => {
    expect(didYouMean(written, keys)).toBe('');
  });
});
