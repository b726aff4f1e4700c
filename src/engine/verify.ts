import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PkgsyncError, isPkgsyncError } from '../errors.ts';
import type { OnEvent } from '../events.ts';
import { createLimiter, orderedMap } from '../io/concurrency.ts';
import { interruption } from '../io/interruption.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { PackageName } from '../packaging/name.ts';
import type { ConnectedDestination, LockReader } from '../sync/context.ts';
import { coverage } from '../sync/plan-all.ts';
import type { VerifyClass } from '../verify/judge.ts';
import { Reachability } from '../verify/reachability.ts';
import { openRecord } from '../verify/record.ts';
import type { ProgressRecord } from '../verify/record.ts';
import { Tally } from '../verify/tally.ts';
import type { Completeness } from '../verify/tally.ts';
import { belonging, verifyPackage } from '../verify/verify-package.ts';
import type { Finding, Remembered } from '../verify/verify-package.ts';
import { defaultConcurrency, openLock } from './request.ts';
import type { LockInput, ReadableEnds } from './request.ts';

export interface VerifyRequest {
  readonly manifest: Pick<Manifest, 'folder'>;
  readonly connection: Pick<ReadableEnds, 'destinations'>;
  readonly lock: LockInput;
  /** Read every file, also of servers; the bytes of directories are read in any case. */
  readonly deep?: boolean | undefined;
  /** Name patterns; every package unless given. */
  readonly packages?: readonly string[] | undefined;
  /** Files, and listings, in flight at once; 16 unless given. */
  readonly concurrency?: number | undefined;
  /** With `deep`: a folder in which an unfinished run leaves what it has checked, for the next one; nothing is left unless given. */
  readonly recordFolder?: string | undefined;
  /** Check everything anew, whatever an earlier run has left. */
  readonly fresh?: boolean | undefined;
  /** Milliseconds for which what an unfinished run has checked counts as checked; 24 hours unless given. */
  readonly trustedFor?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
  /** Every project with findings, in name order, destination by destination. Waited for. */
  readonly onProject?: ((name: PackageName, findings: readonly Finding[]) => Promise<void> | void) | undefined;
}

/** What the verification of one destination came to. */
export interface Verification extends Completeness {
  readonly destination: string;
  /** URL without credentials, or the path as written. */
  readonly address: string;
  /** Whether bytes were read, or listings compared. */
  readonly by: 'bytes' | 'listing';
  readonly findings: ReadonlyMap<VerifyClass, number>;
  /** Something could not be read for want of credentials. */
  readonly credentialsFailed: boolean;
  /** Why it ended early, where the destination is the reason. */
  readonly stopped?: string | undefined;
  readonly interrupted: boolean;
}

/** For so long counts what an unfinished run has checked. */
export const trustedForByDefault = 24 * 3_600_000;

/**
 * Compares the lock with what each destination lists and, where it is a directory or `deep` is asked for, with every byte. Takes no lease, contacts no
 * source and writes nothing at a destination. The lock is streamed, and nothing is kept of a file but its digest. An interruption is no error: the
 * verification then says how far it came.
 * @throws PkgsyncError LOCK_MISSING, LOCK_INVALID; what `onProject` throws
 */
export async function verify(request: VerifyRequest): Promise<readonly Verification[]> {
  const lock = await openLock(request.lock);
  if (lock === undefined)
    throw new PkgsyncError('LOCK_MISSING', 'there is no lock to verify against', { hint: "run 'pkgsync lock' and commit the file" });
  const covers = await coverage({ lock }, { packages: request.packages ?? [] });
  const { signal, end } = interruption(request.signal);
  try {
    const verifications: Verification[] = [];
    for (const connected of request.connection.destinations)
      verifications.push(await verifyDestination({ ...request, signal }, connected, { packages: () => covered(lock, covers) }));
    return verifications;
  } finally {
    end();
  }
}

async function* covered(lock: LockReader, covers: (name: PackageName) => boolean): AsyncGenerator<LockPackage> {
  for await (const locked of lock.packages()) if (covers(locked.name)) yield locked;
}

