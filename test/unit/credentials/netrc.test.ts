import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideCredentials } from '../../../src/credentials/decide.ts';
import { loadNetrc, parseNetrc } from '../../../src/credentials/netrc.ts';
import { netrcEntries } from '../../../src/credentials/netrc-entries.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { thrownBy } from '../../support/thrown.ts';

const newFolder = temporaryFolders();
const find = (text: string, url: string) => parseNetrc(text, 'rc').find(new URL(url));

describe('netrcEntries', () => {
  it.each([
    ['one line', 'machine h login u password p'],
    ['several lines', 'machine h\n\tlogin u\n\tpassword p\n'],
    ['the ends of lines of Windows', 'machine h\r\nlogin u\r\npassword p\r\n'],
    ['a byte order mark', '\ufeffmachine h login u password p'],
    ['user for login, and an account', 'machine h user u account a password p'],
    ['a host in capitals', 'machine H login u password p'],
    ['quotes', 'machine "h" login "u" password "p"'],
    ['backslashes', 'machine h login \\u password "\\p"'],
    ['comments', '# all of it\nmachine h # the host\nlogin u #the user\npassword p\n#end'],
    ['a macro before it', 'macdef init\ncd /machine\nmachine x password y\n\nmachine h login u password p'],
    ['a macro after it, up to the end', 'machine h login u password p\nmacdef init\npassword z'],
    ['a default after it', 'machine h login u password p\ndefault login x password y'],
    ['an earlier entry for the same host', 'machine h login x password y\nmachine h login u password p'],
    ['an entry without a password after it', 'machine h login u password p\nmachine i login u'],
  ])('reads %s', (_, text) => {
    expect([...netrcEntries(text, 'rc')]).toEqual([
      ['h', { username: 'u', password: 'p', from: { kind: 'netrc', name: expect.stringMatching(/^rc:\d+$/) as unknown } }],
    ]);
  });

  it.each([
    ['#begins-like-a-comment', '#begins-like-a-comment'],
    ['"two words"', 'two words'],
    ['"a \\"quoted\\" word"', 'a "quoted" word'],
    ['a"b', 'a"b'],
    ['back\\\\slash', 'back\\slash'],
    ['two\\ words', 'two words'],
    ['päss', 'päss'],
    ['machine', 'machine'],
  ])('reads the password %s', (written, password) => {
    expect(netrcEntries(`machine h login u password ${written}\nmachine i password x`, 'rc').get('h')?.password).toBe(password);
  });

  it.each([
    ['machine h login u\n\npasswrod canary', 3],
    ['login u password canary', 1],
    ['machine h\nlogin u password', 2],
    ['machine', 1],
    ['# c\n\nmachine "two\nlines" canary', 4],
  ])('names the line of a fault and shows nothing of it: %j', (text, line) => {
    const error = thrownBy(() => netrcEntries(text, 'rc'));
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(`rc:${line}: `) as unknown });
    expect(JSON.stringify(error) + error.message).not.toContain('canary');
  });

  it('reads every text, or throws USAGE', () => {
    const word = fc.oneof(
      fc.constantFrom('machine', 'default', 'login', 'password', 'macdef', '#', '"', '\\', '\n', '\n\n', ' ', 'h'),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.constantFrom('', ' '), (words, between) => {
        try {
          netrcEntries(words.join(between), 'rc');
        } catch (error) {
          if (!isPkgsyncError(error) || error.code !== 'USAGE') throw error;
        }
      }),
    );
  });

  it('gives back what was written with quotes and backslashes', () => {
    const value = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/[\r\ufeff]/.test(text));
    fc.assert(
      fc.property(value, value, (username, password) => {
        const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
        const entries = netrcEntries(`machine h login ${quoted(username)} password ${quoted(password)}`, 'rc');
        expect(entries.get('h')).toMatchObject({ username, password });
      }),
    );
  });
});

