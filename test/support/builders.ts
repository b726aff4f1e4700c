import { createHash } from 'node:crypto';
import type { DestinationProject, DestinationTraits, ExistingFile } from '../../src/destinations/destination.ts';
import type { LockEntry, LockPackage } from '../../src/lockfile/lock.ts';
import type { DirectoryConfig, EffectiveRule, Limits, Manifest, SourceConfig, UploadConfig } from '../../src/manifest/manifest.ts';
import type { DigestSet } from '../../src/packaging/digest.ts';
import type { DistributionFile, FileFacts, Project } from '../../src/packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename } from '../../src/packaging/filename.ts';
import type { ParsedFilename } from '../../src/packaging/filename.ts';
import { compareText, parseName } from '../../src/packaging/name.ts';
import type { PackageName } from '../../src/packaging/name.ts';
import type { Candidate } from '../../src/resolve/selection.ts';
import type { PlanOptions } from '../../src/sync/context.ts';

/** Makes a name known to be valid. */
export const nameOf = (text: string): PackageName => parseName(text);

/** sha256 and md5 of a text. */
export function digestsOf(content: string | Uint8Array): { readonly sha256: string; readonly md5: string } {
  const digest = (algorithm: string) => createHash(algorithm).update(content).digest('hex');
  return { sha256: digest('sha256'), md5: digest('md5') };
}

/** What a file of this name contains unless a test says otherwise. */
export const contentOf = (filename: string): string => `content of ${filename}`;

export function parsed(filename: string): ParsedFilename {
  const result = parseDistributionFilename(filename);
  if (!isDistribution(result)) throw new Error(`${filename} is no distribution: ${result.because}`);
  return result;
}

/** Facts of a file with the sha256 and size of its content. */
export function facts(filename: string, overrides: Partial<FileFacts> & { readonly content?: string } = {}): FileFacts {
  const { content = contentOf(filename), ...rest } = overrides;
  const { version, packageType } = parsed(filename);
  return {
    filename,
    version,
    packageType,
    hashes: { sha256: digestsOf(content).sha256 },
    size: Buffer.byteLength(content),
    yanked: false,
    ...rest,
  };
}

/** A file as a source lists it. */
export function file(filename: string, overrides: Partial<DistributionFile> & { readonly content?: string } = {}): DistributionFile {
  const url = `https://source.example/files/${encodeURIComponent(filename)}`;
  return { name: parsed(filename).name, url, ...facts(filename, overrides) };
}

/** A file as a destination holds it. */
export function existing(filename: string, overrides: Partial<ExistingFile> & { readonly content?: string } = {}): ExistingFile {
  return { ...file(filename, overrides), url: `https://destination.example/${encodeURIComponent(filename)}` };
}

/** A live lock entry with the sha256 and size of its content. */
export function entry(filename: string, overrides: Partial<LockEntry> & { readonly content?: string } = {}): LockEntry {
  const { content = contentOf(filename), ...rest } = overrides;
  return {
    filename,
    version: parsed(filename).version,
    size: Buffer.byteLength(content),
    hashes: { sha256: digestsOf(content).sha256 },
    ...rest,
  };
}

export function locked(name: string, files: readonly (string | LockEntry)[], overrides: Partial<LockPackage> = {}): LockPackage {
  const entries = files.map((item) => (typeof item === 'string' ? entry(item) : item));
  return { name: nameOf(name), rule: {}, files: entries.sort((a, b) => compareText(a.filename, b.filename)), ...overrides };
}

/** A source's page. */
export function project(name: string, files: readonly (string | DistributionFile)[], overrides: Partial<Project> = {}): Project {
  return {
    name: nameOf(name),
    status: { status: 'active' },
    files: files.map((item) => (typeof item === 'string' ? file(item) : item)),
    skipped: [],
    warnings: [],
    ...overrides,
  };
}

/** What a destination lists of one project. */
export function listing(
  name: string,
  files: readonly (string | ExistingFile)[],
  overrides: Partial<DestinationProject> = {},
): DestinationProject {
  return {
    name: nameOf(name),
    present: files.length > 0,
    files: files.map((item) => (typeof item === 'string' ? existing(item) : item)),
    warnings: [],
    ...overrides,
  };
}

/** Something a rule may select. */
export function candidate(filename: string, overrides: Partial<Candidate> & { readonly content?: string } = {}): Candidate {
  return { parsed: parsed(filename), locked: false, ...facts(filename, overrides) };
}

export const noPrune = { dropped: false, superseded: false, unlisted: false };
export const exactPrune = { dropped: true, superseded: true, unlisted: true };
export const noLimits: Limits = { maxRemove: {}, maxReplace: {}, maxUpload: {} };

export function directoryConfig(overrides: Partial<DirectoryConfig> = {}): DirectoryConfig {
  return { name: 'default', type: 'directory', path: './mirror', include: [], exclude: [], prune: noPrune, limits: noLimits, ...overrides };
}

export function uploadConfig(overrides: Partial<UploadConfig> = {}): UploadConfig {
  return {
    name: 'default',
    type: 'upload',
    url: 'https://destination.example/',
    server: 'auto',
    include: [],
    exclude: [],
    prune: noPrune,
    limits: noLimits,
    ...overrides,
  };
}

export function sourceConfig(overrides: Partial<SourceConfig> = {}): SourceConfig {
  return { name: 'default', location: 'https://source.example/simple/', serialization: 'auto', names: [], ...overrides };
}

/** A manifest whose packages are given as name to rule. */
export function manifest(packages: Readonly<Record<string, EffectiveRule>> = {}, overrides: Partial<Manifest> = {}): Manifest {
  return {
    path: 'pkgsync.json',
    folder: '/project',
    sources: [sourceConfig()],
    destinations: [directoryConfig()],
    packages: Object.entries(packages)
      .map(([name, rule]) => ({ name: nameOf(name), rule }))
      .sort((a, b) => compareText(a.name, b.name)),
    all: false,
    exclude: [],
    defaultRule: {},
    unmanaged: [],
    onMismatch: 'report',
    policy: { deny: [], requireSha256: false },
    exceptions: [],
    ...overrides,
  };
}

/** 2026-01-01, the clock of tests. */
export const asOf = Date.UTC(2026, 0, 1);

export function planOptions(overrides: Partial<PlanOptions> = {}): PlanOptions {
  return { locked: false, upgrade: false, packages: [], accept: new Set(), asOf, concurrency: 4, ...overrides };
}

/** Like a directory: it can do everything and says everything. */
export function traits(overrides: Partial<DestinationTraits> = {}): DestinationTraits {
  return {
    canRemove: true,
    canReplace: true,
    canUpdate: true,
    register: 'done',
    carries: new Set(['yanked', 'requires-python', 'upload-time', 'core-metadata']),
    overwritesSilently: false,
    digests: ['sha256', 'md5'],
    ...overrides,
  };
}

/** Only the md5 of a file's content, as old servers list it. */
export const md5Of = (filename: string, content = contentOf(filename)): DigestSet => ({ md5: digestsOf(content).md5 });
