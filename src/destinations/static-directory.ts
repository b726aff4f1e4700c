import { printable } from '../errors.ts';
import { isDistribution, isSafeFilename, parseDistributionFilename } from '../packaging/filename.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import type { CarriedFact, DestinationTraits, WritableDestination } from './destination.ts';
import { companionSuffix, directoryLayout } from './directory-layout.ts';
import { readDiskProject, scanDeclared } from './directory-inventory.ts';
import { declaredProject, describeProject } from './directory-listing.ts';
import { createDirectoryWriter } from './directory-writer.ts';
import { regularFile } from './folder-hasher.ts';
import { readPages } from './page-files.ts';
import { createRootIndex, projectFolders } from './root-index.ts';

export interface StaticDirectoryOptions {
  /** Its name in the manifest. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** The path as written in the manifest. */
  readonly address: string;
}

/**
 * Files and generated index pages on disk: `packages/<name>/` holds distributions with their `.metadata` companions, `simple/` the pages, in
 * HTML and JSON with relative links, so that installers can use it as `file://` or from any static web server. What it holds is what lies on disk;
 * pages are derived from that. A folder that does not exist yet is an empty destination.
 */
export function staticDirectory(options: StaticDirectoryOptions): WritableDestination {
  const layout = directoryLayout(options.path);
  const root = createRootIndex(layout);
  return {
    name: options.name,
    type: 'directory',
    address: options.address,
    kind: 'static directory',
    traits,
    stagingFolder: layout.staging,
    refuses: refusesFile,

    async *projects(signal) {
      signal?.throwIfAborted();
      yield* await projectFolders(layout.packages);
      signal?.throwIfAborted();
      yield* await projectFolders(layout.simple);
    },

    async list(name, signal) {
      signal?.throwIfAborted();
      const disk = await readDiskProject(layout, name, { signal });
      return describeProject(name, disk, await readPages(layout.pages(name)), await root.stateOf(name));
    },

    async listDeclared(name, signal) {
      signal?.throwIfAborted();
      return declaredProject(name, await scanDeclared(layout, name), await readPages(layout.pages(name)), await root.stateOf(name));
    },

    open: (file) => regularFile(layout.file(file.name, file.filename)),
    openMetadata: (file) => regularFile(layout.companion(file.name, file.filename)),

    ...createDirectoryWriter(layout, refusesFile),
  };
}

const traits: DestinationTraits = {
  canRemove: true,
  canReplace: true,
  canUpdate: true,
  register: 'done',
  carries: new Set<CarriedFact>(['yanked', 'requires-python', 'upload-time', 'core-metadata']),
  overwritesSilently: false,
  digests: ['sha256', 'md5'],
};

/** Why a file of this name cannot lie in a directory. */
export function refusesFile(file: FileFacts): string | undefined {
  const shown = `'${printable(file.filename)}'`;
  // Half a surrogate pair would become another name on disk.
  if (!isSafeFilename(file.filename) || /\p{Surrogate}/u.test(file.filename)) return `${shown} cannot be the name of a file`;
  if (Buffer.byteLength(file.filename) + companionSuffix.length > 255)
    return `${shown} is too long: its metadata companion could not be named after it`;
  const parsed = parseDistributionFilename(file.filename);
  return isDistribution(parsed) ? undefined : `${shown} is no distribution (${parsed.because})`;
}
