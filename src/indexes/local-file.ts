import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PkgsyncError, printable } from '../errors.ts';
import type { ByteSource } from '../io/byte-source.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { fileSource } from '../io/file-source.ts';
import { tryUrl } from '../http/url.ts';

export interface LocalFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Why a link of a local index is not followed. */
export type LocalProblem = 'remote-link' | 'unsafe-path' | 'outside-the-index' | 'missing-file' | 'not-a-file';

/**
 * The file below `root` that a link leads to, or why it is none. Neither the path nor symbolic links may lead out of the index: what it offers
 * may end up on a public server.
 * @param root absolute path of the index's folder
 * @throws PkgsyncError FILE_SYSTEM where the file system fails
 */
export async function localFile(root: string, url: string): Promise<LocalFile | { readonly because: LocalProblem }> {
  const path = pathOf(url);
  if (typeof path !== 'string') return path;
  if (!isWithin(root, path)) return { because: 'outside-the-index' };
  try {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(path)]);
    if (!isWithin(realRoot, real)) return { because: 'outside-the-index' };
    const facts = await stat(real);
    return facts.isFile() ? { path, size: facts.size } : { because: 'not-a-file' };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(systemErrorCode(error) ?? '')) return { because: 'missing-file' };
    throw fileSystemError(error, path, 'read');
  }
}

/** The bytes behind a link of a local index; where it leads is judged again when it is read. */
export function localSource(root: string, url: string, size?: number): ByteSource {
  const path = pathOf(url);
  const label = typeof path === 'string' ? printable(path, 1000) : printable(url, 1000);
  return {
    label,
    size,
    read: async function* (options) {
      const file = await localFile(root, url);
      if (!('because' in file)) {
        yield* fileSource(file.path).read(options);
        return;
      }
      const code = file.because === 'missing-file' ? 'NOT_FOUND' : 'BAD_RESPONSE';
      throw new PkgsyncError(code, `${label} cannot be read from the index in ${root}: ${file.because}`);
    },
  };
}

function pathOf(url: string): string | { readonly because: LocalProblem } {
  const parsed = tryUrl(url);
  if (parsed === undefined) return { because: 'unsafe-path' };
  if (parsed.protocol !== 'file:') return { because: 'remote-link' };
  // Node refuses what one system would take for a path and another for a name.
  if (parsed.host !== '' || /%(?:2f|5c|00)/i.test(parsed.pathname)) return { because: 'unsafe-path' };
  return fileURLToPath(parsed);
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
