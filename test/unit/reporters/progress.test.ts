import { describe, expect, it } from '@jest/globals';
import type { SyncEvent } from '../../../src/events.ts';
import { Progress } from '../../../src/reporters/progress.ts';
import { createStyle } from '../../../src/reporters/style.ts';
import { nameOf } from '../../support/builders.ts';

const clear = '\r\u001b[2K';

/** A progress display whose clock moves a second per event unless told otherwise. */
function display(options: { terminal?: boolean; quiet?: boolean; columns?: number; step?: number } = {}) {
  let text = '';
  let now = 0;
  const progress = new Progress({
    write: (more) => (text += more),
    terminal: options.terminal ?? false,
    columns: () => options.columns ?? 200,
    style: createStyle(false),
    quiet: options.quiet ?? false,
    now: () => now,
  });
  const send = (...events: SyncEvent[]) => {
    for (const event of events) {
      now += options.step ?? 1000;
      progress.onEvent(event);
    }
    return text;
  };
  return { progress, send };
}
const subject = { destination: 'default', name: nameOf('a'), kind: 'upload', filename: 'a-1.0.tar.gz' };
const started: SyncEvent = { type: 'apply-started', actions: 4, files: 2, bytes: 1000 };
const finished = (overrides: object): SyncEvent => ({ type: 'action-finished', ...subject, outcome: 'done', ...overrides });

describe('Progress', () => {
  describe('where there is no terminal', () => {
    it('writes a line per finished action, with a count', () => {
      expect(
        display().send(
          started,
          finished({ kind: 'register', filename: undefined }),
          { type: 'action-sent', ...subject },
          finished({}),
          finished({ kind: 'remove', destination: 'y' }),
          finished({ kind: 'update', outcome: 'already' }),
        ),
      ).toBe('[1/4] registered a\n[2/4] transferred a-1.0.tar.gz\n[3/4] removed a-1.0.tar.gz at y\n[4/4] already there: a-1.0.tar.gz\n');
    });

    it('says nothing of planning, bytes, starts and what was not started', () => {
      const { send } = display();
      expect(
        send(
          { type: 'stage-started', stage: 'plan', projects: 2 },
          { type: 'project-planned', name: nameOf('a'), done: 1, total: 2 },
          started,
          { type: 'action-started', ...subject },
          { type: 'bytes', count: 5 },
          finished({ outcome: 'skipped' }),
        ),
      ).toBe('');
    });
  });

  describe('on a terminal', () => {
    it('draws one line over and over', () => {
      const { send } = display({ terminal: true });
      expect(
        send({ type: 'stage-started', stage: 'plan', projects: 2 }, { type: 'project-planned', name: nameOf('a'), done: 1, total: 2 }),
      ).toBe(`${clear}Comparing: 1 of 2 projects`);
      expect(display({ terminal: true }).send(started, { type: 'action-started', ...subject }, { type: 'bytes', count: 500 })).toMatch(
        /\[#{10}-{10}\] 0\/4 500 B of 1\.0 kB, 250 B\/s, 0:02 left {2}a-1\.0\.tar\.gz$/,
      );
    });

    it('counts actions where nothing has a size', () => {
      expect(display({ terminal: true }).send({ ...started, bytes: 0 }, finished({ kind: 'remove' }))).toMatch(/\[#{5}-{15}\] 1\/4 {2}$/);
    });

    it('never counts beyond the end, also where an action ends twice', () => {
      const { send } = display({ terminal: true });
      const text = send(
        { ...started, actions: 1, bytes: 10 },
        { type: 'bytes', count: 15 },
        finished({}),
        finished({ outcome: 'failed', message: 'no page' }),
      );
      expect(text).toMatch(/\[#{20}\] 1\/1 [^\r]*$/);
    });

    it('draws no more often than eyes can follow, and fits the width', () => {
      const { send } = display({ terminal: true, step: 10, columns: 40 });
      const text = send(started, ...Array.from({ length: 16 }, (): SyncEvent => ({ type: 'bytes', count: 1 })));
      const drawings = text.split(clear).slice(1);
      expect(drawings).toHaveLength(3);
      for (const drawing of drawings) expect(drawing.length).toBeLessThanOrEqual(39);
    });

    it('clears its line before another is written, and afterwards only once', () => {
      const { send, progress } = display({ terminal: true });
      send(started);
      progress.line('hello');
      progress.clear();
      expect(send()).toMatch(new RegExp(`${clear.replace('[', '\\[')}hello\n$`));
    });
  });

  it('always says what failed and what is odd, in quiet runs too', () => {
    for (const terminal of [false, true]) {
      const text = display({ terminal, quiet: true }).send(
        started,
        finished({ outcome: 'failed', message: 'down' }),
        finished({ outcome: 'stale', message: 'moved', destination: 'y' }),
        finished({}),
        { type: 'warning', message: 'odd' },
      );
      expect(text).toBe('failed: upload a-1.0.tar.gz: down\nfailed: upload a-1.0.tar.gz at y: moved\nwarning: odd\n');
    }
  });

  it('lets no text from outside through as it is', () => {
    const evil = '\u001b[2Jx\u202e\n';
    const text = display({ terminal: true }).send(
      started,
      { type: 'action-started', ...subject, filename: evil },
      finished({ filename: evil, outcome: 'failed', message: evil }),
      { type: 'warning', message: evil },
    );
    expect(text.replaceAll(clear, '').replaceAll(/\n(?=failed|warning|\[|$)/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
