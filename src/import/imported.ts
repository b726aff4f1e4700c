import { type DigestSet, type HashAlgorithm, parseDigests } from '../packaging/digest.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { canonicalVersion } from '../packaging/version.ts';
import { PkgsyncError, printable } from '../errors.ts';

/** What import reads; `docs/import.md` says what is taken of each. */
export const importFormats = ['requirements', 'versions-cfg', 'pylock', 'uv', 'poetry', 'pipfile'] as const;
export type ImportFormat = (typeof importFormats)[number];

/** A project that the input asks for. One project may stand in several, which then are alternatives. */
export interface ImportedRequirement {
  readonly name: PackageName;
  /** Specifier set in its usual spelling; '' admits any version. */
  readonly specifier: string;
  readonly extras: readonly string[];
  /** As written; absent: always. */
  readonly marker?: string | undefined;
  /** Where the input says the project comes from; a location of `sources`. Absent: any of them. */
  readonly source?: string | undefined;
  /** Why the index that the input names cannot be used: then no other may stand in for it unasked. Completes "it comes from X: ...". */
  readonly sourceProblem?: string | undefined;
  /** `FILE:LINE`, or the file and the entry in it. */
  readonly where: string;
}

/** A file that the input names together with digests. */
export interface ImportedFile {
  readonly name: PackageName;
  /** As the filename spells it. */
  readonly version: string;
  readonly filename: string;
  /** At least one. */
  readonly hashes: DigestSet;
  /** Bytes. */
  readonly size?: number | undefined;
  readonly uploadTime?: string | undefined;
  readonly requiresPython?: string | undefined;
  readonly where: string;
}

/** A digest that a file of the project may have; which file, the input does not say. */
export interface ImportedDigest {
  readonly name: PackageName;
  readonly algorithm: HashAlgorithm;
  readonly hex: string;
  readonly where: string;
}

/** An index that the input names. */
export interface ImportedSource {
  /** URL without credentials, query and fragment, or a folder as a path from where the input lies. */
  readonly location: string;
  /** What the input calls it. */
  readonly name?: string | undefined;
  readonly where: string;
}

/** What the input says and import leaves out. */
export interface SkippedEntry {
  /** The entry as it may be shown: without credentials. */
  readonly what: string;
  readonly because: string;
  readonly where: string;
}

export interface Imported {
  readonly requirements: readonly ImportedRequirement[];
  /** Restrict the versions of projects that `requirements` name, and name none themselves. */
  readonly constraints: readonly ImportedRequirement[];
  readonly files: readonly ImportedFile[];
  readonly digests: readonly ImportedDigest[];
  /** What several requirements of one project mean: each holds (`all`, markers aside), or each is one of its versions (`any`). */
  readonly combine: 'all' | 'any';
  /** Whether the input asks for pre-releases. */
  readonly prereleases: boolean;
  /** In order of preference. */
  readonly sources: readonly ImportedSource[];
  readonly skipped: readonly SkippedEntry[];
  /** Whole sentences that a person should know. */
  readonly notes: readonly string[];
}

/** An input that says nothing, to add to. */
export class ImportReport implements Imported {
  readonly requirements: ImportedRequirement[] = [];
  readonly constraints: ImportedRequirement[] = [];
  combine: Imported['combine'] = 'any';
  prereleases = false;
  readonly files: ImportedFile[] = [];
  readonly digests: ImportedDigest[] = [];
  readonly sources: ImportedSource[] = [];
  readonly skipped: SkippedEntry[] = [];
  readonly notes: string[] = [];

  skip(what: string, because: string, where: string): void {
    this.skipped.push({ what: printable(what), because, where });
  }

  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }

  addSource(source: ImportedSource): void {
    if (!this.sources.some(({ location }) => location === source.location)) this.sources.push(source);
  }
}

export interface FileClaim extends Pick<ImportedFile, 'name' | 'size' | 'uploadTime' | 'requiresPython' | 'where'> {
  /** From outside: may be any text. */
  readonly filename: string;
  /** What the input says of the version, if it does. */
  readonly version: string | undefined;
  /** As written: algorithm to hex. */
  readonly hashes: Readonly<Record<string, unknown>>;
}

/** Adds a file where its name is one of a distribution of the project and its digests are digests; else it is skipped, with the reason. */
export function addFile(report: ImportReport, claim: FileClaim): void {
  const { name, filename, version, size, uploadTime, requiresPython, where } = claim;
  const parsed = parseDistributionFilename(filename, name);
  if (!isDistribution(parsed)) {
    report.skip(filename, `it is not the name of a distribution file of ${name} (${parsed.because})`, where);
    return;
  }
  if (version !== undefined && canonicalVersion(parsed.version) !== canonicalVersion(version)) {
    report.skip(filename, `it stands under version ${printable(version)}, which its name does not say`, where);
    return;
  }
  const hashes = parseDigests(claim.hashes);
  if (Object.keys(hashes).length === 0) {
    report.skip(filename, 'it has no digest that pkgsync knows', where);
    return;
  }
  report.files.push({ name, version: parsed.version, filename, hashes, size, uploadTime, requiresPython, where });
}

/** `sha256:…` as an object of one digest; what has no colon gives none. */
export function writtenDigest(text: string): Readonly<Record<string, unknown>> {
  const colon = text.indexOf(':');
  return colon < 0 ? {} : Object.fromEntries([[text.slice(0, colon).toLowerCase(), text.slice(colon + 1)]]);
}

export function invalidImport(label: string, message: string, options: { hint?: string; cause?: unknown } = {}): PkgsyncError {
  return new PkgsyncError('IMPORT_INVALID', `${printable(label, 1000)}: ${message}`, options);
}
