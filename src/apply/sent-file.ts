import { strongestDigest } from '../packaging/digest.ts';
import type { Action } from '../plan/plan.ts';
import type { SentFile } from './journal-hints.ts';
import type { ApplyRun } from './run.ts';

/** An upload as the journal names it; undefined for other actions, and for a folder: what lies there tells by itself whether it arrived. */
export function sentFile({ destinations }: Pick<ApplyRun, 'destinations'>, action: Action): SentFile | undefined {
  if (action.kind !== 'upload') return undefined;
  const live = destinations.find(({ config }) => config.name === action.destination)?.live;
  const digest = strongestDigest(action.file.hashes);
  if (live === undefined || digest === undefined || live.stagingFolder !== undefined) return undefined;
  return { to: live.address, filename: action.file.filename, digest };
}
