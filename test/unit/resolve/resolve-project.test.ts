import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LockPackage } from '../../../src/lockfile/lock.ts';
import { resolveProject } from '../../../src/resolve/resolve-project.ts';
import type { ResolveInput, ResolvedProject } from '../../../src/resolve/resolve-project.ts';
import { parseTarget } from '../../../src/packaging/target.ts';
import { asOf, digestsOf, entry, file, locked, nameOf, project } from '../../support/builders.ts';

function resolve(overrides: Partial<ResolveInput>): ResolvedProject {
  const rule = overrides.rule === undefined ? {} : overrides.rule;
  const selectionRules = rule === null ? [] : [rule];
  return resolveProject({
    name: nameOf('a'),
    selectionRules,
    project: project('a', []),
    locked: undefined,
    mode: 'choose',
    asOf,
    ...overrides,
    rule,
  });
}

/** `+name`, `-name (reason)` and so on: the changes as short text. */
function changesOf({ changes }: ResolvedProject): readonly string[] {
  return changes.map(({ kind, entry: { filename }, detail }) => `${kind} ${filename}${detail === undefined ? '' : `: ${detail}`}`);
}

const live = ({ locked: { files } }: ResolvedProject) =>
  files.filter(({ removed }) => removed === undefined).map(({ filename }) => filename);
const messages = ({ warnings }: ResolvedProject) => warnings.map((warning) => `${warning.class}: ${warning.message}`);

const old = 'a-1.0.tar.gz';
const recent = 'a-2.0.tar.gz';

