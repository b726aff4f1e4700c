import { PkgsyncError, redactUrl } from '../errors.ts';
import type { ProjectStatus, SkippedFile } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import { checkApiVersion } from './api-version.ts';
import {
  fragmentHashes,
  linkTarget,
  withoutFragment,
  type IndexPage,
  type PageLink,
  type PageReader,
  type PublishedHashes,
} from './index-page.ts';
import { JsonElements, readingJson, wholeJson } from './json-elements.ts';
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
 * @param page the bytes, the text, or the value it stands for
 * @throws PkgsyncError BAD_RESPONSE for what is no project page
 */
export function parseJsonPage(page: Uint8Array | string | object, at: { readonly url: string }): IndexPage {
  const reader = new JsonPage(at);
  if (typeof page === 'string') reader.write(Buffer.from(page));
  else if (page instanceof Uint8Array) reader.write(page);
  else return reader.endWith(page, (page as JsonObject)['files']);
  return reader.end();
}

/** A JSON page that comes in chunks: of its entries only what they say is kept. */
export class JsonPage implements PageReader {
  readonly #url: string;
  readonly #label: string;
  readonly #document: JsonElements;
  #links: PageLink[] = [];
  #skipped: SkippedFile[] = [];

  constructor(at: { readonly url: string }) {
    this.#url = at.url;
    this.#label = redactUrl(at.url);
    this.#document = new JsonElements(['files'], {
      onBegin: () => {
        this.#links = [];
        this.#skipped = [];
      },
      onElements: (_key, entries) => this.#take(entries),
    });
  }

  write(chunk: Uint8Array): void {
    readingJson(this.#label, () => this.#document.write(chunk));
  }

  end(): IndexPage {
    return this.endWith(wholeJson(this.#label, this.#document), []);
  }

  /** The page that `value` is, with these entries besides those that were read. */
  endWith(value: unknown, entries: unknown): IndexPage {
    const label = this.#label;
    if (!isObject(value)) throw notAPage(label, 'it is no JSON object');
    const meta = value['meta'];
    const { apiVersion, warnings } = checkApiVersion(isObject(meta) ? meta['api-version'] : undefined, label);
    if (!Array.isArray(value['files'])) {
      throw notAPage(label, Array.isArray(value['projects']) ? 'it is a list of projects' : 'it has no list of files');
    }
    if (Array.isArray(entries)) this.#take(entries);
    const name = value['name'];
    const versions = value['versions'];
    return {
      serialization: 'json',
      apiVersion,
      name: typeof name === 'string' ? name : undefined,
      versions: Array.isArray(versions) ? versions.filter((version) => typeof version === 'string') : undefined,
      status: readStatus(value, isObject(meta) ? meta : {}),
      links: this.#links,
      skipped: this.#skipped,
      warnings,
      declared: true,
    };
  }

  #take(entries: readonly unknown[]): void {
    for (const entry of entries) {
      const link = readEntry(entry, this.#url);
      if ('because' in link) this.#skipped.push(link);
      else this.#links.push(link);
    }
  }
}

function notAPage(label: string, because: string): PkgsyncError {
  return new PkgsyncError('BAD_RESPONSE', `${label} is no project page of a simple index: ${because}`, { retryable: 'later' });
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
