import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hintInWordsOf, inWordsOf } from '../../../src/cli/one-shot-words.ts';
import { PkgsyncError } from '../../../src/errors.ts';

const source = join(fileURLToPath(import.meta.url), '..', '..', '..', '..', 'src');
/** What commands without a manifest run through. */
const folders = ['http', 'credentials', 'indexes', 'destinations', 'library', 'apply'];
const ofManifests = /\bmanifest\b|\bauth\b|maxFileSize|--accept|\brun plan\b|\bset server\b/;

const hints = folders
  .flatMap((folder) => readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(source, folder, file)))
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
  .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line))
  .flatMap((line) => [...line.matchAll(/'([^']{15,})'|`([^`]{15,})`/g)].map(([, quoted, template]) => quoted ?? template ?? ''))
  .filter((text) => ofManifests.test(text) && text.includes(' '));

describe('hintInWordsOf', () => {
  it('has something to translate', () => {
    expect(hints.length).toBeGreaterThanOrEqual(7);
  });

  it.each([...new Set(hints)])('leaves no word of a manifest in: %s', (hint) => {
    for (const command of ['sync', 'upload', 'register', 'list', 'download'])
      expect([command, hintInWordsOf(command, hint)]).toEqual([command, expect.not.stringMatching(ofManifests)]);
    for (const command of ['apply', 'plan', 'lock', 'drift']) expect(hintInWordsOf(command, hint)).toBe(hint);
  });

  it('names flags that the command has', () => {
    const hint = 'give the destination credentials with auth';
    expect(hintInWordsOf('upload', hint)).toContain('-u');
    expect(hintInWordsOf('sync', hint)).toContain('--destination-username');
    expect(hintInWordsOf('sync', 'set server to generic if this is no devpi index')).toBe(
      'pass --destination-server generic if this is no devpi index',
    );
  });
});

describe('inWordsOf', () => {
  it('keeps everything but the hint', () => {
    const error = new PkgsyncError('UNAUTHORIZED', 'no', {
      hint: 'give the destination credentials with auth',
      problems: ['a'],
      status: 401,
    });
    expect(inWordsOf({ usage: 'sync [specs..]' }, error)).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'no',
      problems: ['a'],
      status: 401,
    });
    expect(inWordsOf({ usage: 'apply [plan]' }, error)).toBe(error);
    const other = new TypeError('no');
    expect(inWordsOf({ usage: 'sync [specs..]' }, other)).toBe(other);
  });
});