async function verifyDestination(request: VerifyRequest, connected: ConnectedDestination, lock: LockReader): Promise<Verification> {
  const { live, config } = connected;
  const { signal, onProject, onEvent = () => undefined, concurrency = defaultConcurrency, deep = false } = request;
  const reads = deep || live.type === 'directory';
  const volume = await volumeOf(lock, connected);
  const tally = new Tally(volume.files);
  const reachability = new Reachability();
  const record = deep ? await recordFor(request, connected, volume.identity, onEvent) : undefined;
  if (volume.files === 0 && (request.packages ?? []).length > 0)
    onEvent({ type: 'warning', message: `nothing that is locked for ${live.name} matches ${request.packages?.join(', ') ?? ''}` });
  let credentialsFailed = false;
  let finished = false;
  onEvent({ type: 'verify-started', destination: live.name, files: volume.files, bytes: reads ? volume.bytes : 0 });
  const verifier = { live, config, reads, concurrency, files: createLimiter(concurrency), tally, reachability, record, onEvent };
  const sleep = (milliseconds: number) => delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  try {
    const projects = orderedMap(lock.packages(), { concurrency, signal }, async (locked, inner) => {
      return { name: locked.name, findings: await verifyPackage({ ...verifier, sleep }, locked, inner) };
    });
    for await (const { name, findings } of projects) {
      credentialsFailed ||= findings.some(({ errorCode }) => errorCode === 'UNAUTHORIZED' || errorCode === 'FORBIDDEN');
      if (findings.length > 0) await onProject?.(name, findings);
    }
    finished = true;
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    const { unreadable, notReached } = tally.completeness();
    // Whoever runs it again wants what is left; a run that came to its end leaves nothing.
    await record?.close(!finished || unreadable + notReached > 0);
  }
  return {
    destination: live.name,
    address: live.address,
    by: reads ? 'bytes' : 'listing',
    ...tally.completeness(),
    findings: tally.findings,
    credentialsFailed,
    stopped: reachability.reason,
    interrupted: !finished,
  };
}

interface Volume {
  readonly files: number;
  /** As far as sizes are known. */
  readonly bytes: number;
  /** Digest of all that is approved here. */
  readonly identity: string;
}

/** Reads the lock once, so that what is not reached can be counted. */
async function volumeOf(lock: LockReader, { config }: ConnectedDestination): Promise<Volume> {
  const hash = createHash('sha256');
  let files = 0;
  let bytes = 0;
  for await (const locked of lock.packages()) {
    const wanted = belonging(config, locked);
    for (const { entry } of wanted) {
      files += 1;
      bytes += entry.size ?? 0;
      hash.update(`${JSON.stringify([locked.name, entry.filename, entry.size ?? null, entry.hashes, entry.metadata ?? null])}\n`);
    }
  }
  return { files, bytes, identity: hash.digest('hex') };
}

/** A record that cannot be kept is no reason not to verify. */
async function recordFor(
  { manifest, recordFolder, fresh = false, trustedFor = trustedForByDefault }: VerifyRequest,
  { live }: ConnectedDestination,
  lock: string,
  onEvent: OnEvent,
): Promise<(Remembered & Pick<ProgressRecord, 'close'>) | undefined> {
  if (recordFolder === undefined) return undefined;
  // A path as written means another folder elsewhere.
  const place = live.type === 'directory' ? resolve(manifest.folder) : '';
  const destination = createHash('sha256')
    .update(JSON.stringify([live.name, live.type, live.address, place]))
    .digest('hex');
  const path = join(recordFolder, `${destination.slice(0, 16)}.jsonl`);
  let lost = false;
  const give = (error: unknown): void => {
    if (!isPkgsyncError(error, 'FILE_SYSTEM', 'DISK_FULL')) throw error;
    if (!lost) onEvent({ type: 'warning', message: `${error.message}; an interrupted run could not be taken up` });
    lost = true;
  };
  try {
    const record = await openRecord({ path, identity: { lock, destination }, fresh, trustedFor, now: Date.now });
    return {
      knows: (fingerprint) => record.knows(fingerprint),
      add: async (fingerprint) => {
        if (!lost) await record.add(fingerprint).catch(give);
      },
      close: (keep) => record.close(keep).catch(give),
    };
  } catch (error) {
    give(error);
    return undefined;
  }
}
