import { printable } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { Listing } from './servers/profile.ts';

/**
 * What a server holds, by its simple API.
 * @param whenAbsent called before a project counts as absent; throws where that cannot be told
 */
export function indexListing(index: SourceIndex, whenAbsent?: (signal: AbortSignal | undefined) => Promise<void>): Listing {
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
      return {
        name,
        present: true,
        files: project.files,
        warnings: [...project.warnings, ...skipped],
        ...(unread.length > 0 && { unread }),
      };
    },
  };
}
