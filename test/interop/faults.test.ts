import { expect } from '@jest/globals';

import { answers, gone } from '../faults/effects.ts';
import { type Answer, type Effect, faultServer, type Strike, throughHttp } from '../faults/fault-server.ts';
import { interop, type Lab, labTest } from './support/lab.ts';
import { downloadedDigests } from './support/listing.ts';
import { distributionDigests } from './support/packages.ts';
import { devpiUser } from './support/servers.ts';
import { expectInSync } from './support/summary.ts';

const names = ['six', 'colorama'];
const packages = { six: '*', colorama: '*' };
const files = 6;
const env = { DEVPI_PASSWORD: devpiUser.password };

/** An empty index on a real server. */
interface Place {
  readonly origin: string;
  /** Where uploads go there. */
  readonly path: string;
  /** What it holds, by its own files or answers. */
  readonly held: () => Promise<Readonly<Record<string, string>>>;
  /** What the manifest says of it besides. */
  readonly more: object;
  /** Whether a request reads what the index holds of six. */
  readonly listing: (path: string) => boolean;
}

/** Starts a server; the next empty index on it. */
type Servers = (lab: Lab) => Promise<(name: string) => Promise<Place>>;

/** A server for each index: it has no more than one. */
const pypiserver: Servers = (lab) =>
  Promise.resolve(async (name) => {
    const folder = lab.path(name);
    const { origin } = new URL((await lab.pypiserver({ packages: folder })).url);
    return { origin, path: '/', held: () => distributionDigests(folder), more: {}, listing: (path) => path.startsWith('/simple/six/') };
  });

const devpi: Servers = async (lab) => {
  const server = await lab.devpi();
  const auth = { username: devpiUser.username, passwordEnv: 'DEVPI_PASSWORD' };
  return async (name) => {
    const { href, origin, pathname } = new URL(await server.createIndex(name, { volatile: false }));
    const held = (): Promise<Readonly<Record<string, string>>> => downloadedDigests(`${href}+simple/`, names);
    return { origin, path: pathname, held, more: { auth }, listing: (path) => path.startsWith(`${pathname}six?`) };
  };
};

const upload: Strike['on'] = ({ method, head }) => method === 'POST' && head.includes('file_upload') && head.includes('six');

interface Case {
  readonly what: string;
  readonly strike: (place: Place) => Strike;
  /** Of the run that meets the fault. */
  readonly code: number;
}

const cases: readonly Case[] = [
  {
    what: 'the connection is cut after the upload was stored',
    strike: () => ({ on: upload, effect: gone('reset', 'taken'), times: 1 }),
    code: 0,
  },
  {
    what: 'the upload is stored and answered with 500',
    strike: () => ({ on: upload, effect: answers({ status: 500 }, { taken: true }), times: 1 }),
    code: 0,
  },
  {
    what: 'the connection is reset while the body is sent',
    strike: () => ({ on: upload, effect: gone('reset', { received: 4096 }), times: 1 }),
    code: 29,
  },
  {
    what: 'listings answer 503 twice',
    strike: ({ listing }) => ({ on: ({ path }) => listing(path), effect: answers({ status: 503 }), times: 2 }),
    code: 0,
  },
  { what: 'the listing lags', strike: ({ listing }) => lagging(listing), code: 0 },
];

/** The first listing stays for the next three looks: the one before an upload where there is one, and the ones after. */
function lagging(listing: (path: string) => boolean): Strike {
  let first: Answer | undefined;
  const effect: Effect = async (exchange) => {
    first ??= await exchange.upstream();
    exchange.send(first);
  };
  return { on: ({ method, path }) => method === 'GET' && listing(path), effect, times: 4 };
}

/** One apply that meets the fault and one after it, from an empty index to a whole one. */
async function strikeAndMend(lab: Lab, source: string, place: Place, { what, strike, code }: Case): Promise<void> {
  const proxy = await faultServer(throughHttp(place.origin));
  try {
    const destination = { type: 'upload', url: `${proxy.origin}${place.path}`, ...place.more };
    await lab.manifest({ source, destination, packages });
    proxy.strike(strike(place));
    const ran = await lab.pkgsync(['apply', '--yes'], { env });
    expect({ what, struck: proxy.hits > 0, code: ran.code }).toEqual({ what, struck: true, code });
    if (code !== 0) expect(ran.stdout).toMatch(/^Index is consistent: \d+ of \d+ done, 1 failed, /m);

    proxy.strike();
    expect({ what, again: (await lab.pkgsync(['apply', '--yes'], { env })).code }).toEqual({ what, again: 0 });
    await expectInSync(lab, files, [], env);
    const there = await place.held();
    expect(Object.keys(there)).toHaveLength(files);
    expect(await distributionDigests(lab.packages)).toMatchObject(there);
  } finally {
    await proxy[Symbol.asyncDispose]();
  }
}

interop('faults between pkgsync and real servers', () => {
  for (const [name, servers] of Object.entries({ pypiserver, devpi })) {
    labTest(`${name} ends whole after each of ${cases.length} faults`, async (lab) => {
      const source = (await lab.pypiserver({ packages: lab.packages })).url;
      const next = await servers(lab);
      for (const [index, one] of cases.entries()) await strikeAndMend(lab, source, await next(`index${index}`), one);
    });
  }
});
