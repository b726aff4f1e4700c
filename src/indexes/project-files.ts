import { printable } from '../errors.ts';
import { parseHttpUrl, tryUrl } from '../http/url.ts';
import { compareDigests, hashAlgorithms, parseDigests, type DigestSet } from '../packaging/digest.ts';
import type { DistributionFile, Project, ProjectStatus, SkippedFile } from '../packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import type { IndexPage, PageLink } from './index-page.ts';

/** What a page says about one project once every link has been judged. */
export interface ProjectFiles {
  readonly files: readonly DistributionFile[];
  readonly skipped: readonly SkippedFile[];
  readonly status: ProjectStatus;
  readonly warnings: readonly string[];
}

export function projectOf(page: IndexPage, name: PackageName): Project {
  return { name, ...filesOfProject(page, name) };
}

/**
 * The distributions of project `name` among the links of a page. Everything else is skipped with its reason: unsafe filenames, other
 * projects' files, what is no distribution. Of several links with one filename the one with the strongest digest counts.
 */
export function filesOfProject(page: IndexPage, name: PackageName): ProjectFiles {
  const files = new Map<string, DistributionFile>();
  const skipped = [...page.skipped];
  const conflicts = new Set<string>();
  for (const link of page.links) {
    const file = readLink(link, name, page.serialization === 'html');
    if ('because' in file) {
      skipped.push(file);
      continue;
    }
    const known = files.get(file.filename);
    if (known !== undefined && compareDigests(known.hashes, file.hashes) === 'different') conflicts.add(file.filename);
    if (known === undefined || strength(file.hashes) > strength(known.hashes)) files.set(file.filename, file);
  }
  const warnings = [...page.warnings, ...[...conflicts].map((filename) => `the page of ${name} lists ${filename} with different digests`)];
  return { files: [...files.values()], skipped, status: page.status, warnings };
}

function readLink(link: PageLink, project: PackageName, isHtml: boolean): DistributionFile | SkippedFile {
  const parsed = parseDistributionFilename(link.filename, project);
  if (!isDistribution(parsed)) return { filename: link.filename, because: parsed.because };
  return {
    name: project,
    filename: link.filename,
    version: parsed.version,
    packageType: parsed.packageType,
    url: withoutUserinfo(link.url),
    hashes: parseDigests(link.hashes),
    size: link.size,
    requiresPython: readRequiresPython(link.requiresPython, isHtml),
    uploadTime: readUploadTime(link.uploadTime),
    yanked: link.yanked === undefined ? false : { reason: link.yanked },
    coreMetadata: readCoreMetadata(link.coreMetadata),
    provenance: readProvenance(link.provenance),
  };
}

/** A page that puts credentials into its links does not make them ours. */
function withoutUserinfo(url: string): string {
  return url.startsWith('file:') ? url : parseHttpUrl(url).url.href;
}

/** Some servers escape twice in HTML; neither `&` nor `;` belongs in a specifier, so one more pass cannot change a right one. */
function readRequiresPython(written: string | undefined, isHtml: boolean): string | undefined {
  const text = written?.trim() ?? '';
  const specifier = isHtml ? text.replace(/&gt;?/g, '>').replace(/&lt;?/g, '<') : text;
  return specifier === '' ? undefined : specifier;
}

/** `yyyy-mm-ddThh:mm:ss[.ffffff]Z` as published; UTC written as an offset gets its Z, anything else is no upload time. */
function readUploadTime(written: string | undefined): string | undefined {
  const [, time] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:Z|\+00:?00)$/.exec(written ?? '') ?? [];
  return time === undefined || Number.isNaN(Date.parse(`${time}Z`)) ? undefined : `${time}Z`;
}

function readCoreMetadata(published: PageLink['coreMetadata']): DigestSet | undefined {
  if (published === false) return undefined;
  return published === true ? {} : parseDigests(published);
}

function readProvenance(written: string | undefined): string | undefined {
  const url = written === undefined ? undefined : tryUrl(written);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? parseHttpUrl(url).url.href : undefined;
}

/** Higher is stronger; 0 without any digest. */
function strength(hashes: DigestSet): number {
  const strongest = hashAlgorithms.findIndex((algorithm) => hashes[algorithm] !== undefined);
  return strongest === -1 ? 0 : hashAlgorithms.length - strongest;
}

/** One line about what was skipped, for messages: `3 of 5 links were skipped (other-project)`. */
export function describeSkipped(skipped: readonly SkippedFile[]): string {
  const reasons = [...new Set(skipped.map(({ because }) => because))].slice(0, 5);
  return skipped.length === 0 ? 'it has no links to files' : `its links were skipped (${printable(reasons.join(', '))})`;
}
