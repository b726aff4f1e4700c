/*
 * `npm run fuzz -- --runs N` spreads N inputs over all parsers; `--only NAME` takes one of them, `--seed S` repeats an earlier run, and with
 * both `--path P` its failing input. Prints one line per parser, then one for all; exit 1 when something was found.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { surfaces } from './surfaces.ts';

function wholeNumber(text: string, option: string): number {
  if (!/^-?\d{1,10}$/.test(text)) throw new Error(`--${option} takes a whole number, not '${text}'`);
  return Number(text);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' }, only: { type: 'string' }, path: { type: 'string' } },
  });
  const runs = wholeNumber(values.runs, 'runs');
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber(values.seed, 'seed');
  const chosen = surfaces.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) throw new Error(`--only takes one of: ${surfaces.map(({ name }) => name).join(', ')}`);
  if (values.path !== undefined && chosen.length > 1) throw new Error('--path belongs to one parser: name it with --only');

  console.log(`seed ${seed}`);
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  let left = runs;
  let failed = 0;
  for (const [at, surface] of chosen.entries()) {
    const share = at === chosen.length - 1 ? left : Math.round((runs * surface.weight) / weights);
    left -= share;
    const start = performance.now();
    const { runs: done, slowest, failure } = await fuzz(surface, { seed, runs: share, path: values.path });
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(
      `${surface.name}: ${done} runs in ${seconds} s, slowest ${(slowest * 100).toFixed(0)} % of its limit${failure === undefined ? '' : ', FAILED'}`,
    );
    if (failure === undefined) continue;
    failed += 1;
    console.log(`${failure}\nagain: npm run fuzz -- --only '${surface.name}' --seed ${seed} --runs ${share} --path <path above>`);
  }
  console.log(`${runs} runs over ${chosen.length} parsers, ${failed} failed (seed ${seed})`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
