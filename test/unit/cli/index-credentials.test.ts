import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createConsole } from '../../../src/cli/console.ts';
import { indexCredential } from '../../../src/cli/index-credentials.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const url = 'https://pypi.corp.example/simple/';
const credential = { username: 'u', password: 'p@' };

async function found(at: string, variables: Readonly<Record<string, string>>, notes: string[] = [], home?: string) {
  const environment = { HOME: home ?? (await newFolder()), ...variables };
  const console = {
    ...createConsole({ color: 'never', quiet: true, progress: false, environment: {} }),
    note: (text: string) => void notes.push(text),
  };
  return await indexCredential(new URL(at), { environment, console });
}

describe('indexCredential', () => {
  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ['PIP_INDEX_URL', { PIP_INDEX_URL: 'https://u:p%40@pypi.corp.example/other/' }],
    ['PIP_EXTRA_INDEX_URL', { PIP_EXTRA_INDEX_URL: 'https://x.example/ https://u:p%40@pypi.corp.example:443/' }],
    ['UV_INDEX_URL', { UV_INDEX_URL: 'https://u:p%40@pypi.corp.example/' }],
    [
      'a name in UV_INDEX',
      { UV_INDEX: `x=https://x.example/ my-corp.1=${url}`, UV_INDEX_MY_CORP_1_USERNAME: 'u', UV_INDEX_MY_CORP_1_PASSWORD: 'p@' },
    ],
    ['a URL under a name', { UV_DEFAULT_INDEX: 'corp=https://u:p%40@pypi.corp.example/simple/' }],
    ['a URL whose first one has none', { PIP_INDEX_URL: url, PIP_EXTRA_INDEX_URL: 'https://u:p%40@pypi.corp.example/b/' }],
  ])('reads %s', async (_, variables) => {
    expect(await found(url, variables)).toMatchObject(credential);
  });

  it.each([
    'https://pypi.corp.example:8443/',
    'http://pypi.corp.example/',
    'https://pypi.corp.example.evil.example/',
    'https://x.pypi.corp.example/',
  ])('has nothing for %s', async (other) => {
    const variables = { PIP_INDEX_URL: 'https://u:p@pypi.corp.example/', UV_INDEX: `c=${url}`, UV_INDEX_C_PASSWORD: 'p' };
    expect(await found(other, variables)).toBeUndefined();
  });

  it('has nothing for plain http, save on this machine', async () => {
    expect(await found('http://a.example/', { PIP_INDEX_URL: 'http://u:p%40@a.example/' })).toBeUndefined();
    expect(await found('http://localhost:3141/', { PIP_INDEX_URL: 'http://u:p%40@localhost:3141/root/' })).toMatchObject(credential);
  });

  it.each([
    [['.config', 'pip', 'pip.conf'], {}],
    [['.pip', 'pip.conf'], {}],
    [['own.conf'], { PIP_CONFIG_FILE: 'own.conf' }],
    [['venv', 'pip.conf'], { VIRTUAL_ENV: 'venv' }],
  ])('reads %j', async (parts, variables) => {
    const home = await newFolder();
    await mkdir(join(home, ...parts, '..'), { recursive: true });
    await writeFile(
      join(home, ...parts),
      '[global]\nextra-index-url =\n  https://x.example/\n  https://u:p%40@pypi.corp.example/simple/\n',
    );
    const absolute = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, join(home, value)]));
    expect(await found(url, absolute, [], home)).toMatchObject(credential);
  });

  it('tells of a file that cannot be read, without showing it', async () => {
    const home = await newFolder();
    await writeFile(join(home, 'own.conf'), 'https://u:canary@x.example/');
    const notes: string[] = [];
    expect(await found(url, { PIP_CONFIG_FILE: join(home, 'own.conf') }, notes)).toBeUndefined();
    expect(await found(url, { PIP_CONFIG_FILE: home }, notes)).toBeUndefined();
    expect(notes).toEqual([
      expect.stringMatching(/own\.conf:1: .*this file is not used/),
      expect.stringContaining('this file is not used'),
    ]);
    expect(notes.join()).not.toContain('canary');
  });

  it('never fails for what stands in the variables', async () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('a=', 'https://', 'https://[', 'https://u:%zz@pypi.corp.example/', '='));
    const home = await newFolder();
    await fc.assert(
      fc.asyncProperty(word, word, async (a, b) => {
        await found(url, { UV_INDEX: `${a} ${b}`, PIP_INDEX_URL: a, PIP_EXTRA_INDEX_URL: b }, [], home);
      }),
    );
  });

  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ['the variable PIP_EXTRA_INDEX_URL', { PIP_EXTRA_INDEX_URL: 'https://u:p%40@pypi.corp.example/' }],
    ['the variable UV_INDEX_CORP_PASSWORD', { UV_INDEX: `corp=${url}`, UV_INDEX_CORP_USERNAME: 'u', UV_INDEX_CORP_PASSWORD: 'p@' }],
    ['the variable UV_INDEX', { UV_INDEX: 'https://u:p%40@pypi.corp.example/' }],
  ])('says that they come from %s', async (name, variables) => {
    expect((await found(url, variables))?.from).toEqual({ kind: 'variable', name });
  });

  it('says in which line of pip.conf they stand', async () => {
    const home = await newFolder();
    await writeFile(join(home, 'own.conf'), '# mine\n[global]\ntimeout = 5\nindex-url = https://u:p%40@pypi.corp.example/\n');
    const { from } = (await found(url, { PIP_CONFIG_FILE: join(home, 'own.conf') }, [], home)) ?? {};
    expect(from).toEqual({ kind: 'pip-config', name: `${join(home, 'own.conf')}:4 (index-url)` });
  });
});
