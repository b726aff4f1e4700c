/*
 * `npm run test:crash -- --runs N` cuts off N applies of the built command line, checks what is left, resumes and compares with an undisturbed one.
 * `--seed S` repeats an earlier run, with `--only K` its point number K alone; `--jobs J` points at once. Exit 1 when something was found.
 */
import { parseArgs } from 'node:util';
import { seededChooser } from '../support/crash-model.ts';
import type { Chooser } from '../support/crash-model.ts';
import { tryPoint, undisturbed } from './point.ts';
import type { Cut, PointResult, Trigger, Undisturbed } from './point.ts';
import { beginning } from './scenario.ts';

function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${option} takes a whole number, not '${text}'`);
  return Number(text);
}

/** The cuts of one point: mostly one, sometimes more of them, the later ones during the resumed applies. */
function cutsOf(choose: Chooser, expected: Undisturbed): readonly Cut[] {
  const count = [1, 1, 1, 1, 1, 1, 1, 2, 2, 3][choose(10)] ?? 1;
  return Array.from({ length: count }, () => {
    const trigger = triggerOf(choose, expected);
    const asked = trigger.kind !== 'disk operation' && choose(4) === 0;
    return { signal: asked ? 'SIGTERM' : 'SIGKILL', trigger };
  });
}

function triggerOf(choose: Chooser, { operations, bytes, requests, uploads, milliseconds }: Undisturbed): Trigger {
  const within = (most: number): number => 1 + choose(Math.max(1, most));
  switch (choose(8)) {
    case 0:
      return { kind: 'byte served', at: within(bytes) };
    case 1:
      return { kind: 'request', at: within(requests) };
    case 2:
      return { kind: 'upload', at: within(uploads) };
    case 3:
      return { kind: 'millisecond', at: within(milliseconds) };
    default:
      return { kind: 'disk operation', at: within(operations), how: (['before', 'after', 'torn'] as const)[choose(3)] ?? 'before' };
  }
}

function told(cuts: readonly Cut[]): string {
  return cuts
    .map(
      ({ signal, trigger }) => `${signal} at ${trigger.kind} ${trigger.at}${trigger.kind === 'disk operation' ? ` (${trigger.how})` : ''}`,
    )
    .join(', then ');
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '200' },
      seed: { type: 'string' },
      only: { type: 'string' },
      jobs: { type: 'string', default: '2' },
    },
  });
  const runs = wholeNumber(values.runs, 'runs');
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber(values.seed, 'seed');
  const only = values.only === undefined ? undefined : wholeNumber(values.only, 'only');
  const began = performance.now();
  console.log(`seed ${seed}`);
  await using start = await beginning();
  const expected = await undisturbed(start);
  const { operations, bytes, requests, uploads, milliseconds } = expected;
  console.log(
    `undisturbed: ${operations} disk operations, ${requests} requests and ${bytes} bytes from the source, ${uploads} uploads, ${milliseconds} ms`,
  );

  const points = Array.from({ length: runs }, (_, index) => index + 1).filter((point) => only === undefined || point === only);
  const results: PointResult[] = [];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let point = points.shift(); point !== undefined; point = points.shift()) {
      const cuts = cutsOf(seededChooser(seed * 31 + point * 2_654_435_761), expected);
      const result = await tryPoint(start, cuts, expected);
      results.push(result);
      if (result.problems.length === 0 && only === undefined) continue;
      console.log(`point ${point}: ${told(cuts)}`);
      for (const problem of result.problems) console.log(`  ${problem}`);
      if (result.problems.length > 0) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: wholeNumber(values.jobs, 'jobs') }, work));
  const sum = (of: (result: PointResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `${results.length} points, ${sum(({ hits }) => hits)} runs cut off, ${sum(({ spared }) => spared)} fetched files not fetched again, ${failed} points failed, ${seconds} s (seed ${seed})`,
  );
  if (failed > 0) console.log(`again: npm run test:crash -- --runs ${runs} --seed ${seed} --only <point>`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error);
  return 1;
});
