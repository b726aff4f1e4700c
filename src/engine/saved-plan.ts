import { PkgsyncError } from '../errors.ts';
import { systemErrorCode } from '../io/file-errors.ts';
import { createHasher } from '../io/hasher.ts';
import { lineProblem } from '../io/json-schema.ts';
import { linesOf } from '../io/lines.ts';
import { decodeHeader, decodePlan } from '../plan/decode-plan.ts';
import type { PlanHeader, PlanTrailer, SavedProject } from '../plan/plan-file.ts';

/** A plan on disk: read once to its end before anything is done, then again project by project. */
export interface SavedPlan {
  /** What messages call it. */
  readonly label: string;
  readonly header: PlanHeader;
  /** Every call reads the file anew; the generator's value is the trailer. */
  read(): AsyncGenerator<SavedProject, PlanTrailer>;
}

/**
 * @param label what to call it in messages
 * @param evenExpired to look at it only
 * @throws PkgsyncError PLAN_INVALID; PLAN_STALE where it has expired
 */
export async function openSavedPlan(path: string, label = path, evenExpired = false): Promise<SavedPlan> {
  const first = await firstLine(path, label);
  const header = decodeHeader(first, label, lineProblem, evenExpired ? undefined : Date.now());
  return { label, header, read: () => decodePlan(linesOf(path), label, lineProblem, createHasher) };
}

async function firstLine(path: string, label: string): Promise<string> {
  try {
    for await (const line of linesOf(path)) return line;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new PkgsyncError('PLAN_INVALID', `cannot read ${label}: ${code === 'ENOENT' ? 'there is no such file' : code}`, {
      hint: "write one with 'pkgsync plan --out FILE'",
      cause: error,
    });
  }
  throw new PkgsyncError('PLAN_INVALID', `${label} is empty`, { hint: 'plan again' });
}

/** Reads a plan to its end. @throws PkgsyncError PLAN_INVALID; the signal's reason */
export async function readThrough(
  plan: Pick<SavedPlan, 'read'>,
  onProject: (project: SavedProject) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<PlanTrailer> {
  const projects = plan.read();
  for (;;) {
    signal?.throwIfAborted();
    const step = await projects.next();
    if (step.done === true) return step.value;
    await onProject(step.value);
  }
}
