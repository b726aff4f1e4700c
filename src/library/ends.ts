import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { credentialsByOrigin, type CredentialProvider, type OriginCredential } from '../credentials/credentials.ts';
import { decideCredentials } from '../credentials/decide.ts';
import { lendCredentials } from '../credentials/lend.ts';
import type { Netrc } from '../credentials/netrc.ts';
import type { WritableDestination } from '../destinations/destination.ts';
import { serverKinds, type ServerKind } from '../destinations/servers/profile.ts';
import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import type { Credential, CredentialFrom } from '../http/credential.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../http/http-client.ts';
import { offlineClient } from '../http/offline-client.ts';
import type { ClientCertificate } from '../http/tls.ts';
import { retrySentence } from '../http/retry.ts';
import { parseHttpUrl } from '../http/url.ts';
import { localIndex } from '../indexes/local-index.ts';
import { shared } from '../indexes/shared.ts';
import { simpleIndex } from '../indexes/simple-index.ts';
import type { SourceIndex } from '../indexes/source-index.ts';
import { createLimiter } from '../io/concurrency.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import type { AuthReference } from '../manifest/manifest.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import { version } from '../version.ts';
import { credentialUrls, directoryRoot, parsePlace, readingUrl, uploadingUrl, type Place } from './places.ts';
import { withProbe } from './probed.ts';
import { SharedLease } from './shared-lease.ts';
import { withSharedListings } from './shared-listing.ts';

export interface RepositoryOptions {
  /** For HTTP Basic; sent to the origin (scheme, host, port) of the repository's URL and of `simpleUrl`, and nowhere else. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** An API token: the password of `username`, or of `__token__` where none is given. */
  readonly token?: string | undefined;
  /** Where `password` or `token` comes from: named in messages about it. */
  readonly credentialFrom?: CredentialFrom | undefined;
  /** Credentials by reference, as a manifest's `auth` gives them: variables of `environment`, a command, the keyring, trusted publishing. */
  readonly auth?: AuthReference | undefined;
  /** For `auth`, and what its helpers are run with. Default: none; the process's own is not looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where credentials come from if there are none otherwise: see `loadNetrc`. Default: none; no file is looked for. */
  readonly netrc?: Netrc | undefined;
  /** Where the simple API is, if not at the usual place. */
  readonly simpleUrl?: string | URL | undefined;
  /** What takes the uploads. Default `auto`: found out before the first `register` or `upload`. */
  readonly server?: ServerKind | 'auto' | undefined;
  /** Default `auto`: JSON where the index has it. */
  readonly serialization?: 'auto' | 'json' | 'html' | undefined;
  /** Connections at once. Default 16. */
  readonly connections?: number | undefined;
  /** Authorities to trust beside Node's (PEM), and a client certificate for the origin of the repository's URL and of `simpleUrl`. */
  readonly tls?:
    { readonly authorities?: readonly string[] | undefined; readonly clientCertificate?: ClientCertificate | undefined } | undefined;
  /** Proxies by scheme of the request. Default: none; the environment is not looked at. */
  readonly proxy?: HttpClientOptions['proxy'];
  /** Contact nobody: whatever is not on disk fails. */
  readonly offline?: boolean | undefined;
  /** Send credentials over plain http to hosts other than this machine. */
  readonly allowInsecure?: boolean | undefined;
  /** Waits and tries of reads. */
  readonly retry?: HttpClientOptions['retry'];
  readonly timeouts?: HttpClientOptions['timeouts'];
  /** Told what a person should know and no error says: retries, odd pages, files without a digest. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/** Where files are written, and what writing there takes. */
export interface Writing {
  readonly destination: WritableDestination;
  /** Runs a write; in a folder under the lease that an apply takes too. */
  readonly during: <T>(write: () => Promise<T>) => Promise<T>;
  readonly oneAtATime: <T>(task: () => Promise<T>) => Promise<T>;
}

/** The live ends of a repository: made when they are first needed, closed together. Only here stand its credentials. */
export class RepositoryEnds {
  /** URL without credentials, or the path as written. */
  readonly address: string;
  readonly #place: Place;
  readonly #simpleUrl: URL | undefined;
  readonly #options: RepositoryOptions;
  readonly #provider: CredentialProvider;
  readonly #clients = new Map<'known' | 'anonymous', HttpClient>();
  readonly #writing = shared((signal) => this.#connect(signal));
  #reading: Promise<SourceIndex> | undefined;
  #closed = false;

