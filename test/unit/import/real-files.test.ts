import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type LoadedImport, loadImport } from '../../../src/import/load.ts';

const folder = new URL('../../fixtures/import/', import.meta.url);

function load(file: string): Promise<LoadedImport> {
  return loadImport([file], { read: (location) => readFile(new URL(basename(location), folder)), environment: {} });
}

const pins = ({ requirements }: LoadedImport) => requirements.map(({ name, specifier }) => name + specifier);
const fileLines = ({ files }: LoadedImport) =>
  files.map(({ filename, hashes }) => `${filename} ${hashes.sha256?.slice(0, 8) ?? ''}`).sort();

const forked = ['click==8.1.8', 'click==8.5.1', 'colorama==0.4.6', 'iniconfig==2.1.0', 'iniconfig==2.3.1'];
const forkedFiles = [
  'click-8.1.8-py3-none-any.whl 63c132bb',
  'click-8.1.8.tar.gz ed53c9d8',
  'click-8.5.1-py3-none-any.whl 8bb5376d',
  'click-8.5.1.tar.gz 9bbfada7',
  'colorama-0.4.6-py2.py3-none-any.whl 4f1d9991',
  'colorama-0.4.6.tar.gz 08695f5c',
  'iniconfig-2.1.0-py3-none-any.whl 9deba572',
  'iniconfig-2.1.0.tar.gz 3abbd2e3',
];

describe('a lock that uv wrote', () => {
  it('gives every file of every version, with size and upload time', async () => {
    const read = await load('uv.lock');
    expect(read.format).toBe('uv');
    expect(pins(read)).toEqual(forked);
    expect(fileLines(read)).toEqual(expect.arrayContaining(forkedFiles));
    expect(read.files).toHaveLength(10);
    expect(read.files[0]).toMatchObject({
      filename: 'click-8.1.8.tar.gz',
      size: 226593,
      uploadTime: '2024-12-21T18:38:44.339Z',
      version: '8.1.8',
    });
    expect(read.sources.map(({ location }) => location)).toEqual(['https://pypi.org/simple/']);
    expect(read.skipped).toEqual([
      { what: 'demo .', because: 'it comes from a folder (the project itself): no index supplies it', where: 'uv.lock: package (demo)' },
    ]);
  });

  it('says the same as what uv exports from it', async () => {
    const lock = await load('uv.lock');
    const pylock = await load('pylock.uv.toml');
    const requirements = await load('requirements-uv-export.txt');
    expect(pins(pylock)).toEqual(pins(lock));
    expect(fileLines(pylock)).toEqual(fileLines(lock));
    expect(pins(requirements)).toEqual(pins(lock));
    expect(requirements.digests.map(({ hex }) => hex).sort()).toEqual(lock.files.map(({ hashes }) => hashes.sha256).sort());
    expect(requirements.requirements[0]).toMatchObject({ marker: 'python_full_version < "3.10"' });
  });
});

describe('files that other tools wrote', () => {
  it('poetry: files and the index of each package', async () => {
    const read = await load('poetry.lock');
    expect(read.format).toBe('poetry');
    expect(read.sources.map(({ location, name }) => [location, name])).toEqual([['https://pypi.corp.example/simple/', 'corp']]);
    expect(read.files.map(({ filename }) => filename)).toContain('click-8.1.8-py3-none-any.whl');
    expect(read.files.every(({ hashes }) => hashes.sha256?.length === 64)).toBe(true);
    expect(read.skipped).toEqual([]);
  });

  it('pipenv: versions and digests, also a package that it did not resolve', async () => {
    const read = await load('Pipfile.lock');
    expect(pins(read)).toEqual(['click==8.5.1', 'colorama', 'iniconfig==2.3.1']);
    expect(read.digests.filter(({ name }) => name === 'click')).toHaveLength(2);
    expect(read.sources).toEqual([{ location: 'https://pypi.org/simple/', name: 'pypi', where: 'Pipfile.lock: _meta.sources[0]' }]);
  });

  it('pip lock: files without sizes and times', async () => {
    const read = await load('pylock.pip.toml');
    expect(pins(read)).toEqual(['click==8.5.1', 'iniconfig==2.3.1']);
    expect(fileLines(read)).toEqual(['click-8.5.1-py3-none-any.whl 8bb5376d', expect.stringContaining('iniconfig-2.3.1-py3-none-any.whl')]);
  });

  it.each(['requirements-pip-tools.txt', 'requirements-uv-compile.txt'])('%s: pins with all their digests', async (file) => {
    const read = await load(file);
    expect(read.format).toBe('requirements');
    expect(pins(read)).toContain('click==8.5.1');
    expect(read.digests.filter(({ name }) => name === 'click').map(({ hex }) => hex.slice(0, 8))).toEqual(['8bb5376d', '9bbfada7']);
    expect(read.skipped).toEqual([]);
  });
});
