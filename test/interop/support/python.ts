import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { must, run } from './run.ts';

const here = dirname(fileURLToPath(import.meta.url));
export const projectFolder = join(here, '..', '..', '..');

/** Where tools and downloads stay between runs. */
export function cacheFolder(): string {
  const shared = process.env['XDG_CACHE_HOME'];
  const base = shared === undefined || shared === '' ? join(projectFolder, '.cache') : shared;
  return join(base, 'pkgsync-interop');
}

/** The oldest Python on which the pinned servers and clients run. */
const minimum = [3, 11] as const;

export interface Tools {
  readonly python: string;
  readonly pip: string;
  readonly uv: string;
  readonly twine: string;
  readonly pypiserver: string;
  readonly devpiInit: string;
  readonly devpiServer: string;
}

/** Thrown for what a machine lacks: such a test is skipped with this reason. */
export class Unavailable extends Error {}

/** The first Python of the machine that is new enough. @throws Unavailable */
async function findPython(): Promise<string> {
  const tried: string[] = [];
  for (const candidate of [process.env['PYTHON'], 'python3', 'python']) {
    if (candidate === undefined || candidate === '') continue;
    try {
      const { stdout } = await must(candidate, ['-c', 'import sys, venv, ensurepip; print(sys.version_info[0], sys.version_info[1])']);
      const [major, minor] = stdout.trim().split(' ').map(Number);
      if (major === minimum[0] && minor! >= minimum[1]) return candidate;
      tried.push(`${candidate} is Python ${stdout.trim().replace(' ', '.')}`);
    } catch (error) {
      tried.push(`${candidate}: ${firstLine(error)}`);
    }
  }
  throw new Unavailable(`no Python ${minimum.join('.')} or newer with venv (${tried.join('; ')})`);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => line !== '' && !line.startsWith('$ ')) ?? text;
}

export interface EnvironmentFiles {
  /** Beginning of its folder's name. */
  readonly name: string;
  /** Files of test/interop with what is asked for, and with everything that this brings in. */
  readonly requirements: string;
  readonly constraints: string;
  /** Projects that are there before the others are installed, as those are built with them; absent: pip builds what has no wheel on its own. */
  readonly buildTools?: readonly string[];
}

/** A virtual environment: its commands, and what it was made from, in short. */
export interface Environment {
  readonly bin: string;
  readonly key: string;
}

/**
 * A virtual environment with pinned projects, made once and kept by the hash of what it was made from; a half-made one never counts, because
 * the marker is written last. @throws Unavailable where Python or its package index cannot be had
 */
export async function virtualEnvironment(files: EnvironmentFiles): Promise<Environment> {
  const requirements = join(here, '..', files.requirements);
  const constraints = join(here, '..', files.constraints);
  const python = await findPython();
  const { stdout: version } = await must(python, ['-c', 'import sys; print(sys.version, sys.prefix)']);
  const key = createHash('sha256')
    .update(version)
    .update(await readFile(requirements))
    .update(await readFile(constraints))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheFolder(), `${files.name}-${key}`);
  const bin = join(folder, 'venv', 'bin');
  const marker = join(folder, 'complete');
  if (existsSync(marker)) return { bin, key };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await must(python, ['-m', 'venv', join(folder, 'venv')]);
  // The machine's own pip set-up applies here, and only here: it knows how this machine reaches a package index.
  const install = async (args: readonly string[]) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--constraint', constraints, ...args];
    const installed = await run(join(bin, 'python'), pip, { timeout: 600_000 });
    if (installed.code !== 0) throw new Unavailable(`the ${files.name} could not be installed: ${lastError(installed.stderr)}`);
  };
  if (files.buildTools !== undefined) await install(files.buildTools);
  await install(['--requirement', requirements, ...(files.buildTools === undefined ? [] : ['--no-build-isolation'])]);
  await writeFile(`${marker}.new`, `${key}\n`);
  await rename(`${marker}.new`, marker);
  return { bin, key };
}

/** The servers and clients that every test may use. @throws Unavailable where Python or its package index cannot be had */
export async function prepareTools(): Promise<Tools> {
  const { bin } = await virtualEnvironment({ name: 'tools', requirements: 'requirements.txt', constraints: 'constraints.txt' });
  return {
    python: join(bin, 'python'),
    pip: join(bin, 'pip'),
    uv: join(bin, 'uv'),
    twine: join(bin, 'twine'),
    pypiserver: join(bin, 'pypi-server'),
    devpiInit: join(bin, 'devpi-init'),
    devpiServer: join(bin, 'devpi-server'),
  };
}

/** The last line in which pip names an error. */
export function lastError(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? '';
}
