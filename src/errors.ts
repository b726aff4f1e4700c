/** What went wrong, stable across releases: callers and tests match on it, never on the sentence. */
export type ErrorCode =
  // Input that a person wrote.
  | 'USAGE'
  | 'MANIFEST_INVALID'
  | 'NAME_INVALID'
  | 'VERSION_INVALID'
  | 'SPECIFIER_INVALID'
  | 'REQUIREMENT_INVALID'
  | 'MARKER_INVALID'
  | 'FILENAME_INVALID'
  | 'TARGET_INVALID'
  | 'IMPORT_INVALID'
  // Files that pkgsync keeps.
  | 'LOCK_INVALID'
  | 'LOCK_MISSING'
  | 'LOCK_OUTDATED'
  | 'PLAN_INVALID'
  | 'PLAN_STALE'
  // What a plan may not do.
  | 'LIMIT_EXCEEDED'
  | 'POLICY_VIOLATED'
  | 'DECLINED'
  | 'APPLY_RUNNING'
  // Servers and the wire.
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'UNREACHABLE'
  | 'BAD_RESPONSE'
  | 'REFUSED'
  | 'CONFLICT'
  | 'TOO_LARGE'
  | 'UNSUPPORTED'
  | 'REDIRECTED'
  // Bytes.
  | 'INTEGRITY'
  | 'ARCHIVE_INVALID'
  | 'METADATA_INVALID'
  | 'DISK_FULL'
  | 'FILE_EXISTS'
  | 'FILE_SYSTEM'
  | 'INTERRUPTED'
  | 'INTERNAL';

export interface PkgsyncErrorOptions {
  /** What to do about it: one sentence without a final stop. */
  readonly hint?: string | undefined;
  /** Every single problem, where there are several (a manifest's, a lock's): whole sentences that name their place. */
  readonly problems?: readonly string[] | undefined;
  /** HTTP status that led here. */
  readonly status?: number | undefined;
  /**
   * True where the same call may succeed without anybody changing anything; `later`: but hardly when it is repeated at once, such as for the error page
   * of a proxy.
   */
  readonly retryable?: boolean | 'later' | undefined;
  readonly cause?: unknown;
}

/** The one error type of pkgsync: a stable code, a plain sentence (what, where), a hint (what to do) and the cause. */
export class PkgsyncError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly string[];
  readonly status: number | undefined;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Whether it may succeed when it is repeated at once; never without `retryable`. */
  readonly repeatable: boolean;

  constructor(code: ErrorCode, message: string, options: PkgsyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PkgsyncError';
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
    this.status = options.status;
    this.retryable = options.retryable === true || options.retryable === 'later';
    this.repeatable = options.retryable === true;
  }
}

/** Whether `error` is a PkgsyncError, of one of `codes` where any are given. */
export function isPkgsyncError(error: unknown, ...codes: readonly ErrorCode[]): error is PkgsyncError {
  return error instanceof PkgsyncError && (codes.length === 0 || codes.includes(error.code));
}

/**
 * The URL as it may be shown: without user, password, query and fragment (signed URLs carry their secret in the query).
 * Text that is no URL comes back with anything before an `@` in its authority removed.
 */
export function redactUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return String(url).replace(/\/\/[^/@\s]*@/g, '//****@');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    parsed.username = '****';
    parsed.password = '';
  }
  parsed.search = '';
  parsed.hash = '';
  return parsed.href;
}

/** A text that may contain URLs, such as a requirement, with each of them as `redactUrl` shows it. */
export function withoutCredentials(text: string): string {
  if (!text.includes('//')) return text;
  return text
    .split(/([ \t]+)/)
    .map(redactWord)
    .join('');
}

function redactWord(word: string): string {
  const slashes = word.indexOf('//');
  if (slashes < 0) return word;
  let start = slashes;
  while (start > 0 && /[A-Za-z0-9+.:-]/.test(word.charAt(start - 1))) start -= 1;
  return word.slice(0, start) + redactUrl(word.slice(start));
}

/**
 * Text from outside (a filename, a server's answer) made safe for a terminal or a log: control characters, bidirectional
 * overrides and line breaks become visible escapes, and it is cut after `limit` characters.
 */
export function printable(text: string, limit = 200): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this function is about
  const escaped = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, asEscape);
  return escaped.length > limit ? `${escaped.slice(0, limit)}…` : escaped;
}

/**
 * JSON whose strings show what a reader would not see, or see in another order (direction overrides, invisible characters, C1 controls): those
 * become escapes, and the value stays the same. What is reviewed in git or read on a terminal must not lie to the eye.
 */
export function visibleJson(json: string): string {
  return json.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, asEscape);
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
