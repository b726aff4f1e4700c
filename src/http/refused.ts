import type { CredentialFrom, CredentialKind } from './credential.ts';
import type { HttpResponse } from './response.ts';

/** An answer that refuses credentials, as far as its words matter. */
export interface RefusedCredential {
  /** Where the credentials come from; undefined where that is not known. */
  readonly from?: CredentialFrom | undefined;
  /** Reason phrase, body and challenge, as far as they are known. */
  readonly words: string;
}

/** What a server calls a token that was good once: PyPI, GitLab and whoever follows RFC 6750 (`invalid_token`, `The access token expired`). */
const ended = /\bexpired\b|\brevoked\b|\bno longer valid\b/i;

/** The body of a refusal, for what it says about the credentials; other bodies are given up. */
export async function refusalBody(response: Pick<HttpResponse, 'status' | 'excerpt' | 'discard'>): Promise<string> {
  if (response.status === 401 || response.status === 403) return await response.excerpt();
  await response.discard();
  return '';
}

/** What an index does that refuses credentials, as the end of a sentence that begins with its URL, and what to do about it (pure). */
export function refusedCredential({ from, words }: RefusedCredential): { readonly says: string; readonly hint: string } {
  const whose = from === undefined || from.kind === 'given' ? undefined : from.name;
  const credentials = whose === undefined ? 'the credentials' : `the credentials of ${whose}`;
  const says = ended.test(words) ? `rejected ${credentials} as expired` : `rejected ${credentials}`;
  return { says, hint: whose === undefined || from === undefined ? generalHint : advice[from.kind](whose) };
}

/** What there is to say where nobody knows where the credentials come from. */
export const generalHint = 'check user and password or token, and whether they have expired';
const entry = (name: string): string => `put a valid password or token into ${name}, and check the user beside it`;
const asked = (name: string): string => `${name} was asked and gave nothing that is accepted: log in anew with what stands behind it`;

const advice: Readonly<Record<CredentialKind, (name: string) => string>> = {
  given: () => generalHint,
  flag: entry,
  variable: entry,
  url: entry,
  netrc: entry,
  pypirc: entry,
  'pip-config': entry,
  question: () => generalHint,
  command: asked,
  keyring: asked,
  'trusted-publishing': () =>
    'check what the index says of this publisher: owner, repository, workflow and environment must be those of this job',
};
