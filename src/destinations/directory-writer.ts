import { PkgsyncError, printable } from '../errors.ts';
import { clearStaging } from '../io/staging.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { writeCompanion } from './companion.ts';
import type { ExistingFile, WantedFile, WritableDestination, WriteAnswer } from './destination.ts';
import { scanProject } from './directory-inventory.ts';
import type { DirectoryLayout } from './directory-layout.ts';
import { createEmptyPages, publishPages, unlist } from './directory-pages.ts';
import { measureFile } from './folder-hasher.ts';
import { removeEmptyFolder, removeFile, removeTemporaryFiles } from './leftovers.ts';
import { changed, isSame, placeFile } from './place-file.ts';
import { readText } from './page-files.ts';
import { projectsWithPages, writeRoot } from './root-index.ts';
import { createSequencer } from './sequencer.ts';

type Writing = Pick<WritableDestination, 'cleanStaging' | 'register' | 'put' | 'remove' | 'publish' | 'finish'>;

/**
 * The writing half of a directory destination, for one apply that holds the lease. Every order of steps keeps this true, also after a crash between
 * any two of them: what pages list is there, whole. Files go before pages, pages before the list of all projects; removals the other way round.
 */
export function createDirectoryWriter(layout: DirectoryLayout, refuses: (file: WantedFile) => string | undefined): Writing {
  const oneAtATime = createSequencer();
  const cleaned = new Map<PackageName, Promise<void>>();
  /** Projects whose last file was removed: `finish` takes them off the list of all projects, then their pages. */
  const emptied = new Set<PackageName>();

  /** Temporary files that a killed run left in the project's folders, once before the first write there. */
  function clean(name: PackageName): Promise<void> {
    const known = cleaned.get(name);
    if (known !== undefined) return known;
    const cleaning = removeTemporaryFiles(layout.fileFolder(name)).then(() => removeTemporaryFiles(layout.pageFolder(name)));
    cleaned.set(name, cleaning);
    return cleaning;
  }

  async function removeNow(name: PackageName, file: ExistingFile, signal: AbortSignal | undefined): Promise<void> {
    const path = layout.file(name, file.filename);
    const present = await measureFile(path, signal);
    if (present !== undefined && !isSame(file, present.hashes)) throw changed(path, false);
    await unlist(layout, name, file.filename);
    await removeFile(path);
    await writeCompanion(path, undefined);
    if ((await scanProject(layout, name)).files.length === 0) emptied.add(name);
  }

  return {
    async cleanStaging(wanted) {
      await clearStaging(layout.staging, wanted);
      await removeTemporaryFiles(layout.simple);
      await removeTemporaryFiles(layout.digests);
    },

    async register({ name, signal }): Promise<WriteAnswer> {
      signal?.throwIfAborted();
      await clean(name);
      await oneAtATime(name, () => createEmptyPages(layout, name));
      return { outcome: 'done' };
    },

    async put(request): Promise<WriteAnswer> {
      request.signal?.throwIfAborted();
      const because = refuses(request.file) ?? notOfProject(request.file);
      if (because !== undefined) throw new PkgsyncError('REFUSED', because);
      await clean(request.file.name);
      return placeFile(layout, request);
    },

    async remove({ name, file, signal }): Promise<WriteAnswer> {
      signal?.throwIfAborted();
      await clean(name);
      await oneAtATime(name, () => removeNow(name, file, signal));
      return { outcome: 'done' };
    },

    async publish(request) {
      request.signal?.throwIfAborted();
      await clean(request.name);
      await oneAtATime(request.name, () => publishPages(layout, request));
    },

    async finish(signal) {
      signal?.throwIfAborted();
      const gone = new Set<PackageName>();
      for (const name of emptied) if ((await scanProject(layout, name)).files.length === 0) gone.add(name);
      const names = (await projectsWithPages(layout)).filter((name) => !gone.has(name));
      if (names.length > 0 || gone.size > 0 || (await readText(layout.rootPages.html)) !== undefined) await writeRoot(layout, names);
      for (const name of gone) await removeProject(layout, name);
      emptied.clear();
    },
  };
}

/** Takes away what is left of a project without files, except what others put beside it. */
async function removeProject(layout: DirectoryLayout, name: PackageName): Promise<void> {
  const { html, json } = layout.pages(name);
  await removeFile(html);
  await removeFile(json);
  await removeEmptyFolder(layout.pageFolder(name));
  await removeEmptyFolder(layout.fileFolder(name));
  await removeFile(layout.rememberedDigests(name));
}

function notOfProject({ filename, name }: WantedFile): string | undefined {
  const parsed = parseDistributionFilename(filename, name);
  return isDistribution(parsed) ? undefined : `'${printable(filename)}' is no distribution of ${name} (${parsed.because})`;
}
