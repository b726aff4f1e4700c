import { PkgsyncError } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { orderedMap } from '../io/concurrency.ts';
import type { LockEntry } from '../lockfile/lock.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { compareDigests } from '../packaging/digest.ts';
import type { DistributionFile, Project } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import { entryOf, refreshed } from '../resolve/entry.ts';
import { recordedSource, sourcesFor } from '../resolve/sources.ts';
import { groupedByName } from './combine.ts';
import type { ImportedDigest, SkippedEntry } from './imported.ts';
import type { KnownFiles } from './lock.ts';

export interface Consultation {
  readonly known: ReadonlyMap<PackageName, KnownFiles>;
  readonly skipped: readonly SkippedEntry[];
  readonly notes: readonly string[];
}

export interface ConsultOptions {
  /** Live sources by their name in the manifest. */
  readonly sources: ReadonlyMap<string, SourceIndex>;
  /** Pages read at once. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the page of every package of which the input names files or digests, once: a digest becomes the file that carries it, a named file gets what
 * only the page says (Requires-Python, the digest of its metadata, whether it is yanked). No file is added that the input does not name.
 * @throws PkgsyncError INTEGRITY for a package of which no file has any of its digests; what the sources throw
 */
export async function consultSources(
  manifest: Manifest,
  named: ReadonlyMap<PackageName, readonly LockEntry[]>,
  digests: readonly ImportedDigest[],
  { sources, concurrency, signal }: ConsultOptions,
): Promise<Consultation> {
  const digestsOf = groupedByName(digests);
  const tasks = manifest.packages.filter(({ name }) => named.has(name) || digestsOf.has(name));
  const known = new Map<PackageName, KnownFiles>();
  const skipped: SkippedEntry[] = [];
  const notes: string[] = [];
  const answers = orderedMap(tasks, { concurrency, signal }, async ({ name, rule }, taskSignal) => {
    const pages: Page[] = [];
    for (const { name: sourceName } of sourcesFor(manifest.sources, name, { rule: rule.source })) {
      const source = sources.get(sourceName);
      const project = await source?.project(name, taskSignal);
      if (source !== undefined && project !== undefined) pages.push({ source, project });
    }
    return { name, pages };
  });
  for await (const { name, pages } of answers) {
    const wanted = digestsOf.get(name) ?? [];
    const entries = named.get(name) ?? [];
    const page = bestPage(pages, entries, wanted);
    const found = byDigest(page, wanted);
    if (wanted.length > 0 && entries.length === 0 && found.entries.length === 0) throw nothingFound(name, wanted, manifest);
    for (const { algorithm, hex, where } of found.missing)
      skipped.push({ what: `${algorithm}:${hex}`, because: `no file of ${name} at the source has it`, where });
    const listed = new Map((page?.project.files ?? []).map((file) => [file.filename, file]));
    const fresh = entries.map((entry) => freshEntry(entry, listed.get(entry.filename), name, page, notes));
    const all = new Map([...found.entries, ...fresh].map((entry) => [entry.filename, entry]));
    known.set(name, { entries: [...all.values()], source: recordedSource(manifest.sources, page?.source) });
  }
  return { known, skipped, notes };
}

interface Page {
  readonly source: SourceIndex;
  readonly project: Project;
}

/** The first that has one of the files or digests; else the first that has the project. */
function bestPage(pages: readonly Page[], entries: readonly LockEntry[], digests: readonly ImportedDigest[]): Page | undefined {
  const names = new Set(entries.map(({ filename }) => filename));
  const carries = ({ project }: Page): boolean => project.files.some(({ filename }) => names.has(filename));
  return pages.find((page) => carries(page) || byDigest(page, digests).entries.length > 0) ?? pages[0];
}

function byDigest(
  page: Page | undefined,
  wanted: readonly ImportedDigest[],
): { readonly entries: readonly LockEntry[]; readonly missing: readonly ImportedDigest[] } {
  const missing = new Map(wanted.map((digest) => [keyOf(digest.algorithm, digest.hex), digest]));
  const keys = new Set(missing.keys());
  const entries = (page?.project.files ?? []).filter(({ hashes }) => {
    const matching = Object.entries(hashes)
      .map(([algorithm, hex]) => keyOf(algorithm, hex))
      .filter((key) => keys.has(key));
    for (const key of matching) missing.delete(key);
    return matching.length > 0;
  });
  return { entries: entries.map((file) => entryOf(file)), missing: [...missing.values()] };
}

function keyOf(algorithm: string, hex: string): string {
  return `${algorithm}:${hex}`;
}

function freshEntry(
  entry: LockEntry,
  file: DistributionFile | undefined,
  name: PackageName,
  page: Page | undefined,
  notes: string[],
): LockEntry {
  if (file === undefined) {
    notes.push(
      `${entry.filename}: ${page === undefined ? `no source has the project ${name}` : `${page.source.address} does not list it`}; it is locked all the same`,
    );
    return entry;
  }
  if (compareDigests(entry.hashes, file.hashes) !== 'different') return refreshed(entry, file);
  notes.push(
    `${entry.filename} has other bytes at ${page?.source.address ?? ''} than the input says: the input's digest is locked, and no other bytes will be taken`,
  );
  return entry;
}

function nothingFound(name: PackageName, wanted: readonly ImportedDigest[], { sources }: Manifest): PkgsyncError {
  const [first] = wanted;
  return new PkgsyncError(
    'INTEGRITY',
    `${first?.where ?? name}: no file of ${name} at ${sources.map(({ location }) => location).join(', ')} has any of its ${wanted.length} digests`,
    { hint: 'name the index that has them with --source, or import with --offline to leave the digests out' },
  );
}