describe('parseNetrc', () => {
  const entry = 'machine pypi.corp.example login u password p';
  const credential = { username: 'u', password: 'p' };

  it.each([
    [entry, 'https://pypi.corp.example/simple/'],
    [entry, 'https://PYPI.corp.example:443/'],
    ['machine pypi.corp.example:8443 login u password p', 'https://pypi.corp.example:8443/'],
    ['machine pypi.corp.example login x password y\nmachine pypi.corp.example:443 login u password p', 'https://pypi.corp.example/'],
    ['machine localhost login u password p', 'http://localhost:3141/root/'],
    ['machine 127.0.0.1 login u password p', 'https://127.0.0.1:8443/'],
    ['machine ::1 login u password p', 'http://[::1]:3141/'],
    ['machine [::1] login u password p', 'http://[::1]:3141/'],
  ])('%s serves %s', (text, url) => {
    expect(find(text, url)).toEqual({
      credential: { ...credential, from: { kind: 'netrc', name: expect.stringMatching(/^rc:\d+$/) as unknown } },
    });
  });

  it.each([
    'https://corp.example/',
    'https://a.pypi.corp.example/',
    'https://pypi.corp.example.evil.example/',
    'https://pypi.corp.example./',
  ])('has nothing for %s', (url) => {
    expect(find(`${entry}\ndefault login u password p`, url)).toEqual({});
  });

  it('tells of an entry that another port keeps from being used', () => {
    expect(find(entry, 'https://pypi.corp.example:8443/')).toEqual({
      warning:
        "the entry for pypi.corp.example in rc is not used for https://pypi.corp.example:8443: it says nothing about port 8443: write 'machine pypi.corp.example:8443'",
    });
  });

  it('serves no unencrypted connection to other machines', () => {
    const warning = 'the entry for pypi.corp.example in rc is not used for http://pypi.corp.example: it serves https only';
    expect(find(entry, 'http://pypi.corp.example/')).toEqual({ warning });
    expect(find('machine pypi.corp.example:80 password p', 'http://pypi.corp.example/').credential).toBeUndefined();
  });
});

describe('the place of an entry', () => {
  it('is the line in which it begins', () => {
    const text = '# mine\n\nmachine a\n  login u\n  password p\nmachine b login u password p';
    expect([...netrcEntries(text, '~/.netrc').values()].map(({ from }) => from?.name)).toEqual(['~/.netrc:3', '~/.netrc:6']);
  });
});

describe('a netrc file in a decision', () => {
  it('gives each URL what its own host has, and says a warning once', () => {
    const netrc = parseNetrc('machine a.example login u password p', 'rc', { exposed: true });
    const urls = ['https://a.example/upload/', 'https://a.example/simple/', 'https://b.example/'];
    const { uses, passedOver, warnings } = decideCredentials({ urls }, { environment: {}, netrc });
    expect(uses.map(({ url, from }) => [url, from.name])).toEqual(urls.slice(0, 2).map((url) => [url, 'rc:1']));
    expect(passedOver).toEqual(['rc has no entry for b.example']);
    expect(warnings).toEqual(['rc holds passwords and other users can read it: chmod 600 it']);
  });
});

describe('loadNetrc', () => {
  it('knows whether others can read the file', async () => {
    const path = join(await newFolder(), 'rc');
    await writeFile(path, 'machine h login u password p', { mode: 0o600 });
    expect((await loadNetrc(path))?.find(new URL('https://h/'))).toEqual({
      credential: { username: 'u', password: 'p', from: { kind: 'netrc', name: `${path}:1` } },
    });
    await chmod(path, 0o640);
    expect((await loadNetrc(path))?.find(new URL('https://h/')).warning).toContain('other users can read it');
  });

  it('has none where there is no file, and refuses a folder', async () => {
    const folder = await newFolder();
    expect(await loadNetrc(join(folder, 'none'))).toBeUndefined();
    expect(await failureOf(loadNetrc(folder))).toMatchObject({ code: 'USAGE' });
  });
});
