import { describe, expect, it } from '@jest/globals';
import type { PlannedDestination } from '../../../src/plan/plan-id.ts';
import type { Action, LockChange, ProjectPlan } from '../../../src/plan/plan.ts';
import { digestsOf, entry, existing, facts, locked, nameOf } from '../../support/builders.ts';
import { directory, planId, projectPlan } from '../../support/plans.ts';

const at = { destination: 'default', name: nameOf('a') };
const file = facts('a-1.0.tar.gz');
const there = facts('a-1.0.tar.gz', { content: 'other' });
const idOf = (...actions: Action[]) => planId([projectPlan('a', { actions })]);
const lockIdOf = (...lock: LockChange[]) => planId([projectPlan('a', { lock })]);
const upload: Action = { ...at, kind: 'upload', reason: 'missing', file };

describe('the id of a plan', () => {
  describe('does not depend on', () => {
    it('files that stay as they are, or cannot be compared', () => {
      const keep: Action = { ...at, kind: 'keep', reason: 'same-digest', existing: there };
      const unverifiable: Action = { ...at, kind: 'unverifiable', reason: 'no-digest', file, existing: there };
      expect(idOf(upload, keep, unverifiable)).toBe(idOf(upload));
    });

    it('where a file lies, how large it is, or words for people', () => {
      const elsewhere: Action = {
        ...upload,
        detail: 'words',
        file: { ...existing('a-1.0.tar.gz'), size: undefined, uploadTime: '2025-01-01' },
      };
      expect(idOf(elsewhere)).toBe(idOf(upload));
    });

    it('digests that were learnt beside the sha256', () => {
      const more = { ...file, hashes: { ...file.hashes, ...digestsOf('content of a-1.0.tar.gz'), sha512: 'a'.repeat(128) } };
      expect(idOf({ ...upload, file: more })).toBe(idOf(upload));
    });

    it('enrichment of the lock', () => {
      expect(lockIdOf({ kind: 'enrich', name: at.name, entry: entry('a-1.0.tar.gz') })).toBe(lockIdOf());
    });

    it('which file stands for a new project', () => {
      const register = (filename: string): Action => ({ ...at, kind: 'register', reason: 'project-missing', file: facts(filename) });
      expect(idOf(register('a-1.0.tar.gz'))).toBe(idOf(register('a-2.0.tar.gz')));
    });
  });

  const variants: readonly (readonly [string, Action])[] = [
    ['the file', { ...upload, file: facts('a-2.0.tar.gz') }],
    ['its digest', { ...upload, file: facts('a-1.0.tar.gz', { content: 'x' }) }],
    ['that it is yanked', { ...upload, file: { ...file, yanked: { reason: '' } } }],
    ['why it is yanked', { ...upload, file: { ...file, yanked: { reason: 'x' } } }],
    ['the destination', { ...upload, destination: 'other' }],
    ['the project', { ...upload, name: nameOf('b') }],
    ['the kind', { ...at, kind: 'replace', reason: 'digest-differs', file, existing: there }],
    [
      'what is replaced',
      { ...at, kind: 'replace', reason: 'digest-differs', file, existing: { ...there, hashes: { sha256: '0'.repeat(64) } } },
    ],
    ['what is removed', { ...at, kind: 'remove', reason: 'tombstone', existing: file }],
    ['why it is removed', { ...at, kind: 'remove', reason: 'not-selected', existing: file }],
    ['what is blocked', { ...at, kind: 'blocked', reason: 'policy', file }],
    ['what differs', { ...at, kind: 'mismatch', reason: 'digest-differs', file, existing: there }],
    ['what is updated', { ...at, kind: 'update', reason: 'listing-differs' }],
  ];

  it('depends on all that has a meaning', () => {
    const ids = [
      ['nothing', idOf()] as const,
      ['an upload', idOf(upload)] as const,
      ...variants.map(([what, action]) => [what, idOf(action)] as const),
    ];
    const seen = new Map<string, string>();
    for (const [what, id] of ids) {
      expect([what, seen.get(id)]).toEqual([what, undefined]);
      seen.set(id, what);
    }
  });

  it('depends on every change of the lock', () => {
    const add: LockChange = { kind: 'add', name: at.name, entry: entry('a-1.0.tar.gz') };
    const ids = [
      lockIdOf(),
      lockIdOf(add),
      lockIdOf({ ...add, entry: entry('a-1.0.tar.gz', { content: 'x' }) }),
      lockIdOf({ ...add, entry: entry('a-1.0.tar.gz', { yanked: true }) }),
      lockIdOf({ ...add, kind: 'revive' }),
      lockIdOf({ ...add, kind: 'tombstone', entry: entry('a-1.0.tar.gz', { removed: 'superseded' }) }),
      lockIdOf({ ...add, kind: 'tombstone', entry: entry('a-1.0.tar.gz', { removed: 'rule-changed' }) }),
      lockIdOf({ ...add, kind: 'drop' }),
      lockIdOf({ ...add, kind: 'enrich', detail: 'yanked' }),
      lockIdOf({ ...add, kind: 'enrich', detail: 'no longer yanked' }),
      lockIdOf(add, add),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('depends on rules, sources and requirers that the lock records, and on packages that leave it', () => {
    const with_ = (overrides: Partial<ProjectPlan>) => planId([projectPlan('a', { ruleChanged: true, ...overrides })]);
    const ids = [
      planId([projectPlan('a', { locked: locked('a', []) })]),
      with_({}),
      with_({ locked: locked('a', []) }),
      with_({ locked: locked('a', [], { rule: { version: '>=1' } }) }),
      with_({ locked: locked('a', [], { rule: null }) }),
      with_({ locked: locked('a', [], { rule: null, via: [nameOf('b')] }) }),
      with_({ locked: locked('a', [], { source: 'pypi' }) }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('depends on the destinations', () => {
    const all: readonly (readonly PlannedDestination[])[] = [
      [],
      [directory],
      [{ ...directory, name: 'x' }],
      [{ ...directory, type: 'upload' }],
      [{ ...directory, address: './other' }],
      [directory, { ...directory, name: 'x' }],
    ];
    const ids = all.map((destinations) => planId([], destinations));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('cannot be forged by a value that looks like the next line', () => {
    const reason = '"]\n["default","remove","a","tombstone",null,null]';
    expect(idOf({ ...upload, file: { ...file, yanked: { reason } } })).not.toBe(
      idOf({ ...upload, file: { ...file, yanked: { reason: '' } } }, { ...at, kind: 'remove', reason: 'tombstone', existing: file }),
    );
  });

  it('is the same for ever, because approvals name it: SHA-256 over one line of JSON per meaning', () => {
    const lines = [
      'pkgsync plan 1',
      '["destination","default","directory","./mirror"]',
      `["default","upload","a","missing",null,["a-1.0.tar.gz","sha256:${file.hashes.sha256 ?? ''}",false]]`,
    ];
    expect(idOf(upload)).toBe(digestsOf(lines.map((line) => `${line}\n`).join('')).sha256);
  });
});
