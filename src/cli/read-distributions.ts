import { basename } from 'node:path';
import { lstat } from 'node:fs/promises';
import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { orderedMap } from '../io/concurrency.ts';
import { Distribution } from '../library/distribution.ts';
import type { Session } from './session.ts';

/** Files are hashed and their archives read: more at once than cores only costs memory. */
const atOnce = 4;

/**
 * The distributions at these paths, wheels first, because their metadata is the better one where a server keeps what came first. Signatures, attestations
 * and folders are left out with a note. All problems are told at once, before anything is done with any file.
 * @throws PkgsyncError USAGE
 */
export async function readDistributions(
  paths: readonly string[],
  { console, signal }: Pick<Session, 'console' | 'signal'>,
): Promise<readonly Distribution[]> {
  const wanted: string[] = [];
  for (const path of paths) {
    const reason = await leftOut(path);
    if (reason === undefined) wanted.push(path);
    else console.note(`note: ${printable(path, 1000)} is left out: ${reason}`);
  }
  const problems: string[] = [];
  const byFilename = new Map<string, Distribution>();
  const read = async (path: string): Promise<Distribution | string> => {
    try {
      return await Distribution.open(path);
    } catch (error) {
      if (!isPkgsyncError(error) || error.code === 'INTERRUPTED') throw error;
      return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
    }
  };
  for await (const dist of orderedMap(wanted, { concurrency: atOnce, signal }, read)) {
    if (typeof dist === 'string') {
      problems.push(dist);
      continue;
    }
    const twin = byFilename.get(dist.filename);
    if (twin === undefined) byFilename.set(dist.filename, dist);
    else if (twin.hashes.sha256 !== dist.hashes.sha256)
      problems.push(`${printable(twin.path, 1000)} and ${printable(dist.path, 1000)} have one filename and different bytes`);
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw new PkgsyncError('USAGE', first, { problems: others, hint: 'nothing was sent' });
  if (byFilename.size === 0) throw new PkgsyncError('USAGE', 'none of the files is a distribution', { hint: 'nothing was sent' });
  const rank = ({ packageType }: Distribution): number => (packageType === 'bdist_wheel' ? 0 : 1);
  return [...byFilename.values()].sort((a, b) => rank(a) - rank(b));
}

async function leftOut(path: string): Promise<string | undefined> {
  const name = basename(path);
  if (name.endsWith('.asc') || name.endsWith('.sig')) return 'servers no longer take signatures';
  if (name.endsWith('.attestation')) return 'attestations are not uploaded';
  return (await lstat(path)).isDirectory() ? 'it is a folder' : undefined;
}
