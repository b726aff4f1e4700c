/*
 * pkgsync beside the tools that people use today, against the same server on this machine: `npm run bench clients`. Needs Python 3.11 or newer; the
 * tools are those of the interop tests. Prints its rows as JSON, for bench.mjs.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { prepareTools, type Tools, Unavailable } from '../test/interop/support/python.ts';
import { must, sealedEnvironment } from '../test/interop/support/run.ts';
import { startPypiserver } from '../test/interop/support/servers.ts';
import { cli } from './command.mjs';
import { wheelOf } from './files.mjs';
import { serve } from './server.mjs';

interface Row {
  readonly what: string;
  readonly measured: string;
}

interface Bench {
  readonly tools: Tools;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Odd, so that the median is a run. */
const runs = 3;

/** Median seconds of a command, each run with a fresh `setUp`. */
async function seconds(setUp: () => Promise<readonly [command: string, args: readonly string[]]>, { folder, env }: Bench): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < runs; count += 1) {
    const [command, args] = await setUp();
    const start = performance.now();
    await must(command, args, { cwd: folder, env });
    times.push((performance.now() - start) / 1000);
  }
  return times.sort((a, b) => a - b)[(runs - 1) / 2] ?? Number.NaN;
}

/** Round trips between client and server, milliseconds: the same machine, and a server some hundred kilometres away. */
const roundTrips = [0, 50];

/** Uploads 50 files to an empty pypiserver, with each tool in turn. */
async function uploads(bench: Bench): Promise<Row[]> {
  const { tools, folder } = bench;
  const files = Array.from({ length: 50 }, (_, at) => {
    const { filename, chunks } = wheelOf('bench-upload', `1.${at}`, 100_000);
    writeFileSync(join(folder, filename), Buffer.concat([...chunks()]));
    return filename;
  });
  const stops: (() => Promise<void> | void)[] = [];
  const toEmptyServer = async (roundTrip: number, command: string, args: (url: string) => readonly string[]) => {
    const number = stops.length;
    const server = await startPypiserver(tools, {
      packages: join(folder, `there-${number}`),
      folder: join(folder, `server-${number}`),
      fallback: 'none',
    });
    const link = await farAway(new URL(server.url), roundTrip);
    stops.push(async () => {
      link.close();
      await server.stop();
    });
    return [command, args(link.url)] as const;
  };
  const user = ['-u', 'ci', '-p', 'ci'];
  const rows: Row[] = [];
  try {
    for (const roundTrip of roundTrips) {
      const own = await seconds(
        () => toEmptyServer(roundTrip, process.execPath, (url) => [cli, 'upload', '--quiet', '--repository-url', url, ...user, ...files]),
        bench,
      );
      const options = ['--non-interactive', '--disable-progress-bar'];
      const twine = await seconds(
        () => toEmptyServer(roundTrip, tools.twine, (url) => ['upload', ...options, '--repository-url', url, ...user, ...files]),
        bench,
      );
      const where = `pypiserver ${roundTrip} ms away`;
      rows.push(
        { what: `upload: 50 files of 100 KB, ${where}, pkgsync upload (median of ${runs})`, measured: `${own.toFixed(2)} s` },
        { what: `upload: the same, ${where}, twine upload`, measured: besides(twine, own) },
      );
    }
    return rows;
  } finally {
    for (const stop of stops) await stop();
  }
}

function besides(other: number, own: number): string {
  return `${other.toFixed(2)} s (${(other / own).toFixed(1)} times as long)`;
}

/** A relay to `target` whose connections take one round trip to stand, and whose bytes take half of one each way. */
async function farAway(target: URL, roundTrip: number): Promise<{ readonly url: string; close(): void }> {
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    // The handshake; after it nothing overtakes what left before.
    const stands = performance.now() + roundTrip;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      let line: Promise<unknown> = Promise.resolve();
      const later = (what: () => void) => {
        const due = Math.max(stands, performance.now() + roundTrip / 2);
        line = line.then(() => delay(due - performance.now())).then(what);
      };
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('data', (bytes) => later(() => to.write(bytes)));
      from.on('end', () => later(() => to.end()));
      from.on('close', () => sockets.delete(from));
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      relay.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Lists a project with 5,000 files, from a server that answers at once. */
async function lists(bench: Bench): Promise<Row[]> {
  const { tools } = bench;
  const files = Array.from({ length: 2500 }, (_, at) => `1.${Math.floor(at / 50)}.${at % 50}`).flatMap((version) => [
    wheelOf('bench-list', version, 10),
    sdistOf('bench-list', version),
  ]);
  const server = await serve(new Map([['bench-list', files]]), 0);
  try {
    const own = await seconds(
      () => Promise.resolve([process.execPath, [cli, 'list', '--source-url', server.url, 'bench-list']] as const),
      bench,
    );
    const pip = await seconds(
      () =>
        Promise.resolve([
          tools.python,
          ['-m', 'pip', 'index', 'versions', '--disable-pip-version-check', '--no-cache-dir', '--index-url', server.url, 'bench-list'],
        ] as const),
      bench,
    );
    return [
      { what: `list: 5,000 files, pkgsync list (median of ${runs})`, measured: `${own.toFixed(2)} s` },
      { what: 'list: the same with pip index versions', measured: besides(pip, own) },
    ];
  } finally {
    server.close();
  }
}

/** Listed, never fetched. */
function sdistOf(name: string, version: string): ReturnType<typeof wheelOf> {
  const wheel = wheelOf(name, version, 10);
  return { ...wheel, filename: `${name}-${version}.tar.gz` };
}

async function rows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pkgsync-bench-'));
  try {
    const tools = await prepareTools();
    const bench = { tools, folder, env: sealedEnvironment(folder) };
    return [...(await uploads(bench)), ...(await lists(bench))];
  } catch (error) {
    if (error instanceof Unavailable) return [{ what: 'clients', measured: `skipped: ${error.message}` }];
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log(JSON.stringify(await rows()));
