import { describe, expect, it } from '@jest/globals';
import { PkgsyncError } from '../../../src/errors.ts';
import type { ImportFormat } from '../../../src/import/imported.ts';
import { loadImport } from '../../../src/import/load.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

function load(
  files: Files,
  locations: readonly string[] = [Object.keys(files)[0]!],
  options: { format?: ImportFormat; environment?: Record<string, string> } = {},
) {
  const asked: string[] = [];
  const read = (location: string): Promise<Uint8Array> => {
    asked.push(location);
    const content = files[location];
    if (content === undefined) return Promise.reject(new PkgsyncError('FILE_SYSTEM', `cannot read ${location}`));
    return Promise.resolve(typeof content === 'string' ? Buffer.from(content) : content);
  };
  return loadImport(locations, { read, environment: {}, ...options }).then((found) => ({ ...found, asked }));
}

const pins = ({ requirements }: { requirements: readonly { name: string; specifier: string }[] }) =>
  requirements.map(({ name, specifier }) => name + specifier);

describe('loadImport', () => {
  it('follows -r and -c from where each file lies', async () => {
    const found = await load({
      'a/r.txt': '-r sub/b.txt\n-c ../c.txt\nalpha\n',
      'a/sub/b.txt': '-r d.txt\nbeta\n',
      'a/sub/d.txt': 'delta\n',
      'c.txt': 'alpha<2\n',
    });
    expect(pins(found)).toEqual(['alpha', 'beta', 'delta']);
    expect(found.constraints).toMatchObject([{ name: 'alpha', specifier: '<2', where: 'c.txt:1' }]);
    expect(found.requirements.map(({ where }) => where)).toEqual(['a/r.txt:3', 'a/sub/b.txt:2', 'a/sub/d.txt:1']);
  });

  it('shows no value of a variable in an included address, whatever happens there', async () => {
    const environment = { TOKEN: 'canary' };
    const first = '-r https://files.example/${TOKEN}/a.txt\n';
    const shownAs = 'https://files.example/${TOKEN}/';
    const at = (name: string): string => `https://files.example/canary/${name}`;
    const failure = (files: Files) =>
      load({ 'r.txt': first, ...files }, ['r.txt'], { environment }).catch((error: unknown) => error as PkgsyncError);
    const found = await load({ 'r.txt': first, [at('a.txt')]: '-r b.txt\nalpha\n', [at('b.txt')]: 'beta\n' }, ['r.txt'], { environment });
    expect(found.requirements.map(({ where }) => where)).toEqual([`${shownAs}a.txt:2`, `${shownAs}b.txt:1`]);
    for (const files of [{}, { [at('a.txt')]: '-r b.txt\n' }, { [at('a.txt')]: '-r a.txt\n' }, { [at('a.txt')]: '==1\n' }]) {
      const error = (await failure(files)) as PkgsyncError;
      expect(error.message).toContain('files.example/${TOKEN}/');
      expect(`${error.message} ${error.hint ?? ''} ${String(error.cause)} ${error.stack ?? ''}`).not.toContain('canary');
    }
  });

  it('follows a URL from where it is, without credentials for other hosts and in no message', async () => {
    const base = 'https://ci:hunter2@files.example';
    const files = {
      [`${base}/x/r.txt`]: '-r more.txt\n-r https://other.example/o.txt\n',
      [`${base}/x/more.txt`]: 'alpha\n',
      'https://other.example/o.txt': '-r gone.txt',
    };
    const error = await load(files).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'FILE_SYSTEM', message: expect.stringContaining('https://other.example/o.txt:1: ') });
    expect(String(error)).not.toContain('hunter2');
  });

  it('lets no file from the network read one of this machine', async () => {
    const url = 'https://files.example/r.txt';
    await expect(load({ [url]: '-r file:///etc/passwd\n' })).rejects.toThrow('which is a file of this machine');
    const { asked } = await load({ [url]: '-r /etc/passwd\n', 'https://files.example/etc/passwd': 'alpha\n' });
    expect(asked).toEqual([url, 'https://files.example/etc/passwd']);
  });

  it('reads a file that two others include once', async () => {
    const found = await load({ 'r.txt': '-r a.txt\n-r b.txt\n', 'a.txt': '-r c.txt\n', 'b.txt': '-r c.txt\n', 'c.txt': 'gamma==1\n' });
    expect(pins(found)).toEqual(['gamma==1']);
  });

  it('refuses circles, whatever they go through', async () => {
    await expect(load({ 'r.txt': '-c c.txt\n', 'c.txt': '-r r.txt\n' })).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      message: 'r.txt: includes itself: r.txt -> c.txt -> r.txt',
    });
    await expect(load({ 'v.cfg': '[buildout]\nextends = v.cfg\n' })).rejects.toThrow('includes itself: v.cfg -> v.cfg');
  });

  it('refuses more levels and more files than anybody has', async () => {
    const deep = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`${at}.txt`, `-r ${at + 1}.txt\n`]));
    await expect(load(deep)).rejects.toThrow('included more than 32 levels deep');
    const doubling = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`${at}.cfg`, `[buildout]\nextends = ${at + 1}.cfg ./${at + 1}.cfg\n`]),
    );
    await expect(load({ ...doubling, '20.cfg': '[versions]\na = 1' })).rejects.toThrow('includes more than 500 files');
  });

  it('names the place that includes a file which is not there', async () => {
    await expect(load({ 'r.txt': 'alpha\n-r gone.txt\n' })).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: 'r.txt:2: cannot read gone.txt',
    });
  });

  it('lays a buildout configuration over what it extends, in their order', async () => {
    const found = await load({
      'top.cfg': '[buildout]\nextends = a.cfg b.cfg\nversions = pins\n[pins]\nalpha = 3\ndelta =\n',
      'a.cfg': '[pins]\nalpha = 1\nbeta = 1\ndelta = 1\n',
      'b.cfg': '[pins]\nbeta = 2\ngamma = ${pins:alpha}\n',
    });
    expect(pins(found)).toEqual(['alpha==3', 'beta==2', 'gamma==3']);
    expect(found.requirements.map(({ where }) => where)).toEqual(['top.cfg:5', 'b.cfg:2', 'b.cfg:3']);
    expect(found.skipped).toEqual([{ what: 'delta', because: 'its version is empty: buildout leaves it open', where: 'top.cfg' }]);
  });

  it('refuses a configuration without versions', async () => {
    await expect(load({ 'buildout.cfg': '[buildout]\nparts = a\n' })).rejects.toThrow(
      'there is no [versions] section, here or in what it extends',
    );
  });

  it('reads what encoding the file declares', async () => {
    const coded = Buffer.from('# -*- coding: latin-1 -*-\n# \xe9\nalpha\n', 'latin1');
    expect(pins(await load({ 'r.txt': coded }))).toEqual(['alpha']);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('alpha==1\r\n', 'utf16le')]);
    expect(pins(await load({ 'r.txt': utf16 }))).toEqual(['alpha==1']);
    await expect(load({ 'r.txt': Buffer.from([0x61, 0xe9, 0x0a]) })).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      message: 'r.txt: not utf-8 text',
    });
    await expect(load({ 'r.txt': '# coding: klingon\nalpha' })).rejects.toThrow("its encoding 'klingon' is not known");
  });

  it.each<[string, string, ImportFormat]>([
    ['requirements.txt', 'a', 'requirements'],
    ['dev.in', 'a', 'requirements'],
    ['versions.cfg', '[versions]\n', 'versions-cfg'],
    ['pylock.dev.toml', 'lock-version = "1.0"\npackages = []', 'pylock'],
    ['other.lock', 'version = 1\n[[package]]\nname = "x"\nsource = { virtual = "." }\n', 'uv'],
    ['other.lock', '[[package]]\nname = "x"\nversion = "1"\n[metadata]\nlock-version = "2.1"\ncontent-hash = "0"\n', 'poetry'],
    ['lock.json', '{"_meta": {}}', 'pipfile'],
    ['lock.toml', 'lock-version = "1.0"\npackages = []', 'pylock'],
    ['pins.txt', '[versions]\na = 1\n', 'versions-cfg'],
  ])('%s with %j has the format %s', async (path, text, format) => {
    expect((await load({ [path]: text })).format).toBe(format);
  });

  it('believes --format', async () => {
    expect(pins(await load({ 'requirements.cfg': 'a==1\n' }, undefined, { format: 'requirements' }))).toEqual(['a==1']);
  });
});
