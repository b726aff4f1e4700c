import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseIni } from '../../../src/credentials/ini.ts';
import { loadPypirc, parsePypirc } from '../../../src/credentials/pypirc.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { thrownBy } from '../../support/thrown.ts';

const newFolder = temporaryFolders();

describe('parseIni', () => {
  it.each([
    ['both delimiters', '[a]\nk = v\nl: w', { k: 'v', l: 'w' }],
    ['keys in any case', '[a]\nPassWord = v', { password: 'v' }],
    ['signs of comments and of interpolation inside a value', '[a]\nk = 50%% # ; x%(y)s', { k: '50%% # ; x%(y)s' }],
    ['further delimiters in a value', '[a]\nk = a=b:c', { k: 'a=b:c' }],
    ['an empty value', '[a]\nk =', { k: '' }],
    ['continuation lines', '[a]\nk = v\n  w\n\n  x\nl = 1', { k: 'v\nw\n\nx', l: '1' }],
    ['a comment inside a value', '[a]\nk = v\n # not this\n  w', { k: 'v\nw' }],
    ['a value that starts on the next line', '[a]\nk =\n   v\n   w', { k: '\nv\nw' }],
    ['any line ends, and a byte order mark', '\ufeff[a]\r\nk = v\rl = w\n', { k: 'v', l: 'w' }],
    ['an indented section with its keys', '  [a]\n  k = v\n  l = w', { k: 'v', l: 'w' }],
    ['values of DEFAULT', '[DEFAULT]\nk = v\nl = x\n[a]\nl = w', { k: 'v', l: 'w' }],
  ])('reads %s', (_what, text, expected) => {
    const file = parseIni(text, 'f');
    expect(file.sections).toEqual(['a']);
    for (const [key, value] of Object.entries(expected)) expect([key, file.get('a', key)]).toEqual([key, value]);
    for (const key of Object.keys(expected)) expect(text.split(/\r\n|\r|\n/)[file.line('a', key)! - 1]?.toLowerCase()).toContain(key);
    expect(file.get('b', 'k')).toBeUndefined();
  });

  it.each([
    ['a key before any section', 'hunter2 = x', 1],
    ['a line without delimiter', '[a]\nhunter2', 2],
    ['no key', '[a]\n= hunter2', 2],
    ['a section twice', '[a]\n[hunter2]\n[hunter2]', 3],
    ['a key twice', '[a]\nhunter2 = 1\n\nHunter2 = hunter2', 4],
  ])('refuses %s, and shows nothing of it', (_what, text, line) => {
    const error = thrownBy(() => parseIni(text, 'my.ini'));
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringMatching(new RegExp(`^my\\.ini:${line}: `)) });
    expect(`${error.message} ${error.hint ?? ''}`.toLowerCase()).not.toContain('hunter2');
  });

  it('takes any text or names a line, never showing a word of it', () => {
    const piece = fc.oneof(fc.constantFrom('[', ']', '=', ':', '#', '\n', ' ', '\t', 'canary', 'DEFAULT'), fc.string());
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        try {
          parseIni(pieces.join(''), 'f');
        } catch (error) {
          expect(error).toMatchObject({ code: 'USAGE', message: expect.stringMatching(/^f:\d+: (expected|this) /) });
          expect((error as Error).message).not.toContain('canary');
        }
      }),
    );
  });

  it('reads a long file in time that follows its length', () => {
    const text = `[a]\nk = v\n${'  more and more\n'.repeat(100_000)}${'k'.repeat(100_000)}${' '.repeat(100_000)}= v\n`;
    expect(parseIni(text, 'f').get('a', 'k')?.length).toBeGreaterThan(1_000_000);
  });
});

describe('parsePypirc', () => {
  it('knows pypi and testpypi without a word about them', () => {
    const empty = parsePypirc('', 'f');
    expect(empty.names).toEqual(['pypi', 'testpypi']);
    for (const [name, url] of [
      ['pypi', 'https://upload.pypi.org/legacy/'],
      ['testpypi', 'https://test.pypi.org/legacy/'],
    ] as const) {
      const known = empty.repository(name);
      expect(known.url).toBe(url);
      expect([known.caCert, known.clientCert]).toEqual([undefined, undefined]);
    }
  });

  it('reads the repositories that are listed, and gives each its own', () => {
    const text = [
      '[distutils]',
      'index-servers =',
      '    pypi',
      '    corp',
      '[pypi]',
      'username = __token__',
      'password = pypi-abc%=:;#',
      '[corp]',
      'repository: https://pypi.corp.example/upload/',
      'username: ci',
      'password: secret',
      'ca_cert: /etc/ca.pem',
      '[hidden]',
      'repository: https://hidden.example/',
    ].join('\n');
    const file = parsePypirc(text, 'f');
    expect(file.names).toEqual(['pypi', 'corp']);
    expect(file.repository('pypi')).toMatchObject({ username: '__token__', password: 'pypi-abc%=:;#' });
    expect(file.repository('corp')).toMatchObject({
      url: 'https://pypi.corp.example/upload/',
      username: 'ci',
      password: 'secret',
      caCert: '/etc/ca.pem',
    });
    expect(thrownBy(() => file.repository('hidden')).code).toBe('USAGE');
    expect(thrownBy(() => file.repository('crop')).message).toContain("did you mean 'corp'");
  });

  it('reads the old form, where one user serves all', () => {
    const file = parsePypirc('[server-login]\nusername: me\npassword: secret\n[testpypi]\nusername: other', 'f');
    expect(file.repository('pypi')).toMatchObject({ username: 'me', password: 'secret' });
    expect(file.repository('testpypi')).toMatchObject({ username: 'other', password: 'secret' });
  });

  it('asks for the URL of a repository without one', () => {
    const file = parsePypirc('[distutils]\nindex-servers = corp\n[corp]\npassword = canary', 'f');
    const error = thrownBy(() => file.repository('corp'));
    expect(error).toMatchObject({ code: 'USAGE', message: "f gives no URL for 'corp'" });
  });
});

describe('loadPypirc', () => {
  it('takes a missing file for an empty one only where nobody asked for it', async () => {
    const path = join(await newFolder(), '.pypirc');
    expect((await loadPypirc(path, { optional: true })).names).toEqual(['pypi', 'testpypi']);
    expect(await failureOf(loadPypirc(path, { optional: false }))).toMatchObject({ code: 'USAGE' });
  });

  it('names file and line of a fault', async () => {
    const path = join(await newFolder(), '.pypirc');
    await writeFile(path, '[pypi]\npassword canary');
    const error = await failureOf(loadPypirc(path, { optional: true }));
    expect(error.message).toBe(`${path}:2: expected a key, = and a value`);
  });
});
