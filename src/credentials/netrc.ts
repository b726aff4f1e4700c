import { readFile, stat } from 'node:fs/promises';
import { PkgsyncError, printable } from '../errors.ts';
import type { Credential } from '../http/credential.ts';
import { isLoopback } from '../http/credential.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { netrcEntries } from './netrc-entries.ts';

/** What a netrc file has for a URL. */
export interface NetrcAnswer {
  readonly credential?: Credential | undefined;
  /** What a person should know: an entry that comes near and is not used, or a file that others can read. */
  readonly warning?: string | undefined;
}

export interface Netrc {
  /** Path of the file, for messages. */
  readonly label: string;
  /** Only for URLs that a person configured: a netrc file knows hosts, no origins. The credential says in which line it stands. */
  find(url: URL): NetrcAnswer;
}

/**
 * Reads a netrc file as Python's `netrc` module does. A `machine HOST` serves https at its usual port, and this machine at any port and over http too;
 * another port has to stand there: `machine HOST:PORT`. `default` serves nothing: it would send one password to every host.
 * https://docs.python.org/3/library/netrc.html
 * @param label what to call the file in messages
 * @param exposed whether other users can read the file
 * @throws PkgsyncError USAGE with the number of the line; never shows what stands in it
 */
export function parseNetrc(text: string, label: string, { exposed = false }: { readonly exposed?: boolean } = {}): Netrc {
  const machines = netrcEntries(text, label);
  return {
    label,
    find: (url) => {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
      const exact = machines.get(`${host}:${port}`) ?? machines.get(`${url.hostname}:${port}`);
      const credential = exact ?? machines.get(host) ?? machines.get(url.hostname);
      if (credential === undefined) return {};
      if (isLoopback(url) || (url.protocol === 'https:' && (exact !== undefined || url.port === ''))) {
        return { credential, ...(exposed ? { warning: `${label} holds passwords and other users can read it: chmod 600 it` } : {}) };
      }
      const why = url.protocol === 'https:' ? `says nothing about port ${port}: write 'machine ${host}:${port}'` : 'serves https only';
      return { warning: `the entry for ${host} in ${label} is not used for ${url.origin}: it ${why}` };
    },
  };
}

/**
 * The netrc file at `path`, or undefined where there is none.
 * @throws PkgsyncError USAGE as `parseNetrc`; FILE_SYSTEM
 */
export async function loadNetrc(path: string): Promise<Netrc | undefined> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new PkgsyncError('USAGE', `${printable(path, 1000)} is a folder, not a netrc file`);
    const exposed = process.platform !== 'win32' && facts.isFile() && (facts.mode & 0o077) !== 0;
    return parseNetrc(await readFile(path, 'utf8'), printable(path, 1000), { exposed });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error instanceof PkgsyncError ? error : fileSystemError(error, path, 'read');
  }
}
