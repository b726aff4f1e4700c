import { describe, expect, it } from '@jest/globals';
import type { ActionResult } from '../../../src/apply/result.ts';
import { driftClasses, findingsOf } from '../../../src/drift/drift.ts';
import { problemsBySchema } from '../../../src/io/json-schema.ts';
import type { Action } from '../../../src/plan/plan.ts';
import { applyJson } from '../../../src/reporters/apply-json.ts';
import { applyLines } from '../../../src/reporters/apply-text.ts';
import { driftJson, driftLines, driftSummary } from '../../../src/reporters/drift-text.ts';
import { formatBytes, formatDuration, plural, shortDigest } from '../../../src/reporters/format.ts';
import { createStyle } from '../../../src/reporters/style.ts';
import { facts, nameOf } from '../../support/builders.ts';
import { projectPlan } from '../../support/plans.ts';
import { applyResult } from '../../support/apply-results.ts';

const style = createStyle(false);
const at = { destination: 'default', name: nameOf('a') };
const file = facts('a-1.0.tar.gz', { content: 'x' });
const there = facts('a-1.0.tar.gz', { content: 'y' });
const upload: Action = { ...at, kind: 'upload', reason: 'missing', file };
const evil = '\u001b[2J\r\n\u202e';
const failed = (overrides: Partial<ActionResult> = {}): ActionResult => ({
  action: upload,
  outcome: 'failed',
  message: 'no',
  ...overrides,
});

