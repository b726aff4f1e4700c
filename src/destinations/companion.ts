import { createHash } from 'node:crypto';
import { readFileMetadata, type FileMetadata } from '../archive/file-metadata.ts';
import { isPkgsyncError } from '../errors.ts';
import { writeAtomically } from '../io/atomic-write.ts';
import { compareDigests } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import type { ScannedFile } from './directory-inventory.ts';
import { companionSuffix } from './directory-layout.ts';
import { measureFile, type FolderHasher } from './folder-hasher.ts';
import { removeFile } from './leftovers.ts';

/**
 * The bytes of the metadata companion that a file shall have (PEP 658), or undefined for none: wheels have one, other kinds only where the
 * approved facts promise exactly these bytes, as the metadata of an sdist may change when it is built.
 */
export function companionBytes(file: FileFacts, metadataBytes: Uint8Array | undefined): Uint8Array | undefined {
  if (metadataBytes === undefined) return undefined;
  const promised = file.coreMetadata?.sha256;
  if (promised !== undefined) return promised === sha256Of(metadataBytes) ? metadataBytes : undefined;
  return file.packageType === 'bdist_wheel' ? metadataBytes : undefined;
}

/** Makes the companion of the file at `path` be these bytes, or none; right bytes are not touched. @throws PkgsyncError DISK_FULL, FILE_SYSTEM */
export async function writeCompanion(path: string, bytes: Uint8Array | undefined): Promise<void> {
  const companion = `${path}${companionSuffix}`;
  if (bytes === undefined) return removeFile(companion);
  const present = await measureFile(companion);
  if (present?.hashes.sha256 !== sha256Of(bytes)) await writeAtomically(companion, bytes);
}

/**
 * Restores a wanted file's companion that is missing or has other bytes than approved, from the archive on disk, provided that this is the approved one.
 * @returns whether there is a companion now
 * @throws PkgsyncError DISK_FULL, FILE_SYSTEM
 */
export async function restoreCompanion(file: ScannedFile, wanted: FileFacts, name: PackageName, hasher: FolderHasher): Promise<boolean> {
  const promised = wanted.coreMetadata?.sha256;
  if (file.hasCompanion) {
    if (promised === undefined) return true;
    const present = await hasher.measure(`${file.filename}${companionSuffix}`);
    if (present?.hashes.sha256 === promised) return true;
  } else if (promised === undefined && wanted.packageType !== 'bdist_wheel') return false;

  const digests = await hasher.measure(file.filename);
  const comparison = compareDigests(digests?.hashes ?? {}, wanted.hashes);
  if (comparison !== 'same' && comparison !== 'same-weak') return file.hasCompanion;
  const bytes = companionBytes(wanted, await metadataOf(file, name));
  if (bytes === undefined) return file.hasCompanion;
  await writeCompanion(file.path, bytes);
  return true;
}

/** The specifier in the metadata of a file on disk, where it can be read. */
export async function requiresPythonOf(file: ScannedFile, name: PackageName): Promise<string | undefined> {
  return (await readMetadata(file, name))?.metadata.requiresPython;
}

async function metadataOf(file: ScannedFile, name: PackageName): Promise<Uint8Array | undefined> {
  return (await readMetadata(file, name))?.bytes;
}

async function readMetadata(file: ScannedFile, name: PackageName): Promise<FileMetadata | undefined> {
  try {
    return await readFileMetadata(file.path, file.filename, name);
  } catch (error) {
    // An archive without readable metadata is listed without what its metadata would say, as it is by every index. NOT_FOUND: removed meanwhile.
    if (isPkgsyncError(error, 'ARCHIVE_INVALID', 'METADATA_INVALID', 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
