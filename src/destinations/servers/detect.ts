import type { HttpClient, ResponseHeaders } from '../../http/http-client.ts';
import { knownService } from './known-services.ts';
import type { ServerKind } from './profile.ts';

/** What a server seems to be. A wrong guess changes defaults only: every write is still checked by listing. */
export interface Detected {
  readonly kind: ServerKind;
  /** For people; undefined where there is nothing to say. */
  readonly title?: string | undefined;
  /** The server's own version, where it says so. */
  readonly version?: string | undefined;
}

/** An answer to a GET of the upload URL. */
export interface ProbeAnswer {
  readonly headers: ResponseHeaders;
  /** The beginning of the body. */
  readonly body: string;
}

/** What an answer gives away (pure). Header names are those that the servers' source sets; a proxy may hide them. */
export function recognise({ headers, body }: ProbeAnswer): Detected {
  if (headers['x-devpi-server-version'] !== undefined) return { kind: 'devpi', version: headers['x-devpi-server-version'] };
  if (headers['x-devpi-api-version'] !== undefined || headers['x-devpi-serial'] !== undefined) return { kind: 'devpi' };
  if (headers['server']?.startsWith('Nexus/') === true) return { kind: 'generic', title: 'Nexus' };
  if (headers['x-jfrog-version'] !== undefined || headers['x-artifactory-id'] !== undefined)
    return { kind: 'generic', title: 'Artifactory' };
  if (body.includes('Welcome to pypiserver!')) return { kind: 'pypiserver' };
  return { kind: 'generic' };
}

/**
 * The kind of server behind an upload URL: by the URL's shape, else by one GET, whose status does not matter.
 * @param http best one without credentials: nobody knows yet who is there
 * @throws PkgsyncError UNREACHABLE, BAD_RESPONSE: without any answer nothing is guessed, as the plan would depend on the weather
 */
export async function detectServer(url: URL, http: HttpClient, signal?: AbortSignal): Promise<Detected> {
  const known = knownService(url);
  if (known !== undefined) return known;
  const response = await http.get(url, { accept: 'text/html, application/json;q=0.5', decode: true, signal });
  return recognise({ headers: response.headers, body: await response.excerpt() });
}
