import { printable } from '../errors.ts';
import { formatBytes } from './format.ts';
import type { Style } from './style.ts';

/** What a listing says of one file. */
export interface ListedFile {
  readonly version: string;
  readonly filename: string;
  readonly size?: number | undefined;
  readonly uploadTime?: string | undefined;
  readonly requiresPython?: string | undefined;
  readonly hashes: Readonly<Partial<Record<string, string>>>;
  readonly yanked: false | { readonly reason: string };
}

interface Column {
  readonly title: string;
  readonly right?: boolean;
  readonly cell: (file: ListedFile) => string;
}

const filename: Column = { title: 'FILE', cell: (file) => printable(file.filename, 300) };
const version: Column = { title: 'VERSION', cell: (file) => printable(file.version, 20) };
const size: Column = { title: 'SIZE', right: true, cell: (file) => (file.size === undefined ? '' : formatBytes(file.size)) };
const uploaded: Column = { title: 'UPLOADED', cell: (file) => file.uploadTime?.slice(0, 10) ?? '' };
const python: Column = { title: 'PYTHON', cell: (file) => printable(file.requiresPython ?? '', 24) };
const note: Column = { title: '', cell: (file) => (file.yanked === false ? '' : 'yanked') };

/** Narrower than this, only what a filename does not tell is shown beside it. */
const narrow = 90;

/** A table for people that fits into `columns`: long filenames lose their middle, columns without a value are left out. */
export function fileTable(files: readonly ListedFile[], columns: number, style: Style): readonly string[] {
  const wanted = columns < narrow ? [version, filename, size, note] : [version, filename, size, uploaded, python, note];
  const cells = wanted.map((column) => files.map((file) => column.cell(file)));
  const shown = wanted.flatMap((column, index) => {
    const values = cells[index] ?? [];
    return values.every((value) => value === '') ? [] : [{ column, values, width: longest([column.title, ...values]) }];
  });
  const gaps = 2 * (shown.length - 1);
  const others = shown.reduce((sum, { column, width }) => sum + (column === filename ? 0 : width), 0);
  const room = Math.max(16, columns - 1 - others - gaps);
  const line = (cell: (one: (typeof shown)[number]) => string): string =>
    shown
      .map((one) => {
        const width = one.column === filename ? Math.min(one.width, room) : one.width;
        const text = cut(cell(one), width);
        return one.column.right === true ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const head = style.quiet(line(({ column }) => column.title));
  const rows = files.map((file, index) => {
    // A version stands once, at the first of its files.
    const repeats = files[index - 1]?.version === file.version;
    const row = line(({ column, values }) => (column === version && repeats ? '' : (values[index] ?? '')));
    return file.yanked === false ? row : style.quiet(row);
  });
  return [head, ...rows];
}

/** One line for programs that read columns: filename, version, size, upload time, digest, Requires-Python, `yanked`; tabs between, nothing cut. */
export function fileLine(file: ListedFile): string {
  const digest = Object.entries(file.hashes).map(([algorithm, hex]) => `${algorithm}:${hex ?? ''}`)[0];
  const fields = [
    file.filename,
    file.version,
    file.size,
    file.uploadTime,
    digest,
    file.requiresPython,
    file.yanked === false ? '' : 'yanked',
  ];
  return fields.map((field) => printable(String(field ?? ''), 1000)).join('\t');
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}

/** The ends of a filename say most: name and version, platform and kind. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}
