import { basename, dirname, join } from 'node:path';
import { PkgsyncError } from '../errors.ts';
import type { DistributionFile, Project, SkippedFile } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import type { LocalIndexOptions } from './folder-index.ts';
import { localFile, localSource } from './local-file.ts';
import { foldersByProject, isFolder, pageIn, readListFile, readProjectFile } from './page-files.ts';
import { describeSkipped } from './project-files.ts';
import { shared } from './shared.ts';
import type { SourceIndex } from './source-index.ts';

/**
 * A simple index on disk: `simple/<project>/index.v1_json` or `index.html` below the path, or the path is that simple folder itself. Links are
 * relative to their page and must stay in the index: links to the network and out of the folder (symbolic links included) are skipped, because
 * what they lead to was never put there. A page of which no file can be read is an error, not an empty project.
 * All methods throw FILE_SYSTEM where the disk fails.
 */
export function staticIndex(options: LocalIndexOptions): SourceIndex {
  const { name, path, address } = options;
  const root = basename(path) === 'simple' ? dirname(path) : path;
  const simple = shared(() => simpleFolder(path));
  const folders = shared(async () => foldersByProject(await simple()));

  async function project(wanted: PackageName, signal?: AbortSignal): Promise<Project | undefined> {
    const usual = join(await simple(), wanted);
    const folder = (await isFolder(usual)) ? usual : (await folders()).get(wanted);
    if (folder === undefined) return undefined;
    const page = await pageIn(folder);
    if (page === undefined) throw new PkgsyncError('BAD_RESPONSE', `${folder} has no page: neither index.v1_json nor index.html`);
    return withinIndex(await readProjectFile(page, wanted, signal), root, page);
  }

  async function* projects(signal?: AbortSignal): AsyncGenerator<PackageName> {
    const page = await pageIn(await simple());
    if (page === undefined) {
      yield* (await folders()).keys();
      return;
    }
    const list = await readListFile(page, signal);
    for (const warning of list.warnings) options.onWarning?.(warning);
    yield* list.names;
  }

  return {
    name,
    address,
    projects,
    project,
    open: (file) => localSource(root, file.url, file.size),
    openMetadata: (file) => localSource(root, `${file.url}.metadata`),
    legacyDigests: () => Promise.resolve(new Map()),
  };
}

async function simpleFolder(path: string): Promise<string> {
  const below = join(path, 'simple');
  // In a simple folder, `simple` is a project.
  if (basename(path) !== 'simple' && (await isFolder(below))) return below;
  if (await isFolder(path)) return path;
  throw new PkgsyncError('FILE_SYSTEM', `cannot read ${path}: no such folder`);
}

/** The project with those of its files that lie in the index. */
async function withinIndex(project: Project, root: string, page: string): Promise<Project> {
  const files: DistributionFile[] = [];
  const skipped: SkippedFile[] = [...project.skipped];
  for (const file of project.files) {
    const found = await localFile(root, file.url);
    if ('because' in found) skipped.push({ filename: file.filename, because: found.because });
    else files.push({ ...file, size: file.size ?? found.size });
  }
  if (files.length === 0 && project.files.length > 0) {
    throw new PkgsyncError('BAD_RESPONSE', `${page} lists no file that lies in ${root}: ${describeSkipped(skipped)}`, {
      hint: 'an index on disk offers only files below its own folder',
    });
  }
  return { ...project, files, skipped };
}
