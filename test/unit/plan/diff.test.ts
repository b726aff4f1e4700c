import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ExistingFile } from '../../../src/destinations/destination.ts';
import { diffProject, filenameOf } from '../../../src/plan/diff.ts';
import type { DestinationView, DiffInput, WantedEntry } from '../../../src/plan/diff.ts';
import type { Action } from '../../../src/plan/plan.ts';
import type { FileFacts } from '../../../src/packaging/distribution-file.ts';
import { digestsOf, entry, exactPrune, existing, facts, file, listing, md5Of, nameOf, noPrune, traits } from '../../support/builders.ts';

/** Wanted, and still at the source as it was. */
function wanted(filename: string, overrides: Partial<FileFacts> & { readonly content?: string } = {}): WantedEntry {
  return { facts: facts(filename, overrides), source: file(filename, overrides) };
}

interface Case extends Partial<Omit<DiffInput, 'wanted' | 'listing' | 'destination'>> {
  readonly wanted?: readonly (string | WantedEntry)[];
  readonly there?: readonly (string | ExistingFile)[];
  readonly listing?: Partial<DiffInput['listing']>;
  readonly destination?: Partial<DestinationView>;
}

function diff({ wanted: files = [], there = [], listing: listed = {}, destination = {}, ...rest }: Case): readonly Action[] {
  return diffProject({
    destination: { name: 'default', traits: traits(), prune: noPrune, refuses: () => undefined, ...destination },
    name: nameOf('a'),
    wanted: files.map((item) => (typeof item === 'string' ? wanted(item) : item)),
    tombstones: [],
    listing: listing('a', there, listed),
    unmanaged: false,
    named: true,
    onMismatch: 'report',
    ...rest,
  });
}

/** `kind filename: reason (detail)` of every action. */
function told(actions: readonly Action[]): readonly string[] {
  return actions.map((action) => {
    const detail = action.detail === undefined ? '' : ` (${action.detail})`;
    return `${action.kind} ${filenameOf(action)}: ${action.reason}${detail}`.replace('  ', ' ').replace(' :', ':');
  });
}
const outcome = (given: Case) => told(diff(given));

const one = 'a-1.0.tar.gz';
const two = 'a-2.0.tar.gz';

