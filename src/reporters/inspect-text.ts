import { printable } from '../errors.ts';
import { formatBytes } from './format.ts';
import type { Style } from './style.ts';

/** What `inspect` tells of one file; the values of `metadata` are texts, lists of texts or flags. */
export interface InspectedFile {
  readonly filename: string;
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly packageType: string;
  readonly pyversion: string;
  readonly size: number;
  readonly hashes: { readonly sha256: string; readonly md5: string };
  readonly tags?: readonly string[] | undefined;
  readonly build?: string | undefined;
  readonly metadata: object;
}

/** Longest text that is shown whole; of a description the beginning is enough. */
const longestText = 300;
const mostTags = 12;

/** A file for people: digests, tags, every metadata field that says something. */
export function inspectLines(file: InspectedFile, style: Style): readonly string[] {
  const { tags = [] } = file;
  const moreTags = tags.length > mostTags ? [`… and ${tags.length - mostTags} more`] : [];
  const { fromFilename, warnings, ...fields } = file.metadata as Readonly<Record<string, unknown>>;
  return [
    style.strong(printable(file.filename, 300)),
    ...row('kind', `${file.packageType}, ${printable(file.pyversion)}`),
    ...row('size', `${formatBytes(file.size)} (${file.size} bytes)`),
    ...row('sha256', file.hashes.sha256),
    ...row('md5', file.hashes.md5),
    ...row('build', file.build),
    ...row('tags', [...tags.slice(0, mostTags), ...moreTags]),
    ...Object.entries(fields).flatMap(([key, value]) => row(titleOf(key), value)),
    ...(fromFilename === true ? row('note', 'no metadata of its own: name and version are the filename’s') : []),
    ...row('warning', warnings),
  ];
}

/** One line for a text, one for each member of a list, none for what says nothing. */
function row(title: string, value: unknown): readonly string[] {
  const texts = (Array.isArray(value) ? (value as readonly unknown[]) : [value]).filter(
    (text) => typeof text === 'string' && text !== '',
  ) as readonly string[];
  return texts.map((text, index) => `  ${(index === 0 ? title : '').padEnd(26)}${oneLine(text)}`);
}

function oneLine(text: string): string {
  const [first = '', ...rest] = text.trim().split(/\r\n|\r|\n/);
  const shown = printable(first, longestText);
  return rest.length === 0 ? shown : `${shown} … (${rest.length + 1} lines)`;
}

/** `requiresPython` -> `requires-python`. */
function titleOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
