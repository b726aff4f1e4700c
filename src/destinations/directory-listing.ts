import { pathToFileURL } from 'node:url';
import { printable } from '../errors.ts';
import { compareDigests } from '../packaging/digest.ts';
import type { PackageName } from '../packaging/name.ts';
import { decodeProjectJson } from './decode-page.ts';
import type { DestinationProject, ExistingFile } from './destination.ts';
import type { DiskFile, DiskProject, ScannedFile, UnreadFile } from './directory-inventory.ts';
import type { PageTexts } from './page-files.ts';
import type { PageFile, ProjectPage } from './project-page.ts';
import { renderProjectHtml, renderProjectJson } from './render-page.ts';

/** How the list of all projects stands to one of them. */
export interface RootState {
  readonly lists: boolean;
  /** What is wrong with the list as a whole. */
  readonly problem: string | undefined;
}

/** Joins what is on disk with what the pages say of it (pure): the bytes decide what there is, the page is where the other facts come from. */
export function describeProject(name: PackageName, disk: DiskProject, texts: PageTexts, root: RootState): DestinationProject {
  const page = texts.json === undefined ? undefined : decodeProjectJson(texts.json, name);
  const shown = new Map(page?.files.map((file) => [file.filename, file]));
  return {
    name,
    ...stateOfPages(disk, texts, page, root),
    files: [...disk.files.values()].map((file) => existingFile(name, file, shown.get(file.filename))),
    warnings: disk.warnings,
  };
}

type FilesByName = { readonly files: ReadonlyMap<string, unknown> };

function stateOfPages(
  disk: FilesByName,
  texts: PageTexts,
  page: ProjectPage | undefined,
  root: RootState,
): Pick<DestinationProject, 'present' | 'stalePage'> {
  const present = disk.files.size > 0 || texts.html !== undefined || texts.json !== undefined;
  const problems = present || root.lists ? [...pageProblems(disk, texts, page), ...rootProblems(root)] : [];
  return { present, stalePage: problems.length === 0 ? undefined : problems.join('; ') };
}

/** The same of files that nobody has read (pure): digests are those of the page, and only what it says of names, sizes and companions can be judged. */
export function declaredProject(
  name: PackageName,
  disk: { readonly files: ReadonlyMap<string, UnreadFile>; readonly warnings: readonly string[] },
  texts: PageTexts,
  root: RootState,
): DestinationProject {
  const page = texts.json === undefined ? undefined : decodeProjectJson(texts.json, name);
  const shown = new Map(page?.files.map((file) => [file.filename, file]));
  return {
    name,
    ...stateOfPages(disk, texts, page, root),
    files: [...disk.files.values()].map((file) => declaredFile(name, file, shown.get(file.filename))),
    warnings: disk.warnings,
  };
}

function declaredFile(name: PackageName, file: UnreadFile, shown: PageFile | undefined): ExistingFile {
  const agrees = shown?.size === file.size && (shown.coreMetadata !== undefined) === file.hasCompanion;
  return {
    ...factsOf(name, file, shown),
    hashes: shown?.hashes ?? {},
    size: file.size,
    coreMetadata: file.hasCompanion ? (shown?.coreMetadata ?? {}) : undefined,
    page: shown === undefined ? 'missing' : agrees ? 'current' : 'differs',
    stamp: file.stamp,
  };
}

function existingFile(name: PackageName, file: DiskFile, shown: PageFile | undefined): ExistingFile {
  return {
    ...factsOf(name, file, shown),
    hashes: { sha256: file.hashes.sha256, md5: file.hashes.md5 },
    size: file.size,
    coreMetadata: file.companion === undefined ? undefined : { sha256: file.companion.sha256 },
    page: pageState(file, shown),
  };
}

/** What name and page say, whatever the bytes. */
function factsOf(name: PackageName, file: ScannedFile, shown: PageFile | undefined): Omit<ExistingFile, 'hashes'> {
  return {
    name,
    filename: file.filename,
    version: file.parsed.version,
    packageType: file.parsed.packageType,
    url: pathToFileURL(file.path).href,
    requiresPython: shown?.requiresPython,
    uploadTime: shown?.uploadTime,
    yanked: shown?.yanked ?? false,
  };
}

function pageState(file: DiskFile, shown: PageFile | undefined): 'current' | 'differs' | 'missing' {
  if (shown === undefined) return 'missing';
  const comparison = compareDigests(shown.hashes, file.hashes);
  if (comparison !== 'same' && comparison !== 'same-weak') return 'differs';
  if (shown.size !== file.size) return 'differs';
  return companionAgrees(file, shown) ? 'current' : 'differs';
}

function companionAgrees(file: DiskFile, shown: PageFile): boolean {
  if (file.companion === undefined || shown.coreMetadata === undefined)
    return (file.companion === undefined) === (shown.coreMetadata === undefined);
  return compareDigests(shown.coreMetadata, file.companion) === 'same';
}

function pageProblems(disk: FilesByName, texts: PageTexts, page: ProjectPage | undefined): readonly string[] {
  if (texts.html === undefined && texts.json === undefined) return ['the project has no page'];
  if (texts.json === undefined) return ['the JSON page is missing'];
  if (page === undefined) return ['the JSON page cannot be read'];
  const problems: string[] = [];
  if (texts.html === undefined) problems.push('the HTML page is missing');
  else if (texts.html !== renderProjectHtml(page)) problems.push('the HTML page does not show what the JSON page shows');
  if (texts.json !== renderProjectJson(page)) problems.push('the JSON page is not as pkgsync writes it');
  const gone = page.files.filter((file) => !disk.files.has(file.filename));
  if (gone[0] !== undefined)
    problems.push(
      `the page lists ${printable(gone[0].filename)}${others(gone.length - 1)} that ${gone.length === 1 ? 'is' : 'are'} not there`,
    );
  return problems;
}

function others(count: number): string {
  return count === 0 ? '' : count === 1 ? ' and one more file' : ` and ${count} more files`;
}

function rootProblems(root: RootState): readonly string[] {
  if (root.problem !== undefined) return [root.problem];
  return root.lists ? [] : ['the list of all projects lacks it'];
}
