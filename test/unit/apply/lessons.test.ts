import { describe, expect, it } from '@jest/globals';
import { newToLock, PackedLessons } from '../../../src/apply/lessons.ts';
import { digestsOf, entry, locked } from '../../support/builders.ts';

const one = 'a-1.0.tar.gz';
const { sha256, md5 } = digestsOf(`content of ${one}`);
const learnt = new Map([[one, { size: 20, hashes: { sha256, md5 } }]]);

describe('newToLock', () => {
  it('is everything where the lock knows nothing', () => {
    expect(newToLock(learnt, undefined)).toEqual(learnt);
    expect(newToLock(learnt, locked('a', ['a-2.0.tar.gz']))).toEqual(learnt);
  });

  it('is all that is known of a file of which anything is new', () => {
    const known = locked('a', [entry(one, { size: 20, hashes: { sha256 } })]);
    expect(newToLock(learnt, known)).toEqual(learnt);
    const sizeless = locked('a', [entry(one, { size: undefined, hashes: { sha256, md5 } })]);
    expect(newToLock(learnt, sizeless)).toEqual(learnt);
  });

  it('is nothing where the lock knows all of it', () => {
    expect(newToLock(learnt, locked('a', [entry(one, { size: 20, hashes: { sha256, md5 } })])).size).toBe(0);
  });
});

describe('PackedLessons', () => {
  it('give back what was added, by project', () => {
    const lessons = new PackedLessons();
    const lesson = { learnt, finished: new Set(['a-0.1.tar.gz']) };
    lessons.add('a', lesson);
    lessons.add('b', { learnt: new Map(), finished: new Set([one]) });
    expect(lessons.size).toBe(2);
    expect(lessons.get('a')).toEqual(lesson);
    expect(lessons.get('b')).toEqual({ learnt: new Map(), finished: new Set([one]) });
    expect(lessons.get('c')).toBeUndefined();
  });

  it('hold nothing of a project that taught nothing', () => {
    const lessons = new PackedLessons();
    lessons.add('a', { learnt: new Map(), finished: new Set() });
    expect([lessons.size, lessons.get('a')]).toEqual([0, undefined]);
  });
});
