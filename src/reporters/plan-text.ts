import { printable } from '../errors.ts';
import { strongestDigest } from '../packaging/digest.ts';
import { lockLine, planLine } from '../plan/counts.ts';
import { filenameOf, wholeProject } from '../plan/diff.ts';
import type { PlanTrailer } from '../plan/plan-file.ts';
import type { PlannedDestination } from '../plan/plan-id.ts';
import type { Action, ActionKind, LockChange, Problem } from '../plan/plan.ts';
import { noCounts } from '../plan/counts.ts';
import { formatBytes, plural, shortDigest } from './format.ts';
import { hintLines, type HintOptions } from './hint-lines.ts';
import type { Style } from './style.ts';

/** What a report shows of one project; a saved plan has no warnings and no problems beside its actions. */
export interface ReportedProject {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly lock: readonly LockChange[];
  readonly ruleChanged: boolean;
  readonly warnings?: readonly { readonly class: string; readonly message: string }[];
  readonly problems?: readonly Problem[];
}

export interface PlanTextOptions extends HintOptions {
  /** Every line, also where many uploads of one project would be folded. */
  readonly verbose: boolean;
  /** Destinations of the plan; with more than one, every action names its own. */
  readonly destinations: readonly PlannedDestination[];
}

/** Uploads of one project that are shown one by one; the rest is folded into one line. Removals and trouble are never folded. */
const shownUploads = 12;

const symbols: Readonly<Record<ActionKind, string>> = {
  register: '+',
  upload: '+',
  replace: '~',
  update: '~',
  remove: '-',
  mismatch: '!',
  blocked: '!',
  keep: '=',
  unverifiable: '?',
};

/** Lines about one project, none where nothing is to be said. */
export function projectLines(project: ReportedProject, options: PlanTextOptions): readonly string[] {
  const { style } = options;
  const lines = [...actionLines(project, options), ...lockLines(project, options), ...problemLines(project, options)];
  // That an index inherits is told once for all of it: of a project only where something else is.
  const told = (project.warnings ?? []).filter(({ class: kind }) => kind !== 'inherited' || options.verbose || lines.length > 0);
  for (const warning of told) lines.push(`  ${style.quiet('·')} ${style.quiet(`note: ${printable(warning.message, 400)}`)}`);
  return lines.length === 0 ? [] : [style.strong(project.name), ...lines];
}

function actionLines(project: ReportedProject, options: PlanTextOptions): string[] {
  const shown = project.actions.filter(({ kind }) => kind !== 'keep');
  const lines: string[] = [];
  let uploads = 0;
  let folded = 0;
  let foldedBytes = 0;
  for (const action of shown) {
    if (action.kind === 'upload' && !options.verbose) {
      uploads += 1;
      if (uploads > shownUploads) {
        folded += 1;
        foldedBytes += action.file.size ?? 0;
        continue;
      }
    }
    lines.push(actionLine(action, options));
    if (action.kind === 'blocked') lines.push(...hintLines(action.hint, options));
  }
  if (folded > 0) {
    const size = foldedBytes === 0 ? '' : `, ${formatBytes(foldedBytes)}`;
    lines.push(
      `  ${options.style.good('+')} upload      … and ${plural(folded, 'more file')}${size} ${options.style.quiet('(--verbose lists them)')}`,
    );
  }
  for (const [destination, count] of wholeProjects(project.actions)) {
    const where = options.destinations.length > 1 ? ` @${printable(destination)}` : '';
    lines.push(`  ${options.style.quiet('·')} note: the whole project leaves${where}, ${plural(count, 'file')}`);
  }
  return lines;
}

/** Files per destination at which nothing of the project remains. */
function wholeProjects(actions: readonly Action[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, detail, destination } of actions)
    if (kind === 'remove' && detail === wholeProject) counts.set(destination, (counts.get(destination) ?? 0) + 1);
  return counts;
}

/** `  + upload      celery-5.3.0-py3-none-any.whl  410 kB  sha256:1a2b3c4d5e6f…` */
function actionLine(action: Action, { style, destinations }: PlanTextOptions): string {
  const paint = colourOf(action.kind, style);
  const subject = subjectOf(action);
  const where = destinations.length > 1 ? style.quiet(` @${printable(action.destination)}`) : '';
  const facts = factsOf(action);
  return `  ${paint(symbols[action.kind])} ${paint(action.kind.padEnd(11))} ${subject}${where}${facts === '' ? '' : `  ${facts}`}`;
}

function subjectOf(action: Action): string {
  if (action.kind === 'register') return 'new project';
  const filename = filenameOf(action);
  if (filename !== '') return printable(filename);
  return action.kind === 'update' ? 'project page' : 'project';
}

