import { describe, expect, it } from '@jest/globals';
import type { LockPackage } from '../../../src/lockfile/lock.ts';
import type { SavedProject } from '../../../src/plan/plan-file.ts';
import { withLessons, withLockChanges } from '../../../src/sync/lock-changes.ts';
import type { DigestSet } from '../../../src/packaging/digest.ts';
import type { LockLesson } from '../../../src/sync/lock-changes.ts';
import { digestsOf, entry, locked, nameOf } from '../../support/builders.ts';
import { collect } from '../../support/collect.ts';
import { each } from '../../support/plans.ts';

const saved = (name: string, overrides: Partial<SavedProject>): SavedProject => ({
  name: nameOf(name),
  actions: [],
  lock: [],
  ruleChanged: false,
  locked: undefined,
  ...overrides,
});
const head = (name: string, overrides: Partial<LockPackage> = {}): LockPackage => ({ ...locked(name, []), ...overrides });
const after = (before: readonly LockPackage[], ...plan: SavedProject[]) => collect(withLockChanges(each(before), each(plan)));

describe('withLockChanges', () => {
  const a = locked('a', ['a-1.0.tar.gz']);
  const c = locked('c', ['c-1.0.tar.gz']);

  it('passes on what no change is about', async () => {
    expect(await after([a, c], saved('b', {}))).toEqual([a, c]);
  });

  it('puts new packages where their names belong', async () => {
    const add = (name: string) =>
      saved(name, {
        ruleChanged: true,
        locked: head(name),
        lock: [{ kind: 'add', name: nameOf(name), entry: entry(`${name}-1.0.tar.gz`) }],
      });
    expect((await after([c], add('a'), add('b'), add('d'))).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect((await after([], add('a'))).map(({ files }) => files)).toEqual([[entry('a-1.0.tar.gz')]]);
  });

  it('adds, retires, revives, enriches and drops entries, and sorts them', async () => {
    const before = locked('a', [
      'a-1.0.tar.gz',
      'a-2.0.tar.gz',
      entry('a-3.0.tar.gz', { removed: 'superseded' }),
      entry('a-4.0.tar.gz', { removed: 'superseded' }),
    ]);
    const name = nameOf('a');
    const [result] = await after(
      [before],
      saved('a', {
        lock: [
          { kind: 'add', name, entry: entry('a-0.5.tar.gz') },
          { kind: 'tombstone', name, entry: entry('a-1.0.tar.gz', { removed: 'rule-changed' }) },
          { kind: 'enrich', name, entry: entry('a-2.0.tar.gz', { yanked: true }) },
          { kind: 'revive', name, entry: entry('a-3.0.tar.gz') },
          { kind: 'drop', name, entry: entry('a-4.0.tar.gz', { removed: 'superseded' }) },
        ],
      }),
    );
    expect(result?.files).toEqual([
      entry('a-0.5.tar.gz'),
      entry('a-1.0.tar.gz', { removed: 'rule-changed' }),
      entry('a-2.0.tar.gz', { yanked: true }),
      entry('a-3.0.tar.gz'),
    ]);
  });

  it('records rule, requirers and source anew', async () => {
    const next = head('a', { rule: null, via: [nameOf('c')], source: 'pypi' });
    expect(await after([a], saved('a', { ruleChanged: true, locked: next }))).toEqual([{ ...next, files: a.files }]);
  });

  it('drops a package whose last entry is dropped', async () => {
    const lock = [{ kind: 'drop', name: nameOf('a'), entry: entry('a-1.0.tar.gz') } as const];
    expect(await after([a, c], saved('a', { lock, ruleChanged: true }))).toEqual([c]);
  });

  it('takes nothing back that was learnt since the plan was made', async () => {
    const learnt = entry('a-1.0.tar.gz', { hashes: digestsOf('content of a-1.0.tar.gz'), size: 20 });
    const planned = entry('a-1.0.tar.gz', { size: undefined });
    expect(await after([locked('a', [learnt])], saved('a', { lock: [{ kind: 'add', name: nameOf('a'), entry: planned }] }))).toEqual([
      locked('a', [learnt]),
    ]);
  });

  it('pins other digests only where they are added, that is accepted', async () => {
    const other = entry('a-1.0.tar.gz', { content: 'other' });
    const change = (kind: 'add' | 'enrich') => saved('a', { lock: [{ kind, name: nameOf('a'), entry: other }] });
    expect((await after([a], change('add')))[0]?.files).toEqual([other]);
    expect((await after([a], change('enrich')))[0]?.files).toEqual([{ ...entry('a-1.0.tar.gz'), removed: undefined }]);
  });

  it('changes nothing when it is applied again', async () => {
    const plan = saved('a', {
      ruleChanged: true,
      locked: head('a', { rule: { latest: 1 } }),
      lock: [
        { kind: 'add', name: nameOf('a'), entry: entry('a-2.0.tar.gz') },
        { kind: 'tombstone', name: nameOf('a'), entry: entry('a-1.0.tar.gz', { removed: 'superseded' }) },
      ],
    });
    const once = await after([a], plan);
    expect(await after(once, plan)).toEqual(once);
  });
});

describe('withLessons', () => {
  const hashes = digestsOf('content of a-1.0.tar.gz');
  const lesson = (overrides: Partial<LockLesson>): ReadonlyMap<string, LockLesson> =>
    new Map([['a', { learnt: new Map(), finished: new Set<string>(), ...overrides }]]);
  const learn = (lock: readonly LockPackage[], lessons: ReadonlyMap<string, LockLesson>) => collect(withLessons(each(lock), lessons));

  it('adds digests and sizes, and changes none', async () => {
    const before = locked('a', [entry('a-1.0.tar.gz', { size: undefined }), entry('a-2.0.tar.gz', { size: 5 })]);
    const learnt = new Map([
      ['a-1.0.tar.gz', { size: 20, hashes }],
      ['a-2.0.tar.gz', { size: 6, hashes: { sha256: '0'.repeat(64), md5: '0'.repeat(32) } }],
    ]);
    const [result] = await learn([before, locked('b', ['b-1.0.tar.gz'])], lesson({ learnt }));
    expect(result?.files[0]).toMatchObject({ size: 20, hashes });
    expect(result?.files[1]).toMatchObject({ size: 5, hashes: { sha256: entry('a-2.0.tar.gz').hashes.sha256 } });
  });

  it.each<[string, DigestSet]>([
    ['other bytes', { sha256: '0'.repeat(64) }],
    ['what cannot be compared', { sha512: '0'.repeat(128) }],
  ])('adds nothing to an entry that approves %s by now', async (_what, approved) => {
    const before = locked('a', [entry('a-1.0.tar.gz', { size: undefined, hashes: approved })]);
    const learnt = new Map([['a-1.0.tar.gz', { size: 20, hashes }]]);
    expect(await learn([before], lesson({ learnt }))).toEqual([before]);
  });

  it('drops finished tombstones, and nothing that lives', async () => {
    const before = locked('a', ['a-1.0.tar.gz', entry('a-2.0.tar.gz', { removed: 'superseded' })]);
    const finished = new Set(['a-1.0.tar.gz', 'a-2.0.tar.gz']);
    expect((await learn([before], lesson({ finished })))[0]?.files).toEqual([entry('a-1.0.tar.gz')]);
    expect(await learn([locked('a', [entry('a-2.0.tar.gz', { removed: 'superseded' })])], lesson({ finished }))).toEqual([]);
  });
});
