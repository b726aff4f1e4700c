import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHasher } from '../../../src/io/hasher.ts';
import type { LockEntry, LockPackage } from '../../../src/lockfile/lock.ts';
import {
  LockIdentity,
  PlanRecorder,
  ProblemCounts,
  hasDifferences,
  writesAnything,
  writesDestination,
  writesLock,
} from '../../../src/plan/recorder.ts';
import { noCounts } from '../../../src/plan/counts.ts';
import type { Action, Problem, ProjectPlan } from '../../../src/plan/plan.ts';
import { digestsOf, entry, facts, locked, nameOf } from '../../support/builders.ts';
import { directory, projectPlan } from '../../support/plans.ts';

const at = { destination: 'default', name: nameOf('a') };
const file = facts('a-1.0.tar.gz');
const blocked = (reason: Problem['reason'] | 'destination-refuses' | 'name-clash', more: object = {}): Action => ({
  ...at,
  kind: 'blocked',
  reason,
  ...more,
});

function problems(actions: readonly Action[], listed: readonly Problem[] = []): Record<string, number> {
  const counts = new ProblemCounts();
  counts.add({ actions, problems: listed });
  return Object.fromEntries(counts.byClass);
}

describe('ProblemCounts', () => {
  it('counts what is blocked, by class', () => {
    expect(problems([blocked('policy', { file }), blocked('policy', { file }), blocked('nothing-selected')])).toEqual({
      policy: 2,
      'nothing-selected': 1,
    });
  });

  it('tells a failing listing from rejected credentials', () => {
    const failed = (errorCode: string) => blocked('listing-failed', { errorCode });
    expect(problems([failed('UNREACHABLE'), failed('UNAUTHORIZED'), failed('FORBIDDEN')])).toEqual({
      'listing-failed': 1,
      authentication: 2,
    });
  });

  it('tells a project that the source never had from a file that it lost', () => {
    expect(problems([blocked('source-missing'), blocked('source-missing', { file })])).toEqual({ 'source-missing': 1, 'file-missing': 1 });
  });

  it('counts approved files that no apply can bring there', () => {
    expect(problems([blocked('destination-refuses', { file }), blocked('name-clash', { file })])).toEqual({ 'file-missing': 2 });
  });

  it('leaves out removals that a destination refuses for good', () => {
    expect(problems([blocked('destination-refuses', { existing: file })])).toEqual({});
  });

  it('counts a problem of the lock where no action shows it', () => {
    const changed: Problem = { reason: 'source-digest-changed', detail: '', filename: file.filename };
    expect(problems([], [changed])).toEqual({ 'source-digest-changed': 1 });
    expect(problems([{ ...at, kind: 'upload', reason: 'missing', file }], [changed])).toEqual({ 'source-digest-changed': 1 });
    expect(problems([blocked('source-digest-changed', { file })], [changed])).toEqual({ 'source-digest-changed': 1 });
  });
});

describe('PlanRecorder', () => {
  const recorderOf = (...projects: ProjectPlan[]) => {
    const recorder = new PlanRecorder(createHasher, [directory]);
    for (const project of projects) recorder.add(project);
    return recorder;
  };

  it('counts actions per destination and changes of the lock', () => {
    const { counts, lock } = recorderOf(
      projectPlan('a', {
        actions: [{ ...at, kind: 'upload', reason: 'missing', file }],
        lock: [{ kind: 'add', name: at.name, entry: entry('a-1.0.tar.gz') }],
      }),
      projectPlan('b', { actions: [{ ...at, destination: 'late', kind: 'upload', reason: 'missing', file }] }),
    ).trailer();
    expect(counts).toEqual({ default: { ...noCounts(), upload: 1 }, late: { ...noCounts(), upload: 1 } });
    expect(lock).toEqual({ add: 1, tombstone: 0, revive: 0, drop: 0, enrich: 0 });
  });

  it('is complete only where every project is', () => {
    expect(recorderOf(projectPlan('a')).trailer().complete).toBe(true);
    expect(recorderOf(projectPlan('a', { complete: false }), projectPlan('b')).trailer().complete).toBe(false);
  });

  it('adds up the bytes of uploads and replacements whose size is known', () => {
    const recorder = recorderOf(
      projectPlan('a', {
        actions: [
          { ...at, kind: 'upload', reason: 'missing', file: { ...file, size: 5 } },
          { ...at, kind: 'upload', reason: 'missing', file: { ...file, size: undefined } },
          { ...at, kind: 'replace', reason: 'digest-differs', file: { ...file, size: 7 }, existing: file },
        ],
      }),
    );
    expect(recorder.tally.uploadBytes.get('default')).toBe(12);
  });

  it('says which facts a destination has no place for', () => {
    const recorder = recorderOf(
      projectPlan('a', {
        actions: [{ ...at, kind: 'upload', reason: 'missing', file: { ...file, yanked: { reason: '' }, requiresPython: '>=3' } }],
      }),
    );
    expect(recorder.lost('default', new Set(['yanked']))).toEqual([{ fact: 'Requires-Python', files: 1 }]);
    expect(recorder.lost('default', new Set())).toHaveLength(2);
    expect(recorder.lost('other', new Set())).toEqual([]);
  });

  it('says how many files a release has where there are enough to tell', () => {
    const add = (count: number) =>
      recorderOf(
        projectPlan('a', {
          lock: Array.from({ length: count }, (_, index) => ({
            kind: 'add' as const,
            name: at.name,
            entry: entry(`a-1.0-${index}-py3-none-any.whl`),
          })),
        }),
      ).filesPerRelease();
    expect(add(9)).toBeUndefined();
    expect(add(10)).toBe(10);
  });
});

