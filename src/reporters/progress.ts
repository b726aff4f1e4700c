import { printable } from '../errors.ts';
import type { SyncEvent } from '../events.ts';
import { at } from './apply-text.ts';
import { formatBytes, formatDuration, plural } from './format.ts';
import type { Style } from './style.ts';

export interface ProgressOptions {
  /** Where it goes: stderr. */
  readonly write: (text: string) => void;
  /** A terminal gets one line that is drawn over; everything else gets a line per finished action. */
  readonly terminal: boolean;
  /** Columns of the terminal, asked at every drawing. */
  readonly columns: () => number;
  readonly style: Style;
  readonly quiet: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Redrawing more often than this only costs time. */
const drawEvery = 80;
const barWidth = 20;
const pastTense: Readonly<Record<string, string>> = {
  register: 'registered',
  upload: 'uploaded',
  replace: 'replaced',
  update: 'updated',
  remove: 'removed',
  download: 'downloaded',
};

/** Shows how a run goes: files, bytes, rate, time left. Failures and warnings are always printed as lines of their own. */
export class Progress {
  readonly #options: ProgressOptions;
  #started = 0;
  #lastDraw = 0;
  #drawn = false;
  #planned = { done: 0, total: 0 };
  #apply: { actions: number; finished: number; bytes: number; moved: number } | undefined;
  #current = '';
  /** Sent, not yet confirmed. */
  readonly #sent = new Set<string>();

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#started = options.now();
  }

  readonly onEvent = (event: SyncEvent): void => {
    switch (event.type) {
      case 'stage-started':
        this.#started = this.#options.now();
        this.#planned = { done: 0, total: event.projects ?? 0 };
        return;
      case 'project-planned':
        this.#planned = { done: event.done, total: event.total ?? event.done };
        this.#draw(false);
        return;
      case 'apply-started':
        this.#started = this.#options.now();
        this.#apply = { actions: event.actions, finished: 0, bytes: event.bytes, moved: 0 };
        this.#draw(true);
        return;
      case 'action-started':
        this.#current = event.filename ?? event.name;
        this.#draw(false);
        return;
      case 'bytes':
        if (this.#apply !== undefined) this.#apply.moved += event.count;
        this.#draw(false);
        return;
      case 'action-sent':
        this.#sent.add(keyOf(event));
        if (this.#apply !== undefined) this.#apply.finished += 1;
        this.#done(event, 'transferred');
        this.#draw(false);
        return;
      case 'action-finished':
        // What was sent is counted already; a file that arrived and then got no page ends twice.
        if (this.#apply !== undefined && !this.#sent.has(keyOf(event)))
          this.#apply.finished = Math.min(this.#apply.actions, this.#apply.finished + 1);
        this.#finished(event);
        this.#draw(false);
        return;
      case 'verify-started':
        this.#started = this.#options.now();
        this.#apply = { actions: event.files, finished: 0, bytes: event.bytes, moved: 0 };
        this.#draw(true);
        return;
      case 'file-verified':
        if (this.#apply !== undefined) {
          this.#apply.finished += 1;
          this.#apply.bytes -= event.skipped;
        }
        this.#current = event.filename;
        this.#draw(false);
        return;
      case 'warning':
        this.line(`${this.#options.style.change('warning:')} ${printable(event.message, 1000)}`);
        return;
    }
  };

  /** A line of its own, above the bar. */
  line(text: string): void {
    this.clear();
    this.#options.write(`${text}\n`);
  }

  /** Removes the bar; the next event draws it again. */
  clear(): void {
    if (!this.#drawn) return;
    this.#options.write('\r\u001b[2K');
    this.#drawn = false;
  }

  #finished(event: Extract<SyncEvent, { type: 'action-finished' }>): void {
    const { style } = this.#options;
    const subject = printable(event.filename ?? event.name);
    if (event.outcome === 'failed' || event.outcome === 'stale') {
      this.#sent.delete(keyOf(event));
      this.line(
        `${style.danger('failed:')} ${event.kind} ${subject}${at(event.destination)}: ${printable(event.message ?? event.outcome, 1000)}`,
      );
      return;
    }
    // A confirmation is worth no second line.
    if (event.outcome === 'skipped' || this.#sent.delete(keyOf(event))) return;
    this.#done(event, event.outcome === 'already' ? 'already there:' : (pastTense[event.kind] ?? event.kind));
  }

  /** `[3/17] transferred acme-1.0.tar.gz`, where nothing is drawn. */
  #done(event: Subject, verb: string): void {
    if (this.#options.terminal || this.#options.quiet) return;
    const count = this.#apply === undefined ? '' : `[${this.#apply.finished}/${this.#apply.actions}] `;
    this.line(`${count}${verb} ${printable(event.filename ?? event.name)}${at(event.destination)}`);
  }

  #draw(now: boolean): void {
    const { terminal, quiet, columns, write } = this.#options;
    if (!terminal || quiet) return;
    const time = this.#options.now();
    if (!now && time - this.#lastDraw < drawEvery) return;
    this.#lastDraw = time;
    const text = this.#apply === undefined ? this.#planText() : this.#applyText(this.#apply, time);
    write(`\r\u001b[2K${cut(text, Math.max(20, columns() - 1))}`);
    this.#drawn = true;
  }

  #planText(): string {
    return `Comparing: ${this.#planned.done} of ${plural(this.#planned.total, 'project')}`;
  }

  #applyText(
    { actions, finished, bytes, moved }: { actions: number; finished: number; bytes: number; moved: number },
    time: number,
  ): string {
    const seconds = Math.max(0.001, (time - this.#started) / 1000);
    const share = bytes > 0 ? Math.min(1, moved / bytes) : actions === 0 ? 1 : finished / actions;
    const filled = Math.round(share * barWidth);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`;
    const rate = moved / seconds;
    const left = share > 0 && share < 1 ? `, ${formatDuration((seconds / share) * (1 - share))} left` : '';
    const amount = bytes > 0 ? ` ${formatBytes(moved)} of ${formatBytes(bytes)}, ${formatBytes(rate)}/s${left}` : '';
    return `${bar} ${finished}/${actions}${amount}  ${printable(this.#current)}`;
  }
}

function cut(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
}

/** What an event about an action is about. */
interface Subject {
  readonly destination: string;
  readonly name: string;
  readonly kind: string;
  readonly filename?: string | undefined;
}

function keyOf({ destination, name, kind, filename }: Subject): string {
  return JSON.stringify([destination, name, kind, filename ?? null]);
}