describe('applyLines', () => {
  it('say in one line that all is well', () => {
    expect(applyLines(applyResult({ done: 41, bytes: 1_500_000 }), style)).toEqual(['Applied: 41 of 41 done, 1.5 MB transferred.']);
    expect(applyLines(applyResult({ done: 1, already: 3 }), style)).toEqual(['Applied: 1 of 4 done, 3 already as wanted.']);
  });

  it('say first where things stand after an interruption', () => {
    const left = Array.from({ length: 9 }, () => failed({ outcome: 'skipped', message: 'interrupted' }));
    expect(applyLines(applyResult({ done: 41, skipped: 9, failures: left, interrupted: true }), style)).toEqual([
      'Index is consistent: 41 of 50 done, 9 not started, nothing half-written. Run the same command again.',
    ]);
  });

  it('say what failed, why, and what to do', () => {
    const failures = [failed({ message: 'down', hint: 'wait', retryable: true }), failed({ action: { ...upload, destination: 'y' } })];
    expect(applyLines(applyResult({ done: 1, failed: 2, failures }), style)).toEqual([
      'Index is consistent: 1 of 3 done, 2 failed, nothing half-written. Run the same command again.',
      '  ! upload a-1.0.tar.gz: down',
      '    wait',
      '  ! upload a-1.0.tar.gz at y: no',
    ]);
  });

  it('do not send anybody on a second run that cannot help', () => {
    expect(applyLines(applyResult({ failed: 1, failures: [failed()] }), style)[0]).toBe(
      'Index is consistent: 0 of 1 done, 1 failed, nothing half-written. Nothing here will change by itself: see below.',
    );
  });

  it('promise nothing where bytes were wrong twice, which may pass or not', () => {
    const wrong = failed({ errorCode: 'INTEGRITY', retryable: true });
    const first = (failures: readonly ActionResult[]): string | undefined =>
      applyLines(applyResult({ failed: failures.length, failures }), style)[0];
    expect(first([wrong])).toContain(' Run the same command again; where the same bytes come again, see below.');
    expect(first([wrong, failed({ errorCode: 'UNREACHABLE', retryable: true })])).toMatch(/ Run the same command again\.$/);
    expect(first([{ ...wrong, retryable: false }])).toContain(' Nothing here will change by itself: see below.');
  });

  it('say why a run was stopped early, and why things were held back, once each', () => {
    const stopped = 'the credentials were not accepted';
    const failures = [
      failed(),
      failed({ outcome: 'skipped', message: stopped }),
      failed({ outcome: 'skipped', message: 'held' }),
      failed({ outcome: 'skipped', message: 'held' }),
    ];
    const lines = applyLines(applyResult({ failed: 1, skipped: 3, stopped, failures }), style);
    expect(lines[0]).toContain(`nothing half-written. Stopped early: ${stopped}. `);
    expect(lines.slice(2)).toEqual(['  ~ not started: held']);
  });

  it('count failures beyond those that are listed', () => {
    expect(applyLines(applyResult({ failed: 3, failures: [failed()] }), style).at(-1)).toBe('  … and 2 more failures');
  });

  it.each([
    ['the list of all projects', 'default', 'list of projects', ''],
    ['the list of all projects of one of several destinations', 'internal', 'list of projects', ' at internal'],
    ['the lock, which is at no destination', '', 'lock', ''],
  ])('name a failure of %s', (_what, destination, detail, at) => {
    const action = { destination, name: '' as never, kind: 'update', reason: 'listing-differs', detail } as const;
    expect(applyLines(applyResult({ failed: 1, failures: [failed({ action })] }), style)[1]).toBe(`  ! update ${detail}${at}: no`);
  });

  it('let no text from outside through as it is', () => {
    const action: Action = { ...upload, destination: evil, file: { ...file, filename: evil } };
    const failures = [failed({ action, message: evil, hint: evil }), failed({ outcome: 'skipped', message: evil })];
    expect(applyLines(applyResult({ failed: 1, skipped: 1, failures }), style).join('')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

describe('applyJson', () => {
  it('is one line that the published schema describes', () => {
    const text = applyJson(
      applyResult({
        done: 1,
        failed: 1,
        skipped: 1,
        bytes: 5,
        stopped: 'x',
        errorCodes: new Set(['UNREACHABLE']),
        failures: [
          failed({ message: `two\nlines ${evil}`, hint: 'h', errorCode: 'UNREACHABLE', retryable: true }),
          failed({ outcome: 'skipped', message: undefined }),
        ],
      }),
    );
    expect(text).not.toContain('\n');
    expect(problemsBySchema('events', JSON.parse(text))).toEqual([]);
    expect(JSON.parse(text)).toMatchObject({
      type: 'result',
      eventsVersion: 1,
      done: 1,
      failures: [{ filename: 'a-1.0.tar.gz', retryable: true }, { retryable: false }],
    });
  });
});

describe('drift, reported', () => {
  const actions: readonly Action[] = [
    { ...at, kind: 'upload', reason: 'missing', file },
    { ...at, kind: 'mismatch', reason: 'digest-differs', file, existing: there },
    { ...at, kind: 'mismatch', reason: 'size-differs', file, existing: { ...there, hashes: {}, size: undefined } },
    { ...at, kind: 'update', reason: 'listing-differs', detail: 'stale' },
    { ...at, kind: 'blocked', reason: 'listing-failed', detail: 'down', errorCode: 'UNREACHABLE', retryable: true, hint: 'look at it' },
    { ...at, kind: 'remove', reason: 'tombstone', existing: there },
  ];
  const findings = findingsOf(projectPlan('a', { actions }));
  const news = [{ class: 'newer-release', message: '1 more file' } as const];

  it('as text says what moved, and how', () => {
    expect(driftLines('a', findings, news, { style }, false)).toEqual([
      'a',
      '  ! missing           a-1.0.tar.gz',
      '  ! digest-mismatch   a-1.0.tar.gz  there sha256:a1fce4363854…, approved sha256:2d711642b726…',
      '  ! size-mismatch     a-1.0.tar.gz  there ? bytes, approved 1',
      '  ! page-stale        project page  stale',
      '  ! unreachable       project  down',
      '  ! tombstone-pending a-1.0.tar.gz',
      '  · note: 1 more file',
    ]);
    const told: string[] = [];
    const hinted = driftLines('a', findings, [], { style, hintOnce: (hint) => (told.push(hint), hint) }, false);
    expect(hinted[hinted.indexOf('  ! unreachable       project  down') + 1]).toBe('    hint: look at it');
    expect(told).toEqual(['look at it']);
    expect(driftLines('a', findings.slice(0, 1), [], { style }, true)[1]).toBe('  ! missing a-1.0.tar.gz @default');
    expect(driftLines('a', [], [], { style }, false)).toEqual([]);
  });

  it('as JSON is what the published schema describes', () => {
    expect(driftJson('a', findings, news).join('\n')).toContain('"hint":"look at it"');
    for (const line of driftJson('a', findings, news)) expect([line, problemsBySchema('events', JSON.parse(line))]).toEqual([line, []]);
    expect(JSON.parse(driftJson('a', findings, [])[1] ?? '')).toMatchObject({
      type: 'drift',
      class: 'digest-mismatch',
      there: there.hashes,
      approved: file.hashes,
    });
    expect(driftJson('a', findings, []).map((line) => (JSON.parse(line) as { retryable?: boolean }).retryable)).toEqual([
      ...Array<undefined>(4),
      true,
      undefined,
    ]);
  });

  it('sums up in the order of the classes', () => {
    const found = new Map([
      ['unverifiable', 2],
      ['missing', 1],
    ] as const);
    expect(driftSummary(found, new Map(), 30, false)).toBe('Drift: 1 missing, 2 unverifiable; 30 as approved.');
    expect(driftSummary(new Map(), new Map(), 1, false)).toBe('No drift: 1 file as approved.');
    const json = driftSummary(found, new Map([['newer-release', 1]] as const), 30, true);
    expect(problemsBySchema('events', JSON.parse(json))).toEqual([]);
    expect(JSON.parse(json)).toMatchObject({ found: { missing: 1, unverifiable: 2 }, news: { 'newer-release': 1 }, approved: 30 });
  });

  it('lets no text from outside through as it is', () => {
    const bad: Action = { ...at, destination: evil, kind: 'blocked', reason: 'policy', detail: evil, file: { ...file, filename: evil } };
    const lines = driftLines(
      'a',
      findingsOf(projectPlan('a', { actions: [bad] })),
      [{ class: 'project-status', message: evil }],
      { style },
      true,
    );
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it('has every class in the published schema', () => {
    for (const name of driftClasses)
      expect(problemsBySchema('events', { type: 'drift', class: name, destination: 'd', name: 'a' })).toEqual([]);
    expect(problemsBySchema('events', { type: 'drift', class: 'other', destination: 'd', name: 'a' })).not.toEqual([]);
  });
});

describe('format', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_940, '99.9 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [1_234_567_890, '1.2 GB'],
    [5e15, '5000 TB'],
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0, '0:00'],
    [-5, '0:00'],
    [59.4, '0:59'],
    [65, '1:05'],
    [7389, '2:03:09'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('counts in words', () => {
    expect([plural(1, 'file'), plural(0, 'file'), plural(2, 'entry', 'entries')]).toEqual(['1 file', '0 files', '2 entries']);
  });

  it('shortens digests', () => {
    expect([shortDigest('sha256:0123456789abcdef'), shortDigest('md5:0123'), shortDigest(undefined)]).toEqual([
      'sha256:0123456789ab…',
      'md5:0123',
      'no digest',
    ]);
  });
});
