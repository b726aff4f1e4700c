import { PkgsyncError, printable, redactUrl } from '../../errors.ts';
import type { Authorize, HttpClient, ResponseHeaders } from '../../http/http-client.ts';
import { statusError } from '../../http/status-error.ts';
import { compareDigests, parseDigests, type DigestSet } from '../../packaging/digest.ts';
import { isValidName, normalizeName, type PackageName } from '../../packaging/name.ts';
import { compareVersionTexts } from '../../packaging/version.ts';
import type { ExistingFile } from '../destination.ts';
import { parseJsonText } from '../json-value.ts';
import { serverWords } from '../server-words.ts';

export interface Question {
  /** What it is for, as an infinitive: `look foo-1.0.tar.gz up`. */
  readonly doing: string;
  /** What to do about a refusal, by its status. */
  readonly hints?: Readonly<Record<number, string>> | undefined;
  readonly authorize?: Authorize | undefined;
  /** Asked before a write, with the credentials for that. */
  readonly forWriting?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly json: unknown;
  readonly headers: ResponseHeaders;
}

/** Bytes of one answer. */
const bodyLimit = 16 * 1024 * 1024;
/** Pages of one answer: whoever gives more never ends. */
const pageLimit = 1000;

/**
 * Asks a server's REST API. Redirects are followed within the origin only, and nothing that an answer names is ever followed.
 * @returns undefined for a 404
 * @throws PkgsyncError BAD_RESPONSE for what is no JSON; UNAUTHORIZED, FORBIDDEN, REDIRECTED, REFUSED, UNREACHABLE
 */
export function ask(http: HttpClient, url: URL, { doing, hints, authorize, forWriting, signal }: Question): Promise<Answer | undefined> {
  return http.read(url, { accept: 'application/json', decode: true, authorize, forWriting, signal }, async (response) => {
    const { status, statusText: reason, headers, leftOrigin } = response;
    if (status === 404 && leftOrigin === undefined) {
      await response.discard();
      return undefined;
    }
    if (status !== 200 || leftOrigin !== undefined) {
      const body = await response.excerpt();
      const detail = serverWords({ status, reason, contentType: headers['content-type'], body });
      throw statusError(response, { doing, detail, hint: hints?.[status] });
    }
    const json = parseJsonText(await response.text(bodyLimit));
    if (json === undefined) throw badAnswer(url, 'it is no JSON');
    return { json, headers };
  });
}

/** A URL for each page of an answer that comes in pages, until `next` says that there is no other. @throws PkgsyncError BAD_RESPONSE where it never ends */
export async function* pages<T>(
  url: URL,
  read: (page: URL) => Promise<{ readonly found: T; readonly next: URL | undefined }>,
): AsyncGenerator<T> {
  const seen = new Set<string>();
  for (let page: URL | undefined = url; page !== undefined;) {
    if (seen.has(page.href) || seen.size >= pageLimit) throw badAnswer(url, 'its pages do not end');
    seen.add(page.href);
    const { found, next }: { readonly found: T; readonly next: URL | undefined } = await read(page);
    yield found;
    page = next;
  }
}

/** An answer that is not what such a server gives. */
export function badAnswer(url: URL, because: string): PkgsyncError {
  return new PkgsyncError('BAD_RESPONSE', `${redactUrl(url)} did not answer as expected: ${because}`);
}

/** `url` with these values in its query. */
export function withQuery(url: URL, query: Readonly<Record<string, string>>): URL {
  const result = new URL(url);
  for (const [key, value] of Object.entries(query)) result.searchParams.set(key, value);
  return result;
}

/**
 * A value out of an answer as one segment of a path.
 * @throws PkgsyncError BAD_RESPONSE for what would lead elsewhere, or nowhere
 */
export function segment(value: unknown, url: URL): string {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..' || text.length > 1000) {
    throw badAnswer(url, `'${printable(String(value), 60)}' is no id`);
  }
  return encodeURIComponent(text);
}

/**
 * What to search a fuzzy index for, so that every spelling of the name is found: the longest part without separators. Undefined: for anything, as
 * servers take short texts for the whole name.
 */
export function searchText(name: PackageName): string | undefined {
  const parts = name.split('-');
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '');
  return parts.length === 1 || longest.length >= 3 ? longest : undefined;
}

/** Whether an API's name and version are those of the file, however spelled. */
export function isReleaseOf(file: ExistingFile, name: unknown, version: unknown): boolean {
  if (typeof name !== 'string' || typeof version !== 'string') return false;
  if (!isValidName(name) || normalizeName(name) !== file.name) return false;
  return compareVersionTexts(version, file.version) === 0;
}

/** Digests that an API gives, by our names for them; what is none is left out. */
export function digestsFrom(sha256: unknown, md5: unknown): DigestSet {
  return parseDigests({ sha256, md5 });
}

/**
 * The last look before a removal: what the API has under the file's name is the file.
 * @throws PkgsyncError CONFLICT where it is another one, or cannot be told
 */
export function assertSame(file: ExistingFile, found: DigestSet, where: string): void {
  const comparison = compareDigests(file.hashes, found);
  if (comparison === 'same' || comparison === 'same-weak') return;
  const because = comparison === 'unknown' ? `${where} gives no digest to compare` : `${where} has other bytes under that name`;
  throw new PkgsyncError('CONFLICT', `${printable(file.filename)} was not removed: ${because}`, {
    hint: 'run plan again; if it shows the same, look at the file in the web interface of the server',
  });
}
