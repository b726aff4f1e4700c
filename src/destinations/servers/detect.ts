import type { HttpClient, HttpResponse } from '../../http/http-client.ts';
import { statusError } from '../../http/status-error.ts';
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

export interface Looking {
  /** For the first look; best without credentials: nobody knows yet who is there. */
  readonly anonymous: HttpClient;
  /** For a second one, where the first was answered 401 or 403: a proxy that asks everybody for a password hides what is behind it. */
  readonly authenticated?: HttpClient | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The kind of server behind an upload URL: by the URL's shape, else by a GET, whose status does not matter unless it asks for credentials.
 * @throws PkgsyncError UNREACHABLE, BAD_RESPONSE: without any answer nothing is guessed, as the plan would depend on the weather; UNAUTHORIZED where
 * the credentials are rejected: they would be for everything that follows
 */
export async function detectServer(url: URL, { anonymous, authenticated, signal }: Looking): Promise<Detected> {
  const known = serverByUrl(url);
  if (known !== undefined) return { kind: known.kind };
  const first = await look(url, anonymous, signal);
  const hidden = first.detected.kind === 'generic' && (first.response.status === 401 || first.response.status === 403);
  if (!hidden || authenticated === undefined) return first.detected;
  const { response, detected } = await look(url, authenticated, signal);
  if (response.status === 401 && response.credentialsSent && detected.kind === 'generic') {
    throw statusError(response, { doing: 'find out what kind of server it is', url });
  }
  return detected;
}

async function look(
  url: URL,
  http: HttpClient,
  signal: AbortSignal | undefined,
): Promise<{ readonly response: HttpResponse; readonly detected: Detected }> {
  const response = await http.get(url, { accept: 'text/html, application/json;q=0.5', decode: true, signal });
  return { response, detected: recognise({ headers: response.headers, body: await response.excerpt() }) };
}
