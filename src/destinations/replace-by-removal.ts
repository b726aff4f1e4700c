import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { fileSource } from '../io/file-source.ts';
import { hashBytes } from '../io/hashing.ts';
import type { VerifiedContent, WriteAnswer } from './destination.ts';

export interface Replacement {
  readonly filename: string;
  readonly content: VerifiedContent;
  readonly signal: AbortSignal | undefined;
  /** Takes the old file back. */
  readonly remove: () => Promise<WriteAnswer>;
  /** Whether the old file is still listed. */
  readonly isThere: () => Promise<boolean>;
  /** Sends the new one. */
  readonly send: () => Promise<WriteAnswer>;
}

/**
 * Replaces a file where the server overwrites nothing: the old one is removed, then the new one sent; in between there is none. So the new bytes are
 * read once more before anything is removed, and what comes after the removal is not interrupted any more.
 * @throws PkgsyncError INTEGRITY where the new bytes are no longer those that were verified; as `remove` (the old file is still there) and `send` (with
 *   words about the old one, which is gone); UNREACHABLE where the removal is not confirmed
 */
export async function replaceByRemoval({ filename, content, signal, remove, isThere, send }: Replacement): Promise<WriteAnswer> {
  const measured = await hashBytes(fileSource(content.path).read({ signal }));
  if (measured.hashes.sha256 !== content.hashes.sha256) {
    throw new PkgsyncError(
      'INTEGRITY',
      `${content.path} no longer has the bytes that were verified; ${printable(filename)} was not replaced`,
    );
  }
  signal?.throwIfAborted();
  const removed = await remove();
  if (removed.outcome !== 'done' && (await isThere())) {
    const said = removed.status === undefined ? '' : ` (${removed.status})`;
    throw new PkgsyncError(
      'UNREACHABLE',
      `${printable(filename)} was not replaced: the server did not confirm that the old file is removed${said}`,
      { retryable: true, status: removed.status },
    );
  }
  try {
    return await send();
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    throw new PkgsyncError(
      error.code,
      `${error.message}; the file that it was to replace is removed already, so ${printable(filename)} is missing there`,
      {
        status: error.status,
        hint: error.hint ?? 'run plan and apply again: it is uploaded as a missing file',
        retryable: error.retryable,
        cause: error,
      },
    );
  }
}
