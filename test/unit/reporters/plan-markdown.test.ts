import { describe, expect, it } from '@jest/globals';
import { Parser } from 'htmlparser2';
import { noCounts } from '../../../src/plan/counts.ts';
import type { Action } from '../../../src/plan/plan.ts';
import { PlanMarkdown } from '../../../src/reporters/plan-markdown.ts';
import type { ReportedProject } from '../../../src/reporters/plan-text.ts';
import { entry, facts, nameOf } from '../../support/builders.ts';
import { directory } from '../../support/plans.ts';

const at = { destination: 'default', name: nameOf('a-b') };
const file = facts('a-1.0.tar.gz', { content: 'x' });
const trailer = {
  planId: '6f1dc2a09b77ffffffff',
  counts: { default: { ...noCounts(), upload: 9, remove: 1 } },
  lock: { add: 11, tombstone: 1, revive: 0, drop: 0, enrich: 0 },
  records: 0,
  complete: true,
};

function markdown(projects: readonly Partial<ReportedProject>[], destinations = [directory], summary = trailer): string {
  const report = new PlanMarkdown(destinations);
  for (const project of projects) report.add({ name: 'a-b', actions: [], lock: [], ruleChanged: false, ...project });
  return report.render(summary);
}
const actionsOf = (count: number, make: (index: number) => Action) => [
  { actions: Array.from({ length: count }, (_, index) => make(index)) },
];
const upload = (index: number): Action => ({ ...at, kind: 'upload', reason: 'missing', file: facts(`a-${index}.0.tar.gz`) });
const removal = (index: number): Action => ({ ...at, kind: 'remove', reason: 'tombstone', existing: facts(`a-${index}.0.tar.gz`) });

