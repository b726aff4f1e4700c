import { isNativeError } from 'node:util/types';
import { PkgsyncError, redactUrl } from '../errors.ts';
import { hasDigest, parseDigests, type DigestSet } from '../packaging/digest.ts';

/**
 * Digests by filename out of the legacy JSON of a project (`urls` and `releases`). Of several entries for one filename the first counts.
 * https://docs.pypi.org/api/json/
 * @throws PkgsyncError BAD_RESPONSE for what is no JSON object
 */
export function parseLegacyDigests(text: string, url: string): ReadonlyMap<string, DigestSet> {
  const page = parsed(text, url);
  const releases = asObject(page['releases']);
  const lists = [page['urls'], ...(releases === undefined ? [] : Object.values(releases))];
  const digests = new Map<string, DigestSet>();
  for (const entry of lists.flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []))) {
    const file = asObject(entry);
    const filename = file?.['filename'];
    const hashes = parseDigests(asObject(file?.['digests']) ?? {});
    if (typeof filename === 'string' && hasDigest(hashes) && !digests.has(filename)) digests.set(filename, hashes);
  }
  return digests;
}

function parsed(text: string, url: string): Readonly<Record<string, unknown>> {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (error) {
    if (!isNativeError(error) || error.name !== 'SyntaxError') throw error;
    throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(url)} is not a whole JSON document`, { cause: error });
  }
  const object = asObject(page);
  if (object === undefined) throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(url)} is no JSON object`);
  return object;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
