import { PkgsyncError, printable, type ErrorCode } from '../errors.ts';
import type { CredentialFrom } from '../http/credential.ts';
import { refusedCredential } from '../http/refused.ts';
import type { WriteAnswer } from './destination.ts';
import { searchableText, serverWords, type ServerAnswer } from './server-words.ts';

/** What an answer was given to. */
export interface UploadContext {
  /** What was tried, as an infinitive: `upload foo-1.0.tar.gz`. */
  readonly doing: string;
  /** The destination's address, without secrets. */
  readonly address: string;
  readonly credentialsSent: boolean;
  readonly credentialFrom?: CredentialFrom | undefined;
  /** The server's own ways, looked at before the common ones. */
  readonly answers?: readonly AnswerRule[] | undefined;
}

/** What an answer to a write means: an outcome, or the code of an error that ends this action. */
export type Verdict = 'done' | 'exists' | 'unclear' | Extract<ErrorCode, 'UNAUTHORIZED' | 'FORBIDDEN' | 'TOO_LARGE' | 'REFUSED'>;

/** One way in which a server answers an upload, and what it means. */
export interface AnswerRule {
  /** A status, or a class of them by its first digit. */
  readonly status: number | '2xx' | '4xx' | '5xx';
  /** Lower-case texts of which one must occur in reason phrase or body; absent: any answer. */
  readonly says?: readonly string[];
  readonly verdict: Verdict;
  readonly hint?: string;
}

/**
 * How servers answer an upload; the first rule that fits decides. Statuses come from the servers' source, texts as they are in it. Words decide only
 * where the status alone is ambiguous, and `exists` and `unclear` are always settled by listing, so a wrong match costs a request and nothing else.
 */
const rules: readonly AnswerRule[] = [
  // devpi, non-volatile: the same bytes again.
  { status: 200, says: ['upload of identical file'], verdict: 'exists' },
  // Pulp, Azure: taken into a queue, not stored yet.
  { status: 202, verdict: 'unclear' },
  { status: '2xx', verdict: 'done' },

  // PyPI on the name of another project: nothing to do with the file.
  {
    status: 409,
    says: ['conflicts with an existing project'],
    verdict: 'REFUSED',
    hint: 'the project name is taken, or too similar to one that is',
  },
  { status: 409, verdict: 'exists' },
  // PyPI: the name of a deleted file can never be used again. Before the next rule, whose texts are close.
  {
    status: 400,
    says: ['previously used by a file that has since been deleted'],
    verdict: 'REFUSED',
    hint: 'a deleted filename can never be used there again: exclude this file',
  },
  // PyPI, Pulp, Google | Nexus with PostgreSQL or H2 | Nexus with OrientDB | GitLab.
  { status: 400, says: ['already exist', 'cannot be updated', 'updating asset', 'already been taken'], verdict: 'exists' },
  // PyPI, GitLab.
  { status: 400, says: ['file too large', 'project size too large', 'file is too large'], verdict: 'TOO_LARGE' },
  // PyPI without its final slash, which answers so before it would redirect.
  {
    status: 400,
    says: ['post body may not contain duplicate keys'],
    verdict: 'REFUSED',
    hint: 'this is no upload URL; for PyPI it is https://upload.pypi.org/legacy/, with the slash',
  },
  { status: 413, verdict: 'TOO_LARGE' },

  { status: 401, verdict: 'UNAUTHORIZED' },
  // Artifactory: 403 also for overwriting what exists without the right to.
  { status: 403, says: ['overwrite artifact', 'delete/overwrite', 'overwrite all artifacts'], verdict: 'unclear' },
  // PyPI never answers 401.
  {
    status: 403,
    says: ['invalid or non-existent authentication', 'username/password authentication is no longer', 'invalid api token'],
    verdict: 'UNAUTHORIZED',
    hint: 'PyPI takes the user __token__ with an API token as its password',
  },
  { status: 403, says: ['has expired', 'is expired', 'invalid_token'], verdict: 'UNAUTHORIZED' },
  { status: 403, verdict: 'FORBIDDEN' },
  // Artifactory that hides what one may not touch: 404 for overwriting, too.
  { status: 404, says: ['could not locate artifact'], verdict: 'unclear' },
  { status: 404, verdict: 'REFUSED', hint: 'check that the URL is the one to upload to, and that the user may see it' },
  {
    status: 405,
    says: ['read only', 'read-only'],
    verdict: 'REFUSED',
    hint: 'the index is read-only',
  },
  { status: 405, verdict: 'REFUSED', hint: 'this is probably the URL of the simple index: configure the one to upload to' },
  // Not stored as far as anybody can tell: only the listing knows.
  { status: 408, verdict: 'unclear' },
  { status: 429, verdict: 'unclear' },
  { status: '4xx', verdict: 'REFUSED' },
  // WebDAV's, also of proxies and object stores in front of one: as final as a full disk.
  { status: 507, verdict: 'REFUSED', hint: 'the server has no room left: make some there, and run the same command again' },
  { status: '5xx', verdict: 'unclear' },
];

/**
 * What the answer to an upload came to (pure).
 * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN, TOO_LARGE, REFUSED with the server's own words
 */
export function classifyUpload(answer: ServerAnswer, context: UploadContext): WriteAnswer {
  const text = searchableText(answer);
  const rule = [...(context.answers ?? []), ...rules].find((candidate) => fits(candidate, answer.status, text));
  const words = serverWords(answer);
  switch (rule?.verdict) {
    case 'done':
    case 'exists':
    case 'unclear':
      return { outcome: rule.verdict, status: answer.status, reason: words === '' ? printable(answer.reason) : words };
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
    case 'TOO_LARGE':
    case 'REFUSED':
    case undefined:
      throw uploadError(rule?.verdict ?? 'REFUSED', answer, context, { words, hint: rule?.hint });
  }
}

function fits(rule: AnswerRule, status: number, text: string): boolean {
  const right = typeof rule.status === 'number' ? status === rule.status : String(status).startsWith(rule.status.charAt(0));
  return right && (rule.says === undefined || rule.says.some((words) => text.includes(words)));
}

function uploadError(
  code: ErrorCode,
  answer: ServerAnswer,
  context: UploadContext,
  { words, hint }: { readonly words: string; readonly hint: string | undefined },
): PkgsyncError {
  const numbered = printable(`${answer.status} ${answer.reason}`.trim());
  const said = words === '' || numbered.includes(words) ? '' : `: ${words}`;
  const told = meaning(code, answer, context);
  return new PkgsyncError(code, `cannot ${context.doing}: ${context.address} ${told.says} (${numbered})${said}`, {
    status: answer.status,
    hint:
      hint !== undefined && told.hint !== undefined && context.credentialFrom !== undefined ? `${hint}; ${told.hint}` : (hint ?? told.hint),
  });
}

function meaning(
  code: ErrorCode,
  answer: ServerAnswer,
  { credentialsSent, credentialFrom }: UploadContext,
): { readonly says: string; readonly hint?: string } {
  switch (code) {
    case 'UNAUTHORIZED':
      return credentialsSent
        ? refusedCredential({ from: credentialFrom, words: searchableText(answer) })
        : { says: 'requires credentials', hint: 'give the destination credentials with auth' };
    case 'FORBIDDEN':
      return {
        says: credentialsSent ? 'does not allow this to the user whose credentials were sent' : 'does not allow this without credentials',
      };
    case 'TOO_LARGE':
      return {
        says: 'does not take a file of this size',
        hint: 'raise the limit of the server (or of the proxy before it), or set maxFileSize in the manifest',
      };
    default:
      return { says: 'refused it' };
  }
}
