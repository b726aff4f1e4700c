import { isPkgsyncError, PkgsyncError, redactUrl } from '../errors.ts';
import type { ByteSource } from '../io/byte-source.ts';
import type { HttpClient, HttpResponse } from './http-client.ts';
import { refusalBody } from './refused.ts';
import { statusError } from './status-error.ts';
import { parseHttpUrl } from './url.ts';

/** How often one `read` picks up where the connection was lost. */
const maxResumes = 5;

interface Range {
  readonly start: number;
  readonly end?: number | undefined;
}

/**
 * A file behind a URL: no decoding, redirects to other origins followed (without credentials that are not theirs). A connection that is lost
 * on the way is picked up at the same byte, as long as the server still offers the same file; the caller's digests have the last word.
 */
export function httpSource(http: HttpClient, url: string, size?: number): ByteSource {
  return { label: redactUrl(url), size, read: ({ range, signal } = {}) => read(http, url, range, signal) };
}

/**
 * The metadata companion of the file at `fileUrl` (PEP 658): `<url>.metadata`, before the query; where the query is not one of a signature, pip's
 * reading (after it) is tried as well.
 * @throws PkgsyncError USAGE for what is no http URL
 */
export function companionSource(http: HttpClient, fileUrl: string): ByteSource {
  const { url } = parseHttpUrl(fileUrl);
  const beside = new URL(url);
  beside.pathname += '.metadata';
  const first = httpSource(http, beside.href);
  if (url.search === '') return first;
  const second = httpSource(http, `${url.href}.metadata`);
  return {
    label: first.label,
    read: async function* (options) {
      try {
        yield* first.read(options);
        return;
      } catch (error) {
        if (!isPkgsyncError(error, 'NOT_FOUND')) throw error;
      }
      yield* second.read(options);
    },
  };
}

async function* read(http: HttpClient, url: string, range: Range | undefined, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (range?.end !== undefined && range.end <= range.start) return;
  const start = range?.start ?? 0;
  let position = start;
  let first: Answer | undefined;
  for (let resumes = 0; ; resumes += 1) {
    const wanted = position === start ? range : { start: position, end: range?.end };
    const response = await http.get(url, { range: wanted, crossOrigin: true, signal });
    const answer = await checked(response, url, wanted, range !== undefined);
    if (first !== undefined && !sameFile(first, answer)) {
      await response.discard();
      throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(url)} changed while it was read`, { retryable: true });
    }
    first ??= answer;
    let skip = position - answer.start;
    try {
      for await (const chunk of response.body) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        position += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
      return;
    } catch (error) {
      if (!isPkgsyncError(error, 'UNREACHABLE') || !error.retryable || resumes >= maxResumes) throw error;
    }
  }
}

interface Answer {
  /** Offset of the first byte of the body. */
  readonly start: number;
  readonly total: number | undefined;
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

async function checked(
  response: HttpResponse,
  url: string,
  wanted: { readonly start: number; readonly end?: number | undefined } | undefined,
  mustRange: boolean,
): Promise<Answer> {
  const { status, headers } = response;
  const validators = { etag: headers['etag'], modified: headers['last-modified'] };
  // A resumed read of the whole file takes 200 as well: what was read already is skipped.
  if (status === 200 && !mustRange) return { start: 0, total: lengthOf(headers['content-length']), ...validators };
  if (status === 206 && wanted !== undefined) {
    const given = contentRange(headers['content-range']);
    if (given !== undefined && given.start === wanted.start && (wanted.end === undefined || given.end === wanted.end)) {
      return { start: given.start, total: given.total, ...validators };
    }
  }
  const body = await refusalBody(response);
  const where = redactUrl(url);
  if (status === 200) throw new PkgsyncError('BAD_RESPONSE', `${where} is served only as a whole`, { status });
  if (status === 206 || status === 416)
    throw new PkgsyncError('BAD_RESPONSE', `${where} did not give the range of bytes that was asked for`, { status, retryable: 'later' });
  throw statusError(response, { doing: 'download the file', url, body });
}

/** False where both answers say something that differs. */
function sameFile(a: Answer, b: Answer): boolean {
  const agree = (left: string | number | undefined, right: string | number | undefined): boolean =>
    left === undefined || right === undefined || left === right;
  return agree(a.total, b.total) && agree(a.etag, b.etag) && agree(a.modified, b.modified);
}

/** `bytes 10-19/100`, its end made exclusive: https://www.rfc-editor.org/rfc/rfc9110#section-14.4 */
function contentRange(value: string | undefined): { start: number; end: number; total: number | undefined } | undefined {
  const [, start, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(value?.trim() ?? '') ?? [];
  if (start === undefined || last === undefined) return undefined;
  return { start: Number(start), end: Number(last) + 1, total: lengthOf(total) };
}

function lengthOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