describe('PlanMarkdown', () => {
  it('says what a plan comes to, where it goes, and how to run it', () => {
    expect(markdown([])).toBe(
      [
        '### pkgsync plan',
        '',
        '**Plan 6f1dc2a09b77: 0 to register, 9 to upload, 0 to replace, 0 to update, 1 to remove, 0 mismatch, 0 blocked, 0 unchanged, 0 unverifiable.**',
        '',
        'Lock: 11 to add, 1 to tombstone.',
        '',
        '- <code>./mirror</code> (directory)',
        '',
        'Run it with <code>pkgsync apply --expect 6f1dc2a09b77</code>.',
        '',
      ].join('\n'),
    );
  });

  it('puts what deserves a look above what is folded away', () => {
    const text = markdown([{ actions: [upload(2), removal(1), { ...at, kind: 'blocked', reason: 'policy', detail: 'denied', file }] }]);
    expect(text).toContain(
      '#### To look at\n\n| | project | file | |\n|---|---|---|---|\n| **remove** | a-b | <code>a-1.0.tar.gz</code> | tombstone |\n',
    );
    expect(text).toContain('| **blocked** | a-b | <code>a-1.0.tar.gz</code> | policy: denied |\n');
    expect(text).toContain('<details><summary>1 addition or update</summary>');
    expect(text.indexOf('**remove**')).toBeLessThan(text.indexOf('**upload**'));
  });

  it('says which files are not its own, up to a size', () => {
    const note = (message: string) => ({
      warnings: [
        { class: 'inherited', message },
        { class: 'newer-release', message: 'newer' },
      ],
    });
    expect(markdown([note('2 files from root/pypi')])).toContain('#### Not its own\n\n- <code>a-b</code>: 2 files from root/pypi\n');
    expect(markdown([note('2 files')])).not.toContain('newer');
    expect(markdown(Array.from({ length: 1000 }, () => note('2 files from root/pypi')))).toMatch(/… and \d+ more: see the saved plan\./);
  });

  it('shows what differs by both digests', () => {
    const text = markdown([
      { actions: [{ ...at, kind: 'mismatch', reason: 'digest-differs', file, existing: facts('a-1.0.tar.gz', { content: 'y' }) }] },
    ]);
    expect(text).toContain('| there sha256:a1fce4363854…, approved sha256:2d711642b726… |');
  });

  it('names destinations where there are several', () => {
    const destinations = [directory, { ...directory, name: 'y', address: 'https://y.example/' }];
    const text = markdown([{ actions: [{ ...removal(1), destination: 'y' }] }], destinations, {
      ...trailer,
      counts: { ...trailer.counts, y: noCounts() },
    } as never);
    expect(text).toContain('| **remove** | a-b | <code>a-1.0.tar.gz</code> | y | tombstone |');
    expect(text).toContain('- <code>https://y.example/</code> (directory): 0 to register, ');
  });

  it('lists what leaves the lock or returns', () => {
    const lock = (['add', 'tombstone', 'revive', 'enrich'] as const).map((kind) => ({
      kind,
      name: at.name,
      entry: entry('a-1.0.tar.gz'),
      detail: 'why',
    }));
    expect(markdown([{ lock }])).toContain(
      '#### Leaving or returning\n\n- tombstone: <code>a-1.0.tar.gz</code> (why)\n- revive: <code>a-1.0.tar.gz</code> (why)\n\n',
    );
  });

  it('warns of a plan that is not complete', () => {
    expect(markdown([], [directory], { ...trailer, complete: false })).toContain('**Not complete:**');
  });

  describe('when there is much', () => {
    it('fits a comment, and says how much was cut', () => {
      const blocked = (index: number): Action => ({
        ...at,
        kind: 'blocked',
        reason: 'policy',
        detail: 'x'.repeat(100),
        file: facts(`a-${index}.0.tar.gz`),
      });
      const lock = Array.from({ length: 5000 }, (_, index) => ({
        kind: 'tombstone' as const,
        name: at.name,
        entry: entry(`a-${index}.0.tar.gz`),
      }));
      const text = markdown([...actionsOf(5000, upload), ...actionsOf(5000, blocked), { lock }]);
      expect(text.length).toBeLessThan(65_536);
      expect(text.match(/… and (\d+) more: see the saved plan\./g)).toHaveLength(3);
      expect(text).toContain('<details><summary>5000 additions and updates</summary>');
      const shown = text.match(/\*\*upload\*\*/g)?.length ?? 0;
      expect(text).toContain(`… and ${5000 - shown} more`);
    });

    it('never cuts removals', () => {
      const text = markdown(actionsOf(3000, removal));
      expect(text.match(/\*\*remove\*\*/g)).toHaveLength(3000);
    });
  });

  describe('with text from an evil index', () => {
    const evil = [
      'a`-1|2.whl',
      '</code></details><script>alert(1)</script>',
      '<!-- ',
      '@everyone #1 GH-1',
      '[click](javascript:alert(1)) ![x](https://evil.example/x.png)',
      'https://evil.example/ www.evil.example',
      '| a | b |\n| c |',
      '**bold** _it_ ~~gone~~ `code` &lt;',
      '\u202egnp.exe\u0000\u001b[2J',
      '😀\ud800',
    ];
    const actions = evil.flatMap((text): Action[] => [
      { ...at, destination: text, kind: 'blocked', reason: 'policy', detail: text, file: { ...file, filename: text } },
      { ...at, destination: text, kind: 'upload', reason: 'missing', file: { ...file, filename: text } },
    ]);
    const lock = evil.map((text) => ({
      kind: 'tombstone' as const,
      name: at.name,
      entry: { ...entry('a-1.0.tar.gz'), filename: text },
      detail: text,
    }));
    const destinations = [directory, ...evil.map((text) => ({ ...directory, name: text, address: text }))];
    const text = markdown([{ actions, lock }], destinations);

    it('has no tags but its own', () => {
      const tags = new Set<string>();
      const comments: string[] = [];
      const parser = new Parser({ onopentag: (name) => void tags.add(name), oncomment: (data) => void comments.push(data) });
      parser.end(text);
      expect([...tags].sort()).toEqual(['code', 'details', 'summary']);
      expect(comments).toEqual([]);
    });

    it('keeps every row on one line with the same number of cells', () => {
      const rows = text.split('\n').filter((line) => line.startsWith('| **'));
      expect(rows).toHaveLength(actions.length);
      for (const row of rows) expect(row.split('|')).toHaveLength(7);
    });

    it('notifies nobody and links to nothing', () => {
      const outside = text.replace(/<code>.*?<\/code>/g, '');
      const rendered = outside.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
      expect(rendered).not.toMatch(/@\w|#\d|:\/\/|www\./);
      expect(outside).not.toMatch(/\]\(|!\[/);
    });

    it('contains no control characters and no halves of characters', () => {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(text).not.toMatch(/\p{Surrogate}/u);
      for (const [, code] of text.matchAll(/&#(\d+);/g)) expect(Number(code) >= 0xd800 && Number(code) <= 0xdfff).toBe(false);
    });
  });
});
