import type { DriftClass, DriftFinding, NewsClass, UnlistedFile } from '../drift/drift.ts';
import { driftClasses } from '../drift/drift.ts';
import { printable } from '../errors.ts';
import { strongestDigest } from '../packaging/digest.ts';
import { plural, shortDigest } from './format.ts';
import { hintLines, type HintOptions } from './hint-lines.ts';

export interface News {
  readonly class: NewsClass;
  readonly message: string;
}

/**
 * Lines about one project, none where nothing moved.
 * @param unlisted files to name although they are no drift
 */
export function driftLines(
  name: string,
  findings: readonly DriftFinding[],
  news: readonly News[],
  options: HintOptions,
  several: boolean,
  unlisted: readonly UnlistedFile[] = [],
): readonly string[] {
  const { style } = options;
  const width = findings.reduce((widest, finding) => Math.max(widest, finding.class.length), 0);
  const lines = findings.flatMap((finding) => {
    const paint =
      finding.class === 'unverifiable' || finding.class === 'page-stale' || finding.class === 'yank-skew' ? style.change : style.danger;
    const where = several ? style.quiet(` @${printable(finding.destination)}`) : '';
    const facts = factsOf(finding);
    const line = `  ${paint('!')} ${paint(finding.class.padEnd(width))} ${printable(finding.filename ?? (finding.class === 'page-stale' ? 'project page' : 'project'))}${where}${facts === '' ? '' : `  ${facts}`}`;
    return [line, ...(finding.action.kind === 'blocked' ? hintLines(finding.action.hint, options) : [])];
  });
  for (const { message } of news) lines.push(`  ${style.quiet('·')} ${style.quiet(`note: ${printable(message, 400)}`)}`);
  for (const { filename, destination } of unlisted)
    lines.push(`  ${style.quiet('·')} ${style.quiet(`unlisted ${printable(filename)}${several ? ` @${printable(destination)}` : ''}`)}`);
  return lines.length === 0 ? [] : [style.strong(name), ...lines];
}

function factsOf({ class: found, action, detail }: DriftFinding): string {
  if (found === 'digest-mismatch' && (action.kind === 'mismatch' || action.kind === 'replace')) {
    return `there ${shortDigest(strongestDigest(action.existing.hashes))}, approved ${shortDigest(strongestDigest(action.file.hashes))}`;
  }
  if (found === 'size-mismatch' && (action.kind === 'mismatch' || action.kind === 'replace')) {
    return `there ${action.existing.size ?? '?'} bytes, approved ${action.file.size ?? '?'}`;
  }
  return detail === undefined ? '' : printable(detail, 400);
}

/** Findings, news and unlisted files of one project as lines of JSON (`schema/events.schema.json`). */
export function driftJson(
  name: string,
  findings: readonly DriftFinding[],
  news: readonly News[],
  unlisted: readonly UnlistedFile[] = [],
): readonly string[] {
  return [
    ...findings.map(({ class: found, destination, filename, detail, action }) =>
      JSON.stringify({
        type: 'drift',
        class: found,
        destination,
        name,
        filename,
        detail,
        hint: action.kind === 'blocked' ? action.hint : undefined,
        there: 'existing' in action ? action.existing.hashes : undefined,
        approved: 'file' in action ? action.file.hashes : undefined,
        retryable: action.kind === 'blocked' ? action.retryable : undefined,
      }),
    ),
    ...news.map(({ class: heard, message }) => JSON.stringify({ type: 'news', class: heard, name, message })),
    ...unlisted.map(({ destination, filename }) => {
      const message = `${printable(filename)}: nobody approved it, and prune leaves it there`;
      return JSON.stringify({ type: 'note', eventsVersion: 1, class: 'unlisted', destination, name, filename, message });
    }),
  ];
}

/** The last line: `Drift: 1 missing, 1 digest-mismatch; 30 as approved.` */
export function driftSummary(
  found: ReadonlyMap<DriftClass, number>,
  news: ReadonlyMap<NewsClass, number>,
  approved: number,
  json: boolean,
  unlisted = 0,
): string {
  if (json) {
    return JSON.stringify({
      type: 'drift-summary',
      eventsVersion: 1,
      found: Object.fromEntries(found),
      news: Object.fromEntries(news),
      approved,
      unlisted,
    });
  }
  const parts = driftClasses.flatMap((name) => (found.has(name) ? [`${found.get(name) ?? 0} ${name}`] : []));
  if (parts.length === 0) return `No drift: ${plural(approved, 'file')} as approved.`;
  return `Drift: ${parts.join(', ')}; ${approved} as approved.`;
}
