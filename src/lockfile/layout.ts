import { canonicalRule } from '../manifest/rule.ts';
import { PkgsyncError, visibleJson } from '../errors.ts';
import { type DigestSet, hashAlgorithms, hasDigest } from '../packaging/digest.ts';
import { compareText } from '../packaging/name.ts';
import type { LockEntry, LockPackage } from './lock.ts';

/*
 * The canonical layout:
 *
 *   {
 *     "lockVersion": 1,
 *     "packages": [
 *       {"name":"celery","rule":{"version":">=5.3"},"files":[
 *         {"filename":"celery-5.3.0.tar.gz","version":"5.3.0","hashes":{"sha256":"…"}}
 *       ]},
 *       {"name":"kombu","rule":null,"via":["celery"],"files":[]}
 *     ]
 *   }
 *
 * One line a package and one a file, so that branches which touch different packages merge, and a reader never holds more than one package.
 */
export const lockVersion = 1;
export const frame = {
  open: '{',
  version: `  "lockVersion": ${lockVersion},`,
  packages: '  "packages": [',
  noPackages: '  "packages": []',
  endOfPackages: '  ]',
  close: '}',
} as const;
const packageIndent = '    ';
const fileIndent = '      ';
const filesOpen = '"files":[';
const endOfFiles = `${packageIndent}]}`;

/**
 * One package's lines, without the comma that separates it from the next and without a line break at its end.
 * @throws PkgsyncError INTERNAL where the files are not sorted, repeat a name or lack a digest
 */
export function encodePackage({ name, rule, via, source, files }: LockPackage): string {
  files.forEach((entry, index) => {
    const before = files[index - 1];
    if (before !== undefined && compareText(before.filename, entry.filename) >= 0)
      throw new PkgsyncError('INTERNAL', `the files of ${name} are not sorted: ${before.filename} stands before ${entry.filename}`);
    if (!hasDigest(entry.hashes)) throw new PkgsyncError('INTERNAL', `${entry.filename} was to be locked without a digest`);
  });
  const members = [
    `"name":${JSON.stringify(name)}`,
    `"rule":${rule === null ? 'null' : canonicalRule(rule)}`,
    ...(via === undefined ? [] : [`"via":${JSON.stringify([...new Set(via)].sort(compareText))}`]),
    ...(source === undefined ? [] : [`"source":${JSON.stringify(source)}`]),
  ];
  const header = `${packageIndent}{${members.join(',')},${filesOpen}`;
  if (files.length === 0) return visibleJson(`${header}]}`);
  const lines = files.map((entry) => `${fileIndent}${encodeEntry(entry)}`);
  return visibleJson(`${header}\n${lines.join(',\n')}\n${endOfFiles}`);
}

/** The one place that fixes the order of an entry's keys; JSON.stringify leaves absent ones out. */
function encodeEntry({ filename, version, size, hashes, requiresPython, uploadTime, yanked, metadata, removed }: LockEntry): string {
  const entry: { readonly [K in keyof Required<LockEntry>]: LockEntry[K] | undefined } = {
    filename,
    version,
    size,
    hashes: orderedDigests(hashes),
    requiresPython,
    uploadTime,
    yanked,
    metadata,
    removed,
  };
  return JSON.stringify(entry);
}

function orderedDigests(hashes: DigestSet): DigestSet {
  return Object.fromEntries(hashAlgorithms.map((algorithm) => [algorithm, hashes[algorithm]]));
}

/** What one line of the canonical layout is. */
export type LockLine =
  | { readonly kind: 'frame' }
  /** `json` is the package without its files; `last` where no file lines follow. */
  | { readonly kind: 'package'; readonly json: string; readonly last: boolean }
  | { readonly kind: 'file'; readonly json: string }
  | { readonly kind: 'end-of-files' };

type Expectation = 'open' | 'version' | 'packages' | 'package' | 'file' | 'end-of-files' | 'end-of-packages' | 'close' | 'nothing';

const onFrameLine: ReadonlyMap<Expectation, ReadonlyMap<string, Expectation>> = new Map([
  ['open', new Map<string, Expectation>([[frame.open, 'version']])],
  ['version', new Map<string, Expectation>([[frame.version, 'packages']])],
  [
    'packages',
    new Map<string, Expectation>([
      [frame.packages, 'package'],
      [frame.noPackages, 'close'],
    ]),
  ],
  ['end-of-packages', new Map<string, Expectation>([[frame.endOfPackages, 'close']])],
  ['close', new Map<string, Expectation>([[frame.close, 'nothing']])],
]);

/** Follows the canonical layout line by line. It looks at the shape of lines and the order of names, not into the JSON. */
export class LayoutReader {
  #expected: Expectation = 'open';
  #name = '';
  #filename = '';

  /** Whether the document has ended where it should. */
  get complete(): boolean {
    return this.#expected === 'nothing';
  }

  /** What the next line is, or undefined where it does not fit the layout. */
  next(line: string): LockLine | undefined {
    switch (this.#expected) {
      case 'package':
        return this.#package(line);
      case 'file':
        return this.#file(line);
      case 'end-of-files':
        return this.#endOfFiles(line);
      default: {
        const following = onFrameLine.get(this.#expected)?.get(line);
        if (following === undefined) return undefined;
        this.#expected = following;
        return { kind: 'frame' };
      }
    }
  }

  #package(line: string): LockLine | undefined {
    const name = stringAfter(/^ {4}\{"name":("(?:[^"\\]|\\.)*"),/, line);
    if (name === undefined || compareText(this.#name, name) >= 0) return undefined;
    this.#name = name;
    this.#filename = '';
    if (line.endsWith(filesOpen)) {
      this.#expected = 'file';
      return { kind: 'package', json: `${line}]}`, last: false };
    }
    const json = withoutComma(line);
    if (!json.endsWith(`${filesOpen}]}`)) return undefined;
    this.#expected = json === line ? 'end-of-packages' : 'package';
    return { kind: 'package', json, last: true };
  }

  #file(line: string): LockLine | undefined {
    const filename = stringAfter(/^ {6}\{"filename":("(?:[^"\\]|\\.)*"),/, line);
    if (filename === undefined || compareText(this.#filename, filename) >= 0) return undefined;
    this.#filename = filename;
    const json = withoutComma(line);
    if (json === line) this.#expected = 'end-of-files';
    return { kind: 'file', json };
  }

  #endOfFiles(line: string): LockLine | undefined {
    if (withoutComma(line) !== endOfFiles) return undefined;
    this.#expected = line === endOfFiles ? 'end-of-packages' : 'package';
    return { kind: 'end-of-files' };
  }
}

/** The JSON string that the pattern's group finds; undefined where there is none, or one that is no JSON. */
function stringAfter(pattern: RegExp, line: string): string | undefined {
  const written = pattern.exec(line)?.[1];
  if (written === undefined) return undefined;
  if (!written.includes('\\')) return written.slice(1, -1);
  try {
    return JSON.parse(written) as string;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function withoutComma(line: string): string {
  return line.endsWith(',') ? line.slice(0, -1) : line;
}
