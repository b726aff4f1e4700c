import { printable } from '../errors.ts';
import { addFile, type Imported, ImportReport, invalidImport, writtenDigest } from './imported.ts';
import { addSourceOf, pinOf } from './lock-entries.ts';
import { lastPathPart, shownLocation } from './location.ts';
import { type Fields, parseToml } from './toml.ts';

/** Where a package may come from that no index supplies. */
const elsewhere: Readonly<Record<string, string>> = {
  git: 'a git repository',
  url: 'a direct URL',
  path: 'a file',
  directory: 'a folder',
  editable: 'a folder (editable)',
  virtual: 'a folder (the project itself)',
};

/**
 * Reads a uv.lock (version 1, any revision): every file of every package that comes from an index, also where the lock forks and one project
 * has several versions.
 * @throws PkgsyncError IMPORT_INVALID: not TOML, another version, or a value of a wrong type, with its place
 */
export function parseUvLock(text: string, { label }: { readonly label: string }): Imported {
  const document = parseToml(text, label);
  const version = document.raw('version');
  if (version !== 1) throw invalidImport(label, `version ${printable(String(version), 30)} is not known; expected 1: a uv.lock`);
  const report = new ImportReport();
  for (const entry of document.tables('package')) addPackage(report, entry.called(`package (${printable(entry.string('name'), 60)})`));
  return report;
}

function addPackage(report: ImportReport, entry: Fields): void {
  const name = entry.name('name');
  const { where } = entry;
  const origin = entry.table('source');
  const kind = Object.keys(elsewhere).find((key) => origin.has(key));
  if (kind !== undefined) {
    report.skip(`${name} ${shownLocation(origin.string(kind))}`, `it comes from ${elsewhere[kind] ?? kind}: no index supplies it`, where);
    return;
  }
  const version = entry.string('version');
  const specifier = pinOf(version);
  if (specifier === undefined) {
    report.skip(`${name} ${version}`, 'its version is no version', where);
    return;
  }
  report.requirements.push({ name, specifier, extras: [], ...addSourceOf(report, origin.string('registry'), undefined, where), where });
  for (const file of [...(entry.has('sdist') ? [entry.table('sdist')] : []), ...entry.tables('wheels')]) {
    const address = file.optionalString('filename') ?? file.optionalString('path') ?? file.optionalString('url') ?? '';
    const facts = {
      size: file.optionalSize('size'),
      uploadTime: file.optionalTime('upload-time') ?? file.optionalTime('upload_time'),
      where: file.where,
    };
    addFile(report, { name, version, filename: lastPathPart(address), hashes: writtenDigest(file.optionalString('hash') ?? ''), ...facts });
  }
}
