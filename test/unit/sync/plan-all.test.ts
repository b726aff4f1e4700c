import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PkgsyncError } from '../../../src/errors.ts';
import type { SyncEvent } from '../../../src/events.ts';
import type { EffectiveRule, Manifest } from '../../../src/manifest/manifest.ts';
import { hasDifferences } from '../../../src/plan/recorder.ts';
import {
  digestsOf,
  directoryConfig,
  entry,
  exactPrune,
  existing,
  file,
  locked,
  manifest,
  md5Of,
  noPrune,
  sourceConfig,
  uploadConfig,
} from '../../support/builders.ts';
import { collect } from '../../support/collect.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import type { FakeDestination } from '../../support/fake-destination.ts';
import { fakeSource } from '../../support/fake-source.ts';
import type { FakeSource, SourceFile } from '../../support/fake-source.ts';
import { withLockChanges } from '../../../src/sync/lock-changes.ts';
import { each } from '../../support/plans.ts';
import { actionsOf, applied, identityOf, lockChangesOf, lockedFiles, planned, saved, synced, warningsOf } from '../../support/world.ts';
import type { World } from '../../support/world.ts';

const wheel = 'a-1.0-py3-none-any.whl';

function world(
  packages: Readonly<Record<string, EffectiveRule>>,
  projects: Readonly<Record<string, readonly (string | SourceFile)[]>>,
  overrides: Partial<Manifest> = {},
  to: FakeDestination = fakeDestination(),
): World & { readonly source: FakeSource; readonly to: FakeDestination } {
  const source = fakeSource(projects);
  return { manifest: manifest(packages, overrides), source, sources: [source], to, destinations: [to], lock: undefined };
}
const pruning = (prune = exactPrune): Partial<Manifest> => ({ destinations: [directoryConfig({ prune })] });

