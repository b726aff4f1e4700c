import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOf } from '../../../src/cli/command.ts';
import { helpText, overviewText } from '../../../src/cli/help.ts';
import { optionGroups } from '../../../src/cli/options.ts';
import { cliReference } from '../../../src/cli/reference.ts';
import { commandSpecs } from '../../../src/cli/specs/all.ts';
import { columns, wrap, wrapCommand } from '../../../src/cli/wrap.ts';
import { createStyle } from '../../../src/reporters/style.ts';

const plain = createStyle(false);
const widths = [60, 80, 120] as const;
const texts = commandSpecs.flatMap((spec) => widths.map((width) => [nameOf(spec), width, helpText(spec, width, plain)] as const));

/** Lines that are longer than they may be, without those that are one word (a URL, a flag with its value) and its indentation. */
function tooLong(text: string, width: number): readonly string[] {
  return text
    .split('\n')
    .filter(
      (line) => line.length > Math.min(width, 100) && line.replace(/ \\$/, '').trim().includes(' ') && !/^ {2}--?\S.* [A-Z]+$/.test(line),
    );
}

describe('help', () => {
  it.each(texts)('of %s fits %d columns', (_name, width, text) => {
    expect(tooLong(text, width)).toEqual([]);
    expect(text.split('\n').filter((line) => line !== line.trimEnd())).toEqual([]);
  });

  it.each(widths)('lists the commands in %d columns', (width) => {
    const text = overviewText(width, plain);
    expect(tooLong(text, width)).toEqual([]);
    for (const spec of commandSpecs) expect(text).toMatch(new RegExp(`^ {2}${nameOf(spec)}\\b`, 'm'));
  });

  it.each(commandSpecs.map((spec) => [nameOf(spec), spec] as const))('of %s says all there is, own flags first', (name, spec) => {
    const text = helpText(spec, 80, plain);
    const own = Object.keys(spec.options);
    const shared = [...spec.groups, 'output' as const].flatMap((group) => Object.keys(optionGroups[group].options));
    const place = (flag: string): number => text.search(new RegExp(`^ {2}.*--(?:\\[no-\\])?${flag}(?![\\w-])`, 'm'));
    for (const flag of [...own, ...shared]) expect([flag, place(flag) > 0]).toEqual([flag, true]);
    expect(Math.max(0, ...own.map(place))).toBeLessThan(Math.min(...shared.map(place)));
    expect(text).toContain(`Usage: pkgsync ${name}`);
    const headings = ['Examples:', 'Variables:', 'Exit codes:'].map((heading) => text.indexOf(`\n${heading}\n`));
    expect(headings).toEqual([...headings].sort((a, b) => a - b));
    expect(headings[0]).toBeGreaterThan(0);
    expect(text).toContain('With --json: ');
  });

  it('marks headings where there is colour, and reads the same without', () => {
    for (const spec of commandSpecs)
      // eslint-disable-next-line no-control-regex -- colours are what is taken away
      expect(helpText(spec, 80, createStyle(true)).replace(/\u001b\[\d+m/g, '')).toBe(helpText(spec, 80, plain));
    expect(overviewText(80, createStyle(true))).toContain('\u001b[');
  });
});

describe('wrapping', () => {
  it('keeps a word whole that is longer than a line', () => {
    expect(wrap('a bb https://pypi.example/very/long c', 10)).toEqual(['a bb', 'https://pypi.example/very/long', 'c']);
  });

  it('breaks a command where it can be copied, never inside quotes', () => {
    const lines = wrapCommand("pkgsync list 'celery >= 5, < 6' --latest 3 --json", 30);
    expect(lines).toEqual(['pkgsync list \\', "  'celery >= 5, < 6' \\", '  --latest 3 --json']);
  });

  it('puts texts below their terms where there is no room beside', () => {
    expect(columns([['--flag', 'what it is for']], 60)).toEqual(['  --flag', '      what it is for']);
    expect(columns([['--flag', 'what it is for']], 80)).toEqual(['  --flag  what it is for']);
  });
});

describe('docs/cli.md', () => {
  it('is what the table says (npm run docs:cli writes it)', () => {
    const root = join(fileURLToPath(import.meta.url), '..', '..', '..', '..');
    expect(readFileSync(join(root, 'docs', 'cli.md'), 'utf8')).toBe(cliReference());
  });
});
