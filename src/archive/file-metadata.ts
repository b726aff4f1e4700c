import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { isDistribution, parseDistributionFilename, type ParsedFilename } from '../packaging/filename.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { canonicalVersion, tryParseVersion } from '../packaging/version.ts';
import { findMetadata, isReadable, type SearchOptions } from './archive.ts';
import { oldStyleMetadata, parseCoreMetadata, type CoreMetadata, type Identity } from './core-metadata.ts';
import { metadataPlaces } from './metadata-places.ts';

export interface FileMetadata {
  /** METADATA or PKG-INFO, byte for byte; undefined where the archive has none. */
  readonly bytes?: Uint8Array | undefined;
  readonly metadata: CoreMetadata;
}

/**
 * The core metadata of a distribution on the local disk, checked against the name it goes by. A distribution that has none, and a format that no
 * reader knows, gets its name and version from the filename (`fromFilename`).
 * @throws PkgsyncError ARCHIVE_INVALID, METADATA_INVALID (malformed, or of another project, or for a wheel of another version), FILENAME_INVALID,
 *   NOT_FOUND, FILE_SYSTEM; on abort the signal's reason
 */
export async function readFileMetadata(
  path: string,
  filename: string,
  project: PackageName,
  options: SearchOptions = {},
): Promise<FileMetadata> {
  const parsed = parseDistributionFilename(filename, project);
  if (!isDistribution(parsed)) {
    throw new PkgsyncError(
      'FILENAME_INVALID',
      `'${printable(filename)}' is not the name of a distribution of ${project} (${parsed.because})`,
    );
  }
  const identity = { name: spelledName(filename, project, parsed.version), version: parsed.version };
  const places = metadataPlaces(parsed.packageType);
  if (places === undefined || !isReadable(parsed.extension)) {
    return {
      metadata: fromFilename(identity, `metadata of ${parsed.extension} files cannot be read; name and version are the filename's`),
    };
  }
  const belongs = (bytes: Uint8Array): boolean => namesProject(bytes, identity, project);
  const found = await findMetadata(path, { filename, extension: parsed.extension, places, belongs }, options);
  if (found !== undefined) {
    if (parsed.packageType === 'bdist_wheel') checkFolder(found.path, filename, project);
    return { bytes: found.bytes, metadata: checkedMetadata(found.bytes, filename, parsed, identity, project) };
  }
  if (places.required === undefined) {
    return { metadata: fromFilename(identity, "the archive has no metadata; name and version are the filename's") };
  }
  throw new PkgsyncError('ARCHIVE_INVALID', `${printable(filename)} has no ${places.required}`);
}

/**
 * Parses metadata that came with a file (from inside, or its PEP 658 companion) and checks it against the file's name.
 * @throws PkgsyncError METADATA_INVALID with the filename, FILENAME_INVALID
 */
export function parseFileMetadata(bytes: Uint8Array, filename: string, project: PackageName): CoreMetadata {
  const parsed = parseDistributionFilename(filename, project);
  if (!isDistribution(parsed)) {
    throw new PkgsyncError(
      'FILENAME_INVALID',
      `'${printable(filename)}' is not the name of a distribution of ${project} (${parsed.because})`,
    );
  }
  const identity = { name: spelledName(filename, project, parsed.version), version: parsed.version };
  return checkedMetadata(bytes, filename, parsed, identity, project);
}

function checkedMetadata(
  bytes: Uint8Array,
  filename: string,
  parsed: ParsedFilename,
  identity: Identity,
  project: PackageName,
): CoreMetadata {
  const shown = printable(filename);
  const metadata = withFilename(shown, () => parseCoreMetadata(bytes, identity));
  if (normalizeName(metadata.name) !== project) {
    throw new PkgsyncError(
      'METADATA_INVALID',
      `${shown} holds the metadata of another project: its Name is '${printable(metadata.name)}'`,
      {
        hint: `a file of ${project} was expected`,
      },
    );
  }
  if (canonicalVersion(metadata.version) === canonicalVersion(parsed.version)) return metadata;
  const difference = `its metadata has version '${printable(metadata.version)}', its filename '${printable(parsed.version)}'`;
  // Installers refuse such a wheel; for source distributions, old ones above all, the two spellings often differ without harm.
  const isCertain = tryParseVersion(metadata.version) !== undefined && tryParseVersion(parsed.version) !== undefined;
  if (parsed.packageType === 'bdist_wheel' && isCertain) throw new PkgsyncError('METADATA_INVALID', `${shown}: ${difference}`);
  return { ...metadata, warnings: [...metadata.warnings, difference] };
}

function withFilename<T>(shown: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isPkgsyncError(error, 'METADATA_INVALID')) throw error;
    throw new PkgsyncError('METADATA_INVALID', `${shown}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

function namesProject(bytes: Uint8Array, identity: Identity, project: PackageName): boolean {
  try {
    return normalizeName(parseCoreMetadata(bytes, identity).name) === project;
  } catch (error) {
    if (isPkgsyncError(error, 'METADATA_INVALID')) return false;
    throw error;
  }
}

/** https://packaging.python.org/en/latest/specifications/binary-distribution-format/#the-dist-info-directory */
function checkFolder(path: string, filename: string, project: PackageName): void {
  const [folder = ''] = path.split('/');
  const name = folder.slice(0, Math.max(0, folder.length - '.dist-info'.length));
  for (let dash = name.indexOf('-'); dash > 0; dash = name.indexOf('-', dash + 1)) {
    if (normalizeName(name.slice(0, dash)) === project) return;
  }
  throw new PkgsyncError('METADATA_INVALID', `${printable(filename)} holds the metadata of another project: '${printable(folder)}'`, {
    hint: `a file of ${project} was expected`,
  });
}

/** The project's name as the filename spells it, for display names; the normal form where it cannot be told. */
function spelledName(filename: string, project: PackageName, version: string): string {
  for (let dash = filename.indexOf('-'); dash > 0; dash = filename.indexOf('-', dash + 1)) {
    const name = filename.slice(0, dash);
    const rest = filename.slice(dash + 1);
    // Eggs and wheels write `_` for the dashes of a version.
    const isVersion = rest.replace(/_/g, '-').startsWith(version.replace(/_/g, '-'));
    if (isVersion && normalizeName(name) === project && isValidName(name)) return name;
  }
  return project;
}

function fromFilename({ name, version }: Identity, warning: string): CoreMetadata {
  return { ...oldStyleMetadata(name, version), warnings: [warning] };
}
