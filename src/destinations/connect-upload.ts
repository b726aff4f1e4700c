import { PkgsyncError, redactUrl } from '../errors.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { WritableDestination } from './destination.ts';
import { indexListing } from './index-listing.ts';
import { detectServer, type Detected } from './servers/detect.ts';
import { devpiProfile } from './servers/devpi.ts';
import { genericProfile } from './servers/generic.ts';
import { pypiProfile } from './servers/pypi.ts';
import { pypiserverProfile } from './servers/pypiserver.ts';
import { knownService } from './servers/known-services.ts';
import type { ServerKind, ServerProfile } from './servers/profile.ts';
import { uploadApi } from './upload-api.ts';
import { defaultSimpleUrl, parseUploadUrl } from './upload-url.ts';

export interface ConnectUploadOptions {
  /** Its name in the manifest. */
  readonly name: string;
  /** The URL to upload to, as configured. */
  readonly url: string;
  /** Where its simple API is, if not at the usual place. */
  readonly simpleUrl?: string | undefined;
  readonly server: ServerKind | 'auto';
  /** With the destination's credentials. */
  readonly http: HttpClient;
  /** For the first look at a server of unknown kind; without credentials. Default: `http`. */
  readonly anonymousHttp?: HttpClient | undefined;
  /** The reader of the simple API at this address; a redirect to another origin must mean absent there. */
  readonly indexAt: (simpleUrl: string) => SourceIndex;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out what kind of server an upload destination is, where that is not configured, and makes the destination. Asks the server at most twice,
 * only by GET; known services and configured kinds other than devpi are not asked at all.
 * @throws PkgsyncError USAGE for an address that cannot be uploaded to; UNSUPPORTED for a mirror; UNAUTHORIZED, FORBIDDEN, UNREACHABLE, BAD_RESPONSE
 */
export async function connectUpload(options: ConnectUploadOptions): Promise<WritableDestination> {
  const { name, http, signal } = options;
  const url = parseUploadUrl(options.url);
  const detected = await detect(url, options);
  const profile = await profileOf(detected, url, http, signal);
  const simpleUrl = options.simpleUrl ?? defaultSimpleUrl(url, profile.kind).href;
  const listing = profile.listing ?? indexListing(options.indexAt(simpleUrl));
  return uploadApi({ name, url, profile, listing, http });
}

function detect(url: URL, { server, http, anonymousHttp, signal }: ConnectUploadOptions): Promise<Detected> {
  if (server === 'auto') return detectServer(url, anonymousHttp ?? http, signal);
  const known = knownService(url);
  return Promise.resolve({ kind: server, title: known?.kind === server ? known.title : undefined });
}

async function profileOf(detected: Detected, url: URL, http: HttpClient, signal: AbortSignal | undefined): Promise<ServerProfile> {
  switch (detected.kind) {
    case 'pypi':
      return pypiProfile;
    case 'pypiserver':
      return pypiserverProfile;
    case 'devpi':
      return devpiProfile(devpiIndexUrl(url), http, detected.version, signal);
    case 'generic':
      return genericProfile(detected.title);
  }
}

/** `<base>/<user>/<index>/`, with the slash that links are resolved against. */
function devpiIndexUrl(url: URL): URL {
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  if (segments.length < 2) {
    throw new PkgsyncError('USAGE', `${redactUrl(url)} is no devpi index: its path must end in user and index`, {
      hint: 'configure an address such as https://devpi.example/user/index/',
    });
  }
  return new URL(`/${segments.join('/')}/`, url);
}
