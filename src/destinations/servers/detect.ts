import type { HttpClient } from '../../http/http-client.ts';
import { serverByUrl, servers } from './all.ts';
import type { ProbeAnswer, ServerKind } from './profile.ts';

/** What a server seems to be. A wrong guess changes defaults only: every write is still checked by listing. */
export interface Detected {
  readonly kind: ServerKind;
  /** The server's own version, where it says so. */
  readonly version?: string | undefined;
}

/** What an answer gives away (pure). */
export function recognise(answer: ProbeAnswer): Detected {
  for (const { kind, recognises } of Object.values(servers)) {
    const recognised = recognises?.(answer);
    if (recognised !== undefined) return { kind, ...recognised };
  }
  return { kind: 'generic' };
}

/**
 * The kind of server behind an upload URL: by the URL's shape, else by one GET, whose status does not matter.
 * @param http best one without credentials: nobody knows yet who is there
 * @throws PkgsyncError UNREACHABLE, BAD_RESPONSE: without any answer nothing is guessed, as the plan would depend on the weather
 */
export async function detectServer(url: URL, http: HttpClient, signal?: AbortSignal): Promise<Detected> {
  const known = serverByUrl(url);
  if (known !== undefined) return { kind: known.kind };
  const response = await http.get(url, { accept: 'text/html, application/json;q=0.5', decode: true, signal });
  return recognise({ headers: response.headers, body: await response.excerpt() });
}
