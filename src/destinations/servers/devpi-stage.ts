import { PkgsyncError, printable, redactUrl } from '../../errors.ts';
import type { GetOptions, HttpClient, HttpResponse } from '../../http/http-client.ts';
import { statusError } from '../../http/status-error.ts';
import type { FileFacts } from '../../packaging/distribution-file.ts';
import type { DestinationProject, ExistingFile } from '../destination.ts';
import { sendDeletion } from '../send-deletion.ts';
import { serverWords } from '../server-words.ts';
import { devpiTraits } from './devpi.ts';
import { parseDevpiIndex, parseDevpiProject, saysNoProject, type DevpiIndex } from './devpi-pages.ts';
import { fromDevpiBase } from './inherited.ts';
import type { Listing, ServerProfile } from './profile.ts';

/** Characters of a JSON answer: an index can have many projects, and a project many versions with long descriptions. */
const bodyLimit = 512 * 1024 * 1024;

/**
 * A devpi stage. Its simple API shows the files of its bases, too, so it is listed through its own JSON API; whether it is volatile (devpi's default:
 * uploads replace silently) is asked first.
 * @param indexUrl `<base>/<user>/<index>/`
 * @throws PkgsyncError USAGE for a mirror index; UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UNREACHABLE, BAD_RESPONSE
 */
export async function devpiProfile(
  indexUrl: URL,
  http: HttpClient,
  version: string | undefined,
  signal?: AbortSignal,
): Promise<ServerProfile> {
  const index = await readIndex(indexUrl, http, '?no_projects=', signal);
  if (index.type !== 'stage') {
    throw new PkgsyncError('USAGE', `${redactUrl(indexUrl)} is a devpi ${printable(index.type)} index: nothing can be uploaded to it`, {
      hint: 'create a stage index whose bases name it, and upload there',
    });
  }
  const volatile = index.volatile ?? true;
  return {
    kind: 'devpi',
    title: `devpi${version === undefined ? '' : ` ${printable(version)}`}, ${volatile ? 'volatile' : 'non-volatile'} index`,
    // It can replace only where it said so itself.
    traits: { ...devpiTraits, canReplace: index.volatile === true, overwritesSilently: volatile },
    refuses: refusesFile,
    listing: stageListing(indexUrl, http),
    // Without bases its simple API has nothing to add.
    inheritedFrom: index.bases.length === 0 ? undefined : (file) => fromDevpiBase(file, indexUrl),
    remove: ({ file, signal }) =>
      sendDeletion(http, deletionUrl(file, indexUrl, volatile), { doing: `remove ${printable(file.filename)}`, signal }),
  };
}

/** What devpi takes (`safe_filenames` and `ALLOWED_ARCHIVE_EXTS` in devpi-common). */
const extensions: readonly string[] = ['.whl', '.tar.gz', '.zip', '.tgz', '.tar.bz2', '.egg', '.exe', '.msi', '.rpm', '.deb', '.dmg'];

function refusesFile(file: FileFacts): string | undefined {
  const shown = printable(file.filename);
  if (/[<>%#"]/.test(file.filename)) return `devpi takes no such characters in a filename: ${shown}`;
  const known = extensions.some((extension) => file.filename.toLowerCase().endsWith(extension));
  return known ? undefined : `devpi does not take this kind of file: ${shown}`;
}

function stageListing(indexUrl: URL, http: HttpClient): Listing {
  return {
    async *projects(signal) {
      yield* (await readIndex(indexUrl, http, '', signal)).projects;
    },

    async list(name, signal): Promise<DestinationProject> {
      // The name is normalised: for any other spelling devpi redirects and drops the query, and the answer would include the bases.
      const url = new URL(`${encodeURIComponent(name)}?ignore_bases`, indexUrl);
      return readJson(http, url, `list ${name}`, signal, (text, status) => {
        if (status === 404) return saysNoProject(text) ? { name, present: false, files: [], warnings: [] } : undefined;
        return parseDevpiProject(text, name, indexUrl);
      });
    },
  };
}

function readIndex(indexUrl: URL, http: HttpClient, query: string, signal: AbortSignal | undefined): Promise<DevpiIndex> {
  // Without the final slash, as devpi's own client asks.
  const url = new URL(indexUrl.pathname.replace(/\/$/, '') + query, indexUrl);
  return readJson(http, url, 'read the index', signal, (text, status) => (status === 404 ? undefined : parseDevpiIndex(text, indexUrl)));
}

/** `read` gets the body of a 200 or 404; undefined from it means that the status is an error after all. */
function readJson<T>(
  http: HttpClient,
  url: URL,
  doing: string,
  signal: AbortSignal | undefined,
  read: (text: string, status: number) => T | undefined,
): Promise<T> {
  const options: GetOptions = { accept: 'application/json', decode: true, signal };
  return http.read(url, options, async (response: HttpResponse) => {
    if (response.status !== 200 && response.status !== 404) throw failed(response, { doing, url }, await response.excerpt());
    const text = await response.text(bodyLimit);
    const result = read(text, response.status);
    if (result === undefined) throw failed(response, { doing, url }, text.slice(0, 16_384));
    return result;
  });
}

function failed(response: HttpResponse, context: { readonly doing: string; readonly url: URL }, body: string): PkgsyncError {
  const { status, statusText: reason, headers } = response;
  return statusError(response, { ...context, detail: serverWords({ status, reason, contentType: headers['content-type'], body }) });
}

/**
 * `?force` is what devpi asks for on a non-volatile index.
 * @throws PkgsyncError CONFLICT for what is no file of this index
 */
function deletionUrl(file: ExistingFile, indexUrl: URL, volatile: boolean): string {
  const url = new URL(file.url);
  const own = url.origin === indexUrl.origin && url.pathname.startsWith(`${indexUrl.pathname}+f/`);
  if (!own) {
    throw new PkgsyncError('CONFLICT', `${printable(file.filename)} is not a file of this index but of another one: ${redactUrl(url)}`);
  }
  url.hash = '';
  url.search = volatile ? '' : '?force';
  return url.href;
}