describe('diffProject', () => {
  describe('for a wanted file that is not there', () => {
    it('registers the project first and uploads', () => {
      expect(outcome({ wanted: [two, one] })).toEqual(['register: project-missing', `upload ${one}: missing`, `upload ${two}: missing`]);
    });

    it('registers no project that is known without files', () => {
      expect(outcome({ wanted: [one], listing: { present: true } })).toEqual([`upload ${one}: missing`]);
    });

    it('is blocked where the destination refuses such files, with its reason', () => {
      const refuses = ({ packageType }: FileFacts) => (packageType === 'bdist_egg' ? 'no eggs here' : undefined);
      expect(outcome({ wanted: ['a-1.0-py2.7.egg'], destination: { refuses } })).toEqual([
        'blocked a-1.0-py2.7.egg: destination-refuses (no eggs here)',
      ]);
    });

    it('is blocked where the source has lost it', () => {
      expect(outcome({ wanted: [{ facts: facts(one) }] })).toEqual([
        `blocked ${one}: source-missing (the source no longer has it and the destination lacks it)`,
      ]);
    });

    it('is blocked where the source has other bytes now', () => {
      const changed = { facts: facts(one), source: file(one, { content: 'other' }) };
      expect(outcome({ wanted: [changed] })).toEqual([
        `blocked ${one}: source-digest-changed (approved sha256:${facts(one).hashes.sha256 ?? ''}, the source now has sha256:${digestsOf('other').sha256})`,
      ]);
    });
  });

  describe('for a wanted file that is there', () => {
    it.each<[string, Partial<FileFacts>, Partial<ExistingFile>, string]>([
      ['the same sha256', {}, {}, 'keep: same-digest'],
      ['the same md5 only', { hashes: digestsOf(`content of ${one}`) }, { hashes: md5Of(one) }, 'keep: same-md5'],
      ['another sha256', {}, { hashes: { sha256: '0'.repeat(64) } }, 'mismatch: digest-differs'],
      ['another md5', { hashes: md5Of(one) }, { hashes: md5Of(one, 'other') }, 'mismatch: digest-differs'],
      [
        'the same sha256 but another md5',
        { hashes: digestsOf(`content of ${one}`) },
        { hashes: { ...facts(one).hashes, md5: '0'.repeat(32) } },
        'mismatch: digest-differs',
      ],
      ['no digest in common', {}, { hashes: md5Of(one) }, 'unverifiable: no-common-digest'],
      ['no digest', {}, { hashes: {} }, 'unverifiable: no-digest'],
      ['no digest and no size', {}, { hashes: {}, size: undefined }, 'unverifiable: no-digest'],
      ['no digest and another size', {}, { hashes: {}, size: 1 }, 'mismatch: size-differs'],
    ])('compares it: %s', (_, approved, there, expected) => {
      const [action, ...more] = diff({ wanted: [wanted(one, approved)], there: [existing(one, there)] });
      expect(more).toEqual([]);
      expect(`${action?.kind ?? ''}: ${action?.reason ?? ''}`).toBe(expected);
    });

    it('does not need the source where it is as approved', () => {
      expect(outcome({ wanted: [{ facts: facts(one) }], there: [one] })).toEqual([`keep ${one}: same-digest`]);
    });

    it('is blocked, not kept, where the source has other bytes now', () => {
      const changed = { facts: facts(one), source: file(one, { content: 'other' }) };
      const [action] = diff({ wanted: [changed], there: [one] });
      expect(action).toMatchObject({ kind: 'blocked', reason: 'source-digest-changed', existing: { filename: one } });
    });

    it('is compared in a project that others publish, too', () => {
      const there = [existing(one, { content: 'theirs' }), two];
      expect(outcome({ wanted: [one, two], there, unmanaged: true })).toEqual([
        `mismatch ${one}: digest-differs`,
        `keep ${two}: same-digest`,
      ]);
    });

    it('may be spelled otherwise', () => {
      const there = [existing('A-1.0.0.tar.gz', { content: `content of ${one}` })];
      expect(outcome({ wanted: [one], there })).toEqual([`keep A-1.0.0.tar.gz: spelling-differs (wanted as ${one})`]);
      expect(outcome({ wanted: [one], there: ['A-1.0.0.tar.gz'], onMismatch: 'replace' })).toEqual([
        `mismatch ${one}: digest-differs (there it is spelled A-1.0.0.tar.gz)`,
      ]);
    });

    it('is not taken for another wanted file with an equivalent name', () => {
      const twin = 'a-1.0.0.tar.gz';
      expect(outcome({ wanted: [one, twin], there: [one] })).toEqual([`upload ${twin}: missing`, `keep ${one}: same-digest`]);
      expect(outcome({ wanted: [one, twin], there: [one, twin] })).toEqual([`keep ${twin}: same-digest`, `keep ${one}: same-digest`]);
    });

    it('does not depend on the order of the listing', () => {
      const there = ['A-1.0.tar.gz', 'a-1.0.0.tar.gz', 'a_-1.0.tar.gz'].slice(0, 2).map((name) => existing(name, { content: 'x' }));
      const given = { wanted: [wanted(one, { content: 'x' })], destination: { prune: exactPrune } };
      expect(outcome({ ...given, there: [...there].reverse() })).toEqual(outcome({ ...given, there }));
    });
  });

  describe('where replacing is allowed', () => {
    const other = existing(one, { content: 'other' });
    const given: Case = { wanted: [one], there: [other], onMismatch: 'replace' };

    it('replaces other bytes, and files of another size', () => {
      expect(outcome(given)).toEqual([`replace ${one}: digest-differs`]);
      expect(outcome({ ...given, there: [existing(one, { hashes: {}, size: 1 })] })).toEqual([`replace ${one}: size-differs`]);
    });

    it.each<[string, Case]>([
      ['this destination cannot replace a file', { destination: { traits: traits({ canReplace: false }) } }],
      ['the source no longer has the approved bytes', { wanted: [{ facts: facts(one) }] }],
      ['others publish this project there', { unmanaged: true }],
    ])('reports a mismatch: %s', (detail, change) => {
      expect(outcome({ ...given, ...change })).toEqual([`mismatch ${one}: digest-differs (${detail})`]);
    });

    it('leaves alone what cannot be compared', () => {
      expect(outcome({ ...given, there: [existing(one, { hashes: {} })] })).toEqual([`unverifiable ${one}: no-digest`]);
    });
  });

  describe('where only facts differ', () => {
    it.each<[FileFacts['yanked'], FileFacts['yanked'], string | undefined]>([
      [{ reason: 'bad' }, false, 'yanked: bad'],
      [{ reason: '' }, false, 'yanked'],
      [{ reason: 'bad' }, { reason: 'worse' }, 'yanked: bad'],
      [false, { reason: 'bad' }, 'no longer yanked'],
      [{ reason: 'bad' }, { reason: 'bad' }, undefined],
    ])('approved yanked %j, there %j', (approved, there, detail) => {
      expect(outcome({ wanted: [wanted(one, { yanked: approved })], there: [existing(one, { yanked: there })] })).toEqual([
        detail === undefined ? `keep ${one}: same-digest` : `update ${one}: yanked-differs (${detail})`,
      ]);
    });

    it('keeps the file where the destination cannot carry or cannot correct it', () => {
      const given = { wanted: [wanted(one, { yanked: { reason: '' } })], there: [one] };
      for (const change of [{ canUpdate: false }, { carries: new Set<never>() }])
        expect(outcome({ ...given, destination: { traits: traits(change) } })).toEqual([`keep ${one}: same-digest`]);
    });

    it.each([
      ['missing', 'its page does not list it'],
      ['differs', 'its page says otherwise'],
    ] as const)('updates a page entry that is %s', (page, detail) => {
      expect(outcome({ wanted: [one], there: [existing(one, { page })] })).toEqual([`update ${one}: listing-differs (${detail})`]);
      expect(outcome({ wanted: [one], there: [existing(one, { page: 'current' })] })).toEqual([`keep ${one}: same-digest`]);
    });

    it('updates a stale page as a whole', () => {
      const stale = { stalePage: 'the HTML page is missing' };
      expect(outcome({ wanted: [one], there: [one], listing: stale })).toEqual([
        'update: listing-differs (the HTML page is missing)',
        `keep ${one}: same-digest`,
      ]);
    });
  });

  describe('for files that nobody wants', () => {
    it('keeps them unless everything unlisted is pruned', () => {
      expect(outcome({ wanted: [one], there: [one, two] })).toEqual([`keep ${one}: same-digest`, `keep ${two}: unmanaged`]);
      const prune = { ...exactPrune, unlisted: false };
      expect(outcome({ wanted: [one], there: [one, two], destination: { prune } })).toEqual([
        `keep ${one}: same-digest`,
        `keep ${two}: unmanaged`,
      ]);
      expect(outcome({ wanted: [one], there: [one, two], destination: { prune: exactPrune } })).toEqual([
        `keep ${one}: same-digest`,
        `remove ${two}: not-selected`,
      ]);
    });

    it('protects those that others publish before anything else', () => {
      const tombstones = [entry(two, { removed: 'superseded' })];
      const given = { wanted: [one], there: [one, two, 'a-3.0.tar.gz'], tombstones, destination: { prune: exactPrune }, unmanaged: true };
      expect(outcome(given)).toEqual([`keep ${one}: same-digest`, `keep ${two}: unmanaged`, 'keep a-3.0.tar.gz: unmanaged']);
    });

    describe('and that are tombstones', () => {
      it.each([
        ['superseded', { dropped: false, superseded: true, unlisted: false }, true],
        ['superseded', { dropped: true, superseded: false, unlisted: false }, false],
        ['rule-changed', { dropped: true, superseded: false, unlisted: false }, true],
        ['rule-changed', { dropped: false, superseded: true, unlisted: false }, false],
        ['package-removed', { dropped: true, superseded: false, unlisted: false }, true],
        ['package-removed', noPrune, false],
      ] as const)('removed as %s under %j', (removed, prune, goes) => {
        const tombstones = [entry(two, { removed })];
        expect(outcome({ wanted: [one], there: [one, two], tombstones, destination: { prune } })[1]).toBe(
          goes ? `remove ${two}: tombstone` : `keep ${two}: tombstone-kept`,
        );
      });

      it.each<[string, Partial<ExistingFile>]>([
        ['other', { hashes: { sha256: '0'.repeat(64) } }],
        ['no', { hashes: {} }],
        ['no comparable', { hashes: md5Of(two) }],
      ])('are kept where there are %s digests, even under exact pruning', (_, there) => {
        const tombstones = [entry(two, { removed: 'rule-changed' })];
        const given = { wanted: [one], there: [one, existing(two, there)], tombstones, destination: { prune: exactPrune } };
        expect(outcome(given)[1]).toBe(`keep ${two}: tombstone-kept`);
      });

      it('are found under another spelling', () => {
        const tombstones = [entry(two, { removed: 'rule-changed' })];
        const there = [one, existing('A-2.0.tar.gz', { content: `content of ${two}` })];
        expect(outcome({ wanted: [one], there, tombstones, destination: { prune: { ...noPrune, dropped: true } } })).toEqual([
          'remove A-2.0.tar.gz: tombstone',
          `keep ${one}: same-digest`,
        ]);
      });

      it('are no difference once they are gone', () => {
        const tombstones = [entry(two, { removed: 'rule-changed' })];
        expect(outcome({ wanted: [one], there: [one], tombstones, destination: { prune: exactPrune } })).toEqual([
          `keep ${one}: same-digest`,
        ]);
      });
    });

    describe('and that are the last of their project', () => {
      const last = 'the last files of a project that the manifest names are never removed';
      const given: Case = { there: [two], tombstones: [entry(two, { removed: 'rule-changed' })], destination: { prune: exactPrune } };

      it('keeps them while the manifest names the project', () => {
        expect(outcome(given)).toEqual([`keep ${two}: tombstone-kept (${last})`]);
        expect(outcome({ ...given, tombstones: [] })).toEqual([`keep ${two}: tombstone-kept (${last})`]);
      });

      it('keeps them where what is wanted instead is blocked', () => {
        expect(outcome({ ...given, wanted: [{ facts: facts(one) }] })[1]).toBe(`keep ${two}: tombstone-kept (${last})`);
      });

      it('keeps them, rather than calling them blocked, where nothing can be removed anyway', () => {
        const destination = { prune: exactPrune, traits: traits({ canRemove: false }) };
        expect(outcome({ ...given, destination })).toEqual([`keep ${two}: tombstone-kept (${last})`]);
      });

      it('removes them where other files stay or come', () => {
        expect(outcome({ ...given, wanted: [one] })).toEqual([`upload ${one}: missing`, `remove ${two}: tombstone`]);
      });

      it('removes a project whole that left the manifest', () => {
        expect(outcome({ ...given, named: false, there: [one, two] })).toEqual([
          `remove ${one}: not-selected (the whole project goes)`,
          `remove ${two}: tombstone (the whole project goes)`,
        ]);
      });

      it('does not call it whole where something of it is kept', () => {
        const there = [existing(one, { content: 'mine' }), two];
        const tombstones = [entry(one, { removed: 'package-removed' }), entry(two, { removed: 'package-removed' })];
        expect(outcome({ ...given, named: false, there, tombstones })).toEqual([`keep ${one}: tombstone-kept`, `remove ${two}: tombstone`]);
      });
    });

    it('is blocked where the destination cannot remove', () => {
      const destination = { prune: exactPrune, traits: traits({ canRemove: false }) };
      expect(outcome({ wanted: [one], there: [one, two], destination })[1]).toBe(
        `blocked ${two}: destination-refuses (files cannot be removed there)`,
      );
    });

    it('says why the destination cannot remove, where it is known', () => {
      const destination = { prune: exactPrune, traits: traits({ canRemove: false, cannotRemove: 'it has no API for that' }) };
      expect(outcome({ wanted: [one], there: [one, two], destination })[1]).toBe(
        `blocked ${two}: destination-refuses (it has no API for that)`,
      );
    });

    describe('where the destination removes whole versions', () => {
      const wheel = 'a-2.0-py3-none-any.whl';
      const destination = { prune: exactPrune, removalKeys: ({ version = '2.0' }: { version?: string | undefined }) => [version] };
      const because = `destination-refuses (the server removes whole versions, and ${wheel} is to stay)`;

      it('goes with all of its version', () => {
        expect(outcome({ wanted: [one], there: [one, two, wheel], destination })).toEqual([
          `keep ${one}: same-digest`,
          `remove ${wheel}: not-selected`,
          `remove ${two}: not-selected`,
        ]);
      });

      it('is blocked by a file of its version that is wanted', () => {
        expect(outcome({ wanted: [wheel], there: [two, wheel], destination })).toEqual([
          `keep ${wheel}: same-digest`,
          `blocked ${two}: ${because}`,
        ]);
      });

      it('is blocked by a file of its version that is still to come', () => {
        expect(outcome({ wanted: [wheel], there: [two], destination })).toEqual([`upload ${wheel}: missing`, `blocked ${two}: ${because}`]);
      });

      it('is blocked by a file that is no distribution and would go too, other than a signature of its own', () => {
        const given = { wanted: [one], there: [one, two], destination };
        expect(outcome({ ...given, listing: { unread: [`${two}.asc`] } })).toEqual([
          `keep ${one}: same-digest`,
          `remove ${two}: not-selected`,
        ]);
        expect(outcome({ ...given, listing: { unread: ['a-2.0.odd'] } })).toEqual([
          `keep ${one}: same-digest`,
          `blocked ${two}: destination-refuses (the server removes whole versions, and a-2.0.odd is to stay)`,
        ]);
      });

      it('is blocked by a file of its version that nobody may touch', () => {
        const tombstones = [entry(two, { removed: 'package-removed' })];
        const prune = { ...noPrune, dropped: true };
        expect(outcome({ wanted: [one], there: [one, two, wheel], tombstones, destination: { ...destination, prune } })).toEqual([
          `keep ${one}: same-digest`,
          `keep ${wheel}: unmanaged`,
          `blocked ${two}: ${because}`,
        ]);
      });
    });
  });

  describe('where names differ in capitals only', () => {
    const clashing = ['a-1.0.post1.tar.gz', 'a-1.0.POST1.tar.gz'];

    it('blocks the later one in a folder', () => {
      expect(outcome({ wanted: clashing, listing: { present: true } })).toEqual([
        `blocked a-1.0.POST1.tar.gz: name-clash (a-1.0.post1.tar.gz differs from it in capitals only)`,
        `upload a-1.0.post1.tar.gz: missing`,
      ]);
    });

    it('uploads both to a server', () => {
      const given = { wanted: clashing, listing: { present: true }, destination: { traits: traits({ canUpdate: false }) } };
      expect(outcome(given).map((line) => line.split(' ')[0])).toEqual(['upload', 'upload']);
    });

    it('keeps both where both are there, whatever is pruned', () => {
      expect(outcome({ wanted: clashing, there: clashing, destination: { prune: exactPrune } })).toEqual([
        `keep a-1.0.POST1.tar.gz: same-digest`,
        `keep a-1.0.post1.tar.gz: same-digest`,
      ]);
    });
  });

  it('writes nothing into a place that it has not looked at', () => {
    expect(diff({})).toEqual([]);
  });
});