  /** @throws PkgsyncError USAGE */
  constructor(url: string | URL, options: RepositoryOptions) {
    this.#place = parsePlace(url);
    this.#options = options;
    const { simpleUrl, server = 'auto' } = options;
    this.#simpleUrl = simpleUrl === undefined ? undefined : parseHttpUrl(simpleUrl).url;
    if (server !== 'auto' && !serverKinds.includes(server)) {
      throw new PkgsyncError('USAGE', `server is '${printable(server)}': expected auto, ${serverKinds.join(', ')}`);
    }
    const credential = credentialOf(options) ?? (this.#place.kind === 'server' ? withOrigin(this.#place.credential) : undefined);
    if (this.#place.kind === 'folder' && (credential !== undefined || this.#simpleUrl !== undefined)) {
      throw new PkgsyncError('USAGE', `${printable(this.#place.address)} is a folder: it has no credentials and no simple API elsewhere`);
    }
    this.address = this.#place.kind === 'folder' ? this.#place.address : redactUrl(this.#place.url);
    // A fault in the credentials is told where they were given, not at the first request.
    this.#provider = credentialsByOrigin(this.#credentials(credential));
  }

  /** Waits between tries, where the caller brings its own. */
  get sleep(): NonNullable<RepositoryOptions['retry']>['sleep'] {
    return this.#options.retry?.sleep;
  }

  get onWarning(): (sentence: string) => void {
    return this.#options.onWarning ?? (() => undefined);
  }

  reader(): Promise<SourceIndex> {
    this.#reading ??= this.#read().catch((error: unknown) => {
      this.#reading = undefined;
      throw error;
    });
    return this.#reading;
  }

