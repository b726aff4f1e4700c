import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentialsByOrigin } from './credentials/credentials.ts';
import type { Credential, OriginCredential } from './credentials/credentials.ts';
import { tlsOf, type TlsEnd } from './connect-tls.ts';
import { decideCredentials, variablesOf, type CredentialEnd } from './credentials/decide.ts';
import { lendCredentials } from './credentials/lend.ts';
import type { Netrc } from './credentials/netrc.ts';
import { connectUpload } from './destinations/connect-upload.ts';
import type { WritableDestination } from './destinations/destination.ts';
import { staticDirectory } from './destinations/static-directory.ts';
import { PkgsyncError, printable } from './errors.ts';
import { createHttpClient } from './http/http-client.ts';
import type { HttpClient } from './http/http-client.ts';
import { parseHttpUrl } from './http/url.ts';
import { refusalBody } from './http/refused.ts';
import { retrySentence } from './http/retry.ts';
import { statusError } from './http/status-error.ts';
import { offlineClient } from './http/offline-client.ts';
import { proxyFromEnvironment } from './http/proxy.ts';
import type { ClientCertificate, TlsSettings } from './http/tls.ts';
import type { PemFile } from './http/tls-files.ts';
import { localIndex } from './indexes/local-index.ts';
import { memoizedIndex } from './indexes/memoized-index.ts';
import { simpleIndex } from './indexes/simple-index.ts';
import { fileSystemError, systemErrorCode } from './io/file-errors.ts';
import type { SourceIndex } from './indexes/source-index.ts';
import type { AuthReference, DestinationConfig, Manifest, SourceConfig, UploadConfig } from './manifest/manifest.ts';
import type { ConnectedDestination } from './sync/context.ts';
import { version } from './version.ts';

export interface ConnectOptions {
  /** Where the variables are that `auth` names, `PKGSYNC_<NAME>_USERNAME` and its like, and proxies; `process.env` for those who want that. None unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Credentials, or references to them, by the name of a source or destination; they stand before what `auth` says. */
  readonly credentials?: ConnectCredentials | undefined;
  /** PEM bundles of authorities that every end trusts beside Node's; read when the first server is connected to. */
  readonly caFiles?: readonly PemFile[] | undefined;
  /** Client certificates by the name of a source or destination, for the origins of its URLs; they stand before what `tls` names. */
  readonly clientCertificates?: ConnectCertificates | undefined;
  /** For ends without other credentials; none unless given. */
  readonly netrc?: Netrc | undefined;
  /** Connections to one origin at once; 16 unless given. */
  readonly concurrency?: number | undefined;
  /** Never open a network connection: whatever needs one fails. */
  readonly offline?: boolean | undefined;
  /** Names of the sources to connect to, all unless given; nobody needs credentials for the others. */
  readonly sources?: readonly string[] | undefined;
  /** Names of the destinations to connect to, all unless given; upload APIs are asked what they are. */
  readonly destinations?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Requests that are tried again, pages that are odd: nothing that stops a run. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface ConnectCredentials {
  readonly sources?: Readonly<Record<string, Credential | AuthReference>> | undefined;
  readonly destinations?: Readonly<Record<string, Credential | AuthReference>> | undefined;
}

export interface ConnectCertificates {
  readonly sources?: Readonly<Record<string, ClientCertificate>> | undefined;
  readonly destinations?: Readonly<Record<string, ClientCertificate>> | undefined;
}

/** The options with everything that may be left out. */
interface Settings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentials: ConnectCredentials;
  readonly caFiles: readonly PemFile[];
  readonly clientCertificates: ConnectCertificates;
  readonly netrc: Netrc | undefined;
  readonly concurrency: number;
  readonly offline: boolean;
  readonly sources: readonly string[] | undefined;
  readonly destinations: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly onWarning: (message: string) => void;
}

/** The live ends that a manifest names. */
export interface Connection {
  readonly sources: ReadonlyMap<string, SourceIndex>;
  readonly destinations: readonly ConnectedDestination<WritableDestination>[];
  close(): Promise<void>;
}

/** Pages kept for the apply that follows the plan. */
const rememberedPages = 256;

/**
 * Makes the sources and destinations of a manifest; the only place that constructs adapters. Each gets an HTTP client that holds its own credentials
 * and nobody else's. Sources are contacted on first use.
 * @throws PkgsyncError UNAUTHORIZED where a variable for credentials is not set; USAGE for a folder that is source and destination; what `connectUpload` throws
 */
