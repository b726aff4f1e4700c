/** The table of faults and operations, from what each cell comes to. */

export const markers = { begin: '<!-- faults: begin, written by npm run test:faults -- --write -->', end: '<!-- faults: end -->' } as const;

/** As Markdown: a row for each fault, a column for each operation (pure). */
export function table(found: Readonly<Record<string, string>>): string {
  const operations: string[] = [];
  const rows = new Map<string, Map<string, (readonly [times: string, outcome: string])[]>>();
  for (const [key, outcome] of Object.entries(found)) {
    const [operation = '', fault = '', times = ''] = key.split(' | ');
    if (!operations.includes(operation)) operations.push(operation);
    const row = rows.get(fault) ?? new Map<string, (readonly [times: string, outcome: string])[]>();
    rows.set(fault, row);
    row.set(operation, [...(row.get(operation) ?? []), [times, short(outcome)]]);
  }
  const header = ['fault', ...operations];
  const lines = [
    header,
    header.map(() => '---'),
    ...[...rows].map(([fault, row]) => [fault, ...operations.map((operation) => cell(row.get(operation) ?? []))]),
  ];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** One outcome where it is the same however often the fault strikes; else each with how often. */
function cell(outcomes: readonly (readonly [times: string, outcome: string])[]): string {
  const [first] = outcomes;
  if (first === undefined) return '';
  if (outcomes.every(([, outcome]) => outcome === first[1])) return first[1];
  return outcomes.map(([times, outcome]) => `${times}: ${outcome}`).join('<br>');
}

/** `ok`, `ok after retry`, or exit code, what it is about, and ↻ where a retry can help. */
function short(outcome: string): string {
  const [exit = '', words = '', ...rest] = outcome.split(', ');
  const code = exit.replace('exit ', '');
  if (code === '0') return words === 'done' ? 'ok' : words === 'done after retry' ? 'retried' : `0 ${words}`;
  return `**${code}** ${words
    .replace(/^(?:failed|error|blocked) /, '')
    .toLowerCase()
    .replaceAll('_', ' ')}${rest.includes('retryable') ? ' ↻' : ''}`;
}

/** The text with the table between its markers replaced. */
export function withTable(text: string, found: Readonly<Record<string, string>>): string {
  const begin = text.indexOf(markers.begin);
  const end = text.indexOf(markers.end);
  if (begin < 0 || end < begin) throw new Error(`the markers ${markers.begin} and ${markers.end} are missing`);
  return `${text.slice(0, begin)}${markers.begin}\n\n${table(found)}\n\n${text.slice(end)}`;
}
