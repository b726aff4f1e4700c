import { open } from 'node:fs/promises';
import { PkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';

/** Bytes of which any part can be read. */
export interface RandomAccess {
  readonly size: number;
  /** The bytes from `start` to `end` (exclusive, both within `size`), or fewer where the origin has shrunk. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * Opens a local file for random access while `use` runs.
 * @throws PkgsyncError NOT_FOUND, FILE_SYSTEM; errors of `use` as they are
 */
export async function withRandomAccess<T>(path: string, use: (file: RandomAccess) => Promise<T>): Promise<T> {
  const handle = await attempt(path, () => open(path, 'r'));
  try {
    const { size } = await attempt(path, () => handle.stat());
    return await use({
      size,
      async read(start, end) {
        const bytes = Buffer.alloc(end - start);
        const { bytesRead } = await attempt(path, () => handle.read(bytes, 0, bytes.length, start));
        return bytes.subarray(0, bytesRead);
      },
    });
  } finally {
    await handle.close();
  }
}

async function attempt<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      throw new PkgsyncError('NOT_FOUND', `${printable(path, 1000)} does not exist`, { cause: error });
    throw fileSystemError(error, path, 'read');
  }
}
