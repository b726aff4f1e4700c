import { createReadStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnEvent } from '../events.ts';
import { writeAtomically } from '../io/atomic-write.ts';
import { fileSystemError } from '../io/file-errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { PlanHeader, PlanTrailer, SavedProject } from '../plan/plan-file.ts';
import type { Counts, ProjectPlan } from '../plan/plan.ts';
import type { ProblemClass } from '../plan/recorder.ts';
import type { PlanOptions } from '../sync/context.ts';
import { interruptibly } from '../io/interruption.ts';
import { recordPlan } from './record-plan.ts';
import { planOptions } from './request.ts';
import type { LockInput, ReadableEnds } from './request.ts';
import { openSavedPlan, readThrough } from './saved-plan.ts';
import type { SavedPlan } from './saved-plan.ts';
import { notesOf, summaryOf, Survey } from './summary.ts';
import type { PlanNote, PlanSummary } from './summary.ts';
import { privateFolder } from './temporary.ts';

export interface PlanRequest {
  readonly manifest: Manifest;
  /** What `connect` made of the manifest. */
  readonly connection: ReadableEnds;
  /** Path of the lock, or its packages from elsewhere; a path at which nothing lies and no lock mean the same: everything is resolved. */
  readonly lock?: LockInput | undefined;
  readonly options?: Omit<Partial<PlanOptions>, 'signal' | 'onEvent'> | undefined;
  /** For the record in the plan: the destinations that were asked for, where not all are. */
  readonly destinationNames?: readonly string[] | undefined;
  /** Where the plan's temporary folder is made; the system's unless given. */
  readonly temporaryFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
  /** Every project in name order while the plan is made, with the warnings that a plan file does not keep. Waited for. */
  readonly onProject?: ((plan: ProjectPlan) => Promise<void> | void) | undefined;
  /** Every line of the plan file as it is written, with its line end. Waited for. */
  readonly onLine?: ((line: string) => Promise<void> | void) | undefined;
}

/** A complete plan, in a private temporary file until `discard`: nothing that grows with it is in memory. */
export interface MadePlan extends AsyncDisposable {
  /** What messages call it. */
  readonly label: string;
  readonly header: PlanHeader;
  /** SHA-256 over what the plan means; times, order and machine do not enter. */
  readonly planId: string;
  /** Over all destinations. */
  readonly counts: Counts;
  readonly summary: PlanSummary;
  readonly problems: ReadonlyMap<ProblemClass, number>;
  readonly notes: readonly PlanNote[];
  /** It comes from a file, so the world may have moved since: `apply` looks first. */
  readonly saved: boolean;
  /** Its projects in name order; every call reads anew. Unchanged files are only counted. */
  projects(): AsyncGenerator<SavedProject, PlanTrailer>;
  /** Writes the plan file to `path`, whole or not at all. @throws PkgsyncError FILE_SYSTEM, DISK_FULL */
  save(path: string, signal?: AbortSignal): Promise<void>;
  /** Removes the temporary file; the plan cannot be used any more. */
  discard(): Promise<void>;
}

/**
 * Compares what the manifest wants with what the destinations hold. Writes nothing but a temporary file, which the caller discards.
 * @throws PkgsyncError LOCK_MISSING, LOCK_OUTDATED with `locked`; LOCK_INVALID; what reading the names of a source or destination throws;
 *   FILE_SYSTEM, DISK_FULL, INTERRUPTED
 */
export async function plan(request: PlanRequest): Promise<MadePlan> {
  return await interruptibly(request.signal, (signal) => planned({ ...request, signal }));
}

async function planned(request: PlanRequest): Promise<MadePlan> {
  const { manifest, connection: ends, lock, destinationNames, onProject, onLine, signal, onEvent } = request;
  const folder = await privateFolder(request.temporaryFolder);
  try {
    const path = join(folder.path, 'plan.jsonl');
    const options = planOptions({ ...request.options, signal, onEvent });
    const { header, recorder, trailer } = await recordPlan({ manifest, ends, lock, options, destinationNames, onProject }, (lines) =>
      writeAtomically(path, onLine === undefined ? lines : heard(lines, onLine), { mode: 0o600, signal }),
    );
    const summary = summaryOf(trailer, recorder.tally.uploadBytes, recorder.problems.byClass);
    const notes = notesOf(manifest, ends, recorder, summary);
    const file = await openSavedPlan(path, 'the plan');
    return handle({ file: { ...file, header }, path, summary, notes, saved: false, discard: folder.remove });
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

export interface OpenPlanOptions {
  readonly temporaryFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a saved plan: copies it, so that nobody can change it between reading and applying, and reads the copy to its end.
 * @throws PkgsyncError PLAN_INVALID where it is missing, truncated, edited or no plan; PLAN_STALE where it has expired; FILE_SYSTEM, DISK_FULL, INTERRUPTED
 */
export async function openPlan(path: string, { temporaryFolder, signal: caller }: OpenPlanOptions = {}): Promise<MadePlan> {
  return await interruptibly(caller, (signal) => opened(path, temporaryFolder, signal));
}

async function opened(path: string, temporaryFolder: string | undefined, signal: AbortSignal | undefined): Promise<MadePlan> {
  await openSavedPlan(path);
  const folder = await privateFolder(temporaryFolder);
  try {
    const copy = join(folder.path, 'plan.jsonl');
    await copied(path, copy);
    const file = await openSavedPlan(copy, path);
    const survey = new Survey();
    const summary = survey.summary(await readThrough(file, (project) => survey.add(project), signal));
    const notes: readonly PlanNote[] = summary.complete ? [] : [{ kind: 'incomplete' }];
    return handle({ file, path: copy, summary, notes, saved: true, discard: folder.remove });
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function copied(path: string, copy: string): Promise<void> {
  try {
    await copyFile(path, copy);
  } catch (error) {
    throw fileSystemError(error, path, 'copy');
  }
}

async function* heard(lines: AsyncIterable<string>, onLine: (line: string) => Promise<void> | void): AsyncGenerator<string> {
  for await (const line of lines) {
    await onLine(line);
    yield line;
  }
}

interface Parts extends Pick<MadePlan, 'summary' | 'notes' | 'saved' | 'discard'> {
  readonly file: SavedPlan;
  readonly path: string;
}

function handle({ file, path, summary, notes, saved, discard }: Parts): MadePlan {
  return {
    label: file.label,
    header: file.header,
    planId: summary.planId,
    counts: summary.counts,
    summary,
    problems: summary.problems,
    notes,
    saved,
    projects: () => file.read(),
    save: (target, signal) => writeAtomically(target, createReadStream(path), { signal }),
    discard,
    [Symbol.asyncDispose]: discard,
  };
}
