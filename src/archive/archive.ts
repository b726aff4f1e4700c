import { PkgsyncError, printable } from '../errors.ts';
import { fileSource } from '../io/file-source.ts';
import { compareText } from '../packaging/name.ts';
import { ArchiveFault } from './archive-fault.ts';
import { Budget, defaultLimits, type ArchiveLimits } from './budget.ts';
import { decompress } from './decompress.ts';
import type { MetadataPlaces } from './metadata-places.ts';
import { withRandomAccess, type RandomAccess } from './random-access.ts';
import { readTar } from './tar.ts';
import { readZip, type ZipMember } from './zip.ts';

/** A metadata file as it lies in an archive. */
export interface FoundMetadata {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface SearchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<ArchiveLimits> | undefined;
}

/** What to look for. */
export interface MetadataSearch {
  /** Name of the archive, for messages. */
  readonly filename: string;
  /** In lower case, with the dot: decides the format. */
  readonly extension: string;
  readonly places: MetadataPlaces;
  /** Whether metadata from a place other than the best is the distribution's own. */
  readonly belongs: (bytes: Uint8Array) => boolean;
}

const zipExtensions: ReadonlySet<string> = new Set(['.whl', '.egg', '.zip', '.exe']);
/** Formats in which a program may stand before the archive; setuptools made eggs that a shell can run. */
const prefixed: ReadonlySet<string> = new Set(['.exe', '.egg']);
const tarExtensions: ReadonlySet<string> = new Set(['.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz', '.tar.xz', '.txz', '.tar.z']);

/** Whether archives with this extension can be looked into. */
export function isReadable(extension: string): boolean {
  return zipExtensions.has(extension) || tarExtensions.has(extension);
}

/**
 * The metadata file of a distribution on the local disk, or undefined where it has none. Reads as little as it can: of a zip file the directory
 * and that file, of a tar file what comes before it. Nothing is ever unpacked to disk.
 * @throws PkgsyncError ARCHIVE_INVALID (damaged, cut short, encrypted, ambiguous, or past a limit), NOT_FOUND, FILE_SYSTEM; on abort the signal's reason
 */
export async function findMetadata(path: string, search: MetadataSearch, options: SearchOptions = {}): Promise<FoundMetadata | undefined> {
  return withName(search.filename, () => {
    const budget = new Budget({ ...defaultLimits, ...options.limits }, options.signal);
    if (zipExtensions.has(search.extension)) return withRandomAccess(path, (file) => findInZip(file, search, budget));
    return findInTar(path, search, budget);
  });
}

/** The same for a zip archive that can be read in parts from wherever it lies. */
export async function findMetadataInZip(
  file: RandomAccess,
  search: MetadataSearch,
  options: SearchOptions = {},
): Promise<FoundMetadata | undefined> {
  return withName(search.filename, () => findInZip(file, search, new Budget({ ...defaultLimits, ...options.limits }, options.signal)));
}

async function withName<T>(filename: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error;
    throw new PkgsyncError('ARCHIVE_INVALID', `${printable(filename)} ${error.message}`, { cause: error.cause ?? error });
  }
}

function isMetadata(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('Metadata-Version');
}

async function findInZip(file: RandomAccess, search: MetadataSearch, budget: Budget): Promise<FoundMetadata | undefined> {
  const { places, extension, belongs } = search;
  const options = { prefix: prefixed.has(extension), wanted: (path: string) => places.rank(path) !== undefined };
  return readZip(file, budget, options, async (members) => {
    for (const { rank, group } of inOrder(members, places)) {
      const found: FoundMetadata[] = [];
      for (const member of group) {
        if (rank > 0 && (member.size > budget.limits.metadataBytes || (found[0] !== undefined && found[0].path !== member.path))) continue;
        const bytes = await member.read();
        if (isMetadata(bytes) && (rank === 0 || belongs(bytes))) found.push({ path: member.path, bytes });
      }
      if (found.length > 0) return theOnly(found);
    }
    return undefined;
  });
}

/** Members by how good their place is, those of one rank together and in the order of their paths. */
function inOrder(
  members: readonly ZipMember[],
  places: MetadataPlaces,
): readonly { readonly rank: number; readonly group: readonly ZipMember[] }[] {
  const groups = new Map<number, ZipMember[]>();
  for (const member of [...members].sort((a, b) => compareText(a.path, b.path))) {
    const rank = places.rank(member.path) ?? 0;
    const group = groups.get(rank);
    if (group === undefined) groups.set(rank, [member]);
    else group.push(member);
  }
  return [...groups].map(([rank, group]) => ({ rank, group })).sort((a, b) => a.rank - b.rank);
}

/** Metadata that stands twice must say the same: readers differ in which of two they take, so one could show what the other does not see. */
function theOnly(found: readonly FoundMetadata[]): FoundMetadata | undefined {
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  const other = others.find(({ bytes }) => Buffer.compare(bytes, first.bytes) !== 0);
  if (other === undefined) return first;
  const where = other.path === first.path ? `two files ${printable(first.path)}` : `${printable(first.path)} and ${printable(other.path)}`;
  throw new ArchiveFault(`is ambiguous: it holds ${where} that differ`);
}

async function findInTar(path: string, { places, belongs }: MetadataSearch, budget: Budget): Promise<FoundMetadata | undefined> {
  let best: (FoundMetadata & { readonly rank: number }) | undefined;
  const isBetter = (rank: number, memberPath: string): boolean =>
    best === undefined || rank < best.rank || (rank === best.rank && compareText(memberPath, best.path) <= 0);
  await readTar(decompress(countedFile(path, budget)), budget, {
    wants(memberPath, size) {
      const rank = places.rank(memberPath);
      if (rank === undefined || !isBetter(rank, memberPath)) return false;
      if (size <= budget.limits.metadataBytes) return true;
      if (rank > 0) return false;
      throw new ArchiveFault(`holds a ${printable(memberPath)} of more than ${budget.limits.metadataBytes} bytes`);
    },
    take(memberPath, bytes) {
      const rank = places.rank(memberPath) ?? 0;
      if (!isMetadata(bytes) || (rank > 0 && !belongs(bytes))) return 'continue';
      if (best?.path === memberPath) theOnly([best, { path: memberPath, bytes }]);
      best = { path: memberPath, bytes, rank };
      return rank === 0 ? 'stop' : 'continue';
    },
  });
  return best;
}

async function* countedFile(path: string, budget: Budget): AsyncGenerator<Uint8Array> {
  for await (const chunk of fileSource(path).read({ signal: budget.signal })) {
    budget.addPacked(chunk.length);
    yield chunk;
  }
}
