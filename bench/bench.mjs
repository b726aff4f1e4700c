/*
 * Measures, judges nothing: `npm run bench` prints one table, `node bench/bench.mjs memory plan` only these rows. Run `npm run build` first.
 * Servers are local, every folder is temporary; the memory run writes 1 GiB to it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { cli, pkgsync, startup } from './command.mjs';
import { bigWheel, wheelOf } from './files.mjs';
import { measurePackaging } from './packaging.mjs';
import { measurePages } from './pages.mjs';
import { serve } from './server.mjs';

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} measured
 * @property {string} [goal]
 * @typedef {import('./server.mjs').ServedFile} ServedFile
 */

/**
 * In a process that reads TypeScript: it shares servers, tools and certificates with the tests.
 * @param {string} script
 * @returns {Promise<Row[]>}
 */
function measureByTypeScript(script) {
  const folder = import.meta.dirname;
  const register = pathToFileURL(join(folder, '..', 'test', 'support', 'register-typescript.mjs')).href;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', register, join(folder, script)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Promise.resolve(JSON.parse(stdout));
}

/**
 * Serves `projects` and runs `body` in a folder whose manifest brings all of them into a directory.
 * @template T
 * @param {ReadonlyMap<string, readonly ServedFile[]>} projects
 * @param {number} latency milliseconds
 * @param {(folder: string, server: Awaited<ReturnType<typeof serve>>) => Promise<T>} body
 * @returns {Promise<T>}
 */