describe('resolveProject', () => {
  describe('for a package that is not locked', () => {
    it('adds what the rule selects, sorted by filename, with the facts of the listing', () => {
      const listed = file(old, { requiresPython: '>=3.8', uploadTime: '2025-01-01T00:00:00Z', coreMetadata: { sha256: 'c'.repeat(64) } });
      const result = resolve({ project: project('a', [recent, listed]) });
      expect(changesOf(result)).toEqual([`add ${old}`, `add ${recent}`]);
      expect(result.locked.files[0]).toEqual({
        ...entry(old),
        requiresPython: '>=3.8',
        uploadTime: '2025-01-01T00:00:00Z',
        metadata: 'c'.repeat(64),
        yanked: undefined,
      });
    });

    it('records rule, source and requirers', () => {
      const via = [nameOf('b')];
      const result = resolve({ rule: null, selectionRules: [{}], via, sourceName: 'pypi', project: project('a', [old]) });
      expect(result.locked).toMatchObject({ rule: null, via, source: 'pypi' });
    });

    it('keeps what a gate vetoes out of the lock and says why', () => {
      const result = resolve({ project: project('a', [old, recent]), veto: ({ filename }) => (filename === old ? 'too old' : undefined) });
      expect(live(result)).toEqual([recent]);
      expect(result.vetoed.map(({ file: { filename }, because }) => [filename, because])).toEqual([[old, 'too old']]);
    });

    it('leaves everything undone where the source has no such project', () => {
      expect(resolve({ project: undefined })).toMatchObject({ changes: [], warnings: [], locked: { files: [] } });
    });

    it('says that files passed a filter unjudged', () => {
      const bare = (name: string) => file(name, { size: undefined });
      expect(messages(resolve({ rule: { minAge: 60, maxFileSize: 5000 }, project: project('a', [bare(old), bare(recent)]) }))).toEqual([
        `selection: ${old} and 1 more file pass minAge unjudged: the source publishes no upload time`,
        `selection: ${old} and 1 more file pass maxFileSize unjudged: the source publishes no size`,
      ]);
      expect(messages(resolve({ rule: {}, project: project('a', [bare(old)]) }))).toEqual([]);
    });

    it('says where a target was judged by a Requires-Python that had to be repaired', () => {
      const targets = [parseTarget({ python: '3.12', platform: 'manylinux_2_28_x86_64' })];
      const files = [file(old, { requiresPython: '>=3.6.*' }), file(recent, { requiresPython: '>=3.13<4' })];
      const repaired = [
        expect.stringContaining(`selection: ${old}: Requires-Python '>=3.6.*' is no valid specifier`),
        expect.stringContaining(`selection: ${recent}: Requires-Python '>=3.13<4' is no valid specifier`),
      ];
      const result = resolve({ rule: { targets }, project: project('a', files) });
      expect(live(result)).toEqual([old]);
      expect(messages(result)).toEqual(repaired);
      expect(messages(resolve({ rule: {}, project: project('a', files) }))).toEqual([]);
    });

    it('names files of the page that are no distributions, by reason', () => {
      const skipped = ['1', '2', '3', '4'].map((n) => ({ filename: `a-${n}.asc`, because: 'unknown-extension' }));
      const result = resolve({
        project: project('a', [old], { skipped: [...skipped, { filename: 'b-1.zip', because: 'other-project' }] }),
      });
      expect(messages(result)).toEqual([
        'skipped-file: left out as unknown-extension: a-1.asc, a-2.asc, a-3.asc and 1 more',
        'skipped-file: left out as other-project: b-1.zip',
      ]);
    });
  });

  describe('for a package whose rule is as locked', () => {
    const keep = (overrides: Partial<ResolveInput>) => resolve({ mode: 'keep', locked: locked('a', [old]), ...overrides });

    it('keeps what is locked and says how many newer files match', () => {
      const result = keep({ project: project('a', [old, recent, 'a-2.0-py3-none-any.whl']) });
      expect(changesOf(result)).toEqual([]);
      expect(live(result)).toEqual([old]);
      expect(messages(result)).toEqual(['newer-release: 2 more files match at the source (1 release): --upgrade takes them']);
    });

    it('judges no locked file by a gate', () => {
      expect(changesOf(keep({ project: project('a', [old]), veto: () => 'never' }))).toEqual([]);
    });

    it('keeps a file that the source dropped, and says so', () => {
      const result = keep({ project: project('a', []) });
      expect(live(result)).toEqual([old]);
      expect(messages(result)).toEqual([`source-vanished: ${old} is no longer at the source; it stays locked`]);
    });

    it('keeps everything where the source lost the project', () => {
      const result = keep({ project: undefined });
      expect(live(result)).toEqual([old]);
      expect(messages(result)).toEqual(['source-vanished: the source no longer has this project; its locked file stays']);
    });

    it('takes over that a file was yanked, and says so once', () => {
      const page = project('a', [file(old, { yanked: { reason: 'broken' } })]);
      const result = keep({ project: page });
      expect(changesOf(result)).toEqual([`enrich ${old}: yanked: broken`]);
      expect(messages(result)).toEqual([`yanked-upstream: ${old} was yanked at the source: broken; it stays locked`]);
      const again = keep({ project: page, locked: result.locked });
      expect([changesOf(again), messages(again)]).toEqual([[], []]);
    });

    it('takes over that a file is no longer yanked', () => {
      expect(changesOf(keep({ project: project('a', [old]), locked: locked('a', [entry(old, { yanked: true })]) }))).toEqual([
        `enrich ${old}: no longer yanked`,
      ]);
    });

    it('adds digests, size and metadata where the listing agrees on a strong digest', () => {
      const { md5 } = digestsOf(`content of ${old}`);
      const listed = file(old, { hashes: { ...entry(old).hashes, md5 }, coreMetadata: { sha256: 'c'.repeat(64) } });
      const result = keep({ project: project('a', [listed]), locked: locked('a', [entry(old, { size: undefined })]) });
      expect(changesOf(result)).toEqual([`enrich ${old}`]);
      expect(result.locked.files[0]).toMatchObject({ hashes: { ...entry(old).hashes, md5 }, size: listed.size, metadata: 'c'.repeat(64) });
    });

    it('takes no digest from a listing that agrees on md5 only', () => {
      const { md5 } = digestsOf(`content of ${old}`);
      const listed = file(old, { hashes: { md5, sha256: 'f'.repeat(64) } });
      const result = keep({ project: project('a', [listed]), locked: locked('a', [entry(old, { hashes: { md5 } })]) });
      expect(changesOf(result)).toEqual([]);
    });

    it('changes nothing where the source has other bytes', () => {
      const result = keep({ project: project('a', [file(old, { content: 'other', yanked: { reason: 'x' } })]) });
      expect(changesOf(result)).toEqual([]);
      expect(result.locked.files).toEqual([entry(old)]);
    });

    it('takes other bytes for a name that is accepted, and only for that', () => {
      const files = [file(old, { content: 'new' }), file(recent, { content: 'new' })];
      const result = keep({ project: project('a', files), locked: locked('a', [old, recent]), accept: new Set([old]) });
      const before = `sha256:${digestsOf(`content of ${old}`).sha256}`;
      expect(changesOf(result)).toEqual([`add ${old}: accepted in place of ${before}`]);
      expect(result.locked.files.map(({ hashes }) => hashes.sha256)).toEqual([digestsOf('new').sha256, entry(recent).hashes.sha256]);
    });

    it('keeps a tombstone as it is', () => {
      const tombstone = entry(recent, { removed: 'superseded' });
      expect(changesOf(keep({ project: project('a', [old, recent]), locked: locked('a', [old, tombstone]) }))).toEqual([]);
    });

    it('reports the status of the project and odd pages', () => {
      const page = project('a', [old], { status: { status: 'quarantined', reason: 'malware' }, warnings: ['newer API'] });
      expect(messages(keep({ project: page }))).toEqual([
        'project-status: the source marks this project as quarantined: malware',
        'page: newer API',
      ]);
    });
  });

  describe('for a package whose rule has changed', () => {
    it('makes tombstones of what the rule leaves out, with digests and facts', () => {
      const result = resolve({ rule: { version: '>=2' }, project: project('a', [old, recent]), locked: locked('a', [old]) });
      expect(changesOf(result)).toEqual([`tombstone ${old}: rule-changed`, `add ${recent}`]);
      expect(result.locked.files[0]).toEqual(entry(old, { removed: 'rule-changed' }));
    });

    it('calls superseded what newer versions push out of latest', () => {
      const result = resolve({ rule: { latest: 1 }, project: project('a', [old, recent]), locked: locked('a', [old]) });
      expect(changesOf(result)).toEqual([`tombstone ${old}: superseded`, `add ${recent}`]);
    });

    it('brings a tombstone back to life where the file is selected again', () => {
      const dead = entry(old, { removed: 'rule-changed' });
      const result = resolve({ project: project('a', [old]), locked: locked('a', [dead]) });
      expect(changesOf(result)).toEqual([`revive ${old}: rule-changed`]);
      expect(result.locked.files[0]?.removed).toBeUndefined();
    });

    it('leaves a tombstone dead where the source no longer has the file', () => {
      const dead = entry(old, { removed: 'rule-changed' });
      expect(changesOf(resolve({ project: project('a', []), locked: locked('a', [dead]) }))).toEqual([]);
    });

    it('keeps a yanked and a young file that were locked before', () => {
      const page = project('a', [file(old, { yanked: { reason: '' }, uploadTime: new Date(asOf).toISOString() })]);
      expect(live(resolve({ rule: { minAge: 3600, version: '<2' }, project: page, locked: locked('a', [old]) }))).toEqual([old]);
    });

    it('keeps a file that both the rule and the lock, but no longer the source, have', () => {
      expect(live(resolve({ rule: { version: '<2' }, project: project('a', []), locked: locked('a', [old]) }))).toEqual([old]);
    });

    it('retires a file rather than taking its other bytes', () => {
      const page = project('a', [file(old, { content: 'new' })]);
      const result = resolve({ rule: { version: '>=2' }, project: page, locked: locked('a', [old]), accept: new Set([old]) });
      expect(changesOf(result)).toEqual([`tombstone ${old}: rule-changed`]);
    });
  });

  describe('under an upgrade', () => {
    const upgrade = (overrides: Partial<ResolveInput>) => resolve({ mode: 'upgrade', locked: locked('a', [old]), ...overrides });

    it('adds newer releases beside the locked ones', () => {
      expect(changesOf(upgrade({ project: project('a', [old, recent]) }))).toEqual([`add ${recent}`]);
    });

    it('lets latest move on', () => {
      expect(changesOf(upgrade({ rule: { latest: 1 }, project: project('a', [old, recent]) }))).toEqual([
        `tombstone ${old}: superseded`,
        `add ${recent}`,
      ]);
    });

    it('retires nothing for any other reason', () => {
      const rule = { version: '>=2', files: ['wheel' as const], sdist: 'never' as const };
      expect(changesOf(upgrade({ rule, project: project('a', [old]) }))).toEqual([]);
    });
  });

  describe('with a frozen lock', () => {
    it('changes nothing whatever the source says', () => {
      const before = locked('a', [old, entry(recent, { removed: 'superseded' })]);
      const page = project('a', [file(old, { yanked: { reason: '' } }), recent, 'a-3.0.tar.gz']);
      const result = resolve({ mode: 'frozen', locked: before, project: page, accept: new Set([old]) });
      expect(changesOf(result)).toEqual([]);
      expect(result.locked.files).toEqual(before.files);
      expect(messages(result)).toEqual([
        `yanked-upstream: ${old} was yanked at the source; it stays locked`,
        'newer-release: 1 more file matches at the source (1 release): --upgrade takes it',
      ]);
    });
  });

  it('takes what any of several rules of a dependency selects', () => {
    const selectionRules = [{ version: '==1.0' }, { version: '==3.0' }];
    const page = project('a', [old, recent, 'a-3.0.tar.gz']);
    const result = resolve({ rule: null, selectionRules, project: page, locked: locked('a', [old, recent], { rule: null }) });
    expect(changesOf(result)).toEqual([`tombstone ${recent}: rule-changed`, 'add a-3.0.tar.gz']);
  });

  it('never makes a tombstone in keep mode or for a vanished file, and never loses an entry', () => {
    const names = ['a-1.0.tar.gz', 'a-1.1.tar.gz', 'a-2.0.tar.gz', 'a-2.0-py3-none-any.whl', 'a-3.0rc1.tar.gz'];
    const accident = fc.constantFrom('same', 'gone', 'yanked', 'other bytes', 'no digest', 'no facts');
    const page = fc.tuple(...names.map(() => accident));
    const rule = fc.constantFrom({}, { latest: 1 }, { version: '<3' }, { sdist: 'fallback' as const }, { minAge: 9 ** 9 });
    fc.assert(
      fc.property(
        rule,
        fc.subarray(names, { minLength: 1 }),
        fc.array(page, { maxLength: 4 }),
        fc.boolean(),
        (own, lockedNames, pages, lost) => {
          let state: LockPackage = locked('a', lockedNames, { rule: own });
          for (const accidents of [...pages, undefined]) {
            if (accidents === undefined && !lost) continue;
            const files = (accidents ?? []).flatMap((kind, index) => {
              const name = names[index] ?? '';
              if (kind === 'gone') return [];
              if (kind === 'yanked') return [file(name, { yanked: { reason: 'x' } })];
              if (kind === 'other bytes') return [file(name, { content: 'other' })];
              if (kind === 'no digest') return [file(name, { hashes: {} })];
              return kind === 'no facts' ? [file(name, { size: undefined })] : [file(name)];
            });
            const result = resolve({
              mode: 'keep',
              rule: own,
              locked: state,
              project: accidents === undefined ? undefined : project('a', files),
            });
            expect(result.changes.filter(({ kind }) => kind !== 'enrich')).toEqual([]);
            expect(live(result)).toEqual([...lockedNames].sort());
            expect(result.locked.files.map(({ hashes }) => hashes.sha256)).toEqual(state.files.map(({ hashes }) => hashes.sha256));
            state = result.locked;
          }
        },
      ),
    );
  });
});
