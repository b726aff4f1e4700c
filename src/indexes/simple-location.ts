import { isPkgsyncError, PkgsyncError, redactUrl } from '../errors.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import { refusalBody } from '../http/refused.ts';
import { statusError } from '../http/status-error.ts';
import { acceptHeaders, type Serialization } from './page-type.ts';
import { peekKind } from './read-page.ts';

/** Address of a simple API without doubt: its last path segment is the usual one. */
function isSimpleApi(url: URL): boolean {
  return /\/\+?simple\/$/.test(url.pathname);
}

/** The URL with a slash at the end of its path, without query and fragment: links of an index are relative to folders. */
export function folderUrl(url: URL): URL {
  const folder = new URL(url);
  folder.search = '';
  folder.hash = '';
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

/**
 * Finds the simple API at `location`, which may be the API itself or the repository's root. Asks only where the address does not tell: for the
 * lists at `+simple/` (devpi), `simple/` and the address itself, and reads no more than their beginnings.
 * @throws PkgsyncError NOT_FOUND where there is none; UNAUTHORIZED, UNREACHABLE and others as the answers say
 */
export async function locateSimpleApi(
  http: HttpClient,
  location: URL,
  wanted: 'auto' | Serialization,
  signal: AbortSignal | undefined,
): Promise<URL> {
  const root = folderUrl(location);
  if (isSimpleApi(root)) return root;
  const answers: string[] = [];
  const refusals: Refusal[] = [];
  for (const path of ['+simple/', 'simple/', './']) {
    const candidate = new URL(path, root);
    const answer = await http
      .read(candidate, { accept: acceptHeaders[wanted], decode: true, signal }, (response) => probe(response, wanted))
      .catch(goesRound);
    if (answer === 'list') return candidate;
    if (typeof answer !== 'string') refusals.push(answer);
    answers.push(`${redactUrl(candidate)} ${typeof answer === 'string' ? answer : 'answers 403'}`);
  }
  // Where everything is forbidden, or something to a user who is known, it is not the address that is wrong.
  const refusal = refusals.find(({ withCredentials }) => withCredentials) ?? (refusals.length === answers.length ? refusals[0] : undefined);
  if (refusal !== undefined) throw refusal.error;
  throw new PkgsyncError('NOT_FOUND', `there is no simple index at ${redactUrl(root)}: ${answers.join('; ')}`, {
    hint: 'give the address of the simple index itself; it usually ends in /simple/',
  });
}

interface Refusal {
  readonly error: PkgsyncError;
  readonly withCredentials: boolean;
}

/** `list`, or what was there instead: text, or a 403. @throws PkgsyncError for answers that say nothing about what is there */
async function probe(response: HttpResponse, wanted: 'auto' | Serialization): Promise<string | Refusal> {
  if (response.leftOrigin !== undefined) return `redirects to ${response.leftOrigin}`;
  if (response.status === 200) return probePage(response, wanted);
  const body = await refusalBody(response);
  // 403 is how object stores and some indexes say that there is nothing.
  if (response.status === 403) {
    return { error: statusError(response, { doing: 'look for the simple index', body }), withCredentials: response.credentialsSent };
  }
  if (response.status === 401 || response.status === 407 || response.status >= 500 || response.status === 429 || response.status === 408) {
    throw statusError(response, { doing: 'look for the simple index', body });
  }
  return `answers ${response.status}`;
}

/** pypiserver takes `+simple` for a project and sends its reader from that page to the same page, without end. */
function goesRound(error: unknown): string {
  if (isPkgsyncError(error, 'REDIRECTED')) return `leads nowhere (${error.message})`;
  throw error;
}

async function probePage(response: HttpResponse, wanted: 'auto' | Serialization): Promise<string> {
  try {
    // A project named "simple" has a page at simple/ of the API itself.
    return (await peekKind(response, wanted)) === 'projects' ? 'list' : 'is a page of files';
  } catch (error) {
    if (!isPkgsyncError(error, 'BAD_RESPONSE') || error.repeatable) throw error;
    return 'is no project list';
  }
}
