import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import type { CoreMetadata } from '../../src/archive/core-metadata.ts';
import type { VerifiedContent, WantedFile } from '../../src/destinations/destination.ts';
import { isDistribution, parseDistributionFilename } from '../../src/packaging/filename.ts';
import type { PackageName } from '../../src/packaging/name.ts';

export function digestsOf(bytes: Uint8Array | string): { readonly sha256: string; readonly md5: string } {
  const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
  return { sha256: digest('sha256'), md5: digest('md5') };
}

/** Core metadata with nothing in it but name and version. */
export function coreMetadata(facts: Partial<CoreMetadata> = {}): CoreMetadata {
  return {
    metadataVersion: '2.1',
    name: 'foo',
    version: '1.0',
    dynamic: [],
    platforms: [],
    supportedPlatforms: [],
    licenseFiles: [],
    classifiers: [],
    requiresDist: [],
    requiresExternal: [],
    projectUrls: [],
    providesExtra: [],
    providesDist: [],
    obsoletesDist: [],
    requires: [],
    provides: [],
    obsoletes: [],
    importNames: [],
    importNamespaces: [],
    fromFilename: false,
    warnings: [],
    ...facts,
  };
}

/** METADATA of a wheel, as bytes. */
export function metadataText(name: string, version: string, more = ''): Buffer {
  return Buffer.from(`Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${more}`);
}

/** A wheel that readers of metadata accept: the metadata, and a module whose text makes wheels differ. */
export function wheelBytes(name: string, version: string, metadata: Uint8Array, text = ''): Buffer {
  const zip = new AdmZip();
  const info = `${name}-${version}.dist-info`;
  zip.addFile(`${name}.py`, Buffer.from(text));
  zip.addFile(`${info}/METADATA`, Buffer.from(metadata));
  zip.addFile(`${info}/WHEEL`, Buffer.from('Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'));
  zip.addFile(`${info}/RECORD`, Buffer.from(''));
  // The time of the test run must not get into the bytes.
  for (const entry of zip.getEntries()) entry.header.time = new Date(2020, 0, 1);
  return zip.toBuffer();
}

/** The facts of a file with these bytes. */
export function wantedFile(name: PackageName, filename: string, bytes: Uint8Array | string, facts: Partial<WantedFile> = {}): WantedFile {
  const parsed = parseDistributionFilename(filename, name);
  if (!isDistribution(parsed)) throw new Error(`${filename} is no distribution of ${name}: ${parsed.because}`);
  return {
    name,
    filename,
    version: parsed.version,
    packageType: parsed.packageType,
    hashes: digestsOf(bytes),
    size: Buffer.byteLength(bytes),
    yanked: false,
    ...facts,
  };
}

/** These bytes in a new file of `folder`, as they are after verification. */
export async function verifiedContent(
  folder: string,
  bytes: Uint8Array | string,
  more: Partial<VerifiedContent> = {},
): Promise<VerifiedContent> {
  const hashes = digestsOf(bytes);
  const path = join(folder, `${hashes.sha256.slice(0, 12)}.content`);
  await writeFile(path, bytes, { mode: 0o600 });
  return { path, size: Buffer.byteLength(bytes), hashes, metadata: coreMetadata(), ...more };
}
