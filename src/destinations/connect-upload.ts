import type { HttpClient } from '../http/http-client.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { WritableDestination } from './destination.ts';
import { indexListing } from './index-listing.ts';
import { servers } from './servers/all.ts';
import { detectServer, type Detected } from './servers/detect.ts';
import type { Connecting, Listing, ServerKind, ServerProfile } from './servers/profile.ts';
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
  const url = parseUploadUrl(options.url, options.server);
  const profile = await profileOf(await detect(url, options), { url, http, signal });
  const simpleUrl = options.simpleUrl ?? defaultSimpleUrl(url, profile.kind).href;
  const listing = profile.listing ?? { ...indexListing(options.indexAt(simpleUrl)), ...projectsOf(profile) };
  return uploadApi({ name, url, profile, listing, http });
}

function projectsOf({ projects }: ServerProfile): Partial<Listing> {
  return projects === undefined ? {} : { projects };
}

function detect(url: URL, { server, http, anonymousHttp, signal }: ConnectUploadOptions): Promise<Detected> {
  return server === 'auto' ? detectServer(url, anonymousHttp ?? http, signal) : Promise.resolve({ kind: server });
}

async function profileOf({ kind, version }: Detected, connecting: Connecting): Promise<ServerProfile> {
  const { title, traits, answers, profile } = servers[kind];
  const own = await profile?.({ ...connecting, version });
  return { answers, ...(own ?? { kind, title, traits, refuses: () => undefined }) };
}
