import { readFileSync, writeFileSync } from 'node:fs';
import type { CellResult } from './matrix.ts';
import { withTable } from './table.ts';

/** What each cell comes to, by its key. */
export type Expected = Readonly<Record<string, string>>;

const file = new URL('matrix.json', import.meta.url);
const docs = new URL('../../docs/reliability.md', import.meta.url);

export function readExpected(): Expected {
  return JSON.parse(readFileSync(file, 'utf8')) as Expected;
}

export function writeExpected(expected: Expected): void {
  writeFileSync(file, `${JSON.stringify(expected, undefined, 2)}\n`);
}

export function readDocs(): string {
  return readFileSync(docs, 'utf8');
}

export function writeDocs(expected: Expected): void {
  writeFileSync(docs, withTable(readDocs(), expected));
}

/** What is not as it should be, cell by cell; empty where all is well (pure). */
export function reportOf(results: ReadonlyMap<string, CellResult>, expected: Expected): readonly string[] {
  return [...results].flatMap(([key, { outcome, violations }]) => {
    const moved = expected[key] === outcome ? [] : [`${key}\n    expected: ${expected[key] ?? 'nothing yet'}\n    found:    ${outcome}`];
    return [...moved, ...violations.map((violation) => `${key}\n    NEVER: ${violation}`)];
  });
}
