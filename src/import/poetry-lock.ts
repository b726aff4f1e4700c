import { printable } from '../errors.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { canonicalVersion } from '../packaging/version.ts';
import { addFile, type Imported, ImportReport, invalidImport, writtenDigest } from './imported.ts';
import { addSourceOf, pinOf } from './lock-entries.ts';
import { shownLocation } from './location.ts';
import { type Fields, parseToml } from './toml.ts';

const elsewhere: Readonly<Record<string, string>> = {
  git: 'a git repository',
  url: 'a direct URL',
  file: 'a file',
  directory: 'a folder',
};

/**
 * Reads a poetry.lock (lock-version 1.x and 2.x): every package of every group with its files and digests.
 * @throws PkgsyncError IMPORT_INVALID: not TOML, another version, or a value of a wrong type, with its place
 */
export function parsePoetryLock(text: string, { label }: { readonly label: string }): Imported {
  const document = parseToml(text, label);
  const metadata = document.table('metadata');
  const version = metadata.optionalString('lock-version') ?? '1.0';
  if (!/^[12]\.\d+$/.test(version))
    throw invalidImport(label, `metadata.lock-version ${printable(version, 30)} is not known; expected 1.x or 2.x`);
  const report = new ImportReport();
  const shared = filesByProject(metadata.table('files'));
  for (const entry of document.tables('package'))
    addPackage(report, entry.called(`package (${printable(entry.string('name'), 60)})`), shared);
  return report;
}

/** Format 1 keeps the files of all packages in one table. */
function filesByProject(files: Fields): ReadonlyMap<PackageName, readonly Fields[]> {
  return new Map(files.keys().flatMap((name) => (isValidName(name) ? [[normalizeName(name), files.tables(name)] as const] : [])));
}

function addPackage(report: ImportReport, entry: Fields, shared: ReadonlyMap<PackageName, readonly Fields[]>): void {
  const name = entry.name('name');
  const { where } = entry;
  const version = entry.string('version');
  const origin = entry.table('source');
  const kind = origin.optionalString('type');
  if (kind !== undefined && kind !== 'legacy') {
    const address = shownLocation(origin.optionalString('url') ?? '');
    report.skip(
      `${name} ${version} ${address}`,
      `it comes from ${elsewhere[kind] ?? `'${printable(kind, 30)}'`}: no index supplies it`,
      where,
    );
    return;
  }
  const specifier = pinOf(version);
  if (specifier === undefined) {
    report.skip(`${name} ${version}`, 'its version is no version', where);
    return;
  }
  // Poetry's own word for PyPI is to say nothing.
  const index = kind === undefined ? 'https://pypi.org/simple/' : origin.string('url');
  const from = addSourceOf(report, index, kind === undefined ? 'pypi' : origin.optionalString('reference'), where);
  report.requirements.push({ name, specifier, extras: [], marker: markerOf(entry), ...from, where });
  for (const file of entry.has('files') ? entry.tables('files') : ofVersion(shared.get(name) ?? [], name, version)) {
    const filename = file.string('file');
    addFile(report, { name, version, filename, hashes: writtenDigest(file.optionalString('hash') ?? ''), where: file.where });
  }
}

/** Of the files of one project, which may be locked in several versions, those of this one; what has no readable name goes along to be reported. */
function ofVersion(files: readonly Fields[], name: PackageName, version: string): readonly Fields[] {
  return files.filter((file) => {
    const parsed = parseDistributionFilename(file.string('file'), name);
    return !isDistribution(parsed) || canonicalVersion(parsed.version) === canonicalVersion(version);
  });
}

/** Since lock-version 2.1: one marker, or one per group where they differ. */
function markerOf(entry: Fields): string | undefined {
  const written = entry.raw('markers') ?? entry.raw('marker');
  if (written === undefined || typeof written === 'string') return written;
  const byGroup = entry.table('markers');
  const texts = byGroup.keys().map((group) => byGroup.string(group));
  // Groups without a marker are not in the table, so it decides alone only where it names them all.
  const groups = entry.strings('groups');
  if (texts.length === 0 || groups.some((group) => !byGroup.has(group))) return undefined;
  return texts.map((text) => `(${text})`).join(' or ');
}
