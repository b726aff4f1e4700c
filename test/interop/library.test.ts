import { expect } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { interop, type Lab, labTest } from './support/lab.ts';
import { downloadOnce, distributionDigests } from './support/packages.ts';
import { devpiUser } from './support/servers.ts';

const wheels = ['--only-binary', ':all:'];
const rounds = [
  { what: 'celery', options: wheels, requirements: ['celery==5.4.0'] },
  { what: 'an older celery', options: wheels, requirements: ['celery==5.3.6'] },
];
const newest = 'celery-5.4.0-py3-none-any.whl';
const credentials = { DESTINATION_USERNAME: devpiUser.username, DESTINATION_PASSWORD: devpiUser.password };

/** Runs the example against a pypiserver with the real files. @returns its lines */
async function runExample(lab: Lab, destination: string, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const source = await lab.pypiserver({ packages: await downloadOnce(lab.tools, rounds) });
  const result = await lab.example('library/celery.mjs', ['celery>=3.0.15', destination, source.url, lab.path('downloads')], { env });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(await readdir(lab.path('downloads'))).toEqual([newest]);
  return result.stdout.trim().split('\n');
}

function expectListing(lines: readonly string[], digests: Readonly<Record<string, string>>): void {
  expect(lines.slice(0, 5)).toEqual([
    `5.4.0 ${newest} ${digests[newest] ?? ''}`,
    `5.3.6 celery-5.3.6-py3-none-any.whl ${digests['celery-5.3.6-py3-none-any.whl'] ?? ''}`,
    'summary: Distributed Task Queue.',
    'classifier: Development Status :: 5 - Production/Stable',
    'version: 5.4.0',
  ]);
  expect(lines[5]).toMatch(/^md5: [0-9a-f]{32}$/);
}

interop('the library, as the example of celery uses it', () => {
  labTest('lists, downloads, registers and uploads to devpi, and does nothing twice', async (lab) => {
    const digests = await distributionDigests(await downloadOnce(lab.tools, rounds));
    const index = await (await lab.devpi()).createIndex('dev');
    const lines = await runExample(lab, index, credentials);
    expectListing(lines, digests);
    expect(lines.slice(6)).toEqual(['register: done 200 OK', 'upload: done 200 OK']);
    const again = await runExample(lab, index, credentials);
    expect(again.slice(6)).toEqual([
      'register: not-needed  celery is there already',
      'upload: not-needed  it is there already, with the same sha256',
    ]);
  });

  labTest('lists, downloads and uploads to pypiserver with a password', async (lab) => {
    const digests = await distributionDigests(await downloadOnce(lab.tools, rounds));
    const users = { [devpiUser.username]: devpiUser.password };
    const destination = await lab.pypiserver({ packages: lab.path('there'), users });
    const lines = await runExample(lab, destination.url, credentials);
    expectListing(lines, digests);
    expect(lines.slice(6)).toEqual(['register: not-needed  pypiserver knows a project from its first file on', 'upload: done 200 OK']);
    expect(await distributionDigests(lab.path('there'))).toEqual({ [newest]: digests[newest] });
  });

  labTest('makes a folder that pip installs from', async (lab) => {
    const lines = await runExample(lab, './mirror');
    expect(lines.slice(6).map((line) => line.trim())).toEqual(['register: done', 'upload: done']);
    const simple = `file://${lab.path('mirror', 'simple')}`;
    const installed = await lab.pip(['download', '--no-deps', '--index-url', simple, '--dest', lab.path('pip'), 'celery']);
    expect(installed.code).toBe(0);
  });
});

interop('pkgsync upload, where twine would be called', () => {
  labTest('takes the same .pypirc and variables, and finds what twine uploaded', async (lab) => {
    const devpi = await lab.devpi();
    const index = await devpi.createIndex('dev');
    const { username, password } = devpiUser;
    const env = { TWINE_REPOSITORY_URL: index, TWINE_USERNAME: username, TWINE_PASSWORD: password };
    const files = ['six-1.17.0.tar.gz', 'six-1.17.0-py2.py3-none-any.whl'].map((name) => join(lab.packages, name));
    const byTwine = await lab.twine([
      'upload',
      '--non-interactive',
      '--disable-progress-bar',
      '--repository-url',
      index,
      '-u',
      username,
      '-p',
      password,
      files[0]!,
    ]);
    expect(byTwine.code).toBe(0);
    const uploaded = await lab.pkgsync(['upload', '--non-interactive', '--disable-progress-bar', ...files], { env });
    expect(uploaded).toMatchObject({ code: 0 });
    expect(uploaded.stdout.trim().split('\n').sort()).toEqual([
      'already there  six-1.17.0.tar.gz',
      'uploaded       six-1.17.0-py2.py3-none-any.whl',
    ]);
  });

  labTest('never replaces on a volatile devpi what twine would', async (lab) => {
    const devpi = await lab.devpi();
    const index = await devpi.createIndex('dev', { volatile: true });
    const { username, password } = devpiUser;
    const flags = ['--destination-url', index, '-u', username, '-p', password];
    expect((await lab.pkgsync(['upload', join(lab.packages, 'colorama-0.4.6.tar.gz'), ...flags])).code).toBe(0);
    const original = await readFile(join(lab.packages, 'colorama-0.4.6.tar.gz'));
    await writeFile(lab.path('colorama-0.4.6.tar.gz'), gzipSync(gunzipSync(original), { level: 1 }));
    const refused = await lab.pkgsync(['upload', lab.path('colorama-0.4.6.tar.gz'), ...flags]);
    expect(refused).toMatchObject({ code: 22, stderr: expect.stringContaining('with other bytes: there sha256:') });
    const listed = await lab.pkgsync(['download', 'colorama', '--source-url', index, '--to', lab.path('back')]);
    expect(listed.code).toBe(0);
    expect((await readFile(lab.path('back', 'colorama-0.4.6.tar.gz'))).equals(original)).toBe(true);
  });
});
