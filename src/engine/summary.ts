import type { Manifest } from '../manifest/manifest.ts';
import { noCounts, writingKinds } from '../plan/counts.ts';
import type { PlanTrailer, SavedProject } from '../plan/plan-file.ts';
import { actionKinds } from '../plan/plan.ts';
import type { Counts, LeftOut } from '../plan/plan.ts';
import { ProblemCounts } from '../plan/recorder.ts';
import type { Inherited, PlanRecorder, ProblemClass } from '../plan/recorder.ts';
import { trippedLimits } from '../plan/safety.ts';
import type { Approvals, TrippedLimit } from '../plan/safety.ts';
import type { ReadableEnds } from './request.ts';

/** What a plan comes to, as far as a decision about it needs to know. */
export interface PlanSummary extends Pick<PlanTrailer, 'planId' | 'lock' | 'records' | 'complete'> {
  /** Over all destinations. */
  readonly counts: Counts;
  readonly countsByDestination: Readonly<Record<string, Counts>>;
  /** Actions that an apply would carry out. */
  readonly actions: number;
  /** Bytes to upload per destination, as far as sizes are known. */
  readonly uploadBytes: ReadonlyMap<string, number>;
  /** What keeps it from being carried out or from being complete, with how often. */
  readonly problems: ReadonlyMap<ProblemClass, number>;
}

type Totals = Pick<PlanTrailer, 'planId' | 'lock' | 'records' | 'complete' | 'counts'>;

export function summaryOf(
  { planId, lock, records, complete, counts: byDestination }: Totals,
  uploadBytes: ReadonlyMap<string, number>,
  problems: ReadonlyMap<ProblemClass, number>,
): PlanSummary {
  const counts = noCounts();
  for (const of of Object.values(byDestination)) for (const kind of actionKinds) counts[kind] += of[kind];
  const actions = [...writingKinds].reduce((sum, kind) => sum + counts[kind], 0);
  return { planId, lock, records, complete, counts, countsByDestination: byDestination, actions, uploadBytes, problems };
}

/** Adds up the projects of a plan file while they pass; `summary` when the trailer is there. */
export class Survey {
  readonly #problems = new ProblemCounts();
  readonly #uploadBytes = new Map<string, number>();

  add(project: SavedProject): void {
    this.#problems.add(project);
    for (const action of project.actions) {
      if (action.kind !== 'upload' && action.kind !== 'replace') continue;
      this.#uploadBytes.set(action.destination, (this.#uploadBytes.get(action.destination) ?? 0) + (action.file.size ?? 0));
    }
  }

  summary(trailer: Totals): PlanSummary {
    return summaryOf(trailer, this.#uploadBytes, this.#problems.byClass);
  }
}

/** What people should know of a plan beyond its lines. */
export type PlanNote =
  /** It exceeds a limit: an apply refuses it unless the count is allowed. */
  | ({ readonly kind: 'limit' } & TrippedLimit)
  /** Facts of files to upload that a destination has no place for. */
  | {
      readonly kind: 'cannot-carry';
      readonly destination: string;
      readonly address: string;
      readonly fact: string;
      readonly files: number;
    }
  /** Files in managed projects that nobody approved and that no prune covers; only `drift` looks for them. */
  | {
      readonly kind: 'unlisted';
      readonly destination: string;
      readonly address: string;
      readonly files: number;
      readonly projects: number;
    }
  /** Without targets every wheel is selected: so many files per release. */
  | { readonly kind: 'every-wheel'; readonly filesPerRelease: number }
  /** With `all`: files of the source that are no part of it. */
  | ({ readonly kind: 'left-out' } & LeftOut)
  /** A destination serves files that are not its own; `mixed` projects have some of both. */
  | ({ readonly kind: 'inherited'; readonly destination: string; readonly address: string } & Inherited)
  /** What a destination lists may be other indexes', and cannot be told apart. */
  | { readonly kind: 'shared-listing'; readonly destination: string; readonly address: string; readonly because: string }
  /** What could not be listed is not in it. */
  | { readonly kind: 'incomplete' };

/** The notes of a plan that was just made. */
export function notesOf(manifest: Manifest, ends: ReadableEnds, recorder: PlanRecorder, summary: PlanSummary): readonly PlanNote[] {
  const notes: PlanNote[] = limitsTripped(ends, summary, {}).map((limit) => ({ kind: 'limit', ...limit }));
  for (const { live } of ends.destinations) {
    const { name: destination, address } = live;
    for (const lost of recorder.lost(destination, live.traits.carries)) notes.push({ kind: 'cannot-carry', destination, address, ...lost });
  }
  notes.push(...originNotes(ends, recorder));
  const filesPerRelease = recorder.filesPerRelease();
  if (filesPerRelease !== undefined && filesPerRelease > 3 && manifest.packages.some(({ rule }) => rule.targets === undefined))
    notes.push({ kind: 'every-wheel', filesPerRelease });
  const { leftOut } = recorder;
  if (leftOut.yanked + leftOut.prereleases > 0) notes.push({ kind: 'left-out', ...leftOut });
  if (!summary.complete) notes.push({ kind: 'incomplete' });
  return notes;
}

/** What the destinations serve that is not, or may not be, their own. */
export function originNotes(
  { destinations }: Pick<ReadableEnds, 'destinations'>,
  { inherited }: Pick<PlanRecorder, 'inherited'>,
): readonly PlanNote[] {
  return destinations.flatMap(({ live }): readonly PlanNote[] => {
    const { name: destination, address, traits } = live;
    const served = inherited.get(destination);
    const notes: PlanNote[] = served === undefined ? [] : [{ kind: 'inherited', destination, address, ...served }];
    if (traits.sharedListing !== undefined) notes.push({ kind: 'shared-listing', destination, address, because: traits.sharedListing });
    return notes;
  });
}

/** Limits that the counts of a plan exceed. */
export function limitsTripped(
  { destinations }: Pick<ReadableEnds, 'destinations'>,
  { countsByDestination, uploadBytes }: Pick<PlanSummary, 'countsByDestination' | 'uploadBytes'>,
  approvals: Approvals,
): readonly TrippedLimit[] {
  const volumes = destinations.flatMap(({ config }) => {
    const counts = countsByDestination[config.name];
    return counts === undefined
      ? []
      : [{ destination: config.name, counts, bytes: uploadBytes.get(config.name) ?? 0, limits: config.limits }];
  });
  return trippedLimits(volumes, approvals);
}
