import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built command line. */
export const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  /** Added to an environment without any variable of packaging tools, netrc file, proxy or colour. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for node itself. */
  readonly node?: readonly string[];
}

export interface RunningCli {
  readonly process: ChildProcessWithoutNullStreams;
  /** Resolves when stderr or stdout has shown `text`; fails where the process ends first. */
  shown(text: string): Promise<void>;
  readonly result: Promise<CliResult>;
}

/** Starts the built command line without a terminal. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const child = spawn(process.execPath, [...(options.node ?? []), bin, ...args], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
  });
  child.stdin.end();
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const watch of watchers) watch();
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    process: child,
    result,
    shown: (text) =>
      new Promise<void>((resolve, reject) => {
        const watch = () => {
          if (!stdout.includes(text) && !stderr.includes(text)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
        void result.then(() => reject(new Error(`ended without showing '${text}':\n${stdout}${stderr}`)));
      }),
  };
}

/** Runs the built command line to its end. */
export function cli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).result;
}

/** The environment without any variable of packaging tools, authorities, netrc file, proxy or colour. */
export function cleanEnvironment(): Record<string, string> {
  const unwanted =
    /^(PKGSYNC_|TWINE_|UV_|PIP_|REQUESTS_CA_|CURL_CA_|SSL_CERT_|REQUEST_METHOD|VIRTUAL_ENV|NODE_|FORCE_COLOR|NO_COLOR)|_proxy$/i;
  return {
    ...Object.fromEntries(
      Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !unwanted.test(entry[0])),
    ),
    // Leases of one-shot runs lie in the user's cache folder.
    XDG_CACHE_HOME: join(tmpdir(), 'pkgsync-cache-of-tests'),
    NETRC: devNull,
  };
}
