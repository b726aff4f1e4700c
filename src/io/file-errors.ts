import { isNativeError } from 'node:util/types';
import { PkgsyncError, printable } from '../errors.ts';

/** What the operating system calls a full disk or an exhausted quota. */
const fullDisk: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** The code of a failed system call (`ENOENT`), or undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  // Not `instanceof Error`: an error of Node's own modules may come from another realm (a vm context, a test runner).
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code;
}

/**
 * A failed system call as a sentence: DISK_FULL for a full disk or quota, FILE_SYSTEM for the rest.
 * @param path the file or folder concerned
 * @param doing what was tried, to follow "cannot": `write`, `read`, `rename`
 */
export function fileSystemError(error: unknown, path: string, doing: string): PkgsyncError {
  const code = systemErrorCode(error);
  const sentence = `cannot ${doing} ${printable(path, 1000)}: ${because(error, code, doing)}`;
  if (code !== undefined && fullDisk.has(code)) {
    return new PkgsyncError('DISK_FULL', sentence, {
      hint: 'free some space on that file system, then run the same command again',
      cause: error,
    });
  }
  return new PkgsyncError('FILE_SYSTEM', sentence, { hint: hintFor(code), cause: error });
}

const explanations: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'part of the path is not a folder',
  EEXIST: 'it exists already',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is exhausted',
  EFBIG: 'the file would be larger than the file system or a limit of this process allows',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EIO: 'the device reports an input/output error',
};

function because(error: unknown, code: string | undefined, doing: string): string {
  if (code === 'ENOENT' && doing === 'create the folder') return 'the file system takes no folder there (ENOENT)';
  if (code === 'EEXIST' && doing === 'create the folder') return 'there is something of that name that is no folder (EEXIST)';
  if (code !== undefined && Object.hasOwn(explanations, code)) return `${explanations[code] ?? ''} (${code})`;
  return printable(isNativeError(error) ? error.message : String(error));
}

function hintFor(code: string | undefined): string | undefined {
  if (code === 'EACCES' || code === 'EPERM') return 'check the owner and the permissions of the file and its folder';
  if (code === 'EFBIG') return 'see ulimit -f';
  if (code === 'EMFILE') return 'lower --concurrency or raise the limit of open files';
  return undefined;
}
