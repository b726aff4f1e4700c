import { describe, expect, it } from '@jest/globals';
import { noCounts } from '../../../src/plan/counts.ts';
import { wholeProject } from '../../../src/plan/diff.ts';
import type { PlannedDestination } from '../../../src/plan/plan-id.ts';
import type { Action, LockChange } from '../../../src/plan/plan.ts';
import { projectLines, summaryLines } from '../../../src/reporters/plan-text.ts';
import type { PlanTextOptions, ReportedProject } from '../../../src/reporters/plan-text.ts';
import { createStyle } from '../../../src/reporters/style.ts';
import { entry, facts, nameOf } from '../../support/builders.ts';
import { directory } from '../../support/plans.ts';

const at = { destination: 'default', name: nameOf('a') };
const file = facts('a-1.0.tar.gz', { content: 'x' });
const there = facts('a-1.0.tar.gz', { content: 'y' });
/** What the digests of the two contents begin with. */
const [x, y] = ['sha256:2d711642b726…', 'sha256:a1fce4363854…'];
const options: PlanTextOptions = { style: createStyle(false), verbose: false, destinations: [directory] };
const project = (overrides: Partial<ReportedProject>): ReportedProject => ({
  name: 'a',
  actions: [],
  lock: [],
  ruleChanged: false,
  ...overrides,
});
const lines = (overrides: Partial<ReportedProject>, more: Partial<PlanTextOptions> = {}) =>
  projectLines(project(overrides), { ...options, ...more });
const of = (...actions: Action[]) => lines({ actions }).slice(1);
const many = (count: number, kind: 'upload' | 'remove'): readonly Action[] =>
  Array.from({ length: count }, (_, index): Action => {
    const one = facts(`a-${index}.0.tar.gz`, { size: 1000 });
    return kind === 'upload' ? { ...at, kind, reason: 'missing', file: one } : { ...at, kind, reason: 'tombstone', existing: one };
  });