export async function connect(manifest: Manifest, given: ConnectOptions = {}): Promise<Connection> {
  const options = settings(
    manifest.destinations.map(({ name }) => name),
    given,
  );
  const clients: HttpClient[] = [];
  const client: MakeClient = (urls, credentials, tls) => {
    const made = options.offline ? offlineClient() : httpClient(urls, credentials, tls, options);
    clients.push(made);
    return made;
  };
  const close = async () => {
    await Promise.all(clients.map((made) => made.close()));
  };
  try {
    const sources = new Map<string, SourceIndex>();
    for (const config of manifest.sources) {
      if (options.sources?.includes(config.name) === false) continue;
      sources.set(config.name, await connectSource(config, manifest.folder, client, options));
    }
    const destinations: ConnectedDestination<WritableDestination>[] = [];
    for (const config of manifest.destinations) {
      if (!options.destinations.includes(config.name)) continue;
      await assertNoSource(config, manifest);
      destinations.push({ config, live: await connectDestination(config, manifest.folder, client, options) });
    }
    return { sources, destinations, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads single files over HTTP, such as what a requirements file includes. */
export interface UrlReader {
  /** The bytes behind an http(s) URL; user and password in it, else those of the netrc file, are sent to its origin only. @throws PkgsyncError as the HTTP client and statusError */
  read(url: string, limit: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** One HTTP client for each URL with credentials of its own, so that none sees another's. */
export function connectUrls(given: Omit<ConnectOptions, 'destinations' | 'sources'> = {}): UrlReader {
  const options = settings([], given);
  const clients: HttpClient[] = [];
  return {
    read: async (written, limit) => {
      const { url, credential } = parseHttpUrl(written);
      const made: MakeClient = (urls, credentials, tls) => {
        const http = options.offline ? offlineClient() : httpClient(urls, credentials, tls, options);
        clients.push(http);
        return http;
      };
      const given = credential === undefined ? undefined : { ...credential, from: { kind: 'url', name: 'the URL given' } as const };
      const tls = await endTls('the file', [], {}, '.', options);
      const http = made([url.href], originCredentials({ urls: [url], given }, '.', tls, made, options), tls);
      return await http.read(
        url,
        { decode: true, crossOrigin: true, ...(options.signal && { signal: options.signal }) },
        async (response) => {
          if (response.status === 200) return await response.bytes(limit);
          throw statusError(response, { doing: 'read the file', body: await refusalBody(response) });
        },
      );
    },
    close: async () => {
      await Promise.all(clients.map((made) => made.close()));
    },
  };
}

function settings(destinations: readonly string[], given: ConnectOptions): Settings {
  return {
    environment: given.environment ?? {},
    credentials: given.credentials ?? {},
    caFiles: given.caFiles ?? [],
    clientCertificates: given.clientCertificates ?? {},
    netrc: given.netrc,
    concurrency: given.concurrency ?? 16,
    offline: given.offline ?? false,
    sources: given.sources,
    destinations: given.destinations ?? destinations,
    signal: given.signal,
    onWarning: given.onWarning ?? (() => undefined),
  };
}

/** For the URLs that a person wrote for one source or destination. */
type MakeClient = (urls: readonly string[], credentials: readonly OriginCredential[], tls: TlsSettings) => HttpClient;

function httpClient(
  configured: readonly string[],
  credentials: readonly OriginCredential[],
  tls: TlsSettings,
  { environment, concurrency, onWarning }: Settings,
): HttpClient {
  return createHttpClient({
    version: version(),
    configured,
    credentials: credentialsByOrigin(credentials),
    connectionsPerOrigin: concurrency,
    proxy: proxyFromEnvironment(environment),
    tls,
    onRetry: (retry) => onWarning(retrySentence(retry)),
  });
}

async function connectSource(config: SourceConfig, folder: string, client: MakeClient, options: Settings): Promise<SourceIndex> {
  const { name, location, serialization } = config;
  const path = localPath(location, folder);
  if (path !== undefined)
    return memoizedIndex(await localIndex({ name, path, address: location, onWarning: options.onWarning }), rememberedPages);
  const own = { tls: config.tls, clientCertificate: options.clientCertificates.sources?.[name] };
  const tls = await endTls(`source ${name}`, [location], own, folder, options);
  const credentials = originCredentials(sourceEnd(config, options.credentials.sources?.[name]), folder, tls, client, options);
  return memoizedIndex(
    simpleIndex({ name, location, serialization, http: client([location], credentials, tls), onWarning: options.onWarning }),
    rememberedPages,
  );
}

async function connectDestination(
  config: DestinationConfig,
  folder: string,
  client: MakeClient,
  options: Settings,
): Promise<WritableDestination> {
  if (config.type === 'directory') {
    const path = localPath(config.path, folder);
    if (path === undefined) throw new PkgsyncError('INTERNAL', `destination ${config.name} is no folder`);
    await assertNoFile(path, config.path);
    return staticDirectory({ name: config.name, path, address: config.path });
  }
  return await connectUploadDestination(config, folder, client, options);
}

/** A folder may be missing, but nothing else may have its name. @throws PkgsyncError USAGE, FILE_SYSTEM */
async function assertNoFile(path: string, written: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return;
    if (code !== 'ENOTDIR') throw fileSystemError(error, path, 'look up');
  }
  throw new PkgsyncError(
    'USAGE',
    `the destination ${printable(written, 1000)} cannot be a folder: there is a file of that name, or on the way to it`,
    {
      hint: 'name a folder; one that is missing is made',
    },
  );
}

/**
 * Refuses a folder that is a source too, under another spelling than the manifest's rules can see: a link, `simple` in it, a file URL.
 * @throws PkgsyncError USAGE
 */
async function assertNoSource(config: DestinationConfig, { sources, folder }: Manifest): Promise<void> {
  if (config.type !== 'directory') return;
  const place = await realRoot(config.path, folder);
  for (const source of sources) {
    if (place === undefined || (await realRoot(source.location, folder)) !== place) continue;
    throw new PkgsyncError(
      'USAGE',
      `the destination ${printable(config.path, 1000)} is the same place as the source ${printable(source.location, 1000)}`,
      {
        hint: 'give the destination a folder of its own: the source would be changed while it is read',
      },
    );
  }
}

/** The folder of an index without detours; undefined for http(s) URLs and folders that are not there. */
async function realRoot(location: string, folder: string): Promise<string | undefined> {
  const path = localPath(location, folder);
  if (path === undefined) return undefined;
  try {
    return await realpath(basename(path) === 'simple' ? dirname(path) : path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw fileSystemError(error, path, 'look up');
  }
}

async function connectUploadDestination(
  config: UploadConfig,
  folder: string,
  client: MakeClient,
  options: Settings,
): Promise<WritableDestination> {
  const { name, url, simpleUrl, server } = config;
  const urls = simpleUrl === undefined ? [url] : [url, simpleUrl];
  const own = { tls: config.tls, clientCertificate: options.clientCertificates.destinations?.[name] };
  const tls = await endTls(`destination ${name}`, urls, own, folder, options);
  const end = destinationEnd(config, options.credentials.destinations?.[name]);
  const http = client(urls, originCredentials(end, folder, tls, client, options), tls);
  return await connectUpload({
    name,
    url,
    server,
    http,
    anonymousHttp: client(urls, [], tls),
    ...(simpleUrl === undefined ? {} : { simpleUrl }),
    indexAt: (location) => simpleIndex({ name, location, serialization: 'auto', http, onWarning: options.onWarning }),
    signal: options.signal,
  });
}

/** Nobody is contacted offline, so no file is missed. */
async function endTls(
  label: string,
  urls: readonly string[],
  own: Pick<TlsEnd, 'tls' | 'clientCertificate'>,
  folder: string,
  { offline, environment, caFiles }: Settings,
): Promise<TlsSettings> {
  return offline ? {} : await tlsOf({ label, urls, ...own }, { folder, environment, caFiles });
}

/** The absolute path that a location stands for, or undefined for http(s) URLs. Relative paths start at the manifest's folder. */
function localPath(location: string, folder: string): string | undefined {
  if (isHttp(location)) return undefined;
  if (/^file:/i.test(location)) return fileURLToPath(location);
  return isAbsolute(location) ? location : resolve(folder, location);
}

function isHttp(location: string): boolean {
  return /^https?:/i.test(location);
}

/** Where a source is read, and what may know who goes there; undefined for a folder. */
export function sourceEnd({ name, location, auth }: SourceConfig, given?: Credential | AuthReference): CredentialEnd | undefined {
  if (!isHttp(location)) return undefined;
  return { urls: [location], ...(given === undefined ? { auth } : asGiven(given)), variables: variablesOf('source', name) };
}

/** The same for a destination. */
export function destinationEnd(config: DestinationConfig, given?: Credential | AuthReference): CredentialEnd | undefined {
  if (config.type === 'directory') return undefined;
  const { name, url, simpleUrl, auth } = config;
  const urls = simpleUrl === undefined ? [url] : [url, simpleUrl];
  return { urls, ...(given === undefined ? { auth } : asGiven(given)), variables: variablesOf('destination', name) };
}

function asGiven(given: Credential | AuthReference): Pick<CredentialEnd, 'given' | 'auth'> {
  return 'password' in given ? { given } : { auth: given };
}

function originCredentials(
  end: CredentialEnd | undefined,
  folder: string,
  tls: TlsSettings,
  client: MakeClient,
  settings: Settings,
): readonly OriginCredential[] {
  // Nobody is contacted, so nobody needs a secret: a job without any can still check the lock.
  if (settings.offline || end === undefined) return [];
  const { environment, signal } = settings;
  const decision = decideCredentials(end, settings);
  for (const warning of decision.warnings) settings.onWarning(warning);
  const configured = [...end.urls, environment['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? ''].map(String);
  return lendCredentials(decision, { environment, folder, signal, anonymousHttp: () => client(configured, [], tls) });
}
