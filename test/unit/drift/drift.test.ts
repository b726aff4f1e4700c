import { describe, expect, it } from '@jest/globals';
import { driftClass, findingsOf, isAsApproved, unlistedOf } from '../../../src/drift/drift.ts';
import type { Action, Reason } from '../../../src/plan/plan.ts';
import { existing, facts, nameOf } from '../../support/builders.ts';
import { projectPlan } from '../../support/plans.ts';

const at = { destination: 'default', name: nameOf('a') };
const file = facts('a-1.0.tar.gz');
const there = existing('a-1.0.tar.gz');
const blocked = (reason: Reason, more: object = {}): Action => ({ ...at, kind: 'blocked', reason, ...more });

describe('driftClass', () => {
  it.each<[string, Action, string | undefined]>([
    ['keep', { ...at, kind: 'keep', reason: 'same-digest', existing: there }, undefined],
    ['register', { ...at, kind: 'register', reason: 'project-missing', file }, 'project-missing'],
    ['upload', { ...at, kind: 'upload', reason: 'missing', file }, 'missing'],
    ['replace', { ...at, kind: 'replace', reason: 'digest-differs', file, existing: there }, 'digest-mismatch'],
    ['mismatch', { ...at, kind: 'mismatch', reason: 'digest-differs', file, existing: there }, 'digest-mismatch'],
    ['mismatch of size', { ...at, kind: 'mismatch', reason: 'size-differs', file, existing: there }, 'size-mismatch'],
    ['update of a flag', { ...at, kind: 'update', reason: 'yanked-differs', file, existing: there }, 'yank-skew'],
    ['update of a page', { ...at, kind: 'update', reason: 'listing-differs' }, 'page-stale'],
    ['remove a tombstone', { ...at, kind: 'remove', reason: 'tombstone', existing: there }, 'tombstone-pending'],
    ['remove what is extra', { ...at, kind: 'remove', reason: 'not-selected', existing: there }, 'extra'],
    ['unverifiable', { ...at, kind: 'unverifiable', reason: 'no-digest', file, existing: there }, 'unverifiable'],
    ['other bytes at the source', blocked('source-digest-changed', { file }), 'source-digest-changed'],
    ['a listing that fails', blocked('listing-failed'), 'unreachable'],
    ['a file that the source lost', blocked('source-missing', { file }), 'missing'],
    ['refused', blocked('destination-refuses', { file }), 'blocked'],
    ['clashing', blocked('name-clash', { file }), 'blocked'],
    ['vetoed', blocked('policy', { file }), 'blocked'],
  ])('%s', (_, action, expected) => {
    expect(driftClass(action)).toBe(expected);
  });
});

describe('unlistedOf', () => {
  it('names what nobody wants and nothing removes, and no retired file', () => {
    const actions: Action[] = [
      { ...at, kind: 'keep', reason: 'same-digest', existing: there },
      { ...at, kind: 'keep', reason: 'tombstone-kept', existing: existing('a-0.9.tar.gz') },
      { ...at, kind: 'keep', reason: 'unmanaged', existing: existing('a-9.tar.gz') },
      { ...at, kind: 'remove', reason: 'not-selected', existing: existing('a-8.tar.gz') },
    ];
    expect(unlistedOf(projectPlan('a', { actions }))).toEqual([{ ...at, filename: 'a-9.tar.gz' }]);
  });
});

describe('findingsOf', () => {
  it('gives one finding for each action that says that something moved', () => {
    const actions: Action[] = [
      { ...at, kind: 'keep', reason: 'same-digest', existing: there },
      { ...at, kind: 'upload', reason: 'missing', file },
      blocked('listing-failed', { detail: 'down' }),
    ];
    expect(findingsOf(projectPlan('a', { actions })).map(({ action: _, ...finding }) => finding)).toEqual([
      { class: 'missing', destination: 'default', name: 'a', filename: 'a-1.0.tar.gz' },
      { class: 'unreachable', destination: 'default', name: 'a', detail: 'down' },
    ]);
  });
});

describe('isAsApproved', () => {
  it('counts wanted files that are there as approved, not what is only tolerated', () => {
    const keep = (reason: Reason): Action => ({ ...at, kind: 'keep', reason, existing: there });
    for (const reason of ['same-digest', 'same-md5', 'spelling-differs'] as const) expect(isAsApproved(keep(reason))).toBe(true);
    for (const reason of ['unmanaged', 'tombstone-kept'] as const) expect(isAsApproved(keep(reason))).toBe(false);
    expect(isAsApproved({ ...at, kind: 'upload', reason: 'missing', file })).toBe(false);
  });
});
