import { describe, expect, it } from '@jest/globals';
import { PkgsyncError } from '../../../src/errors.ts';
import type { EffectiveRule, Manifest } from '../../../src/manifest/manifest.ts';
import { directoryConfig, exactPrune, manifest } from '../../support/builders.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import { fakeSource } from '../../support/fake-source.ts';
import type { FakeSource, SourceFile } from '../../support/fake-source.ts';
import { actionsOf, lockChangesOf, lockedFiles, planned, synced, warningsOf } from '../../support/world.ts';
import type { World } from '../../support/world.ts';

/** A wheel whose companion names its requirements. */
function wheel(name: string, version: string, ...requires: readonly string[]): SourceFile {
  const lines = requires.map((line) => `Requires-Dist: ${line}\n`).join('');
  const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${lines}`;
  return { filename: `${name}-${version}-py3-none-any.whl`, metadata };
}
const name = (text: string) => `${text}-py3-none-any.whl`;

function world(
  packages: Readonly<Record<string, EffectiveRule>>,
  projects: Readonly<Record<string, readonly SourceFile[]>>,
  overrides: Partial<Manifest> = {},
): World & { readonly source: FakeSource } {
  const source = fakeSource(projects);
  const destinations = [directoryConfig({ prune: exactPrune })];
  return {
    manifest: manifest(packages, { destinations, ...overrides }),
    source,
    sources: [source],
    destinations: [fakeDestination()],
    lock: undefined,
  };
}
const follow: EffectiveRule = { dependencies: true };
const edit = (here: World, packages: Readonly<Record<string, EffectiveRule>>) => {
  here.manifest = manifest(packages, { destinations: here.manifest.destinations });
};

/** a requires b, b requires c. */
const chain = () => ({
  a: [wheel('a', '1.0', 'b>=1')],
  b: [wheel('b', '1.0', 'c'), wheel('b', '0.9')],
  c: [wheel('c', '1.0')],
});

describe('dependencies in the lock', () => {
  it('come with the package, say who required them, and stay', async () => {
    const here = world({ a: follow }, chain());
    await synced(here);
    expect(here.lock?.map(({ name: own, rule, via }) => [own, rule, via])).toEqual([
      ['a', follow, undefined],
      ['b', null, ['a']],
      ['c', null, ['b']],
    ]);
    const plans = await planned(here);
    expect([actionsOf(plans), lockChangesOf(plans), plans.map(({ ruleChanged }) => ruleChanged)]).toEqual([[], [], [false, false, false]]);
  });

  it('are not read again while nothing of the manifest changed', async () => {
    const here = world({ a: follow }, chain());
    await synced(here);
    here.source.reads.clear();
    await planned(here);
    expect(here.source.reads.size).toBe(0);
  });

  it('do not move while they serve, and move when asked', async () => {
    const here = world({ a: follow }, chain());
    await synced(here);
    here.source.setProject('b', [wheel('b', '1.0', 'c'), wheel('b', '2.0', 'c')]);
    expect(lockChangesOf(await planned(here))).toEqual([]);
    edit(here, { a: follow, x: {} });
    here.source.setProject('x', [wheel('x', '1.0')]);
    expect(lockChangesOf(await planned(here))).toEqual([`add ${name('x-1.0')}`]);
    expect(lockChangesOf(await planned(here, { upgrade: ['b'], packages: ['b'] }))).toEqual([
      `tombstone ${name('b-1.0')}`,
      `add ${name('b-2.0')}`,
    ]);
  });

  it('move where the new release of what requires them asks for it', async () => {
    const here = world({ a: { ...follow, latest: 1 } }, chain());
    await synced(here);
    here.source.setProject('a', [wheel('a', '1.0', 'b>=1'), wheel('a', '2.0', 'b>=2')]);
    here.source.setProject('b', [wheel('b', '1.0', 'c'), wheel('b', '2.0', 'c')]);
    expect(lockChangesOf(await planned(here, { upgrade: ['a'] }))).toEqual([
      `tombstone ${name('a-1.0')}`,
      `add ${name('a-2.0')}`,
      `tombstone ${name('b-1.0')}`,
      `add ${name('b-2.0')}`,
    ]);
  });

  it('leave when nobody requires them any more, and only then', async () => {
    const here = world({ a: follow, d: follow }, { ...chain(), d: [wheel('d', '1.0', 'c')] });
    await synced(here);
    edit(here, { d: follow });
    expect(lockChangesOf(await planned(here))).toEqual([`tombstone ${name('a-1.0')}`, `tombstone ${name('b-1.0')}`]);
    edit(here, {});
    expect(lockChangesOf(await planned(here)).map((line) => line.split(' ')[1])).toEqual(
      ['a', 'b', 'c', 'd'].map((own) => name(`${own}-1.0`)),
    );
  });

  it('leave when the package is kept without them', async () => {
    const here = world({ a: follow, d: follow }, { ...chain(), d: [wheel('d', '1.0')] });
    await synced(here);
    edit(here, { a: {}, d: follow });
    expect(lockChangesOf(await planned(here))).toEqual([`tombstone ${name('b-1.0')}`, `tombstone ${name('c-1.0')}`]);
  });

  it('leave where requirements formed a circle', async () => {
    const here = world(
      { a: follow, d: follow },
      { a: [wheel('a', '1.0', 'b')], b: [wheel('b', '1.0', 'c')], c: [wheel('c', '1.0', 'b')], d: [wheel('d', '1.0')] },
    );
    await synced(here);
    edit(here, { d: follow });
    expect(lockChangesOf(await planned(here))).toHaveLength(3);
    await synced(here);
    expect(lockedFiles(here)).toEqual([`d: ${name('d-1.0')}`]);
  });

  it('stay when a package that the manifest also named is no longer named', async () => {
    const here = world({ a: follow, b: {} }, chain());
    await synced(here);
    expect(lockedFiles(here)).toContain(`b: ${name('b-0.9')} ${name('b-1.0')}`);
    edit(here, { a: follow });
    expect(lockChangesOf(await planned(here))).toEqual([`tombstone ${name('b-0.9')}`]);
    await synced(here);
    expect(here.lock?.find((one) => one.name === 'b')).toMatchObject({ rule: null, via: ['a'] });
  });

  it('stay when they were named for their own sake and require nothing themselves', async () => {
    const here = world({ a: follow, c: {} }, { a: [wheel('a', '1.0', 'c')], c: [wheel('c', '1.0')] });
    await synced(here);
    edit(here, { a: follow });
    expect(lockChangesOf(await planned(here))).toEqual([]);
  });

  it('follow a package that the manifest names and whose rule changes', async () => {
    const here = world(
      { a: follow, b: { version: '<2' } },
      { ...chain(), b: [wheel('b', '1.0', 'c'), wheel('b', '2.0', 'd')], d: [wheel('d', '1.0')] },
    );
    await synced(here);
    expect(lockedFiles(here).map((line) => line.split(':')[0])).toEqual(['a', 'b', 'c']);
    edit(here, { a: follow, b: { version: '>=2' } });
    expect(lockChangesOf(await planned(here))).toEqual([
      `tombstone ${name('b-1.0')}`,
      `add ${name('b-2.0')}`,
      `tombstone ${name('c-1.0')}`,
      `add ${name('d-1.0')}`,
    ]);
  });

  describe('where --package narrows', () => {
    it('come with what it names, so that the lock has no hole', async () => {
      const here = world({ a: follow, z: {} }, { ...chain(), z: [wheel('z', '1.0')] });
      expect(lockChangesOf(await planned(here, { packages: ['a'] }))).toEqual(['a', 'b', 'c'].map((own) => `add ${name(`${own}-1.0`)}`));
    });

    it('stay untouched where it names something else', async () => {
      const here = world({ a: follow, z: {} }, { ...chain(), z: [wheel('z', '1.0')] });
      await synced(here);
      here.source.setProject('c', [wheel('c', '1.0'), wheel('c', '2.0')]);
      edit(here, { a: { ...follow, version: '>=1' }, z: { version: '>=1' } });
      const plans = await planned(here, { packages: ['z'], upgrade: true });
      expect(plans.map((plan) => [plan.name, plan.untouched ?? false])).toEqual([
        ['a', true],
        ['b', true],
        ['c', true],
        ['z', false],
      ]);
    });
  });

  describe('where the source loses something while the manifest changes', () => {
    const losing = async (lose: (source: FakeSource) => void) => {
      const here = world({ a: follow }, { ...chain(), x: [wheel('x', '1.0')] });
      await synced(here);
      lose(here.source);
      edit(here, { a: follow, x: {} });
      return await planned(here);
    };
    const unharmed = [`add ${name('x-1.0')}`];

    it.each<[string, (source: FakeSource) => void]>([
      ['the project of a dependency', (source) => source.setProject('b', undefined)],
      ['the files of a dependency', (source) => source.setProject('b', [])],
      ['the locked file of a dependency, while there is another', (source) => source.setProject('b', [wheel('b', '1.5')])],
      ['the project that requires them', (source) => source.setProject('a', undefined)],
      ['a dependency of a dependency', (source) => source.setProject('c', undefined)],
      ['everything', (source) => ['a', 'b', 'c'].forEach((own) => source.setProject(own, undefined))],
    ])('keeps what is locked: it loses %s', async (_, lose) => {
      const plans = await losing(lose);
      expect(lockChangesOf(plans)).toEqual(unharmed);
      expect(actionsOf(plans).filter((line) => line.startsWith('remove'))).toEqual([]);
    });

    it('says what it could not read', async () => {
      const plans = await losing((source) => source.setProject('b', undefined));
      expect(warningsOf(plans)).toContain(`dependency b: ${name('b-1.0')} is no longer at the source: what is locked for it stays`);
    });

    it('makes no plan where a page fails: a closure with a hole is none', async () => {
      await expect(losing((source) => source.failPage('b', new PkgsyncError('UNREACHABLE', 'down')))).rejects.toThrow('down');
    });
  });

  it('tells the package that requires it what the source does not have', async () => {
    const here = world({ a: follow }, { a: [wheel('a', '1.0', 'nothing')] });
    expect(warningsOf(await planned(here))).toEqual(['dependency a: a requires nothing: the source has no such project']);
  });

  it('takes no version whose text no specifier can hold', async () => {
    const here = world({ a: follow }, { a: [wheel('a', '1.0', 'b')], b: [{ filename: 'b-1;x.tar.gz' }] });
    const plans = await planned(here);
    expect(lockChangesOf(plans)).toEqual([`add ${name('a-1.0')}`]);
    expect(plans.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
