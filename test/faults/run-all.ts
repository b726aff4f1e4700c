import { cliHost } from './cli-host.ts';
import type { CliHost } from './cli-host.ts';
import { baselineOf, keyOf, runCell } from './matrix.ts';
import type { Baseline, Cell, CellResult } from './matrix.ts';
import type { Scene } from './scenes.ts';

/** Runs cells, several at once (most of them wait), each in one of `count` processes. @returns results by key, in the order of the cells */
export async function runAll(
  chosen: readonly Cell[],
  count: number,
  onCell: (left: number) => void = () => undefined,
): Promise<ReadonlyMap<string, CellResult>> {
  const hosts = Array.from({ length: count }, () => cliHost());
  const baselines = new Map<Scene, Promise<Baseline>>();
  const results = new Map<string, CellResult>(chosen.map((cell) => [keyOf(cell), notRun]));
  const left = [...chosen];

  async function work(host: CliHost): Promise<void> {
    for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
      const { scene } = cell;
      const baseline = baselines.get(scene) ?? baselineOf(scene, host);
      baselines.set(scene, baseline);
      results.set(keyOf(cell), await runCell(cell, await baseline, host));
      onCell(left.length);
    }
  }

  try {
    await Promise.all(hosts.map(work));
    return results;
  } finally {
    for (const host of hosts) await host[Symbol.asyncDispose]();
  }
}

const notRun: CellResult = { outcome: 'not run', violations: [], peak: 0, milliseconds: 0 };
