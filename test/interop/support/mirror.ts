import { expect } from '@jest/globals';

import type { Lab } from './lab.ts';
import { distributionDigests } from './packages.ts';

/** Rules under which everything that a server has is wanted. */
export const everything = { all: true, defaults: { prereleases: true, yanked: 'include' } } as const;

/** Brings all of a pypiserver into `mirror` below the lab's folder; gives the digests that arrived. */
export async function mirrorEverything(lab: Lab): Promise<Record<string, string>> {
  const server = await lab.pypiserver({ packages: lab.packages });
  await lab.manifest({ source: server.url, destination: './mirror', ...everything });
  const applied = await lab.pkgsync(['apply', '--yes']);
  expect(applied.code).toBe(0);
  return distributionDigests(lab.path('mirror'));
}