async function withIndex(projects, latency, body) {
  const folder = mkdtempSync(join(tmpdir(), 'pkgsync-bench-'));
  const server = await serve(projects, latency);
  try {
    writeFileSync(
      join(folder, 'pkgsync.json'),
      JSON.stringify({ manifestVersion: 1, source: server.url, destination: './mirror', all: true }),
    );
    return await body(folder, server);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @type {Record<string, () => Promise<Row[]>>} */
const measurements = {
  packaging: measurePackaging,

  pages: () => Promise.resolve(measurePages()),

  clients: () => measureByTypeScript('clients.ts'),

  http2: () => measureByTypeScript('http2.ts'),

  async startup() {
    const runs = 15;
    const node = startup(['-e', '0'], runs);
    const own = startup([cli, '--version'], runs);
    return [
      { what: `start: node -e 0 (median of ${runs})`, measured: `${node.toFixed(0)} ms` },
      { what: `start: pkgsync --version (median of ${runs})`, measured: `${own.toFixed(0)} ms (${(own - node).toFixed(0)} ms more)` },
    ];
  },

  async transfer() {
    const files = Array.from({ length: 200 }, (_, index) => wheelOf('bench-small', `1.${index}`, 100_000));
    return withIndex(new Map([['bench-small', files]]), 100, async (folder, server) => {
      const { seconds, peak } = await pkgsync(folder, ['apply', '--yes']);
      return [
        {
          what: 'apply: 1 project, 200 files of 100 KB, 100 ms latency',
          measured: `${server.transferSeconds().toFixed(2)} s transfer, ${seconds.toFixed(2)} s in all, ${peak.toFixed(0)} MB peak`,
          goal: 'transfer < 2 s',
        },
      ];
    });
  },

  async memory() {
    return withIndex(new Map([['bench-big', [bigWheel('bench_big', 1024)]]]), 0, async (folder, server) => {
      const { seconds, peak } = await pkgsync(folder, ['apply', '--yes']);
      const transfer = server.transferSeconds();
      const verified = await pkgsync(folder, ['verify', '--deep']);
      return [
        {
          what: 'apply: one file of 1 GiB',
          measured: `${peak.toFixed(0)} MB peak, ${transfer.toFixed(1)} s transfer, ${seconds.toFixed(1)} s in all`,
          goal: 'peak < 150 MB',
        },
        {
          what: 'verify --deep of a directory: one file of 1 GiB',
          measured: `${verified.peak.toFixed(0)} MB peak, ${verified.seconds.toFixed(1)} s`,
        },
      ];
    });
  },

  async verify() {
    const names = Array.from({ length: 500 }, (_, index) => `bench-${String(index).padStart(3, '0')}`);
    const projects = new Map(names.map((name) => [name, ['1.0', '1.1', '1.2', '1.3'].map((version) => wheelOf(name, version, 10_000))]));
    return withIndex(projects, 0, async (folder, server) => {
      // The index that the files come from serves as the server to verify, too: nothing is written to it.
      const url = server.url.replace('127.0.0.1', 'localhost');
      const upload = { type: 'upload', url, simpleUrl: url, server: 'generic' };
      const manifest = { manifestVersion: 1, source: server.url, destinations: { disk: './mirror', server: upload }, all: true };
      writeFileSync(join(folder, 'pkgsync.json'), JSON.stringify(manifest));
      await pkgsync(folder, ['apply', '--yes', '--destination', 'disk']);
      const rows = [];
      for (const args of [
        ['--destination', 'disk'],
        ['--destination', 'server'],
        ['--destination', 'server', '--deep'],
      ]) {
        const { seconds, peak } = await pkgsync(folder, ['verify', '--cache-dir', join(folder, 'cache'), ...args]);
        rows.push({
          what: `verify ${args.slice(1).join(' ')}: 2,000 files of 10 KB`,
          measured: `${seconds.toFixed(2)} s, ${peak.toFixed(0)} MB peak`,
        });
      }
      return rows;
    });
  },

  async plan() {
    const names = Array.from({ length: 2000 }, (_, index) => `bench-${String(index).padStart(4, '0')}`);
    const projects = new Map(names.map((name) => [name, ['1.0', '1.1', '2.0'].map((version) => wheelOf(name, version, 10))]));
    return withIndex(projects, 0, async (folder) => {
      const { seconds, peak } = await pkgsync(folder, ['plan']);
      return [
        { what: 'plan: 2,000 projects of 3 files, nothing there yet', measured: `${seconds.toFixed(2)} s, ${peak.toFixed(0)} MB peak` },
      ];
    });
  },

  async all() {
    const rows = [];
    for (const count of [2000, 20_000]) {
      const names = Array.from({ length: count }, (_, index) => `bench-${String(index).padStart(5, '0')}`);
      const projects = new Map(names.map((name) => [name, [wheelOf(name, '1.0', 10)]]));
      const everyNth = (/** @type {number} */ n) => names.filter((_, index) => index % n === n - 1);
      const lost = everyNth(250).flatMap((name) => (projects.get(name) ?? []).map(({ filename }) => filename));
      const broken = everyNth(400).filter((name) => !everyNth(250).includes(name));
      const folder = mkdtempSync(join(tmpdir(), 'pkgsync-bench-'));
      const server = await serve(projects, 0, { brokenPages: new Set(broken), lostFiles: new Set(lost) });
      try {
        const args = ['sync', '--source-url', server.url, '--destination-url', './mirror', '--all'];
        const { seconds, peak, stdout } = await pkgsync(folder, args, 29);
        const arrived = /^Index is consistent: (\d+) of/m.exec(stdout)?.[1];
        rows.push({
          what: `sync --all: ${count.toLocaleString('en')} projects, ${broken.length} pages and ${lost.length} files fail`,
          measured: `${peak.toFixed(0)} MB peak, ${seconds.toFixed(1)} s, ${arrived} actions done, exit 29`,
        });
      } finally {
        server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }
    return rows;
  },
};

if (!existsSync(cli)) throw new Error(`${cli} is missing: run 'npm run build' first`);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(measurements, name));
if (unknown.length > 0)
  throw new Error(`no measurement is called ${unknown.join(', ')}: there are ${Object.keys(measurements).join(', ')}`);

const rows = [];
for (const [name, measure] of Object.entries(measurements)) {
  if (asked.length === 0 || asked.includes(name)) rows.push(...(await measure()));
}
const width = Math.max(...rows.map(({ what }) => what.length));
console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores`);
for (const { what, measured, goal } of rows)
  console.log(`${what.padEnd(width)}  ${measured}${goal === undefined ? '' : `  (goal: ${goal})`}`);
