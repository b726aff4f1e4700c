import { PkgsyncError, redactUrl } from '../errors.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import type { WritableDestination } from './destination.ts';
import { indexListing, withInherited } from './index-listing.ts';
import { servers } from './servers/all.ts';
import { detectServer, type Detected } from './servers/detect.ts';
import { fromPypi } from './servers/inherited.ts';
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
 * Finds out what kind of server an upload destination is, where that is not configured, and makes the destination. Asks the server at most three
 * times, only by GET: who it is, and what this very index is (devpi, Nexus, Artifactory); other known services and configured kinds are not asked at all.
 * @throws PkgsyncError USAGE for an address that cannot be uploaded to; UNAUTHORIZED, FORBIDDEN, UNREACHABLE, BAD_RESPONSE
 */
export async function connectUpload(options: ConnectUploadOptions): Promise<WritableDestination> {
  const { name, http, signal } = options;
  const url = parseUploadUrl(options.url, options.server);
  const detected = await detect(url, options);
  const profile = await profileOf(detected, { url, http, signal });
  const { probeWrite } = servers[detected.kind];
  return uploadApi({ name, url, profile, listing: listingOf(url, profile, options), http, probeWrite });
}

/** What the server itself holds: by a listing of its own, else by its simple API without what that passes on from elsewhere. */
function listingOf(url: URL, profile: ServerProfile, { simpleUrl, indexAt, http }: ConnectUploadOptions): Listing {
  const { kind, listing: own, inheritedFrom } = profile;
  const guess = defaultSimpleUrl(url, kind);
  const index = indexAt(simpleUrl ?? guess.href);
  if (own !== undefined) return inheritedFrom === undefined ? own : withInherited(own, index, inheritedFrom);
  return {
    ...indexListing(index, {
      inheritedFrom: kind === 'pypi' ? undefined : (inheritedFrom ?? fromPypi),
      whenAbsent: simpleUrl === undefined && kind === 'generic' ? isThere(http, guess) : undefined,
    }),
    ...projectsOf(profile),
  };
}

/**
 * Where the simple API of an unknown server was only guessed, a 404 for a project may as well mean that there is no index at all at that address;
 * taken for absence, it would have everything uploaded over what is there. Looked at once, when it first matters.
 */
function isThere(http: HttpClient, simpleUrl: URL): (signal: AbortSignal | undefined) => Promise<void> {
  let known = false;
  return async (signal) => {
    if (known) return;
    const response = await http.get(simpleUrl, { accept: 'text/html, application/json;q=0.5', decode: true, signal });
    await response.discard();
    if (response.status === 404 || response.status === 410) {
      throw new PkgsyncError(
        'NOT_FOUND',
        `what is there cannot be told: the server is of an unknown kind, and no simple API is at ${redactUrl(simpleUrl)} (${response.status})`,
        { status: response.status, hint: 'set server to the kind that it is, or simpleUrl to the address of its simple API' },
      );
    }
    known = true;
  };
}

function projectsOf({ projects }: ServerProfile): Partial<Listing> {
  return projects === undefined ? {} : { projects };
}

function detect(url: URL, { server, http, anonymousHttp, signal }: ConnectUploadOptions): Promise<Detected> {
  if (server !== 'auto') return Promise.resolve({ kind: server });
  return detectServer(url, { anonymous: anonymousHttp ?? http, authenticated: anonymousHttp === undefined ? undefined : http, signal });
}

async function profileOf({ kind, version }: Detected, connecting: Connecting): Promise<ServerProfile> {
  const { title, traits, answers, profile } = servers[kind];
  const own = await profile?.({ ...connecting, version });
  return { answers, ...(own ?? { kind, title, traits, refuses: () => undefined }) };
}
