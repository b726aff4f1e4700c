import { expect } from '@jest/globals';

import type { Lab } from './lab.ts';
import type { RunResult } from './run.ts';

/** The counts of a plan's summary line, by its words: `{ 'to upload': 9, unchanged: 30, … }`. */
export function planCounts(result: RunResult): Readonly<Record<string, number>> {
  const line = /^Plan [0-9a-f]{12}: (.+)\.$/m.exec(result.stdout);
  if (line === null) throw new Error(`no summary line:\n${result.transcript}`);
  return Object.fromEntries(line[1]!.split(', ').map((part) => [part.slice(part.indexOf(' ') + 1), Number.parseInt(part, 10)]));
}

const nothing = {
  'to register': 0,
  'to upload': 0,
  'to replace': 0,
  'to update': 0,
  'to remove': 0,
  mismatch: 0,
  blocked: 0,
  unchanged: 0,
  unverifiable: 0,
};

/** The counts of a plan in which everything but `counts` is zero. */
export function only(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return { ...nothing, ...counts };
}

/** Plans again: nothing to do, and `unchanged` files seen; the exit code says the same. */
export async function expectInSync(lab: Lab, unchanged: number, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const again = await lab.pkgsync(['plan', '--locked', '--detailed-exitcode', ...args], { env });
  expect({ counts: planCounts(again), exit: again.code }).toEqual({ counts: only({ unchanged }), exit: 0 });
}
