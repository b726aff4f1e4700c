import type { WritableDestination } from '../destinations/destination.ts';
import type { OnEvent } from '../events.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { Limiter } from '../io/concurrency.ts';
import type { PartFiles } from '../io/part-files.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ConnectedDestination } from '../sync/context.ts';
import type { CircuitBreaker } from './breaker.ts';
import type { Journal } from './journal.ts';

/** What all projects of one apply share. */
export interface ApplyRun {
  readonly manifest: Manifest;
  readonly sources: ReadonlyMap<string, SourceIndex>;
  readonly destinations: readonly ConnectedDestination<WritableDestination>[];
  /** Every destination of the manifest is part of this run, so a tombstone that none shows is finished. */
  readonly seesEveryDestination: boolean;
  /** Bounds the files that are read from sources at once, over all projects. */
  readonly files: Limiter;
  /** Bounds the files that are written to destinations at once, so that a slow disk or server holds up no reading, nor the other way round. */
  readonly writes: Limiter;
  /** Bounds the files that lie in temporary files. */
  readonly window: Limiter;
  /** Folder for verified temporary files where no destination offers a nearer one. */
  readonly stagingFolder: string;
  /** The temporary files there, also those that an earlier run left. */
  readonly parts: PartFiles;
  readonly journal: Journal;
  readonly breaker: CircuitBreaker;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: OnEvent;
  /** Waits before a listing that may lag is read again, milliseconds; tests pass one that does not wait. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Whether nothing new may start. */
export function isStopped(run: ApplyRun): boolean {
  return run.signal?.aborted === true || run.breaker.reason !== undefined;
}
