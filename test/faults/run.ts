/*
 * `npm run test:faults` runs every fault at every operation and prints the table; exit 1 where a cell is not as `matrix.json` has it, or anything
 * happened that must never happen. `-- --only TEXT` takes the cells whose key contains it, `-- --write` takes what came out as expected and puts the
 * table into docs/reliability.md.
 */
import { parseArgs } from 'node:util';
import { cells, keyOf } from './matrix.ts';
import { runAll } from './run-all.ts';
import { readExpected, reportOf, writeDocs, writeExpected } from './expected.ts';
import { table } from './table.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, write: { type: 'boolean', default: false }, hosts: { type: 'string', default: '6' } },
  });
  const chosen = cells().filter((cell) => values.only === undefined || keyOf(cell).includes(values.only));
  const start = performance.now();
  const results = await runAll(chosen, Number(values.hosts), (left) => {
    if (left % 100 === 0 && left > 0) console.error(`${left} cells left`);
  });
  const found = Object.fromEntries([...results].map(([key, { outcome }]) => [key, outcome]));
  const expected = { ...readExpected(), ...(values.write ? found : {}) };
  if (values.write) {
    writeExpected(expected);
    writeDocs(expected);
  }
  console.log(table(values.only === undefined ? found : { ...expected, ...found }));
  const slowest = [...results].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, 3);
  const peak = Math.max(...[...results.values()].map(({ peak: bytes }) => bytes));
  console.log(`\n${results.size} cells in ${((performance.now() - start) / 1000).toFixed(0)} s, at most ${(peak / 2 ** 20).toFixed(0)} MB`);
  console.log(`slowest: ${slowest.map(([key, { milliseconds }]) => `${key} (${(milliseconds / 1000).toFixed(1)} s)`).join('; ')}`);
  const problems = reportOf(results, expected);
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? 'all as expected' : `${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  return 1;
});
