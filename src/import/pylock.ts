import { printable } from '../errors.ts';
import { addFile, type Imported, ImportReport, invalidImport } from './imported.ts';
import { lastPathPart, shownLocation } from './location.ts';
import { addSourceOf, pinOf } from './lock-entries.ts';
import { type Fields, parseToml } from './toml.ts';

/**
 * Reads a pylock.toml: every wheel and sdist of every package with its digests, whatever its marker says.
 * https://packaging.python.org/en/latest/specifications/pylock-toml/
 * @throws PkgsyncError IMPORT_INVALID: not TOML, another major version, or a value of a wrong type, with its place
 */
export function parsePylock(text: string, { label }: { readonly label: string }): Imported {
  const document = parseToml(text, label);
  const version = document.string('lock-version');
  if (!/^1(\.\d+)?$/.test(version)) throw invalidImport(label, `lock-version ${printable(version, 30)} is not known; expected 1.0`);
  const report = new ImportReport();
  if (version !== '1.0') report.note(`${printable(label, 1000)} has lock-version ${version}: what came after 1.0 is not looked at`);
  if (!document.has('packages')) throw invalidImport(label, 'packages: expected an array, found nothing');
  for (const entry of document.tables('packages')) addPackage(report, entry.called(`packages (${printable(entry.string('name'), 60)})`));
  return report;
}

function addPackage(report: ImportReport, entry: Fields): void {
  const name = entry.name('name');
  const { where } = entry;
  const written = entry.optionalString('version');
  const other = ['vcs', 'directory', 'archive'].find((key) => entry.has(key));
  if (other !== undefined) {
    const fields = entry.table(other);
    const address = fields.optionalString('url') ?? fields.optionalString('path') ?? '';
    report.skip(`${name} ${shownLocation(address)}`.trim(), `it comes from ${origins[other] ?? other}: no index supplies it`, where);
    return;
  }
  const origin = addSourceOf(report, entry.optionalString('index'), undefined, where);
  const requiresPython = entry.optionalString('requires-python');
  const listed = [...entry.tables('wheels'), ...(entry.has('sdist') ? [entry.table('sdist')] : [])];
  const before = report.files.length;
  for (const file of listed) {
    const address = file.optionalString('path') ?? file.optionalString('url');
    const filename = file.optionalString('name') ?? (address === undefined ? '' : lastPathPart(address));
    const facts = { size: file.optionalSize('size'), uploadTime: file.optionalTime('upload-time'), requiresPython, where: file.where };
    addFile(report, { name, filename, version: written, hashes: file.table('hashes').record(), ...facts });
  }
  const version = written ?? report.files[before]?.version;
  if (version === undefined) {
    report.skip(name, 'it has neither a version nor a file that tells it', where);
    return;
  }
  const specifier = pinOf(version);
  if (specifier === undefined) {
    report.skip(`${name} ${version}`, 'its version is no version', where);
    return;
  }
  report.requirements.push({ name, specifier, extras: [], marker: entry.optionalString('marker'), ...origin, where });
}

const origins: Readonly<Record<string, string>> = { vcs: 'a repository', directory: 'a folder', archive: 'a direct URL or path' };
