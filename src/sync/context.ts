import type { ReadableDestination } from '../destinations/destination.ts';
import type { OnEvent } from '../events.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import type { DestinationConfig, Manifest } from '../manifest/manifest.ts';

/** A destination of the manifest and the live adapter for it. */
export interface ConnectedDestination<Live extends ReadableDestination = ReadableDestination> {
  readonly config: DestinationConfig;
  readonly live: Live;
}

/** The approved state, read in name order as often as needed. */
export interface LockReader {
  packages(): AsyncIterable<LockPackage>;
}

/** Everything a plan is made from. */
export interface SyncContext {
  readonly manifest: Manifest;
  readonly sources: ReadonlyMap<string, SourceIndex>;
  /** Those that this run looks at, in the order of the manifest. */
  readonly destinations: readonly ConnectedDestination[];
  /** Undefined: there is no lock yet. */
  readonly lock: LockReader | undefined;
}

export interface PlanOptions {
  /** Never resolve, never write the lock. */
  readonly locked: boolean;
  /** Take newer releases: of every package, or of those that the patterns name. */
  readonly upgrade: boolean | readonly string[];
  /** Name patterns; empty means every package. Others pass through untouched. */
  readonly packages: readonly string[];
  /** Locked filenames whose new bytes at the source are taken. */
  readonly accept: ReadonlySet<string>;
  /** The clock for ages and exceptions, milliseconds since the epoch. */
  readonly asOf: number;
  /** Projects looked at in parallel. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}
