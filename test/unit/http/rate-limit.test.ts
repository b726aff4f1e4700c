import { describe, expect, it } from '@jest/globals';
import { lookup } from 'node:dns/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { progressing, leastProgress } from '../../../src/http/progress.ts';
import { failureOf, httpTools } from '../../support/http.ts';
import { readAll } from '../../../src/io/hashing.ts';

const { serve, client } = httpTools();

/** Waits that end when the test says so. */
function waiting() {
  const waits: { readonly milliseconds: number; readonly end: () => void }[] = [];
  const sleep = (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
      waits.push({ milliseconds, end: resolve });
    });
  return { waits, retry: { sleep, random: () => 0.5, now: () => 0 } };
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await turn();
}

describe('a limit that one request meets', () => {
  it.each([
    [429, { 'retry-after': '30' }],
    [503, { 'retry-after': '30' }],
  ])('with %d holds the others back until its pause is over, and lets them go one after the other', async (status, headers) => {
    const server = await serve({ '/first': [{ status, headers }, { body: 'ok' }], '/other': { body: 'ok' }, 'POST /up': {} });
    const { waits, retry } = waiting();
    const told: number[] = [];
    const http = client({ retry, onRetry: ({ delay }) => told.push(delay) });
    const first = http.get(server.url('/first'));
    await until(() => waits.length === 1);
    const others = [...Array.from({ length: 5 }, () => http.get(server.url('/other'))), http.send(server.url('/up'), { method: 'POST' })];
    for (let i = 0; i < 20; i += 1) await turn();
    expect(server.log()).toEqual(['GET /first']);
    waits[0]?.end();
    await (await first).discard();
    await until(() => waits.length === 7);
    expect(waits.map(({ milliseconds }) => milliseconds)).toEqual([30_000, 1000, 1000, 1000, 1000, 1000, 1000]);
    expect(server.requests).toHaveLength(2);
    for (const { end } of waits) end();
    for (const answer of await Promise.all(others)) await answer.discard();
    expect(server.requests).toHaveLength(8);
    expect(told).toEqual([30_000]);
  });

  it('is told once and waited for once where many meet it together', async () => {
    let limited = true;
    const server = await serve(() => (limited ? { status: 429, headers: { 'retry-after': '7' } } : { body: 'ok' }));
    const { waits, retry } = waiting();
    const told: number[] = [];
    const http = client({ retry, onRetry: ({ delay }) => told.push(delay) });
    const all = Array.from({ length: 6 }, (_, i) => http.get(server.url(`/${i}`)));
    await until(() => server.requests.length === 6);
    for (let i = 0; i < 50; i += 1) await turn();
    limited = false;
    await until(() => waits.length === 1);
    waits[0]?.end();
    await until(() => waits.length === 6);
    for (const { end } of waits) end();
    for (const answer of await Promise.all(all)) expect(await answer.text()).toBe('ok');
    expect(told).toEqual([7000]);
  });

  it('is not one of other servers, and not a 503 that names no time', async () => {
    const server = await serve({ '/x': [{ status: 503 }, { body: 'ok' }], '/y': { body: 'ok' } });
    const other = await serve({ '/x': { body: 'ok' } });
    const { waits, retry } = waiting();
    const http = client({ retry });
    const first = http.get(server.url('/x'));
    await until(() => waits.length === 1);
    for (const url of [other.url('/x'), server.url('/y')]) expect(await (await http.get(url)).text()).toBe('ok');
    waits[0]?.end();
    await (await first).discard();
  });

  it('does not outlive an interruption', async () => {
    const server = await serve({ '/x': { status: 429 } });
    const { waits, retry } = waiting();
    const http = client({ retry });
    const controller = new AbortController();
    const both = [http.get(server.url('/x'), { signal: controller.signal })];
    await until(() => waits.length === 1);
    both.push(http.get(server.url('/x'), { signal: controller.signal }));
    controller.abort();
    for (const one of both) expect(await failureOf(one)).toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('a body that drips', () => {
  /** Chunks of `size`, each after `every` milliseconds of a clock that only moves so. */
  function dripping(chunks: number, size: number, every: number) {
    const clock = { now: 0 };
    async function* body() {
      for (let i = 0; i < chunks; i += 1) {
        clock.now += every;
        await Promise.resolve();
        yield new Uint8Array(size);
      }
    }
    return { clock, body: body() };
  }

  it('is given up when 64 KiB take longer than the rule allows', async () => {
    const { clock, body } = dripping(1000, 1, 59_000);
    const error = await failureOf(
      readAll(
        progressing(body, 'the file', 300_000, () => clock.now),
        1_000_000,
        'x',
      ),
    );
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true, message: 'the file answers too slowly: 6 bytes in 354 s' });
  });

  it('may be slow as long as it comes on, and its reader may take its time', async () => {
    const slow = dripping(40, leastProgress / 4, 70_000);
    expect(
      (
        await readAll(
          progressing(slow.body, 'x', 300_000, () => slow.clock.now),
          10_000_000,
          'x',
        )
      ).length,
    ).toBe(10 * leastProgress);
    const { clock, body } = dripping(40, 1, 1);
    let read = 0;
    for await (const chunk of progressing(body, 'x', 300_000, () => clock.now)) {
      clock.now += 1_000_000;
      read += chunk.length;
    }
    expect(read).toBe(40);
  });

  it.each([false, true])('is given up over a real connection, unpacked: %s', async (decode) => {
    const server = await serve({ '/x': { body: 'a'.repeat(1000), drip: { every: 5, bytes: 1 } } });
    const response = await client({ timeouts: { progress: 40 } }).get(server.url('/x'), { decode });
    expect((await failureOf(response.bytes())).message).toContain('answers too slowly');
  });
});

describe('IPv6', () => {
  it('addresses are read, and have credentials of their own', async () => {
    const server = await serve({ '/x': { body: 'ok' } }, { address: '::1' });
    const credentials = { for: (url: URL) => Promise.resolve(url.origin === server.origin ? { username: 'u', password: 'p' } : undefined) };
    expect(await (await client({ credentials }).get(server.url('/x'))).text()).toBe('ok');
    expect(server.requests[0]?.headers).toMatchObject({ host: server.host, authorization: 'Basic dTpw' });
  });

  it('or not: localhost is found on whichever of its addresses alone a server listens', async () => {
    for (const { address } of await lookup('localhost', { all: true })) {
      const server = await serve({ '/x': { body: 'ok' } }, { address });
      expect(await (await client().get(`http://localhost:${new URL(server.origin).port}/x`)).text()).toBe('ok');
    }
  });
});