describe('what a plan writes', () => {
  const trailer = (counts: Partial<Record<string, number>>, lock = {}, records = 0) => ({
    counts: { default: { ...noCounts(), ...counts } },
    lock: { add: 0, tombstone: 0, revive: 0, drop: 0, enrich: 0, ...lock },
    records,
  });

  it.each(['register', 'upload', 'replace', 'update', 'remove'])('%s writes to the destination', (kind) => {
    expect(writesDestination(trailer({ [kind]: 1 }))).toBe(true);
    expect(hasDifferences(trailer({ [kind]: 1 }))).toBe(true);
  });

  it.each(['mismatch', 'blocked'])('%s is a difference, and writes nothing', (kind) => {
    expect(writesAnything(trailer({ [kind]: 1 }))).toBe(false);
    expect(hasDifferences(trailer({ [kind]: 1 }))).toBe(true);
  });

  it.each(['keep', 'unverifiable'])('%s is no difference', (kind) => {
    expect(hasDifferences(trailer({ [kind]: 1 }))).toBe(false);
  });

  it('enrichment of the lock is no difference, everything else is', () => {
    expect(writesLock(trailer({}, { enrich: 5 }))).toBe(false);
    for (const kind of ['add', 'tombstone', 'revive', 'drop']) expect(hasDifferences(trailer({}, { [kind]: 1 }))).toBe(true);
    expect(writesAnything(trailer({}, {}, 1))).toBe(true);
  });
});

describe('LockIdentity', () => {
  const identity = (...packages: (LockPackage | undefined)[]) => {
    const hasher = new LockIdentity(createHasher());
    for (const one of packages) hasher.add(one);
    return hasher.hex();
  };

  it('does not see tombstones, learnt digests and packages without live files', () => {
    const plain = identity(locked('a', ['a-1.0.tar.gz']));
    const learnt = entry('a-1.0.tar.gz', { hashes: digestsOf('content of a-1.0.tar.gz'), size: 1 });
    expect(identity(locked('a', [learnt, entry('a-0.9.tar.gz', { removed: 'superseded' })]))).toBe(plain);
    expect(identity(undefined, locked('a', ['a-1.0.tar.gz']), locked('b', [entry('b-1.0.tar.gz', { removed: 'superseded' })]))).toBe(plain);
  });

  it('sees files, flags, rules, requirers and sources', () => {
    const lockWith = (files: readonly (string | LockEntry)[], overrides: Partial<LockPackage> = {}) =>
      identity(locked('a', files, overrides));
    const ids = [
      identity(),
      lockWith(['a-1.0.tar.gz']),
      lockWith(['a-1.0.tar.gz', 'a-2.0.tar.gz']),
      lockWith([entry('a-1.0.tar.gz', { yanked: true })]),
      lockWith(['a-1.0.tar.gz'], { rule: { latest: 1 } }),
      lockWith(['a-1.0.tar.gz'], { rule: null }),
      lockWith(['a-1.0.tar.gz'], { rule: null, via: [nameOf('b')] }),
      lockWith(['a-1.0.tar.gz'], { source: 'pypi' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is the same for equal rules, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['latest', 'version', 'prereleases'] as const, { minLength: 3 }), (keys) => {
        const values = { latest: 1, version: '>=1', prereleases: true };
        const rule = Object.fromEntries(keys.map((key) => [key, values[key]]));
        expect(identity(locked('a', ['a-1.0.tar.gz'], { rule }))).toBe(identity(locked('a', ['a-1.0.tar.gz'], { rule: values })));
      }),
    );
  });
});
