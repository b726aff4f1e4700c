import { parseDigests, type DigestSet } from '../packaging/digest.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { isRecord, parseJsonText } from './json-value.ts';
import { projectPage, type PageFile, type ProjectPage } from './project-page.ts';

/**
 * Reads back a JSON page of a directory: one that `renderProjectJson` wrote, or another program's by PEP 691. Entries that are no distribution
 * of the project, and values of the wrong type, are left out: rendering the result then gives other bytes, so that the page counts as stale.
 * @returns undefined where `text` is no JSON page at all
 */
export function decodeProjectJson(text: string, name: PackageName): ProjectPage | undefined {
  const page = parseJsonText(text);
  if (!isRecord(page) || !Array.isArray(page['files'])) return undefined;
  const entries: readonly unknown[] = page['files'];
  return projectPage(
    name,
    entries.flatMap((entry) => decodeFile(entry, name) ?? []),
  );
}

/** The names in a JSON list of projects, as written; undefined where `text` is no such list. */
export function decodeRootJson(text: string): readonly string[] | undefined {
  const page = parseJsonText(text);
  if (!isRecord(page) || !Array.isArray(page['projects'])) return undefined;
  const entries: readonly unknown[] = page['projects'];
  return entries.flatMap((entry) => (isRecord(entry) && typeof entry['name'] === 'string' ? entry['name'] : []));
}

function decodeFile(entry: unknown, name: PackageName): PageFile | undefined {
  if (!isRecord(entry) || typeof entry['filename'] !== 'string') return undefined;
  const filename = entry['filename'];
  const parsed = parseDistributionFilename(filename, name);
  if (!isDistribution(parsed)) return undefined;
  const coreMetadata = decodeCoreMetadata(entry['core-metadata']);
  return {
    filename,
    version: parsed.version,
    hashes: isRecord(entry['hashes']) ? parseDigests(entry['hashes']) : {},
    ...(isSize(entry['size']) ? { size: entry['size'] } : {}),
    ...text('requiresPython', entry['requires-python']),
    ...text('uploadTime', entry['upload-time']),
    yanked: decodeYanked(entry['yanked']),
    ...(coreMetadata === undefined ? {} : { coreMetadata }),
  };
}

function text<Key extends string>(key: Key, value: unknown): Partial<Record<Key, string>> {
  return typeof value === 'string' && value !== '' ? ({ [key]: value } as Record<Key, string>) : {};
}

function decodeYanked(value: unknown): false | { readonly reason: string } {
  if (value === true) return { reason: '' };
  return typeof value === 'string' && value !== '' ? { reason: value } : false;
}

function decodeCoreMetadata(value: unknown): DigestSet | undefined {
  if (value === true) return {};
  return isRecord(value) ? parseDigests(value) : undefined;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
