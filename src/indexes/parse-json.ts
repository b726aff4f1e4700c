import { isNativeError } from 'node:util/types';
import { PkgsyncError, redactUrl } from '../errors.ts';
import type { ProjectStatus, SkippedFile } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import { checkApiVersion } from './api-version.ts';
import { fragmentHashes, linkTarget, withoutFragment, type IndexPage, type PageLink, type PublishedHashes } from './index-page.ts';
import { filesOfProject, type ProjectFiles } from './project-files.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What a project's JSON page says about it. */
export interface ProjectJson extends ProjectFiles {
  readonly apiVersion: string;
  /** As listed: without order, not all PEP 440, some without files. */
  readonly versions: readonly string[];
}

/**
 * Reads the JSON page of project `name` (PEP 691): its distributions, and what was left out with the reason.
 * @param page the text, or the value it stands for
 * @param at the page's final URL, against which links are resolved
 * @throws PkgsyncError BAD_RESPONSE for what is no project page
 */
export function parseProjectJson(page: string | object, at: { readonly url: string; readonly name: PackageName }): ProjectJson {
  const read = parseJsonPage(page, at);
  return { ...filesOfProject(read, at.name), apiVersion: read.apiVersion, versions: read.versions ?? [] };
}

/**
 * Reads a JSON page as it stands. An entry of a wrong shape is left out or loses the value in question; it never costs the others.
 * https://packaging.python.org/en/latest/specifications/simple-repository-api/#project-detail
 * @throws PkgsyncError BAD_RESPONSE for what is no project page
 */
export function parseJsonPage(page: string | object, at: { readonly url: string }): IndexPage {
  const label = redactUrl(at.url);
  const value = typeof page === 'string' ? parsed(page, label) : page;
  if (!isObject(value)) throw notAPage(label, 'it is no JSON object');
  const meta = value['meta'];
  const { apiVersion, warnings } = checkApiVersion(isObject(meta) ? meta['api-version'] : undefined, label);
  const files = value['files'];
  if (!Array.isArray(files)) {
    throw notAPage(label, Array.isArray(value['projects']) ? 'it is a list of projects' : 'it has no list of files');
  }
  const links: PageLink[] = [];
  const skipped: SkippedFile[] = [];
  for (const entry of files as readonly unknown[]) {
    const link = readEntry(entry, at.url);
    if ('because' in link) skipped.push(link);
    else links.push(link);
  }
  const name = value['name'];
  const versions = value['versions'];
  return {
    serialization: 'json',
    apiVersion,
    name: typeof name === 'string' ? name : undefined,
    versions: Array.isArray(versions) ? versions.filter((version) => typeof version === 'string') : undefined,
    status: readStatus(value, isObject(meta) ? meta : {}),
    links,
    skipped,
    warnings,
    declared: true,
  };
}

function parsed(text: string, label: string): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch (error) {
    if (!isNativeError(error) || error.name !== 'SyntaxError') throw error;
    throw new PkgsyncError('BAD_RESPONSE', `${label} is not a whole JSON document`, { cause: error });
  }
}

function notAPage(label: string, because: string): PkgsyncError {
  return new PkgsyncError('BAD_RESPONSE', `${label} is no project page of a simple index: ${because}`);
}

function readEntry(entry: unknown, base: string): PageLink | SkippedFile {
  if (!isObject(entry)) return { filename: '', because: 'malformed-entry' };
  const filename = entry['filename'];
  if (typeof filename !== 'string' || filename === '') return { filename: '', because: 'no-filename' };
  const href = entry['url'];
  const url = typeof href === 'string' && href !== '' ? linkTarget(href, base) : undefined;
  if (url === undefined) return { filename, because: 'no-url' };
  const sig = entry['gpg-sig'];
  const size = entry['size'];
  return {
    filename,
    url: withoutFragment(url),
    // GitLab writes the digest into the URL as well: it counts where the table has none of its kind.
    hashes: { ...fragmentHashes(url), ...stringsOf(entry['hashes']) },
    requiresPython: nonEmpty(entry['requires-python']),
    yanked: readYanked(entry['yanked']),
    coreMetadata: readCoreMetadata(entry),
    gpgSig: typeof sig === 'boolean' ? sig : undefined,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    uploadTime: nonEmpty(entry['upload-time']),
    provenance: nonEmpty(entry['provenance']),
  };
}

/** True or a reason; unlike in HTML an empty string means that the file is not yanked. */
function readYanked(value: unknown): string | undefined {
  return value === true ? '' : nonEmpty(value);
}

/** Besides the key of PEP 714 the older one, and the one that PyPI really sends; the first that says anything counts. */
const metadataKeys = ['core-metadata', 'dist-info-metadata', 'data-dist-info-metadata'] as const;

function readCoreMetadata(entry: JsonObject): boolean | PublishedHashes {
  for (const key of metadataKeys) {
    const value = entry[key];
    if (typeof value === 'boolean') return value;
    if (!isObject(value)) continue;
    const hashes = stringsOf(value);
    return Object.keys(hashes).length === 0 ? true : hashes;
  }
  return false;
}

/**
 * PEP 792 by its four shapes: an object `{status, reason}` or `{state, reason}`, beside `meta` or inside it, or plain strings
 * `project-status` and `project-status-reason`.
 */
function readStatus(page: JsonObject, meta: JsonObject): ProjectStatus {
  for (const place of [page, meta]) {
    const written = place['project-status'];
    const holder = isObject(written) ? written : undefined;
    const status = holder === undefined ? nonEmpty(written) : (nonEmpty(holder['status']) ?? nonEmpty(holder['state']));
    if (status === undefined) continue;
    return { status, reason: nonEmpty(holder === undefined ? place['project-status-reason'] : holder['reason']) };
  }
  return { status: 'active' };
}

function stringsOf(value: unknown): PublishedHashes {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
