import type { EffectiveRule } from '../manifest/manifest.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { PackageName } from '../packaging/name.ts';

/** Why an entry is a tombstone: it left the approved state, but its digests stay pinned until it is gone everywhere. */
export type TombstoneReason = 'package-removed' | 'rule-changed' | 'superseded';

/** One approved file. Absent facts are not known or do not hold; key order here is the order in the file. */
export interface LockEntry {
  readonly filename: string;
  readonly version: string;
  /** Bytes. */
  readonly size?: number | undefined;
  /** At least one; sha256 and md5 once the bytes have passed. */
  readonly hashes: DigestSet;
  readonly requiresPython?: string | undefined;
  readonly uploadTime?: string | undefined;
  /** The reason, or true where none is given. */
  readonly yanked?: string | true | undefined;
  /** sha256 of the METADATA companion. */
  readonly metadata?: string | undefined;
  readonly removed?: TombstoneReason | undefined;
}

/** What is approved of one package. */
export interface LockPackage {
  readonly name: PackageName;
  /** The effective rule under which the entries were chosen; null for a dependency, which `via` explains. */
  readonly rule: EffectiveRule | null;
  /** Names of the packages whose requirements brought a dependency in. */
  readonly via?: readonly PackageName[] | undefined;
  /** Name of the source in the manifest, never its URL; absent where the manifest has one unnamed source. */
  readonly source?: string | undefined;
  /** Sorted by filename in byte order. */
  readonly files: readonly LockEntry[];
}
