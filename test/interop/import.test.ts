import { expect } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';

import { interop, type Lab, labTest } from './support/lab.ts';
import { distributionDigests } from './support/packages.ts';

const project = `[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = ["idna<3.11", "attrs==23.1.0", "click; sys_platform == 'win32'", "python-dateutil", "Typing.Extensions"]
`;

/** What the lock of an import approves: filename to sha256. */
async function lockedDigests(lab: Lab, path: string): Promise<Record<string, string>> {
  const lock = JSON.parse(await readFile(lab.path(path), 'utf8')) as {
    packages: { files: { filename: string; hashes: { sha256: string } }[] }[];
  };
  return Object.fromEntries(lock.packages.flatMap(({ files }) => files.map(({ filename, hashes }) => [filename, hashes.sha256])));
}

async function imported(lab: Lab, file: string, ...flags: readonly string[]): Promise<Record<string, string>> {
  const out = ['--manifest-out', `${file}.json`, '--lock-out', `${file}.pkgsync.lock`];
  const result = await lab.pkgsync(['import', file, '--to', './mirror', ...out, ...flags]);
  expect(result.code).toBe(0);
  const check = await lab.pkgsync(['lock', '--check', '-f', `${file}.json`, '--lockfile', `${file}.pkgsync.lock`]);
  expect(check.code).toBe(0);
  return await lockedDigests(lab, `${file}.pkgsync.lock`);
}

interop('importing what uv and pip wrote', () => {
  labTest('locks the same files whichever form uv writes them in, and pip installs them from the mirror by hash', async (lab) => {
    const index = await lab.pypiserver({ packages: lab.packages });
    const simple = new URL('simple/', index.url).href;
    await writeFile(lab.path('pyproject.toml'), project);
    const uv = ['--no-cache', '--python', lab.tools.python];
    const commands = [
      ['lock', ...uv, '--default-index', simple],
      ['export', ...uv, '--frozen', '--no-emit-project', '--format', 'pylock.toml', '-o', 'pylock.toml'],
      ['export', ...uv, '--frozen', '--no-emit-project', '--format', 'requirements-txt', '-o', 'requirements.txt'],
    ];
    for (const command of commands) expect((await lab.uv(command)).code).toBe(0);

    const fromLock = await imported(lab, 'uv.lock');
    expect(await imported(lab, 'pylock.toml')).toEqual(fromLock);
    expect(await imported(lab, 'requirements.txt', '--source', simple)).toEqual(fromLock);

    // The digests are those of the real files.
    const real = await distributionDigests(lab.packages);
    expect(Object.keys(fromLock).length).toBeGreaterThan(4);
    expect(fromLock).toEqual(Object.fromEntries(Object.keys(fromLock).map((filename) => [filename, real[filename]])));

    const files = ['-f', 'requirements.txt.json', '--lockfile', 'requirements.txt.pkgsync.lock'];
    expect((await lab.pkgsync(['apply', '--locked', '--yes', ...files])).code).toBe(0);
    expect(await distributionDigests(lab.path('mirror', 'packages'))).toEqual(fromLock);
    const target = ['--no-cache-dir', '--no-build-isolation', '--no-deps', '--target', lab.path('installed')];
    const installed = await lab.pip([
      'install',
      '--require-hashes',
      ...target,
      '--index-url',
      `file://${lab.path('mirror', 'simple')}`,
      '-r',
      'requirements.txt',
    ]);
    expect(installed.code).toBe(0);
    expect(await lab.python('import attr, idna; print(attr.__version__, idna.__version__)', lab.path('installed'))).toBe('23.1.0 3.6');
  });

  labTest('reads what pip lock wrote', async (lab) => {
    const index = await lab.pypiserver({ packages: lab.packages });
    const simple = new URL('simple/', index.url).href;
    const locked = await lab.pip([
      'lock',
      '--no-cache-dir',
      '--no-build-isolation',
      '--index-url',
      simple,
      '-o',
      'pylock.toml',
      'idna<3.11',
      'attrs==23.1.0',
    ]);
    expect(locked.code).toBe(0);
    const real = await distributionDigests(lab.packages);
    const digests = await imported(lab, 'pylock.toml', '--source', simple);
    expect(Object.keys(digests).sort()).toEqual(['attrs-23.1.0-py3-none-any.whl', 'idna-3.6-py3-none-any.whl']);
    for (const [filename, digest] of Object.entries(digests)) expect(digest).toBe(real[filename]);
  });
});
