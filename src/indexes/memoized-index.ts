import type { Project } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import { shared } from './shared.ts';
import type { SourceIndex } from './source-index.ts';

/**
 * The same index, which remembers the last `limit` projects it was asked for: resolving, planning and following dependencies ask for the same ones.
 * Failures are not remembered. A memoized index is for one run: it does not notice that the index changes.
 */
export function memoizedIndex(inner: SourceIndex, limit = 1000): SourceIndex {
  const remembered = new Map<PackageName, (signal?: AbortSignal) => Promise<Project | undefined>>();

  function lookup(name: PackageName): (signal?: AbortSignal) => Promise<Project | undefined> {
    const found = remembered.get(name) ?? shared((signal) => inner.project(name, signal));
    // A Map keeps the order of insertion: what was asked for last goes to the end.
    remembered.delete(name);
    remembered.set(name, found);
    const [oldest] = remembered.keys();
    if (remembered.size > limit && oldest !== undefined) remembered.delete(oldest);
    return found;
  }

  return {
    name: inner.name,
    address: inner.address,
    projects: (signal) => inner.projects(signal),
    project: (name, signal) => lookup(name)(signal),
    open: (file) => inner.open(file),
    openMetadata: (file) => inner.openMetadata(file),
    legacyDigests: (name, signal) => inner.legacyDigests(name, signal),
  };
}
