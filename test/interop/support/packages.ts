import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder, lastError, type Tools, Unavailable } from './python.ts';
import { run } from './run.ts';

/** One `pip download`: a command takes each project once, so other versions and other kinds come in rounds of their own. */
export interface Round {
  readonly what: string;
  readonly options: readonly string[];
  readonly requirements: readonly string[];
}

const wheels = ['--only-binary', ':all:'];
const sdists = ['--no-binary', ':all:', '--no-build-isolation'];

/**
 * Real projects, small ones, chosen for what is odd about them: names with dots and capitals, wheels for one platform, tags for two Pythons, a
 * zip source distribution, old spellings of the same project, a release candidate, many versions of one project.
 */
const rounds: readonly Round[] = [
  {
    what: 'wheels',
    options: wheels,
    requirements: [
      'attrs==25.4.0',
      'certifi==2025.11.12',
      'click==8.3.1',
      'colorama==0.4.6',
      'decorator==5.2.1',
      'defusedxml==0.7.1',
      'idna==3.11',
      'importlib-resources==6.5.2',
      'iniconfig==2.3.0',
      'itsdangerous==2.2.0',
      'jinja2==3.1.6',
      'mdurl==0.1.2',
      'packaging==25.0',
      'pluggy==1.6.0',
      'pyparsing==3.2.5',
      'python-dateutil==2.9.0.post0',
      'six==1.17.0',
      'sortedcontainers==2.4.0',
      'tabulate==0.9.0',
      'toml==0.10.2',
      'typing-extensions==4.15.0',
      'wcwidth==0.2.14',
      'werkzeug==3.1.4',
      'zipp==3.23.0',
      'zope.event==5.0',
    ],
  },
  {
    what: 'older wheels',
    options: wheels,
    requirements: ['attrs==23.1.0', 'click==8.1.7', 'idna==3.6', 'jinja2==3.0.0rc1', 'packaging==24.0', 'pluggy==1.5.0', 'six==1.16.0'],
  },
  { what: 'oldest wheels', options: wheels, requirements: ['idna==2.10', 'packaging==23.2', 'pluggy==0.13.1'] },
  {
    what: 'wheels for Linux',
    options: [...wheels, '--platform', 'manylinux2014_x86_64', '--python-version', '3.12'],
    requirements: ['markupsafe==3.0.3'],
  },
  {
    what: 'wheels for Windows',
    options: [...wheels, '--platform', 'win_amd64', '--python-version', '3.12'],
    requirements: ['markupsafe==3.0.3'],
  },
  {
    what: 'source distributions',
    options: sdists,
    requirements: [
      'colorama==0.4.6',
      'defusedxml==0.7.1',
      'docopt==0.6.2',
      'enum34==1.1.10',
      'idna==3.11',
      'itsdangerous==2.2.0',
      'markupsafe==2.1.5',
      'mccabe==0.7.0',
      'mdurl==0.1.2',
      'mock==1.0.1',
      'ply==3.11',
      'six==1.17.0',
      'sortedcontainers==2.4.0',
      'toml==0.10.2',
      'xmltodict==0.13.0',
      'zope.event==4.6',
    ],
  },
  { what: 'older source distributions', options: sdists, requirements: ['six==1.5.0', 'zope.event==5.0'] },
];

/**
 * A folder of real distribution files from the machine's package index, downloaded once and kept by the hash of the list. Tests only read it.
 * @throws Unavailable where a download fails
 */
export function preparePackages(tools: Tools): Promise<string> {
  return downloadOnce(tools, rounds);
}

/** A folder with the files of these rounds, kept by the hash of their list. @throws Unavailable where a download fails */
export async function downloadOnce(tools: Tools, list: readonly Round[]): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), `packages-${key}`);
  const marker = `${folder}.complete`;
  if (existsSync(marker)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { what, options, requirements } of list) {
    const args = ['download', '--quiet', '--no-deps', '--no-cache-dir', '--dest', folder, ...options, ...requirements];
    const downloaded = await run(tools.pip, args, { timeout: 600_000 });
    if (downloaded.code !== 0) throw new Unavailable(`${what} could not be downloaded: ${lastError(downloaded.stderr)}`);
  }
  await writeFile(`${marker}.new`, `${key}\n`);
  await rename(`${marker}.new`, marker);
  return folder;
}

/** sha256 by filename of every distribution below `folder`, whatever folders it uses; other files (pages, companions) are left out. */
export async function distributionDigests(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(whl|tar\.gz|zip|tar\.bz2|egg)$/.test(entry.name));
  const digests: [string, string][] = [];
  for (const file of files) {
    const bytes = await readFile(join(file.parentPath, file.name));
    digests.push([file.name, createHash('sha256').update(bytes).digest('hex')]);
  }
  return Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The projects of distribution files, by the names of their pages. */
export function projectsOf(digests: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(digests).map((filename) => /^(.+?)-\d/.exec(filename)![1]!);
  return [...new Set(names.map((name) => name.toLowerCase().replace(/[-_.]+/g, '-')))];
}
