import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { takeLease } from '../apply/lease.ts';
import type { Lease } from '../apply/lease.ts';
import type { OnEvent } from '../events.ts';
import type { WritableDestination } from '../destinations/destination.ts';
import type { Ends } from './request.ts';
import { tidying } from './tidying.ts';

/** The lease of a directory lies inside it, so that every checkout and every tool run sees it; others lie in `.pkgsync/` of `folder`. */
export function leasePath(live: Pick<WritableDestination, 'stagingFolder' | 'address'>, folder: string): string {
  if (live.stagingFolder !== undefined) return join(dirname(live.stagingFolder), 'lease.json');
  const key = createHash('sha256').update(live.address).digest('hex').slice(0, 16);
  return join(folder, '.pkgsync', `lease-${key}.json`);
}

/**
 * Runs `work` while it holds the lease of every destination; all are given back, also those taken before one that was refused.
 * One that cannot be given back is a warning: it is taken over when this process is gone.
 * @throws PkgsyncError APPLY_RUNNING, FILE_SYSTEM, DISK_FULL; what `work` throws
 */
export async function holdingLeases<T>(
  destinations: Ends['destinations'],
  folder: string,
  work: () => Promise<T>,
  onEvent: OnEvent = () => undefined,
): Promise<T> {
  const leases: Lease[] = [];
  try {
    for (const { live } of destinations) leases.push(await takeLease(leasePath(live, folder), live.address));
    return await work();
  } finally {
    for (const lease of leases) await tidying(onEvent)(() => lease.release());
  }
}
