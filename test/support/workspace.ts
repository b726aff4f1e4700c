import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { systemErrorCode } from '../../src/io/file-errors.ts';
import { cli, startCli } from './cli.ts';
import type { CliOptions, CliResult, RunningCli } from './cli.ts';

/** An empty folder with a manifest in it, and the command line to run there. */
export interface Workspace extends AsyncDisposable {
  readonly folder: string;
  path(...parts: string[]): string;
  /** Writes `pkgsync.json`. */
  manifest(content: unknown): Promise<void>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  read(path: string): Promise<string>;
  /** All files below `path`, relative to it, sorted; empty where there is no such folder. */
  files(path: string): Promise<readonly string[]>;
  run(...args: string[]): Promise<CliResult>;
  runWith(options: Omit<CliOptions, 'cwd'>, ...args: string[]): Promise<CliResult>;
  start(...args: string[]): RunningCli;
  startWith(options: Omit<CliOptions, 'cwd'>, ...args: string[]): RunningCli;
}

export async function workspace(): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'pkgsync-e2e-'));
  const path = (...parts: string[]) => join(folder, ...parts);
  const write = async (name: string, content: string | Uint8Array) => {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), content);
  };
  return {
    folder,
    path,
    write,
    manifest: (content) =>
      write(
        'pkgsync.json',
        typeof content === 'string' ? content : JSON.stringify({ manifestVersion: 1, ...(content as object) }, undefined, 2),
      ),
    read: (name) => readFile(path(name), 'utf8'),
    files: async (name) => {
      const entries = await readdir(path(name), { recursive: true, withFileTypes: true }).catch((error: unknown) => {
        if (systemErrorCode(error) === 'ENOENT') return [];
        throw error;
      });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(path(name), join(entry.parentPath, entry.name)))
        .sort();
    },
    run: (...args) => cli(args, { cwd: folder }),
    runWith: (options, ...args) => cli(args, { ...options, cwd: folder }),
    start: (...args) => startCli(args, { cwd: folder }),
    startWith: (options, ...args) => startCli(args, { ...options, cwd: folder }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
