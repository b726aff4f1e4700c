import { printable } from '../errors.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { Listing } from './servers/profile.ts';

/** What a server holds, by its simple API. */
export function indexListing(index: SourceIndex): Listing {
  return {
    projects: (signal) => index.projects(signal),

    async list(name, signal) {
      const project = await index.project(name, signal);
      if (project === undefined) return { name, present: false, files: [], warnings: [] };
      const skipped = project.skipped.map((file) => `${printable(file.filename)} is left alone: ${printable(file.because)}`);
      return { name, present: true, files: project.files, warnings: [...project.warnings, ...skipped] };
    },
  };
}