describe('planProjects', () => {
  it('plans everything anew where there is no lock, in name order', async () => {
    const here = world({ b: {}, a: {} }, { b: ['b-1.0.tar.gz'], a: [wheel, 'a-1.0.tar.gz'], c: ['c-1.0.tar.gz'] });
    const plans = await planned(here);
    expect(plans.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(actionsOf(plans)).toEqual([
      'register a: project-missing',
      `upload ${wheel}: missing`,
      'upload a-1.0.tar.gz: missing',
      'register b: project-missing',
      'upload b-1.0.tar.gz: missing',
    ]);
    expect(lockChangesOf(plans)).toEqual([`add ${wheel}`, 'add a-1.0.tar.gz', 'add b-1.0.tar.gz']);
  });

  it('uploads what a destination only inherits, never counts or removes it, and says so', async () => {
    const inherits = { a: [`${wheel} root/pypi`, 'a-9.0.tar.gz root/pypi'], b: ['b-1.0.tar.gz root/pypi'] };
    const to = fakeDestination({ inherits });
    to.place('b', 'b-2.0.tar.gz');
    const [a, b] = await planned(world({ a: {}, b: {} }, { a: [wheel], b: ['b-2.0.tar.gz'] }, pruning(), to));
    expect(actionsOf([a!, b!])).toEqual(['register a: project-missing', `upload ${wheel}: missing`]);
    expect(a?.inherited).toEqual([{ destination: 'default', own: 0, files: 2, from: ['root/pypi'] }]);
    expect(warningsOf([a!, b!])).toEqual([
      'inherited a: 2 files from root/pypi come through ./default and are not its own',
      'inherited b: 1 file from root/pypi comes through ./default beside 1 file of its own: installers may take either',
    ]);
  });

  it('has nothing to do once it was applied', async () => {
    const here = world({ a: {} }, { a: [wheel] });
    expect(await synced(here)).toMatchObject({ done: 2, failed: 0 });
    const plans = await planned(here);
    expect([actionsOf(plans), lockChangesOf(plans)]).toEqual([[], []]);
    expect(hasDifferences((await saved(here, plans)).trailer)).toBe(false);
  });

  it('adopts files that are there already', async () => {
    const here = world({ a: {} }, { a: [wheel, 'a-2.0.tar.gz'] });
    here.to.place('a', wheel);
    here.to.place('a', existing('a-2.0.tar.gz', { content: 'other' }));
    const plans = await planned(here);
    expect(actionsOf(plans)).toEqual(['mismatch a-2.0.tar.gz: digest-differs']);
    expect(lockChangesOf(plans)).toHaveLength(2);
  });

  describe('with a lock', () => {
    it('keeps what is locked, tells of newer releases, and takes them when asked', async () => {
      const here = world({ a: {}, b: {} }, { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz'] });
      await synced(here);
      here.source.setProject('a', ['a-1.0.tar.gz', 'a-2.0.tar.gz']);
      here.source.setProject('b', ['b-1.0.tar.gz', 'b-2.0.tar.gz']);
      const plans = await planned(here);
      expect(actionsOf(plans)).toEqual([]);
      expect(warningsOf(plans).map((line) => line.split(':')[0])).toEqual(['newer-release a', 'newer-release b']);
      expect(actionsOf(await planned(here, { upgrade: ['b*'] }))).toEqual(['upload b-2.0.tar.gz: missing']);
      expect(actionsOf(await planned(here, { upgrade: true }))).toHaveLength(2);
    });

    it('resolves a package whose rule changed, and no other', async () => {
      const here = world({ a: {}, b: {} }, { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz'] });
      await synced(here);
      here.source.setProject('a', ['a-1.0.tar.gz', 'a-2.0.tar.gz']);
      here.source.setProject('b', ['b-1.0.tar.gz', 'b-2.0.tar.gz']);
      here.manifest = manifest({ a: { version: '>=1' }, b: {} });
      expect(lockChangesOf(await planned(here))).toEqual(['add a-2.0.tar.gz']);
    });

    it('puts right entries that the rule does not allow, as after a merge', async () => {
      const here = world({ a: { version: '<2' } }, { a: ['a-1.0.tar.gz', 'a-2.0.tar.gz'] });
      here.lock = [locked('a', ['a-1.0.tar.gz', 'a-2.0.tar.gz'], { rule: { version: '<2' } })];
      here.to.place('a', 'a-2.0.tar.gz');
      expect(lockChangesOf(await planned(here))).toEqual(['tombstone a-2.0.tar.gz']);
    });

    it('retires a package that left the manifest, and removes it only where that is pruned', async () => {
      const here = world({ a: {}, b: {} }, { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz', 'b-2.0.tar.gz'] });
      await synced(here);
      here.manifest = manifest({ a: {} });
      const plans = await planned(here);
      expect([lockChangesOf(plans), actionsOf(plans)]).toEqual([['tombstone b-1.0.tar.gz', 'tombstone b-2.0.tar.gz'], []]);
      here.manifest = manifest({ a: {} }, pruning({ ...noPrune, dropped: true }));
      expect(actionsOf(await planned(here))).toEqual(['remove b-1.0.tar.gz: tombstone', 'remove b-2.0.tar.gz: tombstone']);
      await synced(here);
      expect(here.to.stored('b')).toEqual([]);
      expect(lockedFiles(here)).toEqual(['a: a-1.0.tar.gz']);
    });

    it('brings a package back that was retired', async () => {
      const here = world({ a: {}, b: {} }, { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz'] });
      await synced(here);
      here.manifest = manifest({ a: {} });
      await synced(here);
      expect(lockedFiles(here)).toEqual(['a: a-1.0.tar.gz', 'b: (b-1.0.tar.gz)']);
      here.manifest = manifest({ a: {}, b: {} });
      expect(lockChangesOf(await planned(here))).toEqual(['revive b-1.0.tar.gz']);
    });

    it('keeps the rest of the lock where --package narrows', async () => {
      const here = world({ a: {}, b: {} }, { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz'] });
      await synced(here);
      here.manifest = manifest({ a: { version: '>=1' }, b: { version: '>=1' }, c: {} });
      const plans = await planned(here, { packages: ['a'] });
      expect(plans.map(({ name, untouched, ruleChanged }) => [name, untouched, ruleChanged])).toEqual([
        ['a', undefined, true],
        ['b', true, false],
        ['c', true, false],
      ]);
      await applied(here, await saved(here, plans));
      expect(here.lock?.map(({ name, rule }) => [name, rule])).toEqual([
        ['a', { version: '>=1' }],
        ['b', {}],
      ]);
    });

    it('says where --package matches nothing', async () => {
      const events: SyncEvent[] = [];
      const here = world({ a: {} }, { a: ['a-1.0.tar.gz'] });
      await planned(here, { packages: ['aa', 'b*'], onEvent: (event) => void events.push(event) });
      expect(events.filter(({ type }) => type === 'warning')).toEqual([{ type: 'warning', message: 'no package matches aa, b*' }]);
    });

    it('drops tombstones only where every destination was looked at and shows nothing', async () => {
      const to = fakeDestination();
      const other = fakeDestination({ name: 'y' });
      const here: World = {
        manifest: manifest({ a: { version: '<2' } }, { destinations: [directoryConfig(), directoryConfig({ name: 'y' })] }),
        sources: [fakeSource({ a: ['a-1.0.tar.gz'] })],
        destinations: [to, other],
        lock: [locked('a', ['a-1.0.tar.gz', entry('a-2.0.tar.gz', { removed: 'rule-changed' })], { rule: { version: '<2' } })],
      };
      expect(lockChangesOf(await planned({ ...here, destinations: [to] }))).toEqual([]);
      expect(lockChangesOf(await planned(here))).toEqual(['drop a-2.0.tar.gz']);
      other.place('a', 'A-2.0.tar.gz');
      expect(lockChangesOf(await planned(here))).toEqual([]);
      other.take('a', 'A-2.0.tar.gz');
      other.failList('a', new PkgsyncError('UNREACHABLE', 'down'));
      expect(lockChangesOf(await planned(here))).toEqual([]);
    });
  });

  describe('with --locked', () => {
    it('never resolves and never changes the lock', async () => {
      const here = world({ a: {} }, { a: ['a-1.0.tar.gz'] });
      await synced(here);
      here.source.setProject('a', [{ filename: 'a-1.0.tar.gz', yanked: { reason: 'bad' } }, 'a-2.0.tar.gz']);
      here.to.take('a', 'a-1.0.tar.gz');
      const plans = await planned(here, { locked: true });
      expect([actionsOf(plans), lockChangesOf(plans)]).toEqual([['upload a-1.0.tar.gz: missing'], []]);
      expect(plans[0]?.locked).toBe(here.lock?.[0]);
    });

    it.each<[string, (here: World) => void, string]>([
      ['there is none', (here) => (here.lock = undefined), 'LOCK_MISSING'],
      ['a rule differs', (here) => (here.manifest = manifest({ a: { latest: 1 } })), 'LOCK_OUTDATED'],
      ['a package is missing', (here) => (here.manifest = manifest({ a: {}, b: {} })), 'LOCK_OUTDATED'],
      ['a package has left', (here) => (here.manifest = manifest({})), 'LOCK_OUTDATED'],
    ])('fails where %s', async (_, change, code) => {
      const here = world({ a: {} }, { a: ['a-1.0.tar.gz'] });
      await synced(here);
      change(here);
      await expect(planned(here, { locked: true })).rejects.toMatchObject({ code });
    });
  });

  describe('where something fails', () => {
    it('blocks a project whose source page fails, and plans the others', async () => {
      const here = world({ a: {}, b: {} }, { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz'] });
      here.source.failPage('a', new PkgsyncError('UNREACHABLE', 'down', { retryable: true }));
      const plans = await planned(here);
      expect(plans[0]?.actions[0]).toMatchObject({ errorCode: 'UNREACHABLE', retryable: true });
      expect(actionsOf(plans)).toEqual(['blocked a: listing-failed', 'register b: project-missing', 'upload b-1.0.tar.gz: missing']);
      expect(plans.map(({ complete }) => complete)).toEqual([false, true]);
    });

    it('blocks a project whose listing fails there, and nowhere else', async () => {
      const to = fakeDestination();
      const other = fakeDestination({ name: 'y' });
      to.failList('a', new PkgsyncError('UNAUTHORIZED', 'who?'));
      const destinations = [directoryConfig(), directoryConfig({ name: 'y' })];
      const plans = await planned({
        manifest: manifest({ a: {} }, { destinations }),
        sources: [fakeSource({ a: ['a-1.0.tar.gz'] })],
        destinations: [to, other],
        lock: undefined,
      });
      expect(plans[0]?.actions.map(({ destination, kind }) => `${destination} ${kind}`)).toEqual([
        'default blocked',
        'y register',
        'y upload',
      ]);
      expect(plans[0]?.actions[0]).toMatchObject({ errorCode: 'UNAUTHORIZED', retryable: false, detail: 'who?' });
      expect(plans[0]?.complete).toBe(false);
    });

    it('passes an interruption on', async () => {
      const stop = new AbortController();
      stop.abort(new PkgsyncError('INTERRUPTED', 'interrupted'));
      await expect(planned(world({ a: {} }, { a: ['a-1.0.tar.gz'] }), { signal: stop.signal })).rejects.toMatchObject({
        code: 'INTERRUPTED',
      });
    });

    it('tells a package that the source does not have from one that comes out empty', async () => {
      const here = world({ typo: {}, a: { version: '>=9' }, b: {} }, { a: ['a-1.0.tar.gz', 'a-2.0.tar.gz'], b: [] });
      const plans = await planned(here);
      expect(plans.flatMap(({ problems }) => problems.map(({ reason, detail }) => `${reason}: ${detail}`))).toEqual([
        'nothing-selected: none of the 2 files at the source is selected: version leaves out 2',
        'nothing-selected: the source lists no files of it',
        'source-missing: the source has no such project',
      ]);
      expect(actionsOf(plans)).toEqual(['blocked a: nothing-selected', 'blocked b: nothing-selected', 'blocked typo: source-missing']);
    });

    it('blocks what the policy vetoes, file by file', async () => {
      const here = world({ a: {} }, { a: ['a-1.0.tar.gz', 'a-2.0.tar.gz'] }, { policy: { deny: ['a==2.0'], requireSha256: false } });
      const plans = await planned(here);
      expect(actionsOf(plans)).toContain('blocked a-2.0.tar.gz: policy');
      expect(lockChangesOf(plans)).toEqual(['add a-1.0.tar.gz']);
    });

    it('blocks other bytes at the source, also where no destination wants the file', async () => {
      const here = world({ a: {} }, { a: ['a-1.0.tar.gz'] });
      await synced(here);
      here.source.setProject('a', [{ filename: 'a-1.0.tar.gz', content: 'other' }]);
      const plans = await planned(here);
      expect(actionsOf(plans)).toEqual(['blocked a-1.0.tar.gz: source-digest-changed']);
      expect(plans[0]?.problems.map(({ reason }) => reason)).toEqual(['source-digest-changed']);
      expect(actionsOf(await planned(here, { accept: new Set(['a-1.0.tar.gz']) }))).toEqual(['mismatch a-1.0.tar.gz: digest-differs']);
    });
  });

  describe('where digests are missing', () => {
    it('fetches a file without any digest to hash it', async () => {
      const here = world({ a: {} }, { a: [{ filename: 'a-1.0.tar.gz', hashes: {} }] });
      const plans = await planned(here);
      const content = 'content of a-1.0.tar.gz';
      expect(plans[0]?.lock[0]?.entry).toMatchObject({ hashes: digestsOf(content), size: content.length });
      expect(plans[0]?.locked?.files[0]?.hashes).toEqual(digestsOf(content));
      expect(plans[0]?.actions.at(-1)).toMatchObject({ kind: 'upload', file: { hashes: digestsOf(content) } });
    });

    it('asks the legacy API where the destination shows md5 only, and believes it beside an equal sha256', async () => {
      const to = fakeDestination({ shows: 'md5' });
      const here = world({ a: {} }, { a: ['a-1.0.tar.gz'] }, {}, to);
      to.place('a', existing('a-1.0.tar.gz', { hashes: md5Of('a-1.0.tar.gz') }));
      expect(actionsOf(await planned(here))).toEqual(['unverifiable a-1.0.tar.gz: no-common-digest']);
      here.source.legacy.set('a', new Map([['a-1.0.tar.gz', digestsOf('content of a-1.0.tar.gz')]]));
      expect((await planned(here))[0]?.actions).toMatchObject([{ kind: 'keep', reason: 'same-md5' }]);
      here.source.legacy.set('a', new Map([['a-1.0.tar.gz', { ...digestsOf('forged'), sha256: '0'.repeat(64) }]]));
      expect(actionsOf(await planned(here))).toEqual(['unverifiable a-1.0.tar.gz: no-common-digest']);
    });

    it('stays unverifiable where the legacy API fails', async () => {
      const to = fakeDestination({ shows: 'md5' });
      const here = world({ a: {} }, { a: ['a-1.0.tar.gz'] }, {}, to);
      to.place('a', existing('a-1.0.tar.gz', { hashes: md5Of('a-1.0.tar.gz') }));
      here.source.legacy.set('a', new PkgsyncError('UNREACHABLE', 'down'));
      const plans = await planned(here);
      expect(actionsOf(plans)).toEqual(['unverifiable a-1.0.tar.gz: no-common-digest']);
      expect(warningsOf(plans)).toEqual(['page a: more digests could not be read: down']);
    });
  });

  describe('with all', () => {
    const all = (overrides: Partial<Manifest> = {}): Partial<Manifest> => ({ all: true, ...overrides });

    it('takes every project of the source but the excluded ones', async () => {
      const here = world(
        { c: { latest: 1 } },
        { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz', 'b-2.0.tar.gz'], c: ['c-1.0.tar.gz', 'c-2.0.tar.gz'], evil: ['evil-1.0.tar.gz'] },
        all({ exclude: ['evil', 'b<2'] }),
      );
      expect(lockChangesOf(await planned(here))).toEqual(['add a-1.0.tar.gz', 'add b-2.0.tar.gz', 'add c-2.0.tar.gz']);
    });

    it('finds nothing wrong with a project that comes out empty', async () => {
      const here = world({}, { a: [] }, all());
      const plans = await planned(here);
      expect([actionsOf(plans), plans[0]?.problems]).toEqual([[], []]);
    });

    it('keeps a project that the source lost', async () => {
      const here = world({}, { a: ['a-1.0.tar.gz'], b: ['b-1.0.tar.gz'] }, all(pruning()));
      await synced(here);
      here.source.setProject('a', undefined);
      const plans = await planned(here);
      expect([actionsOf(plans), lockChangesOf(plans)]).toEqual([[], []]);
    });

    it('does not take an empty list of projects for an answer', async () => {
      const here = world({}, {}, all(pruning()));
      here.to.place('a', 'a-1.0.tar.gz');
      await expect(planned(here)).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
    });

    it('prunes projects that only the destination has, under exact pruning', async () => {
      const here = world({}, { a: ['a-1.0.tar.gz'] }, all());
      here.to.place('z', 'z-1.0.tar.gz');
      await synced(here);
      expect(actionsOf(await planned(here))).toEqual([]);
      here.manifest = manifest({}, all(pruning()));
      expect(actionsOf(await planned(here))).toEqual(['remove z-1.0.tar.gz: not-selected']);
      here.manifest = manifest({}, all({ ...pruning(), unmanaged: ['z*'] }));
      expect(actionsOf(await planned(here))).toEqual([]);
    });

    it('leaves names to the source that claims them', async () => {
      const open = fakeSource({ a: ['a-1.0.tar.gz'], 'acme-x': ['acme-x-9.0.tar.gz'] }, { name: 'pypi' });
      const own = fakeSource({ 'acme-x': ['acme-x-1.0.tar.gz'] }, { name: 'own' });
      const sources = [sourceConfig({ name: 'pypi' }), sourceConfig({ name: 'own', names: ['acme-*'] })];
      const here: World = {
        manifest: manifest({}, all({ sources })),
        sources: [open, own],
        destinations: [fakeDestination()],
        lock: undefined,
      };
      expect(lockChangesOf(await planned(here))).toEqual(['add a-1.0.tar.gz', 'add acme-x-1.0.tar.gz']);
      expect((await planned(here)).map(({ locked: state }) => state?.source)).toEqual(['pypi', 'own']);
    });
  });

  it('gives each destination what belongs there', async () => {
    const destinations = [directoryConfig(), uploadConfig({ name: 'y', include: ['a', 'c'], exclude: ['a<2'] })];
    const here: World = {
      manifest: manifest({ a: {}, b: {}, c: { destinations: ['default'] } }, { destinations }),
      sources: [fakeSource({ a: ['a-1.0.tar.gz', 'a-2.0.tar.gz'], b: ['b-1.0.tar.gz'], c: ['c-1.0.tar.gz'] })],
      destinations: [fakeDestination(), fakeDestination({ name: 'y', type: 'upload' })],
      lock: undefined,
    };
    const at = (await planned(here)).flatMap(({ actions }) =>
      actions.filter(({ kind, destination }) => kind === 'upload' && destination === 'y'),
    );
    expect(at.map((action) => ('file' in action ? action.file.filename : ''))).toEqual(['a-2.0.tar.gz']);
  });

  it('does not depend on how many projects are looked at together', async () => {
    const projects = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, [`${name}-1.0.tar.gz`]]));
    const rules = Object.fromEntries(Object.keys(projects).map((name) => [name, {}]));
    const ids = await Promise.all(
      [1, 2, 16].map(async (concurrency) => {
        const here = world(rules, projects);
        return (await saved(here, await planned(here, { concurrency }))).trailer.planId;
      }),
    );
    expect(new Set(ids).size).toBe(1);
  });
});

describe('a lock, whatever happens at the source,', () => {
  const names = ['a-1.0.tar.gz', 'a-2.0.tar.gz', 'a-2.0-py3-none-any.whl', 'b-1.0.tar.gz', 'b-1.1rc1.tar.gz'];
  type Accident = 'same' | 'gone' | 'yanked' | 'other bytes' | 'no digest';
  const accidents = fc.tuple(...names.map(() => fc.constantFrom<Accident>('same', 'gone', 'yanked', 'other bytes', 'no digest')));
  const page = fc.constantFrom('page', 'empty', 'missing', 'failing', 'quarantined');
  const moments = fc.array(fc.record({ accidents, a: page, b: page, newer: fc.boolean() }), { minLength: 1, maxLength: 4 });
  const rules = fc.constantFrom<EffectiveRule>({}, { latest: 1 }, { version: '<2' }, { sdist: 'fallback' }, { prereleases: true });

  const setPage = (source: FakeSource, name: string, how: string, all: readonly Accident[], newer: boolean) => {
    const files = names.flatMap((filename, index): readonly SourceFile[] => {
      const accident = all[index] ?? 'same';
      if (!filename.startsWith(`${name}-`) || accident === 'gone') return [];
      if (accident === 'yanked') return [{ filename, yanked: { reason: 'bad' } }];
      if (accident === 'other bytes') return [{ filename, content: 'other' }];
      return accident === 'no digest' ? [{ filename, hashes: {} }] : [{ filename }];
    });
    const more = newer ? [{ filename: `${name}-9.0.tar.gz` }] : [];
    if (how === 'failing') {
      source.failPage(name, new PkgsyncError('UNREACHABLE', 'down'));
      return;
    }
    const status = how === 'quarantined' ? { status: { status: 'quarantined' } } : {};
    source.setProject(name, how === 'missing' ? undefined : how === 'page' ? [...files, ...more] : [], status);
  };

  it('loses nothing: no accident makes a tombstone or a removal', async () => {
    await fc.assert(
      fc.asyncProperty(rules, moments, fc.boolean(), async (rule, happening, all) => {
        const to = fakeDestination();
        const start = world(
          { a: rule, b: rule },
          { a: names.filter((name) => name.startsWith('a')), b: names.filter((name) => name.startsWith('b')), z: ['z-1.0.tar.gz'] },
          { ...pruning(), all },
          to,
        );
        await synced(start);
        const before = lockedFiles(start);
        const there = ['a', 'b', 'z'].map((name) => to.stored(name));
        for (const { accidents: some, a, b, newer } of happening) {
          const source = fakeSource({ z: ['z-1.0.tar.gz'] });
          setPage(source, 'a', a, some, newer);
          setPage(source, 'b', b, some, newer);
          const here = { ...start, sources: [source], lock: start.lock };
          const plans = await planned(here);
          expect(actionsOf(plans).filter((line) => line.startsWith('remove'))).toEqual([]);
          expect(lockChangesOf(plans).filter((line) => !line.startsWith('enrich'))).toEqual([]);
          const plan = await saved(here, plans);
          await applied(here, plan);
          start.lock = here.lock;
          expect(lockedFiles(start)).toEqual(before);
          expect(['a', 'b', 'z'].map((name) => to.stored(name))).toEqual(there);
        }
      }),
      { numRuns: 60 },
    );
  });

  const edits = fc.array(
    fc.record({
      a: fc.option(fc.oneof(rules, fc.constant<EffectiveRule>({ version: '>=2' })), { nil: undefined }),
      b: fc.option(rules, { nil: undefined }),
      upgrade: fc.boolean(),
      prune: fc.constantFrom(noPrune, exactPrune, { ...noPrune, dropped: true }),
      offered: fc.subarray(names, { minLength: 1 }),
      narrowed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  );

  it('becomes what the plan announces, and a plan that was carried out leaves nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (steps) => {
        const to = fakeDestination();
        const here = world({}, {}, {}, to);
        for (const { a, b, upgrade, prune, offered, narrowed } of steps) {
          here.manifest = manifest({ ...(a && { a }), ...(b && { b }), ...{} }, pruning(prune));
          for (const name of ['a', 'b'])
            here.source.setProject(
              name,
              offered.filter((filename) => filename.startsWith(`${name}-`)),
            );
          const options = { upgrade, packages: narrowed ? ['a'] : [] };
          const plans = await planned(here, options);
          const plan = await saved(here, plans);
          expect(plan.trailer.lockBefore).toBe(identityOf(here.lock ?? []));
          const next = await collect(withLockChanges(each(here.lock ?? []), each(plan.projects)));
          expect(plan.trailer.lockAfter).toBe(identityOf(next));
          expect(await collect(withLockChanges(each(next), each(plan.projects)))).toEqual(next);
          expect(next).toEqual(
            plans.flatMap(({ locked: state }) => (state === undefined ? [] : [{ ...state, via: state.via, source: state.source }])),
          );

          const result = await applied(here, plan);
          // What the source lost blocks the removals of its project; then the plan cannot be carried out whole.
          const held = 'nothing is removed from a project while a wanted file of it is blocked or differs';
          if (plans.some(({ actions }) => actions.some(({ kind }) => kind === 'blocked'))) {
            expect(result.failures.map(({ message }) => message).filter((message) => message !== held)).toEqual([]);
            continue;
          }
          expect(result.failures.map(({ message }) => message)).toEqual([]);
          const again = await planned(here, options);
          const writing = actionsOf(again).filter((line) => /^(register|upload|replace|update|remove)/.test(line));
          expect([writing, lockChangesOf(again)]).toEqual([[], []]);
          const rerun = await applied(here, plan);
          expect([rerun.done, rerun.failed]).toEqual([0, 0]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds a file only with a digest', async () => {
    const here = world({ a: {} }, { a: [{ filename: 'a-1.0.tar.gz', hashes: {} }, file('a-2.0.tar.gz')] });
    await synced(here);
    for (const { files } of here.lock ?? []) for (const { hashes } of files) expect(hashes.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
