import { printable } from '../errors.ts';
import { strongestDigest } from '../packaging/digest.ts';
import { countsText, lockLine, noCounts, planLine } from '../plan/counts.ts';
import { filenameOf } from '../plan/diff.ts';
import type { PlanTrailer } from '../plan/plan-file.ts';
import type { PlannedDestination } from '../plan/plan-id.ts';
import type { Action, ActionKind } from '../plan/plan.ts';
import { formatBytes, plural, shortDigest } from './format.ts';
import type { ReportedProject } from './plan-text.ts';

/**
 * A comment on GitHub or GitLab holds 65,536 characters or more. What may be cut gets a share each, in characters; the rest is for the summary and for
 * what is never cut.
 */
const shares = { trouble: 14_000, lock: 8_000, inherited: 4_000, additions: 22_000 };

/** Shown first and whole, however long the report gets: what is there now would be gone or is not what it should be. */
const neverCut: ReadonlySet<ActionKind> = new Set(['remove', 'replace', 'mismatch']);
const trouble: ReadonlySet<ActionKind> = new Set(['blocked', 'unverifiable']);

/**
 * Collects a plan for a pull request: summary, then everything that deserves a look, then additions folded away; where they would burst a comment,
 * rows are cut with a count, removals never.
 */
export class PlanMarkdown {
  readonly #destinations: readonly PlannedDestination[];
  readonly #important: string[] = [];
  readonly #trouble = new Rows(shares.trouble);
  readonly #lock = new Rows(shares.lock);
  readonly #inherited = new Rows(shares.inherited);
  readonly #additions = new Rows(shares.additions);

  constructor(destinations: readonly PlannedDestination[]) {
    this.#destinations = destinations;
  }

  add(project: ReportedProject): void {
    for (const action of project.actions) {
      if (action.kind === 'keep') continue;
      const row = this.#row(action);
      if (neverCut.has(action.kind)) this.#important.push(row);
      else if (trouble.has(action.kind)) this.#trouble.add(row);
      else this.#additions.add(row);
    }
    for (const { class: kind, message } of project.warnings ?? [])
      if (kind === 'inherited') this.#inherited.add(`- ${code(project.name)}: ${escape(message)}`);
    for (const { kind, entry, detail } of project.lock) {
      if (kind === 'tombstone' || kind === 'revive')
        this.#lock.add(`- ${kind}: ${code(entry.filename)}${detail === undefined ? '' : ` (${escape(detail)})`}`);
    }
  }

  render(trailer: Pick<PlanTrailer, 'planId' | 'counts' | 'lock' | 'records' | 'complete'>): string {
    const total = noCounts();
    for (const counts of Object.values(trailer.counts)) for (const kind of Object.keys(counts) as ActionKind[]) total[kind] += counts[kind];
    const parts = [`### pkgsync plan`, '', `**${planLine(trailer.planId, total)}**`, '', lockLine(trailer.lock, trailer.records), ''];
    for (const { name, address, type } of this.#destinations) {
      const counts = trailer.counts[name];
      parts.push(`- ${code(address)} (${type})${this.#destinations.length > 1 && counts !== undefined ? `: ${countsText(counts)}` : ''}`);
    }
    if (!trailer.complete) parts.push('', '⚠️ **Not complete:** some listings failed; what is absent here may still be needed.');
    if (this.#important.length + this.#trouble.rows.length > 0)
      parts.push('', '#### To look at', '', ...this.#tableHead(), ...this.#important, ...this.#trouble.rows, ...this.#trouble.rest());
    if (this.#lock.rows.length > 0) parts.push('', '#### Leaving or returning', '', ...this.#lock.rows, ...this.#lock.rest());
    if (this.#inherited.rows.length > 0) parts.push('', '#### Not its own', '', ...this.#inherited.rows, ...this.#inherited.rest());
    if (this.#additions.rows.length > 0) {
      parts.push(
        '',
        `<details><summary>${plural(this.#additions.count, 'addition or update', 'additions and updates')}</summary>`,
        '',
        ...this.#tableHead(),
        ...this.#additions.rows,
        ...this.#additions.rest(),
        '',
        '</details>',
      );
    }
    parts.push('', `Run it with ${code(`pkgsync apply --expect ${trailer.planId.slice(0, 12)}`)}.`);
    return `${parts.join('\n')}\n`;
  }

  #tableHead(): readonly string[] {
    return this.#destinations.length > 1
      ? ['| | project | file | destination | |', '|---|---|---|---|---|']
      : ['| | project | file | |', '|---|---|---|---|'];
  }

  #row(action: Action): string {
    const cells = [`**${action.kind}**`, escape(action.name), fileCell(action)];
    if (this.#destinations.length > 1) cells.push(escape(action.destination));
    return `| ${[...cells, factsCell(action)].join(' | ')} |`;
  }
}

function fileCell(action: Action): string {
  if (action.kind === 'register') return 'new project';
  const filename = filenameOf(action);
  return filename === '' ? 'project' : code(filename);
}

function factsCell(action: Action): string {
  const detail = action.detail === undefined ? '' : escape(action.detail);
  switch (action.kind) {
    case 'upload': {
      const size = action.file.size === undefined ? '' : formatBytes(action.file.size);
      return [size, shortDigest(strongestDigest(action.file.hashes)), action.file.yanked === false ? '' : 'yanked']
        .filter((part) => part !== '')
        .join(', ');
    }
    case 'replace':
    case 'mismatch':
      return `there ${shortDigest(strongestDigest(action.existing.hashes))}, approved ${shortDigest(strongestDigest(action.file.hashes))}${detail === '' ? '' : `; ${detail}`}`;
    case 'blocked':
      return `${action.reason}${detail === '' ? '' : `: ${detail}`}`;
    default:
      return detail === '' ? action.reason : detail;
  }
}

/** Rows up to a number of characters; what goes beyond is counted. */
class Rows {
  readonly rows: string[] = [];
  readonly #room: number;
  #length = 0;
  #cut = 0;

  constructor(room: number) {
    this.#room = room;
  }

  get count(): number {
    return this.rows.length + this.#cut;
  }

  add(row: string): void {
    if (this.#cut > 0 || this.#length + row.length > this.#room) {
      this.#cut += 1;
      return;
    }
    this.rows.push(row);
    this.#length += row.length;
  }

  rest(): readonly string[] {
    return this.#cut === 0 ? [] : ['', `… and ${this.#cut} more: see the saved plan.`];
  }
}

/**
 * Text from an index inside a table cell: no markup of its own, no cell or line of its own. A zero-width space keeps `@name` and `#1` from notifying
 * or linking anybody, which escapes alone do not, and web addresses from becoming links.
 */
function escape(text: string): string {
  return wellFormed(text)
    .replace(
      /[\\`*_{}[\]<>()#!|~@&]/g,
      (character) => `&#${character.charCodeAt(0)};${character === '@' || character === '#' ? '&#8203;' : ''}`,
    )
    .replace(/:(?=\/\/)/g, '&#58;&#8203;')
    .replace(/\bwww\./gi, (match) => `${match.slice(0, 3)}&#8203;.`);
}

/** As `escape`, in code style; a filename cannot close it, because what would is escaped. */
function code(text: string): string {
  return `<code>${wellFormed(text).replace(/[^A-Za-z0-9 ._+/:=-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`)}</code>`;
}

/** Printable, and without halves of characters, which no UTF-8 text can hold. */
function wellFormed(text: string): string {
  return printable(text, 300).replace(/\p{Surrogate}/gu, '\ufffd');
}
