import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keptBack } from '../../../src/plan/removal-units.ts';
import type { RemovalKeys } from '../../../src/destinations/destination.ts';
import type { FileFacts } from '../../../src/packaging/distribution-file.ts';
import { facts } from '../../support/builders.ts';

const named = (...filenames: readonly string[]): readonly FileFacts[] => filenames.map((filename) => facts(filename));
const byVersion: RemovalKeys = ({ version = 'none' }) => [version];

describe('keptBack', () => {
  it('lets a whole version go, and keeps back what would take a file that stays', () => {
    const going = named('a-1.0.tar.gz', 'a-1.0-py3-none-any.whl', 'a-2.0.tar.gz');
    expect([...keptBack(going, named('a-2.0-py3-none-any.whl'), byVersion)]).toEqual([['a-2.0.tar.gz', 'a-2.0-py3-none-any.whl']]);
  });

  it('keeps back what would take a file that is itself kept back', () => {
    const keys: Record<string, readonly string[]> = {
      'a-1.0.tar.gz': ['x'],
      'a-2.0.tar.gz': ['x', 'y'],
      'a-3.0.tar.gz': ['y', 'z'],
      'a-4.0.tar.gz': ['w'],
    };
    const kept = keptBack(
      named('a-2.0.tar.gz', 'a-3.0.tar.gz', 'a-4.0.tar.gz'),
      named('a-1.0.tar.gz'),
      ({ filename }) => keys[filename] ?? [],
    );
    expect([...kept]).toEqual([
      ['a-2.0.tar.gz', 'a-1.0.tar.gz'],
      ['a-3.0.tar.gz', 'a-2.0.tar.gz'],
    ]);
  });

  it('lets no file go that shares a key with one that is there afterwards, and every other', () => {
    const file = fc.record({ keys: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }), goes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 12 }), (files) => {
        const all = files.map((each, index) => ({ ...each, facts: facts(`a-${index}.0.tar.gz`) }));
        const keysOf = ({ filename }: { readonly filename: string }) =>
          (all.find((each) => each.facts.filename === filename)?.keys ?? []).map(String);
        const only = (goes: boolean) => all.filter((each) => each.goes === goes).map((each) => each.facts);
        const kept = keptBack(only(true), only(false), keysOf);
        const there = new Set(all.filter((each) => !each.goes || kept.has(each.facts.filename)).flatMap((each) => each.keys));
        const gone = all.filter((each) => each.goes && !kept.has(each.facts.filename));
        expect(gone.some((each) => each.keys.some((key) => there.has(key)))).toBe(false);
        expect([...kept.values()].every((filename) => all.some((each) => each.facts.filename === filename))).toBe(true);
        if (only(false).length === 0) expect(kept.size).toBe(0);
      }),
    );
  });

  it('is quick with many files', () => {
    const going = Array.from({ length: 20_000 }, (_, index) => facts(`a-${index}.0.tar.gz`));
    expect(keptBack(going, named('a-1.0-py3-none-any.whl'), () => ['all']).size).toBe(going.length);
  });
});
