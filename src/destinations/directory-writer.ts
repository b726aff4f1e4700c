import { dirname } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { writeAtomically } from '../io/atomic-write.ts';
import { makeFolder } from '../io/make-folder.ts';
import { clearStaging } from '../io/staging.ts';
import { syncFolder } from '../io/sync-folder.ts';
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
import { emptiedProjects, listedProjects, projectsWithPages, writeRoot } from './root-index.ts';
import { createSequencer } from './sequencer.ts';

type Writing = Pick<WritableDestination, 'cleanStaging' | 'register' | 'put' | 'remove' | 'publish' | 'finish'>;

/**
 * The writing half of a directory destination, for one apply that holds the lease. Every order of steps keeps this true, also after a crash between
 * any two of them and a power cut: what pages list is there, whole. Files go before pages, pages before the list of all projects; removals the other
 * way round; a file whose bytes are exchanged is on no page meanwhile. Each step is synced before the next one: bytes before their name, the name in
 * its folder before whatever refers to it.
 */
export function createDirectoryWriter(layout: DirectoryLayout, refuses: (file: WantedFile) => string | undefined): Writing {
  const oneAtATime = createSequencer();
  const cleaned = new Map<PackageName, Promise<void>>();
  /** Files that this run wrote, and synced. */
  const placed = new Set<string>();
  /** Projects whose pages this run wrote, and synced. */
  const published = new Set<PackageName>();
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
    const { files } = await scanProject(layout, name);
    if (files.every(({ filename }) => filename === file.filename)) await markEmptied(layout, name);
    if (!(await unlist(layout, name, file.filename))) throw unreadablePages(name, file.filename);
    // The file goes last: as long as it is there, a run that was cut off is taken up again.
    await writeCompanion(path, undefined);
    await removeFile(path);
    await syncFolder(layout.fileFolder(name));
    if ((await scanProject(layout, name)).files.length === 0) emptied.add(name);
  }

  return {
    async cleanStaging(wanted) {
      await clearStaging(layout.staging, wanted);
      await removeTemporaryFiles(layout.simple);
      await removeTemporaryFiles(layout.digests);
      await removeTemporaryFiles(layout.emptied);
      // Folders and lists that a killed run had made without having got further.
      for (const folder of [dirname(layout.root), layout.root, layout.packages, layout.simple]) await syncFolder(folder);
      const left = await emptiedProjects(layout);
      if (left.length > 0) await finishRoot(layout, left, published);
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
      const { name, filename } = request.file;
      const answer = await placeFile(layout, request, async () => {
        await oneAtATime(name, () => unlist(layout, name, filename));
      });
      if (answer.outcome === 'done') placed.add(layout.file(name, filename));
      return answer;
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
      await oneAtATime(request.name, () => publishPages(layout, request, (path) => placed.has(path)));
      published.add(request.name);
    },

    async finish(signal) {
      signal?.throwIfAborted();
      await finishRoot(layout, emptied, published);
      emptied.clear();
    },
  };
}

/** Writes the list of all projects without those of `emptied` that have no file any more, then takes these away. */
async function finishRoot(layout: DirectoryLayout, emptied: Iterable<PackageName>, published: ReadonlySet<PackageName>): Promise<void> {
  const gone = new Set<PackageName>();
  const marked = [...emptied];
  for (const name of marked) if ((await scanProject(layout, name)).files.length === 0) gone.add(name);
  const names = (await projectsWithPages(layout)).filter((name) => !gone.has(name));
  // A run that was killed may have named pages without having got further, and what lists them is to be true after a power cut, too.
  const listed = await listedProjects(layout);
  for (const name of names) if (!listed.has(name) && !published.has(name)) await syncFolder(layout.pageFolder(name));
  if (names.length > 0 || gone.size > 0 || (await readText(layout.rootPages.html)) !== undefined) await writeRoot(layout, names);
  if (marked.length === 0) return;
  await syncFolder(layout.simple);
  for (const name of gone) await removeProject(layout, name);
  for (const folder of [layout.simple, layout.packages]) await syncFolder(folder);
  for (const name of marked) await removeFile(layout.emptiedMark(name));
  await removeEmptyFolder(layout.emptied);
}

/**
 * Notes that the project is about to lose its last file. A page without files is also what a project without releases has, so that after a crash nothing
 * else would tell that this one is to go.
 */
async function markEmptied(layout: DirectoryLayout, name: PackageName): Promise<void> {
  await makeFolder(layout.emptied);
  await writeAtomically(layout.emptiedMark(name), '');
}

/** Takes away what is left of a project without files, except what others put beside it. */
async function removeProject(layout: DirectoryLayout, name: PackageName): Promise<void> {
  const { html, json } = layout.pages(name);
  await removeFile(html);
  await removeFile(json);
  await syncFolder(layout.pageFolder(name));
  await removeEmptyFolder(layout.pageFolder(name));
  await removeEmptyFolder(layout.fileFolder(name));
  await removeFile(layout.rememberedDigests(name));
}

function unreadablePages(name: PackageName, filename: string): PkgsyncError {
  return new PkgsyncError('CONFLICT', `the pages of ${name} cannot be read back, so ${printable(filename)} was not removed`, {
    hint: 'run the same command again: it writes the pages anew first',
  });
}

function notOfProject({ filename, name }: WantedFile): string | undefined {
  const parsed = parseDistributionFilename(filename, name);
  return isDistribution(parsed) ? undefined : `'${printable(filename)}' is no distribution of ${name} (${parsed.because})`;
}