  /** After a write: a folder may have become an index, and its pages are new. */
  forgetReader(): void {
    if (this.#place.kind === 'folder') this.#reading = undefined;
  }

  writing(signal: AbortSignal | undefined): Promise<Writing> {
    return this.#writing(signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #read(): Promise<SourceIndex> {
    const { onWarning, address: name } = this;
    const place = this.#place;
    if (place.kind === 'folder') return await localIndex({ name, path: place.path, address: place.address, onWarning });
    return this.#indexAt(this.#simpleUrl ?? readingUrl(place.url));
  }

  #indexAt(location: string | URL): SourceIndex {
    const { serialization = 'auto' } = this.#options;
    const { onWarning, address: name } = this;
    return simpleIndex({ name, location: String(location), serialization, http: this.#client('known'), onWarning });
  }

  async #connect(signal: AbortSignal | undefined): Promise<Writing> {
    const place = this.#place;
    const oneAtATime = createLimiter(1);
    if (place.kind === 'folder') return await connectFolder(directoryRoot(place.path), place.address, oneAtATime);
    // Whoever only reads has no use for all that uploading takes.
    const { connectUpload } = await import('../destinations/connect-upload.ts');
    const destination = await connectUpload({
      name: this.address,
      url: uploadingUrl(place.url).href,
      ...(this.#simpleUrl === undefined ? {} : { simpleUrl: this.#simpleUrl.href }),
      server: this.#options.server ?? 'auto',
      http: this.#client('known'),
      anonymousHttp: this.#client('anonymous'),
      indexAt: (location) => this.#indexAt(location),
      signal,
    });
    return { destination: withProbe(withSharedListings(destination)), during: (write) => write(), oneAtATime };
  }

  #client(kind: 'known' | 'anonymous'): HttpClient {
    if (this.#closed) throw new PkgsyncError('USAGE', `the repository ${this.address} was closed`);
    const known = this.#clients.get(kind);
    if (known !== undefined) return known;
    const client = this.#options.offline === true ? offlineClient() : this.#newClient(kind);
    this.#clients.set(kind, client);
    return client;
  }

  #newClient(kind: 'known' | 'anonymous'): HttpClient {
    const { connections, proxy, tls = {}, allowInsecure, retry, timeouts } = this.#options;
    const { authorities, clientCertificate } = tls;
    const origins = this.#place.kind === 'folder' ? [] : credentialUrls(this.#place.url, this.#simpleUrl).map((url) => new URL(url).origin);
    return createHttpClient({
      version: version(),
      ...(kind === 'known' ? { credentials: this.#provider } : {}),
      configured: this.#configured(),
      connectionsPerOrigin: connections,
      proxy,
      tls: { authorities, ...(clientCertificate === undefined ? {} : { client: { ...clientCertificate, origins } }) },
      allowInsecure,
      retry,
      timeouts,
      onRetry: (retry) => this.onWarning(retrySentence(retry)),
    });
  }

  #configured(): readonly URL[] {
    return [...(this.#place.kind === 'folder' ? [] : [this.#place.url]), ...(this.#simpleUrl === undefined ? [] : [this.#simpleUrl])];
  }

  #credentials(credential: Credential | undefined): readonly OriginCredential[] {
    if (this.#place.kind === 'folder') return [];
    const urls = credentialUrls(this.#place.url, this.#simpleUrl);
    const { auth, environment = {}, netrc, offline } = this.#options;
    if (offline === true) return [];
    const { uses, warnings } = decideCredentials({ urls, given: credential, auth }, { environment, netrc });
    for (const warning of warnings) this.onWarning(warning);
    return lendCredentials({ uses }, { environment, folder: '.', anonymousHttp: () => this.#client('anonymous') });
  }
}

function withOrigin(credential: Credential | undefined): Credential | undefined {
  return credential && { ...credential, from: { kind: 'url', name: 'the URL given' } };
}

function credentialOf({ username, password, token, credentialFrom: from }: RepositoryOptions): Credential | undefined {
  if (token !== undefined && password !== undefined) throw new PkgsyncError('USAGE', 'a repository takes a password or a token, not both');
  if (token !== undefined) return { username: username ?? '__token__', password: token, from };
  return username === undefined && password === undefined ? undefined : { username: username ?? '', password: password ?? '', from };
}

async function connectFolder(path: string, address: string, oneAtATime: Writing['oneAtATime']): Promise<Writing> {
  await refuseLooseFiles(path, address);
  const { staticDirectory } = await import('../destinations/static-directory.ts');
  const destination = staticDirectory({ name: address, path, address });
  const lease = new SharedLease(leasePath(destination, path), address, () => destination.cleanStaging());
  return { destination: withSharedListings(destination), during: (write) => lease.during(write), oneAtATime };
}

/** Where an apply takes its lease on a directory. */
function leasePath({ stagingFolder }: WritableDestination, path: string): string {
  return join(stagingFolder === undefined ? join(path, '.pkgsync') : dirname(stagingFolder), 'lease.json');
}

/** Pages beside the loose files of a folder would turn it into an index that does not list them. */
async function refuseLooseFiles(path: string, address: string): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw fileSystemError(error, path, 'read');
  }
  if (names.includes('simple') || !names.some((name) => isDistribution(parseDistributionFilename(name)))) return;
  throw new PkgsyncError('USAGE', `${printable(address, 1000)} is a folder of loose distribution files, not an index on disk`, {
    hint: 'copy files into it, or upload to an empty folder: it becomes an index with pages of its own',
  });
}
