import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoreMetadata } from '../archive/core-metadata.ts';
import { parseFileMetadata, readFileMetadata } from '../archive/file-metadata.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { spool } from '../io/atomic-write.ts';
import { readAll, verified } from '../io/hashing.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';

/** PyPI's own limit for a METADATA file is far below this. */
const metadataLimit = 10 * 1024 * 1024;

/**
 * Bytes of the PEP 658 companion, verified against the digest that the page offers; undefined where the page names no companion.
 * @throws PkgsyncError INTEGRITY, and what reading throws
 */
export async function companionBytes(source: SourceIndex, file: DistributionFile, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  if (file.coreMetadata === undefined) return undefined;
  const companion = source.openMetadata(file);
  const body = verified(companion.read({ signal }), { label: companion.label, hashes: file.coreMetadata });
  return await readAll(body, metadataLimit, companion.label);
}

/**
 * Core metadata of a file at the source, checked against its name: from its companion, else from the archive, which is fetched, verified and thrown away.
 * @throws PkgsyncError INTEGRITY, ARCHIVE_INVALID, METADATA_INVALID, and what reading throws
 */
export async function sourceMetadata(source: SourceIndex, file: DistributionFile, signal?: AbortSignal): Promise<CoreMetadata> {
  const companion = await companionBytes(source, file, signal);
  if (companion !== undefined) return parseFileMetadata(companion, file.filename, file.name);
  const folder = await mkdtemp(join(tmpdir(), 'pkgsync-'));
  try {
    const bytes = source.open(file);
    const { path } = await spool(bytes.read({ signal }), folder, {
      label: bytes.label,
      hashes: file.hashes,
      ...(file.size === undefined ? {} : { size: file.size }),
    });
    return (await readFileMetadata(path, file.filename, file.name)).metadata;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
