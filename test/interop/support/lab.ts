import { describe, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { preparePackages } from './packages.ts';
import { prepareTools, projectFolder, type Tools, Unavailable } from './python.ts';
import { must, run, type RunOptions, type RunResult, sealedEnvironment } from './run.ts';
import { type DevpiServer, type PypiserverOptions, type Server, startDevpi, startPypiserver, startStaticHost } from './servers.ts';

/** What the machine offers, or why it does not. */
type Preparation = { readonly tools: Tools; readonly packages: string } | { readonly unavailable: string };

async function prepare(): Promise<Preparation> {
  try {
    const tools = await prepareTools();
    return { tools, packages: await preparePackages(tools) };
  } catch (error) {
    if (error instanceof Unavailable) return { unavailable: error.message };
    throw error;
  }
}

const preparation = await prepare();
const required = process.env['PKGSYNC_INTEROP_REQUIRED'] === '1';

/** One test's folder, servers and commands; all of it is gone when the test ends. */
export class Lab {
  readonly folder: string;
  readonly tools: Tools;
  /** Real distribution files; read only. */
  readonly packages: string;
  readonly servers: Server[] = [];
  readonly transcripts: string[] = [];

  constructor(folder: string, tools: Tools, packages: string) {
    this.folder = folder;
    this.tools = tools;
    this.packages = packages;
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  async pypiserver(options: Partial<PypiserverOptions> & { readonly packages: string }): Promise<Server> {
    const folder = this.path(`server-${this.servers.length}`);
    const server = await startPypiserver(this.tools, { folder, fallback: 'none', ...options });
    this.servers.push(server);
    return server;
  }

  /** @param more further options of devpi-server */
  async devpi(more: readonly string[] = []): Promise<DevpiServer> {
    const server = await startDevpi(this.tools, this.path(`server-${this.servers.length}`), more);
    this.servers.push(server);
    return server;
  }

  async staticHost(served: string): Promise<Server> {
    const server = await startStaticHost(this.tools, served, this.path(`server-${this.servers.length}`));
    this.servers.push(server);
    return server;
  }

  /** Writes the manifest of this test's folder. */
  async manifest(manifest: Readonly<Record<string, unknown>>, name = 'pkgsync.json'): Promise<void> {
    await writeFile(this.path(name), `${JSON.stringify({ manifestVersion: 1, ...manifest }, undefined, 2)}\n`);
  }

  /** Runs the built command line in this test's folder. */
  async pkgsync(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const cli = join(projectFolder, 'dist', 'cli', 'bin.js');
    return this.#recorded(run(process.execPath, [cli, ...args], this.#sealed(options)));
  }

  /** Runs one of the examples in this test's folder, against the built library. */
  async example(path: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.#recorded(run(process.execPath, [join(projectFolder, 'examples', path), ...args], this.#sealed(options)));
  }

  /** Runs any other command in this test's folder. */
  async command(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.#recorded(run(command, args, this.#sealed(options)));
  }

  async pip(args: readonly string[]): Promise<RunResult> {
    return this.#recorded(run(this.tools.pip, args, this.#sealed({})));
  }

  async uv(args: readonly string[]): Promise<RunResult> {
    return this.#recorded(run(this.tools.uv, args, this.#sealed({})));
  }

  async twine(args: readonly string[]): Promise<RunResult> {
    return this.#recorded(run(this.tools.twine, args, this.#sealed({})));
  }

  /** Runs Python code with `path` as the only place of extra modules; gives what it printed. */
  async python(code: string, path: string): Promise<string> {
    const options = this.#sealed({ env: { PYTHONPATH: path } });
    const { stdout } = await this.#recorded(must(this.tools.python, ['-S', '-c', code], options));
    return stdout.trim();
  }

  #sealed(options: RunOptions): RunOptions {
    return { cwd: this.folder, ...options, env: sealedEnvironment(this.path('home'), options.env) };
  }

  async #recorded(running: Promise<RunResult>): Promise<RunResult> {
    const result = await running;
    this.transcripts.push(result.transcript);
    return result;
  }

  /** Everything that was run and logged, for the message of a failing test. */
  report(): string {
    const logs = this.servers.map((server) => `--- log of ${server.url}\n${server.log()}`);
    return [...this.transcripts, ...logs].join('\n\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * A test with a lab of its own. When it fails, its message ends with every command it ran and every server's log.
 * @param limit milliseconds; the configuration's unless given
 */
export function labTest(name: string, body: (lab: Lab) => Promise<void>, limit?: number): void {
  const tested = async (): Promise<void> => {
    if ('unavailable' in preparation) throw new Error(`not available: ${preparation.unavailable}`);
    const lab = new Lab(await mkdtemp(join(tmpdir(), 'pkgsync-interop-')), preparation.tools, preparation.packages);
    try {
      await body(lab);
    } catch (error) {
      // Not `instanceof`: an assertion's error comes from outside the test's realm.
      if (typeof error === 'object' && error !== null && 'message' in error) error.message = `${String(error.message)}\n\n${lab.report()}`;
      throw error;
    } finally {
      await lab.close();
    }
  };
  test(name, tested, limit);
}

/**
 * Tests that need real servers and clients. A machine without them skips, and says why; where they are required (PKGSYNC_INTEROP_REQUIRED=1)
 * that is a failure.
 * @param also what these tests need beside Python's servers and clients
 */
export function interop(name: string, tests: () => void, also?: { readonly unavailable?: string | undefined }): void {
  const reason = 'unavailable' in preparation ? preparation.unavailable : also?.unavailable;
  if (reason === undefined) {
    describe(name, tests);
    return;
  }
  if (required) {
    test(`${name} has its servers and clients`, () => {
      throw new Error(`real servers and clients are required here (PKGSYNC_INTEROP_REQUIRED=1), but: ${reason}`);
    });
    return;
  }
  process.stderr.write(`SKIPPED: ${name}: ${reason}\n`);
  describe.skip(`${name} (SKIPPED: ${reason})`, tests);
}
