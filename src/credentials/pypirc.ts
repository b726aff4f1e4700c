import { readFile } from 'node:fs/promises';
import { PkgsyncError, printable } from '../errors.ts';
import type { CredentialFrom } from '../http/credential.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { didYouMean } from '../io/suggest.ts';
import { splitWhitespace } from '../packaging/whitespace.ts';
import { parseIni } from './ini.ts';

/** One repository of a `.pypirc`. */
export interface PypircRepository {
  /** Where to upload to; its origin is the one that the credentials are for. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Where user and password stand: `~/.pypirc:7, section [corp]`. */
  readonly from: CredentialFrom;
  /** Paths as written: authorities to trust there, and a client certificate with its key. */
  readonly caCert?: string | undefined;
  readonly clientCert?: string | undefined;
}

export interface Pypirc {
  /** Names that can be asked for. */
  readonly names: readonly string[];
  /** @throws PkgsyncError USAGE for a name that is not there, or has no URL */
  repository(name: string): PypircRepository;
}

const knownUrls = new Map([
  ['pypi', 'https://upload.pypi.org/legacy/'],
  ['testpypi', 'https://test.pypi.org/legacy/'],
]);

/**
 * Reads a `.pypirc` as twine and distutils do: the repositories are those that `index-servers` lists (by default pypi and testpypi), `pypi` is always
 * there, `[server-login]` has user and password for those that have none of their own.
 * https://packaging.python.org/en/latest/specifications/pypirc/
 * @param label what to call the file in messages
 * @throws PkgsyncError USAGE as `parseIni`
 */
export function parsePypirc(text: string, label: string): Pypirc {
  const file = parseIni(text, label);
  const listed = splitWhitespace(file.get('distutils', 'index-servers') ?? 'pypi testpypi');
  const names = [...new Set(['pypi', ...listed])];
  const known = new Set(listed);
  return {
    names,
    repository: (name) => {
      if (!names.includes(name)) {
        throw new PkgsyncError('USAGE', `${label} has no repository '${printable(name)}'${didYouMean(name, names)}`, {
          hint: `it has ${names.map((each) => printable(each)).join(', ')}: others are listed under index-servers and have a section of their own`,
        });
      }
      // A section that is not listed does not count, save for what stands for all.
      const own = (key: string): string | undefined => (known.has(name) ? file.get(name, key) : undefined);
      const url = own('repository') ?? knownUrls.get(name);
      if (url === undefined || url === '') {
        throw new PkgsyncError('USAGE', `${label} gives no URL for '${printable(name)}'`, {
          hint: `add 'repository = https://…' under [${printable(name)}]`,
        });
      }
      const holder = own('password') !== undefined || own('username') !== undefined ? name : 'server-login';
      const line = file.line(holder, 'password') ?? file.line(holder, 'username');
      return {
        url,
        from: { kind: 'pypirc', name: `${label}${line === undefined ? '' : `:${line}`}, section [${printable(holder)}]` },
        username: own('username') ?? file.get('server-login', 'username'),
        password: own('password') ?? file.get('server-login', 'password'),
        caCert: own('ca_cert'),
        clientCert: own('client_cert'),
      };
    },
  };
}

/**
 * The `.pypirc` at `path`; an empty one where it is not there and `optional`.
 * @throws PkgsyncError USAGE: not there, or no INI file; FILE_SYSTEM
 */
export async function loadPypirc(path: string, { optional }: { readonly optional: boolean }): Promise<Pypirc> {
  const label = printable(path, 1000);
  try {
    return parsePypirc(await readFile(path, 'utf8'), label);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      if (optional) return parsePypirc('', label);
      throw new PkgsyncError('USAGE', `${label} does not exist`, { cause: error });
    }
    throw error instanceof PkgsyncError ? error : fileSystemError(error, path, 'read');
  }
}
