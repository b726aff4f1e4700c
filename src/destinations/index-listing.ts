import { isPkgsyncError, printable } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import type { DestinationProject, ExistingFile, InheritedFile } from './destination.ts';
import type { Listing } from './servers/profile.ts';

/** Where a file comes from that an index serves and does not hold itself; undefined for its own. */
export type InheritedFrom = (file: DistributionFile) => string | undefined;

export interface IndexListingOptions {
  /** Absent: all files are its own. */
  readonly inheritedFrom?: InheritedFrom | undefined;
  /** Called before a project counts as absent; throws where that cannot be told. */
  readonly whenAbsent?: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** What a server holds, by its simple API. */
export function indexListing(index: SourceIndex, { inheritedFrom = () => undefined, whenAbsent }: IndexListingOptions = {}): Listing {
  return {
    projects: (signal) => index.projects(signal),

    async list(name, signal) {
      const project = await index.project(name, signal);
      if (project === undefined) {
        await whenAbsent?.(signal);
        return { name, present: false, files: [], warnings: [] };
      }
      const skipped = project.skipped.map((file) => `${printable(file.filename)} is left alone: ${printable(file.because)}`);
      const unread = project.skipped.map(({ filename }) => filename);
      const { files, inherited } = split(project.files, inheritedFrom);
      return {
        name,
        // A page of nothing but what others have is no project of this index.
        present: files.length > 0 || inherited.length === 0,
        files,
        warnings: [...project.warnings, ...skipped],
        ...(unread.length > 0 && { unread }),
        ...(inherited.length > 0 && { inherited }),
      };
    },
  };
}

/**
 * A listing of a server's own files, and on demand what its simple API shows beside them. Where that cannot be read, the own files are listed all the
 * same, and a server whose other indexes do not answer is not asked for them again.
 */
export function withInherited(own: Listing, index: SourceIndex, inheritedFrom: InheritedFrom): Listing {
  let silent = false;
  async function inheritedOf(
    name: PackageName,
    signal: AbortSignal | undefined,
  ): Promise<Pick<DestinationProject, 'inherited' | 'warnings'>> {
    if (silent) return { warnings: [] };
    try {
      const project = await index.project(name, signal);
      return { inherited: split(project?.files ?? [], inheritedFrom).inherited, warnings: [] };
    } catch (error) {
      if (!isPkgsyncError(error) || error.code === 'INTERRUPTED' || error.code === 'INTERNAL') throw error;
      silent = error.code === 'UNREACHABLE';
      return { warnings: [`what ${name} inherits there could not be read: ${error.message}`] };
    }
  }
  return {
    ...own,
    async list(name, signal, look) {
      if (look?.inherited !== true) return own.list(name, signal, look);
      const [listing, more] = await Promise.all([own.list(name, signal, look), inheritedOf(name, signal)]);
      return {
        ...listing,
        warnings: [...listing.warnings, ...more.warnings],
        ...((more.inherited?.length ?? 0) > 0 && { inherited: more.inherited }),
      };
    },
  };
}

function split(
  files: readonly DistributionFile[],
  inheritedFrom: InheritedFrom,
): { readonly files: readonly ExistingFile[]; readonly inherited: readonly InheritedFile[] } {
  const own: ExistingFile[] = [];
  const inherited: InheritedFile[] = [];
  for (const file of files) {
    const from = inheritedFrom(file);
    if (from === undefined) own.push(file);
    else inherited.push({ filename: file.filename, from });
  }
  return { files: own, inherited };
}
