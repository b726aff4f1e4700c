import { printable } from '../errors.ts';
import { parseJsonText, problemLine } from '../io/json-text.ts';
import { type HashAlgorithm, parseDigests } from '../packaging/digest.ts';
import { isValidName, normalizeName } from '../packaging/name.ts';
import { PkgsyncError } from '../errors.ts';
import { type Imported, type ImportReport as Report, ImportReport, invalidImport, writtenDigest } from './imported.ts';
import { addSourceOf, normalSpecifier, type Origin } from './lock-entries.ts';
import { shownLocation } from './location.ts';
import { Fields, maxLockLength } from './toml.ts';

const elsewhere = ['git', 'hg', 'svn', 'bzr', 'path', 'file', 'editable'] as const;

/**
 * Reads a Pipfile.lock: the packages of every category with their versions and digests. Which file a digest belongs to it does not say.
 * @throws PkgsyncError IMPORT_INVALID: not JSON, or a value of a wrong type, with its place
 */
export function parsePipfileLock(text: string, { label }: { readonly label: string }): Imported {
  if (text.length > maxLockLength) throw invalidImport(label, `larger than ${maxLockLength / 1024 / 1024} MiB`);
  const json = parseJsonText(text.replace(/^\ufeff/, ''), { comments: false });
  if (!json.parsed) {
    const line = problemLine(printable(label, 1000), json.place, { pointer: '', at: 'value', message: json.message });
    throw new PkgsyncError('IMPORT_INVALID', `not JSON: ${line}`);
  }
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidImport(label, 'expected an object');
  const document = new Fields(value, label, '');
  if (!document.has('_meta')) throw invalidImport(label, "the key '_meta' is missing: that is no Pipfile.lock");
  const report = new ImportReport();
  const sources = readSources(report, document.table('_meta'));
  for (const category of document.keys().filter((key) => key !== '_meta')) {
    const packages = document.table(category);
    for (const name of packages.keys()) addPackage(report, packages.table(name), name, sources);
  }
  return report;
}

/** Each source by its name. */
function readSources(report: Report, meta: Fields): ReadonlyMap<string, Origin> {
  return new Map(
    meta.tables('sources').map((source) => {
      const name = source.string('name');
      const origin = addSourceOf(report, source.string('url'), name, source.where);
      if (origin.sourceProblem !== undefined) report.note(`${source.where}: the index ${origin.sourceProblem}`);
      return [name, origin];
    }),
  );
}

function addPackage(report: Report, entry: Fields, written: string, sources: ReadonlyMap<string, Origin>): void {
  const { where } = entry;
  if (!isValidName(written)) {
    report.skip(written, 'it is no project name', where);
    return;
  }
  const name = normalizeName(written);
  const other = elsewhere.find((key) => entry.has(key) && entry.raw(key) !== false);
  if (other !== undefined) {
    const address = entry.raw(other);
    report.skip(
      `${name} ${typeof address === 'string' ? shownLocation(address) : ''}`.trim(),
      `it comes from '${other}': no index supplies it`,
      where,
    );
    return;
  }
  const version = entry.optionalString('version') ?? '*';
  const specifier = normalSpecifier(version.trim() === '*' ? '' : version);
  if (specifier === undefined) {
    report.skip(`${name} ${version}`, 'its version is no specifier', where);
    return;
  }
  const index = entry.optionalString('index');
  // Without a word of its own a package may come from any of them; a single one that cannot be used is the one.
  const origin = index === undefined ? (sources.size === 1 ? [...sources.values()][0] : undefined) : sources.get(index);
  if (index !== undefined && !sources.has(index)) report.note(`${where}: there is no source '${printable(index, 60)}' in the file`);
  const marker = entry.optionalString('markers');
  report.requirements.push({ name, specifier, extras: entry.strings('extras'), marker, ...origin, where });
  for (const hash of entry.strings('hashes')) {
    const digests = parseDigests(writtenDigest(hash));
    const [algorithm] = Object.keys(digests) as HashAlgorithm[];
    if (algorithm === undefined) report.skip(hash, `it is no digest that pkgsync knows (of ${name})`, where);
    else report.digests.push({ name, algorithm, hex: digests[algorithm] ?? '', where });
  }
}
