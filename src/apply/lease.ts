import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { removeAbandoned } from '../io/abandoned.ts';
import { makeFolders } from '../io/make-folders.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { isAlive, markPattern, processMark, processStart } from '../io/process-mark.ts';

/** A lease that is not renewed for this long belongs to nobody any more. */
const lifetime = 60_000;
const renewal = 15_000;
/** Where a process cannot be told from a later one of the same number, one that lives holds its lease for so long after it ran out. */
const longestUnrenewed = 24 * 60 * 60_000;

interface LeaseRecord {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** When the process began, as `processStart` has it: what tells it from a later one of the same number. */
  readonly born?: string | undefined;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly expires: string;
}

export interface Lease {
  release(): Promise<void>;
}

/**
 * Takes the lease file at `path`, so that two applies never write to one destination at once, and renews it until it is released. The lease of a
 * process of this machine is taken over once the process is gone, whatever the clock says; that of another machine when it was not renewed for a
 * minute. It guards against waste and confusion only: every single write is safe without it.
 * @param what the destination as people know it
 * @throws PkgsyncError APPLY_RUNNING, FILE_SYSTEM, DISK_FULL
 */
export async function takeLease(path: string, what: string, now: () => number = Date.now): Promise<Lease> {
  const id = randomUUID();
  const started = new Date(now()).toISOString();
  const born = await processStart(process.pid);
  const mine = (): LeaseRecord => ({
    id,
    pid: process.pid,
    host: hostname(),
    born,
    started,
    expires: new Date(now() + lifetime).toISOString(),
  });
  try {
    await makeFolders(dirname(path));
    await createOnce(join(dirname(path), '.gitignore'), '*\n', id);
    while (!(await createOnce(path, encode(mine()), id))) {
      if (await takeOver(path, what, now, () => encode(mine()), id)) break;
    }
    await clearRemains(path, now);
  } catch (error) {
    throw error instanceof PkgsyncError ? error : fileSystemError(error, path, 'take the lease');
  }
  const timer = setInterval(() => {
    // A renewal that fails lets the lease run out: others may then start, and every write stays safe by its precondition.
    void renew(path, id, encode(mine())).catch(() => undefined);
  }, renewal);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      try {
        if ((await readRecord(path))?.id === id) await rm(path, { force: true });
      } catch (error) {
        throw fileSystemError(error, path, 'release the lease');
      }
    },
  };
}

const encode = (record: LeaseRecord): string => `${JSON.stringify(record)}\n`;

/** Creates the file with its content in one step, unless it exists; whether it did. A reader never sees it half-written. */
async function createOnce(path: string, text: string, id: string): Promise<boolean> {
  const fresh = freshPath(path, id);
  try {
    await writeFile(fresh, text, { mode: 0o644 });
    await link(fresh, path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') return false;
    if (!withoutLinks.has(code)) throw error;
    return await createExclusively(path, text);
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Answers of `link` where the file system has no hard links. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function createExclusively(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The record in the file; undefined where there is no file. One that is none (a crash on a file system without links) has no owner. */
async function readRecord(path: string): Promise<LeaseRecord | undefined> {
  try {
    return decode(await readFile(path, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const nobody: LeaseRecord = { id: 'nobody', pid: 0, host: '', started: '', expires: '' };

function decode(text: string): LeaseRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return nobody;
    throw error;
  }
  const { id, pid, host, born, started, expires } = (value ?? {}) as Partial<Record<keyof LeaseRecord, unknown>>;
  if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id) || typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return nobody;
  if (typeof host !== 'string' || typeof started !== 'string' || typeof expires !== 'string') return nobody;
  return { id, pid, host, born: typeof born === 'string' ? born : undefined, started, expires };
}

/**
 * Replaces a lease that nobody holds any more; false where it went away or changed meanwhile, so that the caller looks again. Whoever creates the
 * marker that names the old lease may replace it, and nobody else: of several that find it stale, one wins, and the name is never free in between.
 * @throws PkgsyncError APPLY_RUNNING where somebody holds it
 */
async function takeOver(path: string, what: string, now: () => number, text: () => string, id: string): Promise<boolean> {
  const holder = await readRecord(path);
  if (holder === undefined) return false;
  const aged = await ageOf(path, now());
  if (!(await isStale(holder, now(), aged))) throw running(what, holder);
  const marker = `${path}.${holder.id}.over`;
  if (!(await createOnce(marker, text(), id))) {
    // Somebody else is at it, or died at it.
    if (await isForsaken(marker, now)) await rm(marker, { force: true });
    else await pause();
    return false;
  }
  try {
    if ((await readRecord(path))?.id !== holder.id) return false;
    await replace(path, id, text());
    return true;
  } finally {
    await rm(marker, { force: true });
  }
}

/** The new content in one step. Nothing of it is left where that fails. */
async function replace(path: string, id: string, text: string): Promise<void> {
  const fresh = freshPath(path, id);
  try {
    await writeFile(fresh, text, { mode: 0o644 });
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Whether whoever made the marker is gone. */
async function isForsaken(marker: string, now: () => number): Promise<boolean> {
  const aged = await ageOf(marker, now());
  const owner = await readRecord(marker);
  return owner !== undefined && (isOld(aged) || (await isStale(owner, now(), aged)));
}

/** What was being written before it gets its name; its own name tells when nobody will come back for it. */
function freshPath(path: string, id: string): string {
  return `${path}.${processMark()}-${id}`;
}

const freshName = new RegExp(`^(?:lease.*|\\.gitignore)\\.(${markPattern})-[0-9a-f-]{36}$`);

/** Removes what killed processes left beside the lease. Only for whoever holds it: nobody else replaces it then. */
async function clearRemains(path: string, now: () => number): Promise<void> {
  const folder = dirname(path);
  await removeAbandoned(folder, freshName, 'file');
  for (const name of await readdir(folder)) {
    const marker = join(folder, name);
    if (name.startsWith(`${basename(path)}.`) && name.endsWith('.over') && (await isForsaken(marker, now)))
      await rm(marker, { force: true });
  }
}

function running(what: string, { pid, host, started, expires }: LeaseRecord): PkgsyncError {
  return new PkgsyncError(
    'APPLY_RUNNING',
    `another apply is running on ${what}: process ${pid} on ${printable(host)}, since ${printable(started)}`,
    {
      hint: `wait until it ends; if it is gone, its lease runs out at ${printable(expires)}`,
      retryable: true,
    },
  );
}

/** Milliseconds since the file was written; 0 where it is gone. */
async function ageOf(path: string, now: number): Promise<number> {
  try {
    return now - (await stat(path)).mtimeMs;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** @param age milliseconds since the record was written: a record without an owner may be just being written */
async function isStale(holder: LeaseRecord, now: number, age: number): Promise<boolean> {
  if (holder === nobody) return isOld(age);
  const overdue = now - Date.parse(holder.expires);
  // A time that is none is long past.
  if (holder.host !== hostname()) return !(overdue < 0);
  if (!isAlive(holder.pid)) return true;
  // The clock may have been set, or the machine have slept: on this one there is a surer sign.
  const born = await processStart(holder.pid);
  if (born !== undefined && holder.born !== undefined) return born !== holder.born;
  return !(overdue < longestUnrenewed);
}

/** A file of the future is one from before the clock was set back. */
const isOld = (age: number): boolean => Math.abs(age) > lifetime;

async function renew(path: string, id: string, text: string): Promise<void> {
  if ((await readRecord(path))?.id === id) await replace(path, id, text);
}