describe('projectLines', () => {
  it('says nothing of a project in which nothing changes', () => {
    expect(lines({ actions: [{ ...at, kind: 'keep', reason: 'same-digest', existing: file }] })).toEqual([]);
  });

  it('puts the name first', () => {
    expect(lines({ actions: many(1, 'upload') })[0]).toBe('a');
  });

  it.each<[string, Action, string]>([
    ['register', { ...at, kind: 'register', reason: 'project-missing', file }, '  + register    new project'],
    ['upload', { ...at, kind: 'upload', reason: 'missing', file }, `  + upload      a-1.0.tar.gz  1 B  ${x}`],
    [
      'upload of a yanked file',
      { ...at, kind: 'upload', reason: 'missing', file: { ...file, size: undefined, yanked: { reason: 'bad' } } },
      `  + upload      a-1.0.tar.gz  ${x}  yanked: bad`,
    ],
    [
      'replace',
      { ...at, kind: 'replace', reason: 'digest-differs', file, existing: there },
      `  ~ replace     a-1.0.tar.gz  there ${y}, approved ${x}`,
    ],
    [
      'update of a flag',
      { ...at, kind: 'update', reason: 'yanked-differs', detail: 'no longer yanked', file, existing: file },
      '  ~ update      a-1.0.tar.gz  no longer yanked',
    ],
    [
      'update of a page',
      { ...at, kind: 'update', reason: 'listing-differs', detail: 'the HTML page is missing' },
      '  ~ update      project page  the HTML page is missing',
    ],
    [
      'removal of a tombstone',
      { ...at, kind: 'remove', reason: 'tombstone', existing: file },
      '  - remove      a-1.0.tar.gz  no longer approved',
    ],
    [
      'removal of what nobody selected',
      { ...at, kind: 'remove', reason: 'not-selected', existing: file },
      '  - remove      a-1.0.tar.gz  not selected',
    ],
    [
      'mismatch',
      { ...at, kind: 'mismatch', reason: 'digest-differs', detail: 'this destination cannot replace a file', file, existing: there },
      `  ! mismatch    a-1.0.tar.gz  there ${y}, approved ${x} (this destination cannot replace a file)`,
    ],
    [
      'mismatch of sizes',
      { ...at, kind: 'mismatch', reason: 'size-differs', file, existing: { ...there, size: undefined } },
      '  ! mismatch    a-1.0.tar.gz  there ? bytes, approved 1',
    ],
    [
      'blocked project',
      { ...at, kind: 'blocked', reason: 'listing-failed', detail: 'down' },
      '  ! blocked     project  listing-failed: down',
    ],
    ['blocked file', { ...at, kind: 'blocked', reason: 'policy', file }, '  ! blocked     a-1.0.tar.gz  policy'],
    [
      'unverifiable for want of a digest',
      { ...at, kind: 'unverifiable', reason: 'no-digest', file, existing: there },
      '  ? unverifiable a-1.0.tar.gz  the destination offers no digest',
    ],
    [
      'unverifiable for want of a common one',
      { ...at, kind: 'unverifiable', reason: 'no-common-digest', file, existing: there },
      '  ? unverifiable a-1.0.tar.gz  no digest in common with the lock',
    ],
  ])('shows %s', (_, action, line) => {
    expect(of(action)).toEqual([line]);
  });

  it('names the destination where there are several', () => {
    const destinations: readonly PlannedDestination[] = [directory, { ...directory, name: 'y' }];
    expect(
      lines({ actions: [{ ...at, destination: 'y', kind: 'remove', reason: 'tombstone', existing: file }] }, { destinations })[1],
    ).toBe('  - remove      a-1.0.tar.gz @y  no longer approved');
  });

  describe('with many files', () => {
    it('folds uploads beyond twelve into one line with their size', () => {
      const shown = of(...many(15, 'upload'));
      expect(shown).toHaveLength(13);
      expect(shown.at(-1)).toBe('  + upload      … and 3 more files, 3.0 kB (--verbose lists them)');
      expect(of(...many(13, 'upload')).at(-1)).toBe('  + upload      … and 1 more file, 1.0 kB (--verbose lists them)');
    });

    it('folds nothing with --verbose', () => {
      expect(lines({ actions: many(15, 'upload') }, { verbose: true })).toHaveLength(16);
    });

    it('never folds removals or trouble', () => {
      const bad = Array.from({ length: 20 }, (_, index): Action => ({
        ...at,
        kind: 'blocked',
        reason: 'policy',
        file: facts(`a-${index}.1.tar.gz`),
      }));
      expect(of(...many(30, 'remove'), ...bad)).toHaveLength(50);
    });
  });

  it('says that a whole project leaves where the plan says so, and only there', () => {
    const whole = many(2, 'remove').map((action) => ({ ...action, detail: wholeProject }));
    expect(of(...whole).at(-1)).toBe('  · note: the whole project leaves, 2 files');
    expect(of(...many(2, 'remove')).at(-1)).toBe('  - remove      a-1.0.tar.gz  no longer approved');
  });

  describe('for the lock', () => {
    const change = (kind: LockChange['kind'], detail?: string): LockChange => ({
      kind,
      name: at.name,
      entry: entry('a-1.0.tar.gz', { content: 'x' }),
      ...(detail !== undefined && { detail }),
    });

    it.each<[LockChange, string | undefined]>([
      [change('tombstone', 'rule-changed'), '  ~ lock        a-1.0.tar.gz  tombstone: rule-changed'],
      [change('revive', 'superseded'), '  + lock        a-1.0.tar.gz  revive: superseded'],
      [change('drop', 'absent everywhere'), '  ~ lock        a-1.0.tar.gz  drop: absent everywhere'],
      [change('enrich', 'yanked: bad'), '  + lock        a-1.0.tar.gz  yanked: bad'],
      [change('enrich'), undefined],
      [change('add'), undefined],
    ])('beside a destination %j', (given, line) => {
      expect(lines({ lock: [given] })).toEqual(line === undefined ? [] : ['a', line]);
    });

    it('shows additions where there is no destination to upload to, and folds them', () => {
      expect(lines({ lock: [change('add', 'accepted in place of sha256:0')] }, { destinations: [] })[1]).toBe(
        `  + lock        a-1.0.tar.gz  1 B  ${x}  accepted in place of sha256:0`,
      );
      const lots = Array.from({ length: 14 }, () => change('add'));
      expect(lines({ lock: lots }, { destinations: [] }).at(-1)).toBe('  + lock        … and 2 more files (--verbose lists them)');
      expect(lines({ lock: lots }, { destinations: [], verbose: true })).toHaveLength(15);
    });

    it('says that a rule is recorded anew where nothing else changes', () => {
      expect(lines({ ruleChanged: true })).toEqual(['a', '  ~ lock        its rule is recorded anew']);
      expect(lines({ ruleChanged: true, lock: [change('enrich')] })).toEqual([]);
    });

    it('shows problems where there is no destination that would', () => {
      const problems = [
        { reason: 'policy', detail: 'denied', filename: 'a-1.0.tar.gz' } as const,
        { reason: 'nothing-selected', detail: 'none' } as const,
      ];
      expect(lines({ problems }, { destinations: [] }).slice(1)).toEqual([
        '  ! blocked     a-1.0.tar.gz  policy: denied',
        '  ! blocked     project  nothing-selected: none',
      ]);
      expect(lines({ problems })).toEqual([]);
    });
  });

  it('tells of a project that it inherits files only beside something else, as that is told once for all of it', () => {
    const warnings = [{ class: 'inherited', message: '3 files from root/pypi' }];
    expect(lines({ warnings })).toEqual([]);
    expect(lines({ warnings }, { verbose: true })).toEqual(['a', '  · note: 3 files from root/pypi']);
    expect(lines({ warnings: [...warnings], lock: [], ruleChanged: true })).toContain('  · note: 3 files from root/pypi');
  });

  it('ends with notes', () => {
    expect(lines({ warnings: [{ class: 'newer-release', message: '1 more file' }] })).toEqual(['a', '  · note: 1 more file']);
  });

  it('lets no text from outside reach the terminal as it is', () => {
    const evil = '\u001b]0;x\u0007\r\n\u202e';
    const actions: Action[] = [
      { ...at, kind: 'blocked', reason: 'policy', detail: evil },
      { ...at, destination: evil, kind: 'upload', reason: 'missing', file: { ...file, filename: `a${evil}`, yanked: { reason: evil } } },
      { ...at, kind: 'update', reason: 'listing-differs', detail: evil },
      { ...at, kind: 'mismatch', reason: 'digest-differs', detail: evil, file, existing: there },
    ];
    const lock: LockChange[] = (['tombstone', 'enrich', 'add'] as const).map((kind) => ({
      kind,
      name: at.name,
      entry: { ...entry('a-1.0.tar.gz'), filename: evil },
      detail: evil,
    }));
    const problems = [{ reason: 'policy', detail: evil, filename: evil } as const];
    const warnings = [{ class: 'page', message: evil }];
    for (const destinations of [[], [directory], [directory, { ...directory, name: evil }]])
      expect(lines({ actions, lock, problems, warnings }, { destinations }).join('')).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it('reads the same with colours, apart from them', () => {
    const actions = [...many(3, 'upload'), ...many(1, 'remove')];
    const coloured = lines({ actions }, { style: createStyle(true) });
    expect(coloured.join('\n')).toContain('\u001b[');
    // eslint-disable-next-line no-control-regex -- colours are control sequences
    expect(coloured.map((line) => line.replace(/\u001b\[\d+m/g, ''))).toEqual(lines({ actions }));
  });
});

describe('summaryLines', () => {
  const trailer = {
    planId: '6f1dc2a09b77ffffffff',
    counts: { default: { ...noCounts(), register: 2, upload: 9, remove: 1, mismatch: 1, keep: 30 } },
    lock: { add: 11, tombstone: 1, revive: 0, drop: 0, enrich: 3 },
    records: 0,
    complete: true,
  };

  it('says it in two stable lines', () => {
    expect(summaryLines(trailer, options)).toEqual([
      'Lock: 11 to add, 1 to tombstone.',
      'Plan 6f1dc2a09b77: 2 to register, 9 to upload, 0 to replace, 0 to update, 1 to remove, 1 mismatch, 0 blocked, 30 unchanged, 0 unverifiable.',
    ]);
  });

  it('leaves the lock out where it stays', () => {
    expect(summaryLines({ ...trailer, lock: { add: 0, tombstone: 0, revive: 0, drop: 0, enrich: 3 } }, options)).toHaveLength(1);
  });

  it('adds up several destinations, each with a line of its own', () => {
    const counts = { x: { ...noCounts(), upload: 1 }, y: { ...noCounts(), upload: 2 } };
    const destinations = ['x', 'y'].map((name) => ({ ...directory, name }));
    expect(summaryLines({ ...trailer, counts }, { ...options, destinations })).toEqual([
      'x: 0 to register, 1 to upload, 0 to replace, 0 to update, 0 to remove, 0 mismatch, 0 blocked, 0 unchanged, 0 unverifiable.',
      'y: 0 to register, 2 to upload, 0 to replace, 0 to update, 0 to remove, 0 mismatch, 0 blocked, 0 unchanged, 0 unverifiable.',
      'Lock: 11 to add, 1 to tombstone.',
      'Plan 6f1dc2a09b77: 0 to register, 3 to upload, 0 to replace, 0 to update, 0 to remove, 0 mismatch, 0 blocked, 0 unchanged, 0 unverifiable.',
    ]);
  });

  it('says nothing of a plan where there is no destination', () => {
    expect(summaryLines(trailer, { ...options, destinations: [] })).toEqual(['Lock: 11 to add, 1 to tombstone.']);
  });
});
