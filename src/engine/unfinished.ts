import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { removeJournal } from '../apply/journal.ts';
import { isPkgsyncError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { systemErrorCode } from '../io/file-errors.ts';
import { holdingLeases, leasePath } from './leases.ts';
import type { Ends } from './request.ts';
import { dropStaging } from './staging.ts';

/** What an apply keeps on disk about itself while it runs. */
export interface ApplyFiles {
  /** Of the lease that also guards journal and staging folder: one that lies in a destination, where there is one. */
  readonly lease: string;
  readonly journal: string;
  /** The destination's own folder for files on their way; undefined: any will do. */
  readonly staging: string | undefined;
}

/** Undefined where there is no destination. */
export function applyFiles(destinations: Ends['destinations'], folder: string): ApplyFiles | undefined {
  const guarding = destinations.find(({ live }) => live.stagingFolder !== undefined) ?? destinations[0];
  if (guarding === undefined) return undefined;
  const lease = leasePath(guarding.live, folder);
  const journal = join(dirname(lease), `${basename(lease, '.json').replace('lease', 'journal')}.jsonl`);
  return { lease, journal, staging: guarding.live.stagingFolder };
}

/**
 * Clears up after an apply that was cut off when all was done but its own files: nothing is left to do, so no other apply will. Where that is not
 * possible, somebody else's apply is running, or whoever only looks may not write: it is no failure.
 */
export async function clearUnfinished(
  destinations: Ends['destinations'],
  folder: string,
  temporaryFolder: string | undefined,
  onEvent: OnEvent,
): Promise<void> {
  const files = applyFiles(destinations, folder);
  if (files === undefined) return;
  const traces = [files.journal, ...destinations.map(({ live }) => leasePath(live, folder))];
  try {
    if (!(await anyExists(traces))) return;
    const clear = async (): Promise<void> => {
      for (const { live } of destinations) await live.cleanStaging();
      await dropFiles(files, temporaryFolder);
    };
    await holdingLeases(destinations, folder, clear, onEvent);
  } catch (error) {
    if (isPkgsyncError(error, 'APPLY_RUNNING')) return;
    if (!isPkgsyncError(error, 'FILE_SYSTEM', 'DISK_FULL')) throw error;
    onEvent({ type: 'warning', message: `what an earlier apply left behind could not be removed: ${error.message}` });
  }
}

/** Removes journal and staging folder of an earlier apply, for whoever holds the lease and needs neither. @throws PkgsyncError FILE_SYSTEM */
export async function dropFiles({ staging, lease, journal }: ApplyFiles, temporaryFolder: string | undefined): Promise<void> {
  if (staging === undefined) await dropStaging(temporaryFolder, lease);
  await removeJournal(journal);
}

async function anyExists(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    try {
      await lstat(path);
      return true;
    } catch (error) {
      // A folder that cannot be looked into holds nothing that could be cleared.
      if (systemErrorCode(error) === undefined) throw error;
    }
  }
  return false;
}
