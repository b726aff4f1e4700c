import type { Limits, ShareLimit } from '../manifest/manifest.ts';
import { listedFiles } from './counts.ts';
import type { Counts } from './plan.ts';

export type Approval = 'remove' | 'replace' | 'upload';
/** Counts that a person has approved on the command line (`--allow remove=104`): the override holds up to that count, no further. */
export type Approvals = Readonly<Partial<Record<Approval, number>>>;

/** A limit that a plan exceeds. */
export interface TrippedLimit {
  readonly destination: string;
  readonly what: Approval;
  readonly count: number;
  /** One sentence: what, how many, how many were allowed, what to do. */
  readonly message: string;
}

/** What a plan does at one destination. */
export interface PlannedVolume {
  readonly destination: string;
  readonly counts: Counts;
  /** Bytes to upload, as far as sizes are known. */
  readonly bytes: number;
  readonly limits: Limits;
}

/** Checks a whole plan's counts against every destination's limits, before the first write. */
export function trippedLimits(volumes: readonly PlannedVolume[], approvals: Approvals): readonly TrippedLimit[] {
  return volumes.flatMap(({ destination, counts, bytes, limits }) => {
    const listed = listedFiles(counts);
    return [
      ...share(destination, 'remove', counts.remove, limits.maxRemove, listed, approvals),
      ...share(destination, 'replace', counts.replace, limits.maxReplace, listed, approvals),
      ...uploads(destination, counts.upload + counts.replace, bytes, limits, approvals),
    ];
  });
}

/** Where both are given, the larger of the number and the share holds. */
function share(
  destination: string,
  what: 'remove' | 'replace',
  count: number,
  limit: ShareLimit,
  listed: number,
  approvals: Approvals,
): readonly TrippedLimit[] {
  const bounds = [limit.files, limit.percent === undefined ? undefined : Math.floor((listed * limit.percent) / 100)].filter(
    (bound) => bound !== undefined,
  );
  if (bounds.length === 0 || count === 0) return [];
  const allowed = Math.max(...bounds);
  if (count <= allowed || count <= (approvals[what] ?? -1)) return [];
  const verb = what === 'remove' ? 'removes' : 'replaces';
  return [trip(destination, what, count, `${verb} ${count} of ${listed} files, the limit is ${allowed}`)];
}

function uploads(destination: string, count: number, bytes: number, limits: Limits, approvals: Approvals): readonly TrippedLimit[] {
  if (count <= (approvals.upload ?? -1)) return [];
  const { files, bytes: maxBytes } = limits.maxUpload;
  if (files !== undefined && count > files) return [trip(destination, 'upload', count, `uploads ${count} files, the limit is ${files}`)];
  if (maxBytes !== undefined && bytes > maxBytes)
    return [trip(destination, 'upload', count, `uploads ${bytes} bytes, the limit is ${maxBytes}`)];
  return [];
}

function trip(destination: string, what: Approval, count: number, fact: string): TrippedLimit {
  return { destination, what, count, message: `at '${destination}' the plan ${fact}: to accept this plan, add --allow ${what}=${count}` };
}
