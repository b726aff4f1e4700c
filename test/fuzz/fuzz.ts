import fc from 'fast-check';
import type { Surface } from './surface.ts';

/** Milliseconds that a short input may take on a busy machine, and more for every thousand characters or bytes of it. */
const base = 30;
const perThousand = 4;
/** A pause of the machine is over by the next try; a slow parser stays slow. The best of them counts. */
const tries = 4;

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  /** fast-check's path to one input, from an earlier failure. */
  readonly path?: string | undefined;
  /** Multiplies every time limit: where other things run beside it, only gross slowness says something. */
  readonly patience?: number | undefined;
}

export interface FuzzResult {
  readonly runs: number;
  /** The largest share of its time limit that an input took, 1 being all of it. */
  readonly slowest: number;
  /** What was found, with the smallest input that shows it. */
  readonly failure?: string | undefined;
}

/**
 * Runs inputs through a surface until one breaks a rule: an error that is not the parser's own, a property that does not hold, or more time
 * than the input's length allows. The same seed and number of runs give the same inputs.
 */
export async function fuzz(surface: Surface, { seed, runs, path, patience = 1 }: FuzzOptions): Promise<FuzzResult> {
  let slowest = 0;
  const property = fc.asyncProperty(surface.inputs, async (input) => {
    slowest = Math.max(slowest, await shareOfTime(surface, input, patience));
  });
  const details = await fc.check(property, { seed, numRuns: runs, ...(path === undefined ? {} : { path }) });
  if (!details.failed) return { runs: details.numRuns, slowest };
  return { runs: details.numRuns, slowest, failure: `${reasonOf(details.errorInstance)}\n${fc.defaultReportMessage(details)}` };
}

async function shareOfTime(surface: Surface, input: unknown, patience: number): Promise<number> {
  const limit = patience * ((surface.base ?? base) + (surface.lengthOf(input) / 1000) * perThousand);
  let best = Infinity;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const start = performance.now();
    // Not awaited where there is nothing to wait for: a turn of the event loop costs more than most inputs.
    const checking = surface.check(input);
    if (checking !== undefined) await checking;
    best = Math.min(best, performance.now() - start);
    if (best <= limit / 4) break;
  }
  if (best <= limit) return best / limit;
  throw new Error(`${best.toFixed(0)} ms for an input of ${surface.lengthOf(input)} characters, more than ${limit.toFixed(0)} ms`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
