import type { ByteSource } from '../io/byte-source.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { DistributionFile, Project } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';

/** An index that can be read: a simple repository API over HTTP, a static index on disk, a folder of distribution files. */
export interface SourceIndex {
  /** Its name in the manifest. */
  readonly name: string;
  /** URL without credentials, or the path as written. */
  readonly address: string;

  /** Every project's name, in the index's order; a name may repeat. @throws PkgsyncError as `project` */
  projects(signal?: AbortSignal): AsyncIterable<PackageName>;

  /**
   * The project's page, or undefined where the index has no such project (404, 410, or a redirect that leaves the index's origin).
   * Every other answer is an error, never "absent".
   * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN, UNREACHABLE, BAD_RESPONSE
   */
  project(name: PackageName, signal?: AbortSignal): Promise<Project | undefined>;

  /** The file's bytes, unverified: the caller compares them with the digests. */
  open(file: DistributionFile): ByteSource;

  /** The PEP 658 companion (`<url>.metadata`) of a file whose `coreMetadata` says that there is one. @throws like `ByteSource.read` */
  openMetadata(file: DistributionFile): ByteSource;

  /**
   * More digests by filename from the legacy JSON API (`/pypi/<name>/json`), where the index has it; otherwise an empty map.
   * They count only for a file whose sha256 there equals the one already trusted.
   */
  legacyDigests(name: PackageName, signal?: AbortSignal): Promise<ReadonlyMap<string, DigestSet>>;
}
