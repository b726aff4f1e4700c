import { redactUrl } from '../errors.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import { companionSource, httpSource } from '../http/http-source.ts';
import { refusalBody } from '../http/refused.ts';
import { statusError } from '../http/status-error.ts';
import { parseHttpUrl } from '../http/url.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { Project } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import { parseLegacyDigests } from './legacy-json.ts';
import { acceptHeaders, type Serialization } from './page-type.ts';
import { pageLimits, readList, readProject } from './read-page.ts';
import { shared } from './shared.ts';
import { locateSimpleApi } from './simple-location.ts';
import type { SourceIndex } from './source-index.ts';

export interface SimpleIndexOptions {
  /** Its name in the manifest. */
  readonly name: string;
  /** URL of the simple API, or of the repository's root. User and password in it are dropped: credentials are the client's. */
  readonly location: string;
  /** `auto`: JSON where the server has it. Otherwise an answer in the other one is an error. */
  readonly serialization?: 'auto' | Serialization | undefined;
  readonly http: HttpClient;
  /** Told, once each, what a person should know about the index as a whole. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * An index behind the simple repository API over HTTP:
 * https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
export function simpleIndex(options: SimpleIndexOptions): SourceIndex {
  const { name, http } = options;
  const wanted = options.serialization ?? 'auto';
  const location = parseHttpUrl(options.location).url;
  const locate = shared((signal) => locateSimpleApi(http, location, wanted, signal));
  const warnOnce = once(options.onWarning);
  let accept: string | undefined = acceptHeaders[wanted];

  /** A page, asked for as this server wants to be asked. */
  async function page<T>(url: URL, signal: AbortSignal | undefined, consume: (response: HttpResponse) => Promise<T>): Promise<T> {
    if (accept === undefined || wanted !== 'auto') return http.read(url, { accept, decode: true, signal }, consume);
    const answer = await http.read(url, { accept, decode: true, signal }, async (response) => {
      if (response.status !== 406) return { value: await consume(response) };
      await response.discard();
      return undefined;
    });
    if (answer !== undefined) return answer.value;
    // Some servers know none of the types of the API by name and give HTML to whoever does not ask.
    const value = await http.read(url, { decode: true, signal }, consume);
    accept = undefined;
    return value;
  }

  /** An index that sends everything elsewhere (a login, a new address) is not one that lacks a project. */
  const rootStays = shared(async (signal) => {
    await page(await locate(signal), signal, async (response) => {
      await response.discard();
      if (response.leftOrigin !== undefined) throw statusError(response, { doing: `read the index ${name}` });
    });
  });

  async function readProjectPage(
    response: HttpResponse,
    project: PackageName,
    signal: AbortSignal | undefined,
  ): Promise<Project | undefined> {
    if (response.leftOrigin !== undefined) {
      await rootStays(signal);
      warnOnce(`${name} sends requests for projects it does not have to ${new URL(response.leftOrigin).origin}; they count as absent`);
      return undefined;
    }
    if (response.status === 200) return readProject(response, project, wanted);
    const body = await refusalBody(response);
    if (response.status === 404 || response.status === 410) return undefined;
    throw statusError(response, { doing: `read the page of ${project}`, body });
  }

  async function project(wantedName: PackageName, signal?: AbortSignal): Promise<Project | undefined> {
    const url = new URL(`${wantedName}/`, await locate(signal));
    const found = await page(url, signal, async (response) => {
      if (wanted !== 'auto' || !hidesJson(response)) return readProjectPage(response, wantedName, signal);
      await response.discard();
      return 'hidden';
    });
    if (found !== 'hidden') return found;
    const html = { accept: acceptHeaders.html, decode: true, signal };
    return http.read(url, html, (response) => readProjectPage(response, wantedName, signal));
  }

  async function* projects(signal?: AbortSignal): AsyncGenerator<PackageName> {
    const list = await page(await locate(signal), signal, async (response) => {
      if (response.status === 200) return readList(response, wanted);
      throw statusError(response, { doing: `list the projects of ${name}`, body: await refusalBody(response) });
    });
    for (const warning of list.warnings) warnOnce(warning);
    yield* list.names;
  }

  async function legacyDigests(wantedName: PackageName, signal?: AbortSignal): Promise<ReadonlyMap<string, DigestSet>> {
    const url = new URL(`../pypi/${wantedName}/json`, await locate(signal));
    return http.read(url, { accept: 'application/json', decode: true, signal }, async (response) => {
      const isJson = /^application\/json\b/i.test(response.headers['content-type'] ?? '');
      if (response.status === 200 && isJson) return parseLegacyDigests(await response.text(pageLimits.project), url.href);
      await response.discard();
      // What is not there, not allowed or something else is simply not this API; a server in trouble is news.
      if (response.status < 500 && response.status !== 429 && response.status !== 408) return new Map<string, DigestSet>();
      throw statusError(response, { doing: `read the legacy JSON of ${wantedName}` });
    });
  }

  return {
    name,
    address: redactUrl(location),
    projects,
    project,
    open: (file) => httpSource(http, parseHttpUrl(file.url).url.href, file.size),
    openMetadata: (file) => companionSource(http, file.url),
    legacyDigests,
  };
}

/** Artifactory has answered 404 to requests for JSON about projects that it does have in HTML. */
function hidesJson(response: HttpResponse): boolean {
  return (
    response.status === 404 && ['x-artifactory-id', 'x-artifactory-node-id', 'x-jfrog-version'].some((header) => header in response.headers)
  );
}

function once(tell: ((sentence: string) => void) | undefined): (sentence: string) => void {
  const told = new Set<string>();
  return (sentence) => {
    if (told.has(sentence)) return;
    told.add(sentence);
    tell?.(sentence);
  };
}
