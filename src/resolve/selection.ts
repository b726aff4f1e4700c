import type { DistributionFile, FileFacts } from '../packaging/distribution-file.ts';
import type { ParsedFilename } from '../packaging/filename.ts';

/** Why a candidate is not selected; the order is the order of the filters. */
export type ExclusionReason =
  | 'kind'
  | 'sdist'
  | 'target'
  | 'requires-python'
  | 'max-file-size'
  | 'yanked'
  | 'min-age'
  | 'version'
  | 'exclude'
  | 'prerelease'
  | 'latest'
  | 'sdist-fallback';

export interface Exclusion {
  readonly filename: string;
  readonly version: string;
  readonly because: ExclusionReason;
}

/** A file that a rule may select: from the source's listing, from the lock, or from both. */
export interface Candidate extends FileFacts {
  readonly parsed: ParsedFilename;
  /** Live in the lock: filters that judge only new files (yanked, age) let it pass. */
  readonly locked: boolean;
  /** The source's entry; undefined where the source no longer lists the file. */
  readonly source?: DistributionFile | undefined;
}

/** What a rule selects among the candidates of one project, in the order of the candidates. */
export interface Selection {
  readonly selected: readonly Candidate[];
  readonly excluded: readonly Exclusion[];
}
