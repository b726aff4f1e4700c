import type { DigestSet } from './digest.ts';
import type { PackageName } from './name.ts';

/** Kinds of distribution by the names of the upload API's `filetype` and the legacy JSON's `packagetype`. */
export const packageTypes = [
  'bdist_wheel',
  'sdist',
  'bdist_egg',
  'bdist_wininst',
  'bdist_msi',
  'bdist_rpm',
  'bdist_dumb',
  'bdist_dmg',
] as const;
export type PackageType = (typeof packageTypes)[number];

/** What is known of a distribution file apart from where it lies. */
export interface FileFacts {
  readonly filename: string;
  /** As spelled in the filename, or in the index where it says so; not always PEP 440. */
  readonly version: string;
  readonly packageType: PackageType;
  readonly hashes: DigestSet;
  /** Bytes. */
  readonly size?: number | undefined;
  /** The specifier as published; absent where there is none. */
  readonly requiresPython?: string | undefined;
  /** ISO 8601 in UTC, as published (up to microseconds, which a Date would lose). */
  readonly uploadTime?: string | undefined;
  readonly yanked: false | { readonly reason: string };
  /** Digests of the PEP 658 metadata companion: present where a companion exists, empty where its digest is not known. */
  readonly coreMetadata?: DigestSet | undefined;
}

/** One file of an index's project page. */
export interface DistributionFile extends FileFacts {
  readonly name: PackageName;
  /** Absolute http, https or file URL without fragment. */
  readonly url: string;
  /** URL of the PEP 740 provenance object. */
  readonly provenance?: string | undefined;
}

/** PEP 792; a marker that is not known counts as active but is kept. */
export interface ProjectStatus {
  readonly status: string;
  readonly reason?: string | undefined;
}

/** A link or entry of a page that is no distribution of the project, and why. */
export interface SkippedFile {
  readonly filename: string;
  readonly because: string;
}

/** One project as an index lists it. */
export interface Project {
  readonly name: PackageName;
  readonly status: ProjectStatus;
  readonly files: readonly DistributionFile[];
  readonly skipped: readonly SkippedFile[];
  /** Sentences about the page that a person should know: a newer minor API version, repaired values. */
  readonly warnings: readonly string[];
}
