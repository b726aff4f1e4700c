import { describe, expect, it } from '@jest/globals';
import { inheritedCounts, inheritedSentence } from '../../../src/inspect/inherited.ts';
import { listing } from '../../support/builders.ts';

const files = (...counts: readonly (readonly [from: string, files: number])[]) =>
  counts.flatMap(([from, count]) => Array.from({ length: count }, (_, index) => ({ filename: `a-${index}.0.tar.gz`, from })));
const told = (inherited: ReturnType<typeof files>, own: readonly string[] = []) =>
  inheritedSentence(listing('a', own, { inherited }), 'https://x.example/');

describe('inheritedSentence', () => {
  it('says nothing of an index that holds what it lists', () => {
    expect(inheritedSentence(listing('a', ['a-1.0.tar.gz']), 'https://x.example/')).toBeUndefined();
    expect(told([])).toBeUndefined();
  });

  it('says where files come from', () => {
    expect(told(files(['root/pypi', 3]))).toBe('3 files from root/pypi come through https://x.example/ and are not its own');
    expect(told(files(['root/pypi', 1]))).toBe('1 file from root/pypi comes through https://x.example/ and is not its own');
  });

  it('says that installers may take either where the index has files of its own', () => {
    expect(told(files(['root/pypi', 3]), ['a-9.0.tar.gz'])).toBe(
      '3 files from root/pypi come through https://x.example/ beside 1 file of its own: installers may take either',
    );
  });

  it('names three others at most, the most files first, and is one line whatever they are called', () => {
    const many = files(['b', 1], ['a', 1], ['evil\nname', 4], ['c', 2], ['d', 1]);
    expect(told(many)).toBe(
      '4 files from evil\\u000aname, 2 files from c, 1 file from a, 2 files from others come through https://x.example/ and are not its own',
    );
    expect(inheritedCounts({ inherited: many }).map(([from]) => from)).toEqual(['evil\nname', 'c', 'a', 'b', 'd']);
  });
});
