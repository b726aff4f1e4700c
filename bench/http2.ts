/*
 * HTTP/2 beside HTTP/1.1 as undici speaks them, over TLS and a line with a round trip: `npm run bench http2`. The server runs in a process of its own.
 * Prints its rows as JSON, for bench.mjs.
 */
import { fork } from 'node:child_process';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Agent } from 'undici';
import { certificateAuthority } from '../test/support/certificates.ts';

/** Milliseconds. */
const roundTrips = [50, 100];
const megabyte = Buffer.alloc(1_000_000, 1);

async function listening(server: { listen(port: number, host: string, ready: () => void): unknown; address(): unknown }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers `/<bytes>`; its ports by round trip go to the parent. */
async function serve(): Promise<void> {
  const server = createSecureServer({ ...certificateAuthority().issue(), allowHTTP1: true }, (request, response) => {
    let left = Number(request.url.slice(1));
    response.writeHead(200, { 'content-length': left });
    const more = (): void => {
      while (left > 0) {
        const chunk = megabyte.subarray(0, left);
        left -= chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const port = await listening(server);
  const ports: Record<number, number> = {};
  for (const roundTrip of roundTrips) {
    const line = createServer({ noDelay: true }, (near) => {
      const far = connect({ port, host: '127.0.0.1', noDelay: true });
      carry(near, far, roundTrip / 2);
      carry(far, near, roundTrip / 2);
    });
    ports[roundTrip] = await listening(line);
  }
  process.send?.(ports);
}

function carry(from: Socket, to: Socket, after: number): void {
  const later = (task: () => unknown) => setTimeout(() => to.destroyed || task(), after);
  from.on('data', (chunk) => later(() => to.write(chunk)));
  from.on('close', () => later(() => to.destroy())).on('error', () => to.destroy());
}

/** Seconds for `count` answers of `bytes`, 16 at once. */
async function seconds(port: number, allowH2: boolean, count: number, bytes: number): Promise<number> {
  const agent = new Agent({ connections: 16, allowH2, connect: { rejectUnauthorized: false } });
  let left = count;
  const begun = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { body } = await agent.request({ origin: `https://127.0.0.1:${port}`, path: `/${bytes}`, method: 'GET' });
      let read = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) read += chunk.length;
      if (read !== bytes) throw new Error(`${read} of ${bytes} bytes arrived`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(16, count) }, worker));
  const taken = (performance.now() - begun) / 1000;
  await agent.destroy();
  return taken;
}

async function measure(): Promise<void> {
  const server = fork(import.meta.filename, ['server'], { execArgv: process.execArgv });
  const ports = await new Promise<Record<number, number>>((resolve) => server.once('message', (given) => resolve(given as typeof ports)));
  const rows = [];
  for (const roundTrip of roundTrips) {
    for (const [what, count, bytes] of [
      ['1,000 pages of 3 KB', 1000, 3000],
      ['500 files of 20 KB', 500, 20_000],
      ['one file of 20 MB', 1, 20_000_000],
    ] as const) {
      const [old, young] = [
        await seconds(ports[roundTrip] ?? 0, false, count, bytes),
        await seconds(ports[roundTrip] ?? 0, true, count, bytes),
      ];
      rows.push({
        what: `HTTP/1.1 and HTTP/2: ${what}, round trip ${roundTrip} ms`,
        measured: `${old.toFixed(1)} s and ${young.toFixed(1)} s`,
      });
    }
  }
  server.kill();
  process.stdout.write(JSON.stringify(rows));
}

if (process.argv[2] === 'server') await serve();
else await measure();
