import type { PackageName } from '../packaging/name.ts';

/** An index's list of projects. */
export interface RootList {
  /** In the index's order; a name may repeat. */
  readonly names: readonly PackageName[];
  readonly warnings: readonly string[];
}

/** What reads a project list as it comes in, of either serialization. */
export interface RootReader {
  write(chunk: Uint8Array): void;
  /** What the page has turned out to be so far; undefined while that is open. */
  kind(): 'projects' | 'files' | undefined;
  /** @throws PkgsyncError BAD_RESPONSE where the page is cut off or no project list */
  end(): RootList;
}
