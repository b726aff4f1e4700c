import type { PackageName } from '../packaging/name.ts';
import type { DestinationProject, ExistingFile } from './destination.ts';

/** Milliseconds for which a listing counts as read right before a write. */
const freshness = 1000;

interface Recent {
  readonly begun: number;
  readonly files: Promise<ReadonlyMap<string, ExistingFile>>;
  /** Filenames that were looked for: each may have been written since. */
  readonly asked: Set<string>;
}

/** Looks a file up in a listing of its project that was begun at most a second ago. */
export type RecentLookup = (project: PackageName, filename: string, signal: AbortSignal | undefined) => Promise<ExistingFile | undefined>;

/**
 * Where many files of one project are written one after the other, each is looked for right before it leaves; a page that was read within the last second
 * answers for all of them, so that a project of n files does not cost n pages of n lines. What another client writes within that second is found
 * afterwards, as what it writes while a file is under way always is.
 */
export function recentListings(
  list: (project: PackageName, signal?: AbortSignal) => Promise<DestinationProject>,
  now: () => number = () => performance.now(),
): RecentLookup {
  const known = new Map<PackageName, Recent>();

  function read(project: PackageName, signal: AbortSignal | undefined): Recent {
    const begun = now();
    for (const [name, recent] of known) if (begun - recent.begun > freshness) known.delete(name);
    const files = list(project, signal).then(({ files: listed }) => new Map(listed.map((file) => [file.filename, file])));
    const recent: Recent = { begun, files, asked: new Set() };
    known.set(project, recent);
    // A listing that failed answers for nobody else.
    files.catch(() => {
      if (known.get(project) === recent) known.delete(project);
    });
    return recent;
  }

  return async (project, filename, signal) => {
    const recent = known.get(project);
    if (recent !== undefined && now() - recent.begun <= freshness && !recent.asked.has(filename)) {
      recent.asked.add(filename);
      // It was begun by another write, and failed or was interrupted with that: this one asks for itself.
      const files = await recent.files.catch(() => undefined);
      if (files !== undefined) return files.get(filename);
    }
    const own = read(project, signal);
    own.asked.add(filename);
    return (await own.files).get(filename);
  };
}
