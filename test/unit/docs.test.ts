import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { isPkgsyncError } from '../../src/errors.ts';
import { parseManifest } from '../../src/manifest/load.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const fence = /^```(\w*)\n(.*?)^```$/gms;

/** Keys and accepted words of a JSON Schema, however deep. */
function wordsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(wordsOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === 'properties') return [...Object.keys(value as object), ...Object.values(value as object).flatMap(wordsOf)];
    if (key === 'enum') return (value as readonly unknown[]).filter((word) => typeof word === 'string');
    return wordsOf(value);
  });
}

/** Text inside back-ticks or double quotes: how a key or a value of the manifest is mentioned. */
function mentioned(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/[`"]([$\w]+)[`"]/g)].map(([, word = '']) => word));
}

/** Numbers that fill a table cell alone: `| 20 |`, `| 130, 143 |`. */
/** Of the tables whose columns are codes and meanings: others have statuses and amounts. */
function numbersInTables(text: string): ReadonlySet<number> {
  const [, ...tables] = text.split(/^(?=\| code \|)/m);
  const rows = tables.flatMap((table) => table.split(/\n(?!\|)/, 1).flatMap((lines) => lines.split('\n')));
  const cells = rows.flatMap((row) => row.split('|').map((cell) => cell.trim())).filter((cell) => /^\d+(?:, \d+)*$/.test(cell));
  return new Set(cells.flatMap((cell) => cell.split(', ').map(Number)));
}

function linksOf(text: string): string[] {
  const links = [...text.replace(fence, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that headings get on GitHub and GitLab. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replace(fence, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** What is wrong with a link on a page, or undefined. */
function linkProblem(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined || !target.endsWith('.md') || anchorsOf(read(target)).has(anchor)) return undefined;
  return `${link}: ${target} has no heading for #${anchor}`;
}

function manifestsIn(text: string): string[] {
  const blocks = [...text.matchAll(fence)].filter(([, language = '']) => /^jsonc?$/.test(language));
  return blocks.map(([, , body = '']) => body).filter((body) => body.includes('"manifestVersion"'));
}

function manifestProblems(text: string, page: string): readonly string[] {
  try {
    parseManifest(text, { path: page, folder: root });
    return [];
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    return [error.message, ...error.problems];
  }
}

describe('the documentation', () => {
  it('explains every key and every word of the manifest in docs/manifest.md', () => {
    const known = mentioned(read('docs/manifest.md'));
    const words = [...new Set(wordsOf(JSON.parse(read('schema/manifest.schema.json'))))];
    expect(words.length).toBeGreaterThan(80);
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  });

  it('names tests in docs/security.md that are there', () => {
    const named = [...read('docs/security.md').matchAll(/`((?:unit|e2e|trouble|interop)\/[\w/*-]+)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !existsSync(join(root, 'test', name.endsWith('/*') ? name.slice(0, -2) : `${name}.test.ts`)))).toEqual(
      [],
    );
  });

  it.each(['README.md', 'docs/reliability.md'])('lists every exit code in %s, and no other', (page) => {
    const listed = [...numbersInTables(read(page))].sort((a, b) => a - b);
    expect(listed).toEqual(Object.values(exitCodes).sort((a, b) => a - b));
  });

  it.each(pages)('links to what exists in %s', (page) => {
    const problems = linksOf(read(page)).map((link) => linkProblem(page, link));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('shows manifests', () => {
    expect(pages.flatMap((page) => manifestsIn(read(page))).length).toBeGreaterThan(5);
  });

  it.each(pages)('shows only manifests that are valid in %s', (page) => {
    expect(manifestsIn(read(page)).flatMap((text) => manifestProblems(text, page))).toEqual([]);
  });
});