/** What a destination holds after the actions were carried out. */
function carriedOut(there: readonly ExistingFile[], actions: readonly Action[]): readonly ExistingFile[] {
  const files = new Map(there.map((one) => [one.filename, one]));
  const asNew = (one: FileFacts): ExistingFile => ({ ...one, name: nameOf('a'), url: 'x:', page: 'current' });
  for (const action of actions) {
    if (action.kind === 'upload' || action.kind === 'replace') files.set(action.file.filename, asNew(action.file));
    if (action.kind === 'update' && 'file' in action) {
      const before = files.get(action.file.filename);
      if (before !== undefined) files.set(before.filename, { ...before, yanked: action.file.yanked, page: 'current' });
    }
    if (action.kind === 'remove') files.delete(action.existing.filename);
  }
  return [...files.values()];
}

describe('diffProject, whatever is wanted and there,', () => {
  const names = ['a-1.0.tar.gz', 'A-1.0.tar.gz', 'a-1.0.0.tar.gz', 'a-2.0.tar.gz', 'a-2.0-py3-none-any.whl', 'a-2.0-PY3-none-any.whl'];
  const contents = fc.constantFrom('x', 'y');
  const yanked = fc.constantFrom(false as const, { reason: 'r' });
  const wantedEntries = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), contents, yanked, fc.constantFrom('same', 'gone', 'other')), {
      selector: ([name]) => name,
    })
    .map((all) =>
      all.map(([name, content, yank, atSource]): WantedEntry => {
        const source = atSource === 'gone' ? undefined : file(name, { content: atSource === 'same' ? content : 'z' });
        return { facts: facts(name, { content, yanked: yank }), source };
      }),
    );
  const thereFiles = fc
    .uniqueArray(
      fc.tuple(
        fc.constantFrom(...names),
        contents,
        yanked,
        fc.constantFrom('sha256', 'md5', 'none'),
        fc.constantFrom('current' as const, 'differs' as const, 'missing' as const, undefined),
      ),
      { selector: ([name]) => name },
    )
    .map((all) =>
      all.map(([name, content, yank, digest, page]) => {
        const { sha256, md5 } = digestsOf(content);
        return existing(name, { content, yanked: yank, page, hashes: digest === 'sha256' ? { sha256 } : digest === 'md5' ? { md5 } : {} });
      }),
    );
  const dead = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), contents, fc.constantFrom('superseded' as const, 'rule-changed' as const)), {
      selector: ([name]) => name,
    })
    .map((all) => all.map(([name, content, removed]) => entry(name, { content, removed })));
  const prune = fc.record({ dropped: fc.boolean(), superseded: fc.boolean(), unlisted: fc.boolean() });
  const able = fc.record({ canRemove: fc.boolean(), canReplace: fc.boolean(), canUpdate: fc.boolean() }).map((some) => traits(some));
  const cases = fc
    .record({
      wanted: wantedEntries,
      there: thereFiles,
      tombstones: dead,
      destination: fc.record({ prune, traits: able }),
      unmanaged: fc.boolean(),
      named: fc.boolean(),
      onMismatch: fc.constantFrom('report' as const, 'replace' as const),
    })
    .map(({ tombstones, ...rest }) => {
      const live = new Set(rest.wanted.map((one) => one.facts.filename));
      return { ...rest, tombstones: tombstones.filter(({ filename }) => !live.has(filename)) };
    });
  const writes = (actions: readonly Action[]) =>
    actions.filter(({ kind }) => ['register', 'upload', 'replace', 'update', 'remove'].includes(kind));

  it('says something of every wanted and every existing file, once', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const actions = diff(given);
        const ofWanted = actions.flatMap((action) => ('file' in action && action.kind !== 'register' ? [action.file.filename] : []));
        const ofThere = actions.flatMap((action) => ('existing' in action ? [action.existing.filename] : []));
        expect(new Set(ofThere).size).toBe(ofThere.length);
        expect([...ofThere].sort()).toEqual(given.there.map(({ filename }) => filename).sort());
        const kept = actions.filter(({ kind }) => kind === 'keep').length;
        expect(new Set(ofWanted).size).toBe(ofWanted.length);
        expect(ofWanted.length + kept).toBeGreaterThanOrEqual(given.wanted.length);
      }),
    );
  });

  it('never removes or replaces what is wanted as it is, what others publish, or bytes that a tombstone does not name', () => {
    fc.assert(
      fc.property(cases, (given) => {
        for (const action of diff(given)) {
          if (action.kind !== 'remove') continue;
          expect(given.unmanaged).toBe(false);
          expect(given.wanted.some((one) => one.facts.filename === action.existing.filename)).toBe(false);
          const tombstone = given.tombstones.find(({ filename }) => filename === action.existing.filename);
          if (tombstone === undefined) continue;
          const { sha256, md5 } = action.existing.hashes;
          expect(sha256 ?? md5).toBe(sha256 === undefined ? undefined : tombstone.hashes.sha256);
        }
      }),
    );
  });

  it('leaves a named project at least one file', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const actions = diff({ ...given, named: true });
        const left = carriedOut(given.there, actions);
        if (given.there.length > 0) expect(left.length).toBeGreaterThan(0);
      }),
    );
  });

  it('has nothing more to write once the actions were carried out', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const there = carriedOut(given.there, diff(given));
        expect(told(writes(diff({ ...given, there })))).toEqual([]);
      }),
    );
  });

  it('only keeps where both sides are the same', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...names)), prune, able, (all, pruned, abilities) => {
        const actions = diff({ wanted: all, there: all, destination: { prune: pruned, traits: abilities } });
        expect(told(actions)).toEqual(told(actions).filter((line) => line.endsWith(': same-digest')));
        expect(actions).toHaveLength(all.length);
      }),
    );
  });

  it('does not depend on the order of what is wanted or there', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const clashFree = { ...given, destination: { ...given.destination, traits: { ...given.destination.traits, canUpdate: false } } };
        expect(diff({ ...clashFree, there: [...given.there].reverse() })).toEqual(diff(clashFree));
      }),
    );
  });
});
