/*
 * `npm run test:soak` applies 2,000 and then 20,000 small files into a directory while 1 % of all requests fail, until an apply is whole, and checks
 * every byte. `-- --files N` takes one size (may be given several times), `--seed S` repeats an earlier run, `--faults 0.05` makes it rougher, `--heap 48` gives pkgsync no more than that many
 * megabytes for what lives long: it ends where more is needed, so it tells what is needed from what is only not yet collected. Prints time and memory;
 * asserts completeness and correctness only.
 */
import { fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cleanEnvironment } from '../support/cli.ts';
import { problemsOf } from './check.ts';
import type { ServeRequest } from './server.ts';

const filesPerProject = 20;
/** Runs after which something is wrong that running again does not mend. */
const mostRuns = 10;

const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const register = new URL('../support/register-typescript.mjs', import.meta.url).href;

interface Soaked {
  readonly runs: number;
  readonly seconds: number;
  /** The most memory of one run, bytes; 0 where the system does not tell. */
  readonly peak: number;
  readonly requests: number;
  readonly struck: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

async function soak(request: ServeRequest, node: readonly string[]): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'pkgsync-soak-'));
  const server = fork(fileURLToPath(new URL('server.ts', import.meta.url)), { execArgv: ['--import', register] });
  const answer = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      server.once('message', (message) => resolve(message as T));
      server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  try {
    server.send(request);
    const { origin } = await answer<{ origin: string }>();
    const manifest = { manifestVersion: 1, source: `${origin}/simple/`, destination: './index', all: true };
    await writeFile(join(folder, 'pkgsync.json'), JSON.stringify(manifest));
    const started = performance.now();
    let peak = 0;
    let runs = 0;
    for (let code = -1; code !== 0; runs += 1) {
      if (runs === mostRuns) throw new Error(`not whole after ${runs} runs`);
      const run = await apply(folder, node);
      code = run.code;
      peak = Math.max(peak, run.peak);
      console.log(`  run ${runs + 1}: exit ${code}; ${run.last}`);
    }
    const seconds = (performance.now() - started) / 1000;
    server.send('counts');
    const counts = await answer<Pick<Soaked, 'requests' | 'struck'>>();
    return { runs, seconds, peak, ...counts, problems: await problemsOf(folder, request) };
  } finally {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** One apply as a process of its own, its memory sampled until it ends. */
async function apply(
  folder: string,
  node: readonly string[],
): Promise<{ readonly code: number; readonly last: string; readonly peak: number }> {
  const child = spawn(process.execPath, [...node, bin, 'apply', '--yes', '--quiet'], { cwd: folder, env: cleanEnvironment() });
  let peak = 0;
  let tail = '';
  const sample = setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 100);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (tail = `${tail}${text}`.slice(-4000)));
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve(exit ?? -1));
  });
  clearInterval(sample);
  const last = tail.split('\n').find((line) => /^(Applied|Index is consistent|Nothing|The lock|error)/.test(line)) ?? tail.slice(-500);
  return { code, last, peak };
}

function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    // It has just ended, or the system has no /proc.
    return 0;
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', multiple: true },
      seed: { type: 'string' },
      faults: { type: 'string', default: '0.01' },
      heap: { type: 'string' },
    },
  });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const node = values.heap === undefined ? [] : [`--max-old-space-size=${Number(values.heap)}`];
  const peaks: number[] = [];
  let failed = false;
  console.log(`seed ${seed}`);
  for (const files of (values.files ?? ['2000', '20000']).map(Number)) {
    console.log(`${files} files, ${Number(values.faults) * 100} % faults`);
    const projects = Math.ceil(files / filesPerProject);
    const { runs, seconds, peak, requests, struck, problems } = await soak(
      { seed, projects, filesPerProject, faults: Number(values.faults) },
      node,
    );
    const faults = Object.entries(struck).map(([name, count]) => `${count} × ${name}`);
    console.log(`  ${requests} requests, faults: ${faults.join(', ')}`);
    console.log(`  whole after ${runs} run${runs === 1 ? '' : 's'} and ${seconds.toFixed(0)} s, at most ${(peak / 2 ** 20).toFixed(0)} MB`);
    for (const problem of problems.slice(0, 20)) console.log(`  WRONG: ${problem}`);
    if (problems.length > 20) console.log(`  … and ${problems.length - 20} more`);
    failed ||= problems.length > 0;
    peaks.push(peak);
  }
  const [least = 0, most = 0] = [peaks[0], peaks.at(-1)];
  if (peaks.length > 1 && least > 0) console.log(`memory grows by a factor of ${(most / least).toFixed(2)}`);
  console.log(failed ? `FAILED (seed ${seed})` : 'complete and correct');
  return failed ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  return 1;
});
