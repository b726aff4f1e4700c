import { hasDigest, type DigestSet } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import { projectPage, type PageFile, type ProjectPage } from './project-page.ts';

/** A file on disk with what had to be found out for its page: see `needsSha256`, `needsCompanionDigest`, `needsRequiresPython`. */
export interface PageableFile {
  readonly filename: string;
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** Of the bytes on disk, where they are the approved ones or nothing is approved. */
  readonly sha256?: string | undefined;
  /** The metadata companion beside the file; `sha256` where it had to be computed. */
  readonly companion?: { readonly sha256?: string | undefined } | undefined;
  readonly requiresPython?: string | undefined;
}

/** What is said about a file on disk: by the approved state, and by the page so far. */
export interface Said {
  readonly wanted: FileFacts | undefined;
  readonly before: PageFile | undefined;
}

/**
 * The page that a project shall have: every file on disk, and nothing else. Wanted files get the approved facts and digests, also where the bytes
 * on disk are others (installers then refuse them: a page never blesses changed bytes). Other files keep what the page said of them.
 */
export function pageFor(name: PackageName, files: readonly (PageableFile & Said)[]): ProjectPage {
  return projectPage(
    name,
    files.map((file) => {
      if (file.wanted !== undefined) return wantedFile(file, file.wanted);
      return file.before === undefined ? newFile(file) : keptFile(file, file.before);
    }),
  );
}

/** Whether the page cannot be made without sha256 of the bytes. Mostly not: an approved sha256 stands in the page whatever the bytes. */
export function needsSha256({ wanted, before }: Said): boolean {
  if (wanted !== undefined) return wanted.hashes.sha256 === undefined;
  return before === undefined || !hasDigest(before.hashes);
}

export function needsCompanionDigest({ wanted, before }: Said): boolean {
  return !hasDigest((wanted ?? before)?.coreMetadata ?? {});
}

/** Whether neither approved state nor page says anything of the file, so that only its own metadata can. */
export function needsRequiresPython({ wanted, before }: Said): boolean {
  return wanted === undefined && before === undefined;
}

function wantedFile(file: PageableFile, wanted: FileFacts): PageFile {
  return {
    filename: file.filename,
    version: file.version,
    hashes: wanted.hashes.sha256 === undefined && file.sha256 !== undefined ? { sha256: file.sha256 } : wanted.hashes,
    size: wanted.size ?? file.size,
    requiresPython: wanted.requiresPython,
    uploadTime: wanted.uploadTime,
    yanked: wanted.yanked,
    coreMetadata: companionDigest(file, wanted.coreMetadata),
  };
}

function keptFile(file: PageableFile, before: PageFile): PageFile {
  return {
    ...before,
    hashes: hasDigest(before.hashes) ? before.hashes : ownDigest(file),
    size: before.size ?? file.size,
    coreMetadata: companionDigest(file, before.coreMetadata),
  };
}

function newFile(file: PageableFile): PageFile {
  const { filename, version, size, requiresPython } = file;
  return {
    filename,
    version,
    hashes: ownDigest(file),
    size,
    requiresPython,
    yanked: false,
    coreMetadata: companionDigest(file, undefined),
  };
}

/** A companion is announced only where it lies; its approved digest, if there is one, stands for it whatever the bytes. */
function companionDigest(file: PageableFile, approved: DigestSet | undefined): DigestSet | undefined {
  if (file.companion === undefined) return undefined;
  if (approved !== undefined && hasDigest(approved)) return approved;
  return file.companion.sha256 === undefined ? {} : { sha256: file.companion.sha256 };
}

function ownDigest(file: PageableFile): DigestSet {
  return file.sha256 === undefined ? {} : { sha256: file.sha256 };
}
