import { projectPage, type PageFile, type ProjectPage } from '../../src/destinations/project-page.ts';
import { isDistribution, parseDistributionFilename } from '../../src/packaging/filename.ts';
import { parseName } from '../../src/packaging/name.ts';

/** A digest of the right length: `hex('a')` is 64 times `a`. */
export function hex(digit: string, length = 64): string {
  return digit.repeat(length);
}

/** A file of a page; its version is read from the filename, as the page's readers do. */
export function pageFile(filename: string, facts: Partial<PageFile> = {}): PageFile {
  const parsed = parseDistributionFilename(filename);
  if (!isDistribution(parsed)) throw new Error(`${filename} is no distribution: ${parsed.because}`);
  return { filename, version: parsed.version, hashes: { sha256: hex('a') }, size: 100, yanked: false, ...facts };
}

export function page(name: string, ...files: readonly PageFile[]): ProjectPage {
  return projectPage(parseName(name), files);
}
