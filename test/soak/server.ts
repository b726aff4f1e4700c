/*
 * The source of a soak, in a process of its own so that its memory is not taken for pkgsync's: an index whose wheels are made as they are asked for, and
 * that fails at a share of the requests. Started by soak.ts, which sends what to serve and asks for the counts at the end.
 */
import { altered, broken, gone, answers } from '../faults/effects.ts';
import { faultServer, ofScript } from '../faults/fault-server.ts';
import type { Effect } from '../faults/fault-server.ts';
import type { Reply } from '../support/scripted-server.ts';
import { chance, projectName, sha256, wheelOf } from './releases.ts';
import type { Size } from './releases.ts';

export interface ServeRequest extends Size {
  /** Share of the requests that meet a fault. */
  readonly faults: number;
}

const shortStall: Effect = async (exchange) => {
  const answer = await exchange.upstream();
  await exchange.pause(500);
  exchange.send(answer);
};

const wrongBytes: Effect = altered(({ body }) => {
  const copy = Buffer.from(body);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return { body: copy };
});

const kinds: readonly (readonly [name: string, effect: Effect])[] = [
  ['reset', gone('reset')],
  ['503', answers({ status: 503 })],
  ['cut short', broken(100, 'close')],
  ['stall', shortStall],
  ['wrong bytes', wrongBytes],
];

async function serve({ seed, projects, filesPerProject, faults }: ServeRequest): Promise<void> {
  const json = (value: unknown): Reply => ({
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' },
  });
  const meta = { 'api-version': '1.1' };
  const upstream = ofScript(({ path }) => {
    if (path === '/simple/') return json({ meta, projects: Array.from({ length: projects }, (_, i) => ({ name: projectName(i) })) });
    const [, name] = /^\/simple\/(soak-\d+)\/$/.exec(path) ?? [];
    if (name !== undefined) {
      const files = Array.from({ length: filesPerProject }, (_, version) => {
        const { filename, bytes } = wheelOf(seed, name, version);
        return { filename, url: `../../files/${name}/${version}/${filename}`, hashes: { sha256: sha256(bytes) }, size: bytes.length };
      });
      return json({ meta, name, files });
    }
    const [, project = '', version = ''] = /^\/files\/(soak-\d+)\/(\d+)\//.exec(path) ?? [];
    if (project === '') return { status: 404 };
    return { body: wheelOf(seed, project, Number(version)).bytes, headers: { 'content-type': 'application/octet-stream' } };
  });

  const server = await faultServer(upstream);
  const struck: Record<string, number> = {};
  const asked = new Map<string, number>();
  let requests = 0;
  // Decided by seed, path and how often it was asked for: the same seed gives the same faults, in whatever order requests come.
  const pick = (path: string, turn: number): readonly [string, Effect] | undefined => {
    if (chance(seed, 'fault', path, turn) >= faults) return undefined;
    return kinds[Math.floor(chance(seed, 'kind', path, turn) * (path.startsWith('/files/') ? kinds.length : kinds.length - 1))];
  };
  server.strike({
    times: Infinity,
    on: ({ path }) => {
      requests += 1;
      const turn = (asked.get(path) ?? 0) + 1;
      asked.set(path, turn);
      return pick(path, turn) !== undefined;
    },
    effect: (exchange) => {
      const [name, effect] = pick(exchange.path, asked.get(exchange.path) ?? 0) ?? ['none', answers({ status: 500 })];
      struck[name] = (struck[name] ?? 0) + 1;
      return effect(exchange);
    },
  });
  process.on('message', (message) => {
    if (message === 'counts') process.send?.({ requests, struck });
  });
  process.send?.({ origin: server.origin });
}

process.on('disconnect', () => process.exit());
process.once('message', (request) => void serve(request as ServeRequest));
