import { describe, expect, it } from '@jest/globals';
import { isPkgsyncError } from '../../../src/errors.ts';
import type { PkgsyncError } from '../../../src/errors.ts';
import { createHasher } from '../../../src/io/hasher.ts';
import type { Action, ProjectPlan } from '../../../src/plan/plan.ts';
import { asOf, entry, existing, facts, locked, nameOf } from '../../support/builders.ts';
import { decoded, header, planLines, projectPlan } from '../../support/plans.ts';

const at = { destination: 'default', name: nameOf('a') };
const one = 'a-1.0.tar.gz';
const wheel = 'a-2.0-py3-none-any.whl';

/** One action of every kind that a plan has lines for. */
const actions: readonly Action[] = [
  { ...at, kind: 'register', reason: 'project-missing', file: facts(wheel) },
  {
    ...at,
    kind: 'upload',
    reason: 'missing',
    file: facts(wheel, {
      requiresPython: '>=3.8',
      uploadTime: '2025-01-01T00:00:00Z',
      yanked: { reason: 'a "quoted"\nreason' },
      coreMetadata: { sha256: 'c'.repeat(64) },
    }),
  },
  { ...at, kind: 'replace', reason: 'digest-differs', file: facts('a-3.0.tar.gz'), existing: facts('a-3.0.tar.gz', { content: 'other' }) },
  { ...at, kind: 'update', reason: 'yanked-differs', detail: 'yanked', file: facts('a-4.0.tar.gz'), existing: facts('a-4.0.tar.gz') },
  { ...at, kind: 'update', reason: 'listing-differs', detail: 'stale' },
  { ...at, kind: 'remove', reason: 'tombstone', existing: facts('a-5.0.tar.gz') },
  {
    ...at,
    kind: 'mismatch',
    reason: 'size-differs',
    file: facts('a-6.0.tar.gz'),
    existing: facts('a-6.0.tar.gz', { hashes: {}, size: 1 }),
  },
  { ...at, kind: 'blocked', reason: 'listing-failed', detail: 'down', errorCode: 'UNREACHABLE', retryable: true },
  { ...at, kind: 'blocked', reason: 'source-digest-changed', file: facts('a-7.0.tar.gz'), existing: facts('a-7.0.tar.gz') },
  { ...at, kind: 'unverifiable', reason: 'no-digest', file: facts('a-8.0.tar.gz'), existing: facts('a-8.0.tar.gz', { hashes: {} }) },
];
const rule = { version: '>=1' };
const whole: readonly ProjectPlan[] = [
  projectPlan('a', {
    actions: [...actions, { ...at, kind: 'keep', reason: 'same-digest', existing: facts(one) }],
    lock: [
      { kind: 'add', name: nameOf('a'), entry: entry(wheel, { yanked: true, metadata: 'c'.repeat(64) }) },
      { kind: 'tombstone', name: nameOf('a'), entry: entry(one, { removed: 'rule-changed' }), detail: 'rule-changed' },
      { kind: 'enrich', name: nameOf('a'), entry: entry('a-3.0.tar.gz') },
    ],
    before: locked('a', [one]),
    locked: locked('a', [entry(one, { removed: 'rule-changed' }), wheel], { rule, via: [nameOf('b')], source: 'pypi' }),
    ruleChanged: true,
  }),
  projectPlan('b', { actions: [{ ...at, name: nameOf('b'), kind: 'keep', reason: 'same-digest', existing: facts('b-1.0.tar.gz') }] }),
  projectPlan('c', {
    lock: [{ kind: 'drop', name: nameOf('c'), entry: entry('c-1.0.tar.gz', { removed: 'package-removed' }), detail: 'absent everywhere' }],
    before: locked('c', [entry('c-1.0.tar.gz', { removed: 'package-removed' })]),
    ruleChanged: true,
  }),
];

async function failure(lines: readonly string[], now = asOf): Promise<PkgsyncError> {
  const error: unknown = await decoded(lines, now).then(
    () => new Error('the plan was taken'),
    (reason: unknown) => reason,
  );
  if (isPkgsyncError(error)) return error;
  throw error;
}

/** The plan with one line changed and everything that depends on bytes put right, as a clever editor would. */
async function edited(index: number, change: (line: Record<string, unknown>) => unknown): Promise<readonly string[]> {
  const lines = [...(await planLines(whole))];
  const value = JSON.parse(lines.at(index) ?? '') as Record<string, unknown>;
  change(value);
  lines.splice(index, 1, JSON.stringify(value));
  return sealed(lines);
}

/** With the digest that fits the lines. */
function sealed(lines: readonly string[]): readonly string[] {
  const trailer = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  const body = lines.slice(0, -1);
  const hasher = createHasher();
  for (const line of body) hasher.update(`${line}\n`);
  return [...body, JSON.stringify({ ...trailer, digest: hasher.hex() })];
}