function factsOf(action: Action): string {
  const detail = action.detail === undefined ? '' : printable(action.detail, 400);
  switch (action.kind) {
    case 'register':
    case 'keep':
      return '';
    case 'upload':
      return [
        action.file.size === undefined ? '' : formatBytes(action.file.size),
        shortDigest(strongestDigest(action.file.hashes)),
        yankedText(action.file.yanked),
      ]
        .filter((part) => part !== '')
        .join('  ');
    case 'replace':
    case 'mismatch':
      if (action.reason === 'size-differs')
        return `there ${action.existing.size ?? '?'} bytes, approved ${action.file.size ?? '?'}${suffix(detail)}`;
      return `there ${shortDigest(strongestDigest(action.existing.hashes))}, approved ${shortDigest(strongestDigest(action.file.hashes))}${suffix(detail)}`;
    case 'unverifiable':
      return action.reason === 'no-digest' ? 'the destination offers no digest' : 'no digest in common with the lock';
    case 'remove':
      return action.reason === 'tombstone' ? 'no longer approved' : 'not selected';
    case 'update':
      return detail;
    case 'blocked':
      return `${action.reason}${detail === '' ? '' : `: ${detail}`}`;
  }
}

const suffix = (detail: string): string => (detail === '' ? '' : ` (${detail})`);

function yankedText(yanked: false | { readonly reason: string }): string {
  if (yanked === false) return '';
  return yanked.reason === '' ? 'yanked' : `yanked: ${printable(yanked.reason, 120)}`;
}

function colourOf(kind: ActionKind, style: Style): (text: string) => string {
  switch (kind) {
    case 'register':
    case 'upload':
      return style.good;
    case 'replace':
    case 'update':
    case 'unverifiable':
      return style.change;
    case 'remove':
    case 'mismatch':
    case 'blocked':
      return style.danger;
    case 'keep':
      return style.quiet;
  }
}

/** Lock changes; additions are shown only where there is no destination (the `lock` command), since an upload says the same. */
function lockLines(project: ReportedProject, { style, destinations, verbose }: PlanTextOptions): string[] {
  const lines: string[] = [];
  const additions = project.lock.filter(({ kind }) => kind === 'add');
  const others = project.lock.filter(({ kind, detail }) => kind !== 'add' && (kind !== 'enrich' || detail !== undefined));
  if (destinations.length === 0) {
    const listed = verbose ? additions : additions.slice(0, shownUploads);
    for (const { entry, detail } of listed) {
      const facts = [
        entry.size === undefined ? '' : formatBytes(entry.size),
        shortDigest(strongestDigest(entry.hashes)),
        printable(detail ?? '', 400),
      ].filter((part) => part !== '');
      lines.push(`  ${style.good('+')} lock        ${printable(entry.filename)}  ${facts.join('  ')}`);
    }
    if (additions.length > listed.length)
      lines.push(
        `  ${style.good('+')} lock        … and ${plural(additions.length - listed.length, 'more file')} ${style.quiet('(--verbose lists them)')}`,
      );
  }
  for (const { kind, entry, detail } of others) {
    const paint = kind === 'tombstone' || kind === 'drop' ? style.change : style.good;
    lines.push(
      `  ${paint(kind === 'tombstone' || kind === 'drop' ? '~' : '+')} ${paint(`lock`.padEnd(11))} ${printable(entry.filename)}  ${kind === 'enrich' ? '' : kind}${kind === 'enrich' || detail === undefined ? '' : ': '}${printable(detail ?? '', 400)}`,
    );
  }
  if (project.ruleChanged && lines.length === 0 && project.lock.length === 0)
    lines.push(`  ${style.change('~')} lock        its rule is recorded anew`);
  return lines;
}

function problemLines(project: ReportedProject, options: PlanTextOptions): string[] {
  const { style, destinations } = options;
  if (destinations.length > 0) return [];
  return (project.problems ?? []).flatMap(({ reason, detail, filename, hint }) => [
    `  ${style.danger('!')} ${style.danger('blocked'.padEnd(11))} ${printable(filename ?? 'project')}  ${reason}: ${printable(detail, 400)}`,
    ...hintLines(hint, options),
  ]);
}

/** The summary: one line for the lock where it changes, one per destination where there are several, and the stable last line. */
export function summaryLines(
  trailer: Pick<PlanTrailer, 'planId' | 'counts' | 'lock' | 'records' | 'complete'>,
  options: PlanTextOptions,
): readonly string[] {
  const total = noCounts();
  const lines: string[] = [];
  for (const [destination, counts] of Object.entries(trailer.counts)) {
    for (const kind of Object.keys(counts) as ActionKind[]) total[kind] += counts[kind];
    if (options.destinations.length > 1) lines.push(`${printable(destination)}: ${countsOnly(planLine('', counts))}`);
  }
  const { add, tombstone, revive, drop } = trailer.lock;
  if (add + tombstone + revive + drop + trailer.records > 0) lines.push(lockLine(trailer.lock, trailer.records));
  if (options.destinations.length > 0) lines.push(planLine(trailer.planId, total));
  return lines;
}

const countsOnly = (line: string): string => line.slice(line.indexOf(':') + 2);
