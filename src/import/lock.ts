import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { compareDigests } from '../packaging/digest.ts';
import { compareText, type PackageName } from '../packaging/name.ts';
import { allUnsatisfied } from '../sync/satisfied.ts';
import { groupedByName } from './combine.ts';
import { type ImportedFile, invalidImport, type SkippedEntry } from './imported.ts';

/** What is known of a package's files, from the input or from the source. */
export interface KnownFiles {
  readonly entries: readonly LockEntry[];
  /** Name of the source that has them, where the manifest has several. */
  readonly source?: string | undefined;
}

export interface ImportedLock {
  /** In name order; only packages with files. */
  readonly packages: readonly LockPackage[];
  /** Packages of the manifest without files: they are left to `pkgsync lock`. */
  readonly missing: readonly PackageName[];
  readonly skipped: readonly SkippedEntry[];
}

/** Files of the input as entries, each once. @throws PkgsyncError IMPORT_INVALID where a file stands twice with different digests */
export function entriesOf(files: readonly ImportedFile[]): ReadonlyMap<PackageName, readonly LockEntry[]> {
  return new Map([...groupedByName(files)].map(([name, own]) => [name, distinctEntries(own)]));
}

function distinctEntries(files: readonly ImportedFile[]): readonly LockEntry[] {
  const entries = new Map<string, LockEntry>();
  for (const { filename, version, size, hashes, requiresPython, uploadTime, where } of files) {
    const known = entries.get(filename);
    if (known !== undefined && compareDigests(known.hashes, hashes) === 'different')
      throw invalidImport(where, `${filename} stands in the input twice with different digests`);
    const entry: LockEntry = { filename, version, size, hashes: { ...known?.hashes, ...hashes }, requiresPython, uploadTime };
    entries.set(filename, known === undefined ? entry : { ...known, hashes: entry.hashes });
  }
  return [...entries.values()];
}

/** The lock of exactly these files: rules are the manifest's, so it is current, and files that their rule would not admit are left out. */
export function importedLock(manifest: Manifest, known: ReadonlyMap<PackageName, KnownFiles>): ImportedLock {
  const packages: LockPackage[] = [];
  const missing: PackageName[] = [];
  const skipped: SkippedEntry[] = [];
  for (const { name, rule } of manifest.packages) {
    const { entries = [], source } = known.get(name) ?? {};
    const files = [...entries].sort((a, b) => compareText(a.filename, b.filename));
    const all: LockPackage = { name, rule, source, files };
    const unwanted = new Map(allUnsatisfied(all, rule).map(({ filename, because }) => [filename, because]));
    for (const [filename, because] of unwanted)
      skipped.push({ what: filename, because: `the rule of ${name} does not select it (${because})`, where: manifest.path });
    const wanted = files.filter(({ filename }) => !unwanted.has(filename));
    if (wanted.length === 0) missing.push(name);
    else packages.push({ ...all, files: wanted });
  }
  return { packages, missing, skipped };
}
