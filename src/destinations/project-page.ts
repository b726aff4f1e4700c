import type { FileFacts } from '../packaging/distribution-file.ts';
import { compareText, type PackageName } from '../packaging/name.ts';
import { compareVersionTexts, formatVersion, tryParseVersion } from '../packaging/version.ts';

/** One file as a page shows it. `version` is as spelled in the filename; no page gives it, so that filename and version cannot disagree. */
export type PageFile = Omit<FileFacts, 'packageType'>;

/** What the pages of one project show, in the order of the pages: made only by `projectPage`. */
export interface ProjectPage {
  readonly name: PackageName;
  readonly files: readonly PageFile[];
}

/** The page of `files`, sorted by version, then filename. Of entries with the same filename the last counts. */
export function projectPage(name: PackageName, files: Iterable<PageFile>): ProjectPage {
  const byFilename = new Map<string, PageFile>();
  for (const file of files) byFilename.set(file.filename, file);
  const rank = versionRanks([...byFilename.values()]);
  const sorted = [...byFilename.values()].sort(
    (a, b) => (rank.get(a.version) ?? 0) - (rank.get(b.version) ?? 0) || compareText(a.filename, b.filename),
  );
  return { name, files: sorted };
}

/** Versions of the page's files in normal form, oldest first, each once (PEP 700); a version that is not PEP 440 as it is. */
export function versionsOf(page: ProjectPage): readonly string[] {
  return [...new Set(page.files.map((file) => normalVersion(file.version)))];
}

function normalVersion(version: string): string {
  const parsed = tryParseVersion(version);
  return parsed === undefined ? version : formatVersion(parsed);
}

/** Place of each distinct version in ascending order; equal versions under other spellings share it. */
function versionRanks(files: readonly PageFile[]): ReadonlyMap<string, number> {
  const versions = [...new Set(files.map((file) => file.version))].sort((a, b) => compareVersionTexts(a, b) || compareText(a, b));
  const ranks = new Map<string, number>();
  let rank = -1;
  let previous: string | undefined;
  for (const version of versions) {
    if (previous === undefined || compareVersionTexts(previous, version) !== 0) rank += 1;
    ranks.set(version, rank);
    previous = version;
  }
  return ranks;
}
