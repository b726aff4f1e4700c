import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCli } from '../support/cli.ts';
import type { CliResult, RunningCli } from '../support/cli.ts';
import { treeOf } from '../support/served-tree.ts';
import type { Tree } from '../support/served-tree.ts';
import { demoSdist, demoWheel } from '../support/small-index.ts';
import type { OfferedFile } from '../support/source-server.ts';
import { uploadServer } from '../support/upload-server.ts';
import type { UploadServer } from '../support/upload-server.ts';
import { indexServer } from './index-server.ts';
import type { IndexServer } from './index-server.ts';

/*
 * One world with everything that an apply can have to do: a directory and a server, both half-way behind; new files and projects, bytes to replace, a
 * yanked file, retired files, a project that left, and a lock to write.
 */

/** A wheel of about that many bytes that do not compress. */
function bigWheel(name: string, version: string, size: number): OfferedFile {
  const wheel = demoWheel(name, version);
  const noise = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) createHash('sha256').update(`${name} ${version} ${at}`).digest().copy(noise, at);
  // Zip readers look for the directory at the end; what stands before the first entry is passed over.
  return { filename: wheel.filename, bytes: Buffer.concat([noise, wheel.bytes]) };
}

const oldBeta = demoWheel('beta', '0.5');
const newBeta = demoWheel('beta', '0.5', { requires: ['alpha'] });
const first = {
  alpha: [demoWheel('alpha', '1.0'), demoSdist('alpha', '1.0'), demoWheel('alpha', '1.1')],
  beta: [oldBeta],
  gamma: [demoWheel('gamma', '1.0'), demoSdist('gamma', '1.0')],
  delta: [demoWheel('delta', '1.0')],
};
const second = {
  alpha: [
    ...first.alpha.slice(0, 2),
    demoWheel('alpha', '1.1', { yanked: 'bad' }),
    bigWheel('alpha', '2.0', 300_000),
    demoSdist('alpha', '2.0'),
  ],
  beta: [newBeta],
  gamma: first.gamma,
  delta: [...first.delta, bigWheel('delta', '1.1', 200_000), demoSdist('delta', '1.1')],
  epsilon: [bigWheel('epsilon', '1.0', 150_000), demoSdist('epsilon', '1.0'), demoWheel('epsilon', '1.1')],
  zeta: [demoWheel('zeta', '1.0')],
};
const onServer = ['delta', 'epsilon', 'zeta'];

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const contents = new Map<string, Set<string>>();
for (const { filename, bytes } of [first, second].flatMap((index) => Object.values(index).flat())) {
  contents.set(filename, (contents.get(filename) ?? new Set<string>()).add(sha256(bytes)));
}

/** sha256 of the whole contents that a file of this name may have. */
export const wholeContents = (filename: string): ReadonlySet<string> => contents.get(filename) ?? new Set();

/** The files that the second manifest wants, with their destinations. */
export const wantedFiles: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly atServer: boolean }> = new Map(
  Object.entries(second).flatMap(([name, files]) =>
    name === 'gamma'
      ? []
      : files
          .filter(({ filename }) => !filename.startsWith('alpha-1.0'))
          .map(({ filename, bytes }) => [filename, { bytes, atServer: onServer.includes(name) }] as const),
  ),
);

/** A folder with everything that one run of the command line works on, and its servers. */
export interface Attempt extends AsyncDisposable {
  readonly folder: string;
  readonly source: IndexServer;
  readonly target: UploadServer;
  start(args: readonly string[], node?: readonly string[]): RunningCli;
  /** Everything below the folder with the manifest. */
  tree(): Promise<Tree>;
  lock(): Promise<string>;
  /** Everything in the folder for temporary files. */
  temporary(): Promise<Tree>;
}

/** What all attempts begin with: the first state applied, the new bytes of one file accepted, the manifest changed. */
export interface Beginning extends AsyncDisposable {
  attempt(): Promise<Attempt>;
}

export async function beginning(): Promise<Beginning> {
  const template = await mkdtemp(join(tmpdir(), 'pkgsync-crash-'));
  {
    await using made = await attemptIn(template, first, []);
    await made.target[Symbol.asyncDispose]();
    await using target = await uploadServer();
    await writeManifest(template, made.source.url, target.url, { alpha: '*', beta: '*', gamma: '*', delta: '*' });
    await succeeded(made.start(['apply', '--yes']));
    made.source.projects = { ...first, beta: [newBeta] };
    await succeeded(made.start(['lock', '--accept', newBeta.filename]));
  }
  return {
    async attempt() {
      const folder = await mkdtemp(join(tmpdir(), 'pkgsync-crash-'));
      await cp(template, folder, { recursive: true, preserveTimestamps: true });
      const made = await attemptIn(folder, second, first.delta);
      await writeManifest(folder, made.source.url, made.target.url, { alpha: '>=1.1', beta: '*', delta: '*', epsilon: '*', zeta: '*' });
      return {
        ...made,
        [Symbol.asyncDispose]: async () => {
          await made[Symbol.asyncDispose]();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    [Symbol.asyncDispose]: () => rm(template, { recursive: true, force: true }),
  };
}

async function attemptIn(folder: string, projects: IndexServer['projects'], stored: readonly OfferedFile[]): Promise<Attempt> {
  const source = await indexServer();
  source.projects = projects;
  const target = await uploadServer();
  for (const { filename, bytes } of stored) target.store(filename, bytes, filename.split('-')[0] ?? '');
  const work = join(folder, 'work');
  const temporary = join(folder, 'temporary');
  for (const one of [work, temporary]) await mkdir(one, { recursive: true });
  return {
    folder,
    source,
    target,
    start: (args, node = []) => startCli(args, { cwd: work, node, env: { TMPDIR: temporary, XDG_CACHE_HOME: join(folder, 'cache') } }),
    tree: () => treeOf(work),
    lock: () => readFile(join(work, 'pkgsync.lock'), 'utf8'),
    temporary: () => treeOf(temporary),
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}

async function writeManifest(folder: string, source: string, target: string, packages: Readonly<Record<string, string>>): Promise<void> {
  const manifest = {
    manifestVersion: 1,
    source,
    destinations: {
      mirror: { type: 'directory', path: './mirror' },
      server: { type: 'upload', url: target, server: 'generic', include: onServer },
    },
    packages,
    defaults: { yanked: 'include' },
    prune: 'tombstoned',
    onMismatch: 'replace',
  };
  await writeFile(join(folder, 'work', 'pkgsync.json'), JSON.stringify(manifest));
}

/** Waits for a run that must end well. */
export async function succeeded(running: RunningCli): Promise<CliResult> {
  const result = await running.result;
  if (result.code !== 0) throw new Error(`exit ${result.code ?? result.signal ?? ''}:\n${result.stdout}${result.stderr}`);
  return result;
}
