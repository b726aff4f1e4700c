import { isPkgsyncError, PkgsyncError, printable, redactUrl } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { isRecord } from '../json-value.ts';
import { ask } from './rest.ts';

/** What a server says of one of its repositories. */
export interface RepositoryType {
  /** `hosted`, `virtual`: in its own words; undefined where it does not say, as the user may not ask. */
  readonly type: string | undefined;
  readonly format: string | undefined;
}

/**
 * Asks once what a repository is. Users that may upload need not be allowed to ask, so that any answer but the right one leaves it open.
 * @throws PkgsyncError UNREACHABLE where there was no answer at all; INTERRUPTED
 */
export async function askRepositoryType(
  http: HttpClient,
  url: URL,
  keys: { readonly type: string; readonly format: string },
  signal: AbortSignal | undefined,
): Promise<RepositoryType> {
  try {
    const answer = await ask(http, url, { doing: 'look the repository up', signal });
    const json = isRecord(answer?.json) ? answer.json : {};
    const text = (key: string): string | undefined => (typeof json[key] === 'string' ? json[key].toLowerCase() : undefined);
    return { type: text(keys.type), format: text(keys.format) };
  } catch (error) {
    const answered = isPkgsyncError(error) && (error.status !== undefined || error.code === 'BAD_RESPONSE');
    if (!answered) throw error;
    return { type: undefined, format: undefined };
  }
}

/**
 * The sentence about a repository that cannot be uploaded to, as it only shows what others hold.
 * @throws PkgsyncError USAGE always
 */
export function refuseRepository(url: URL, what: string, hint: string): never {
  throw new PkgsyncError('USAGE', `${redactUrl(url)} is ${printable(what, 100)}: what it lists is not its own`, { hint });
}