describe('a saved plan', () => {
  it('comes back as it was, without what is unchanged', async () => {
    const { projects, trailer, header: head } = await decoded(await planLines(whole));
    expect(head).toEqual(header());
    expect(projects.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(projects[0]?.actions).toEqual(actions);
    expect(projects[0]?.lock).toEqual(whole[0]?.lock);
    expect(projects[0]).toMatchObject({ ruleChanged: true, locked: { name: 'a', rule, via: ['b'], source: 'pypi', files: [] } });
    expect(projects[1]).toEqual({ name: 'c', actions: [], lock: whole[2]?.lock, ruleChanged: true, locked: undefined });
    expect(trailer.counts['default']).toMatchObject({ upload: 1, update: 2, keep: 2 });
  });

  it('comes back empty where nothing is to be done', async () => {
    expect(await decoded(await planLines([]))).toMatchObject({ projects: [], trailer: { complete: true } });
  });

  it('holds no URLs, not even those of the files', async () => {
    const upload: Action = { ...at, kind: 'upload', reason: 'missing', file: existing(one) };
    expect((await planLines([projectPlan('a', { actions: [upload] })])).join('\n')).not.toContain('https:');
  });

  it('is refused where a line is missing at the end, or in the middle', async () => {
    const lines = await planLines(whole);
    for (let length = 1; length < lines.length; length += 1)
      expect(await failure(lines.slice(0, length))).toMatchObject({
        code: 'PLAN_INVALID',
        message: 'plan.jsonl is truncated: its last line is missing',
      });
    for (let gap = 1; gap < lines.length - 1; gap += 1)
      expect((await failure(lines.filter((_, index) => index !== gap))).message).toMatch(
        /^plan\.jsonl was changed after it was written: its digest/,
      );
  });

  it('is refused where it is cut inside a line', async () => {
    const lines = await planLines(whole);
    expect((await failure([...lines.slice(0, -1), lines.at(-1)?.slice(0, 40) ?? ''])).message).toMatch(
      /^plan\.jsonl:\d+: not a line of a plan/,
    );
  });

  it('is refused where anything follows its end', async () => {
    const lines = await planLines(whole);
    expect((await failure([...lines, lines[1] ?? ''])).message).toMatch(/: the plan has ended before$/);
    expect((await failure([...lines, lines.at(-1) ?? ''])).message).toMatch(/: the plan has ended before$/);
    expect((await failure([...lines, ''])).message).toMatch(/the plan has ended before$/);
  });

  it('may be followed by the notes that plan --json prints, and by nothing else then', async () => {
    const lines = await planLines(whole);
    const note = JSON.stringify({ type: 'note', eventsVersion: 1, class: 'incomplete', message: 'x' });
    const decoded = async (all: readonly string[]) => await failure(all).then(String, () => 'accepted');
    expect(await decoded([...lines, note, note])).toBe('accepted');
    expect((await failure([...lines, note, lines[1] ?? ''])).message).toMatch(/: the plan has ended before$/);
    expect(await decoded([...lines.slice(0, -1), note, lines.at(-1) ?? ''])).not.toBe('accepted');
  });

  it('is refused where a byte was changed', async () => {
    const lines = await planLines(whole);
    for (const index of [1, 2, lines.length - 2]) {
      const other = lines.map((line, place) => (place === index ? `${line} ` : line));
      expect((await failure(other)).message).toBe('plan.jsonl was changed after it was written: its digest does not match');
    }
    expect((await failure(lines.map((line, place) => (place === 0 ? `${line} ` : line)))).message).toMatch(/digest does not match$/);
  });

  describe('edited by somebody who made the digest fit', () => {
    it('is refused where the counts no longer fit', async () => {
      const lines = await edited(-1, (trailer) => {
        const counts = trailer['counts'] as Record<string, Record<string, number>>;
        if (counts['default'] !== undefined) counts['default']['remove'] = 0;
      });
      expect((await failure(lines)).message).toMatch(/its counts do not fit its lines$/);
      const more = await edited(-1, (trailer) => {
        (trailer['lock'] as Record<string, number>)['add'] = 7;
      });
      expect((await failure(more)).message).toMatch(/its counts do not fit its lines$/);
    });

    it('is refused where the id no longer fits', async () => {
      const digest = { sha256: 'e'.repeat(64) };
      const lines = await edited(2, (line) => Object.assign(line['to'] as object, { hashes: digest }));
      expect((await failure(lines)).message).toMatch(/its id does not fit its lines$/);
    });

    it('may have unchanged files counted otherwise: they have no lines', async () => {
      const lines = await edited(-1, (trailer) => {
        const counts = trailer['counts'] as Record<string, Record<string, number>>;
        if (counts['default'] !== undefined) counts['default']['keep'] = 30;
      });
      expect((await decoded(lines)).trailer.counts['default']?.keep).toBe(30);
    });
  });

  it('is refused where its projects are out of order, or come twice', async () => {
    const lines = await planLines(whole);
    const [first = '', ...rest] = lines;
    const ofC = rest.filter((line) => line.includes('"name":"c"'));
    const others = rest.filter((line) => !line.includes('"name":"c"'));
    expect((await failure(sealed([first, ...ofC, ...others]))).message).toMatch(/^plan\.jsonl:4: .*projects are out of order$/);
    expect((await failure(sealed([first, ...others.slice(0, -1), ...ofC, others[0] ?? '', others.at(-1) ?? '']))).message).toMatch(
      /out of order$/,
    );
  });

  describe('with a header that', () => {
    it('is of a newer version is refused, saying so', async () => {
      const lines = await planLines([], header({ planVersion: 2 }));
      const error = await failure(lines);
      expect(error).toMatchObject({ code: 'PLAN_INVALID', message: 'plan.jsonl was written by a newer pkgsync (planVersion 2)' });
    });

    it('has expired is stale', async () => {
      const lines = await planLines(whole);
      const expires = Date.parse(header().expires);
      await expect(decoded(lines, expires)).resolves.toBeDefined();
      expect(await failure(lines, expires + 1)).toMatchObject({ code: 'PLAN_STALE' });
    });

    it.each(['never', '', '2026-13-45T99:99:99Z', '2026-01-01'])('says that it expires %j is refused', async (expires) => {
      expect((await failure(await planLines([], header({ expires })))).code).toBe('PLAN_INVALID');
    });

    it('is none is refused', async () => {
      const lines = await planLines(whole);
      expect((await failure(lines.slice(1))).code).toBe('PLAN_INVALID');
      expect((await failure(['hello'])).message).toBe('plan.jsonl:1: not a line of a plan: no JSON');
      expect((await failure(['[]'])).code).toBe('PLAN_INVALID');
    });
  });

  describe('with a line that', () => {
    const lineOf = (kind: string) => actions.findIndex((action) => action.kind === kind) + 1;

    it.each<[string, string, (line: Record<string, unknown>) => unknown]>([
      ['names a file outside its project', 'upload', (line) => Object.assign(line['to'] as object, { filename: 'b-1.0.tar.gz' })],
      ['names a path', 'upload', (line) => Object.assign(line['to'] as object, { filename: '../a-1.0.tar.gz' })],
      ['names a path to remove', 'remove', (line) => Object.assign(line['from'] as object, { filename: '/etc/a-1.0.tar.gz' })],
      ['names no project', 'upload', (line) => Object.assign(line, { name: 'A' })],
      ['names a project that climbs', 'upload', (line) => Object.assign(line, { name: '..' })],
      ['names a destination that the header lacks', 'upload', (line) => Object.assign(line, { destination: 'other' })],
      ['is of an unknown type', 'upload', (line) => Object.assign(line, { type: 'run' })],
      ['is of an unknown kind', 'upload', (line) => Object.assign(line, { kind: 'wipe' })],
      ['is of a kind without lines', 'remove', (line) => Object.assign(line, { kind: 'keep' })],
      ['has an unknown reason', 'upload', (line) => Object.assign(line, { reason: 'because' })],
      ['has an unknown key', 'upload', (line) => Object.assign(line, { url: 'https://evil.example/' })],
      ['uploads nothing', 'upload', (line) => delete line['to']],
      ['uploads bytes that nobody approved', 'upload', (line) => Object.assign(line['to'] as object, { hashes: {} })],
      ['uploads bytes with a digest that is none', 'upload', (line) => Object.assign(line['to'] as object, { hashes: { sha256: 'x' } })],
      ['replaces nothing', 'replace', (line) => delete line['from']],
      ['removes nothing', 'remove', (line) => delete line['from']],
    ])('%s is refused', async (_, kind, change) => {
      expect(await failure(await edited(lineOf(kind), change))).toMatchObject({ code: 'PLAN_INVALID' });
    });

    it('locks a name of another project is refused', async () => {
      const lines = await planLines(whole);
      const index = lines.findIndex((line) => line.includes('"type":"lock"'));
      const change = (line: Record<string, unknown>) => Object.assign(line['entry'] as object, { filename: 'b-1.0.tar.gz' });
      expect((await failure(await edited(index, change))).message).toMatch(/'b-1\.0\.tar\.gz' is no distribution of a$/);
    });

    it('contains control characters shows them escaped', async () => {
      const lines = await edited(lineOf('upload'), (line) => Object.assign(line['to'] as object, { filename: 'a-\u001b[2J.tar.gz' }));
      expect((await failure(lines)).message).toContain('\\u001b[2J');
    });
  });
});
