import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expandFiles, matches } from '../../../src/cli/expand-files.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();

describe('matches', () => {
  it.each([
    ['foo-1.0.whl', '*', true],
    ['foo-1.0.whl', '*.whl', true],
    ['foo-1.0.whl', 'foo-*.whl', true],
    ['foo-1.0.whl', 'foo-?.?.whl', true],
    ['foo-1.0.whl', '*.tar.gz', false],
    ['foo-1.0.whl', 'foo', false],
    ['foo', 'foo?', false],
    ['', '*', true],
    ['aXbXc', 'a*b*c', true],
    ['aXbX', 'a*b*c', false],
  ])('%j and %j: %j', (name, pattern, expected) => {
    expect(matches(name, pattern)).toBe(expected);
  });

  it('agrees with a regular expression of the same meaning', () => {
    const word = (letters: readonly string[]) => fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(word(['a', 'b', '.']), word(['a', 'b', '.', '*', '?']), (name, pattern) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matches(name, pattern)).toBe(new RegExp(`^${source}$`).test(name));
      }),
    );
  });

  it('does not lose itself in many stars', () => {
    expect(matches('a'.repeat(255), `${'a*'.repeat(100)}b`)).toBe(false);
  });
});

describe('expandFiles', () => {
  async function folder(): Promise<string> {
    const made = await newFolder();
    await mkdir(join(made, 'dist', 'deep'), { recursive: true });
    for (const name of ['b.whl', 'a.whl', 'c.tar.gz', '.hidden.whl', 'odd*.whl', 'deep/d.whl'])
      await writeFile(join(made, 'dist', name), '');
    return made;
  }

  it.each([
    [['dist/*.whl'], ['dist/a.whl', 'dist/b.whl', 'dist/odd*.whl']],
    [['*/*.tar.gz'], ['dist/c.tar.gz']],
    [['*/deep/*'], ['dist/deep/d.whl']],
    [['dist/.*'], ['dist/.hidden.whl']],
    [
      ['dist/b.whl', 'dist/?.whl'],
      ['dist/b.whl', 'dist/a.whl'],
    ],
    [['dist/odd*.whl'], ['dist/odd*.whl']],
  ])('%j is %j', async (args, expected) => {
    const root = await folder();
    const found = await expandFiles(args.map((arg) => join(root, arg)));
    expect(found.map((path) => relative(root, path))).toEqual(expected);
  });

  it.each(['dist/*.zip', 'dist/none.whl', 'none/*', 'dist/a.whl/*'])('%s stands for nothing, which is an error', async (arg) => {
    const root = await folder();
    expect(await failureOf(expandFiles([join(root, arg)]))).toMatchObject({ code: 'USAGE' });
  });
});
