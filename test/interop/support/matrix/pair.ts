import { isDeepStrictEqual } from 'node:util';

import type { RunResult } from '../run.ts';
import { only, planCounts } from '../summary.ts';
import { type DestinationPlace, type Place, type World } from './kinds.ts';

/** How the files are brought over: by a manifest with its lock, or by the one command without either. */
export type Way = 'apply' | 'sync';

export interface Pair {
  readonly number: number;
  readonly way: Way;
  readonly source: Place;
  readonly destination: DestinationPlace;
  /** sha256 by filename of all that must arrive. */
  readonly expected: Readonly<Record<string, string>>;
}

/** Brings the files over, reads them back, and plans again. @throws Error that says what was wrong, with what was run */
export async function runPair(world: World, pair: Pair): Promise<void> {
  const { lab, authority } = world;
  const passwordAt = (place: Place) => (place.login ?? world.login).password;
  const env = {
    NODE_EXTRA_CA_CERTS: authority.certificate,
    ...(pair.source.needsLogin ? { PKGSYNC_SOURCE_PASSWORD: passwordAt(pair.source) } : {}),
    ...(pair.destination.needsLogin ? { PKGSYNC_DESTINATION_PASSWORD: passwordAt(pair.destination) } : {}),
  };
  const files = Object.keys(pair.expected).length;
  const manifest = await writeManifest(world, pair);
  const first = pair.way === 'apply' ? ['apply', '--yes', ...manifest] : ['sync', '--all', ...syncArguments(world, pair)];
  const brought = await lab.pkgsync(first, { env });
  check(brought, brought.code === 0, 'bringing the files over failed');
  const held = await pair.destination.held();
  check(brought, isDeepStrictEqual(held, pair.expected), `other files arrived than were sent: ${difference(held, pair.expected)}`);
  const again =
    pair.way === 'apply'
      ? await lab.pkgsync(['plan', '--locked', '--detailed-exitcode', ...manifest], { env })
      : await lab.pkgsync(first, { env });
  check(again, again.code === 0, 'the second run found something to do');
  const counts = planCounts(again);
  check(again, isDeepStrictEqual(counts, only({ unchanged: files })), 'the second run did not find everything in place');
}

/** What must arrive: all but what source or destination cannot hold. */
export function projectsLeftOut({ source, destination }: Pick<Pair, 'source' | 'destination'>): readonly string[] {
  return [...new Set([...(source.lacks ?? []), ...(destination.lacks ?? [])])];
}

async function writeManifest({ lab, login }: World, pair: Pair): Promise<readonly string[]> {
  const { number, source, destination } = pair;
  const auth = (place: Place, variable: string) =>
    place.needsLogin ? { auth: { username: (place.login ?? login).username, passwordEnv: `PKGSYNC_${variable}_PASSWORD` } } : {};
  const name = `pair-${number}`;
  await lab.manifest(
    {
      source: { url: source.location, ...auth(source, 'SOURCE') },
      destination: /^https?:/.test(destination.location)
        ? { type: 'upload', url: destination.location, ...auth(destination, 'DESTINATION') }
        : destination.location,
      all: true,
      exclude: projectsLeftOut(pair),
      defaults: { prereleases: true },
    },
    `${name}.json`,
  );
  return ['--manifest', `${name}.json`, '--lockfile', `${name}.lock`];
}

function syncArguments({ login }: World, pair: Pair): readonly string[] {
  const { source, destination } = pair;
  const user = (place: Place, flag: string) => (place.needsLogin ? [flag, (place.login ?? login).username] : []);
  return [
    ...['--source-url', source.location, ...user(source, '--source-username')],
    ...['--destination-url', destination.location, ...user(destination, '--destination-username')],
    ...projectsLeftOut(pair).flatMap((name) => ['--exclude', name]),
  ];
}

function check(result: RunResult, right: boolean, wrong: string): void {
  if (!right) throw new Error(`${wrong}\n${result.transcript}`);
}

function difference(held: Readonly<Record<string, string>>, expected: Readonly<Record<string, string>>): string {
  const names = [...new Set([...Object.keys(held), ...Object.keys(expected)])].filter((name) => held[name] !== expected[name]);
  return names
    .map((name) => `${name} (${held[name] === undefined ? 'missing' : expected[name] === undefined ? 'extra' : 'other bytes'})`)
    .join(', ');
}
