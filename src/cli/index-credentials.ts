import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseIni } from '../credentials/ini.ts';
import { isPkgsyncError, printable } from '../errors.ts';
import { isLoopback, type Credential } from '../http/credential.ts';
import { parseHttpUrl } from '../http/url.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import type { Session } from './session.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Credentials that installers have for the origin of `url`: in the index URLs of pip's and uv's variables and of pip.conf, and in uv's
 * `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD` for the index of that name. For one-shot commands only. An index over plain http has none, save on this
 * machine. https://docs.astral.sh/uv/concepts/indexes/#providing-credentials-directly https://pip.pypa.io/en/stable/topics/configuration/
 */
export async function indexCredential(url: URL, session: Pick<Session, 'environment' | 'console'>): Promise<Credential | undefined> {
  if (url.protocol !== 'https:' && !isLoopback(url)) return undefined;
  return (
    credentialAt(url, uvIndexes(session.environment)) ??
    credentialAt(url, pipIndexes(session.environment)) ??
    credentialAt(url, await pipConfIndexes(session))
  );
}

/** An index of an installer's settings: its URL, and who goes there where that stands elsewhere. */
interface Index {
  readonly url: string;
  readonly credential?: Credential | undefined;
}

function credentialAt({ origin }: URL, indexes: readonly Index[]): Credential | undefined {
  for (const { url, credential } of indexes) {
    // What is no URL here is the installer's business.
    if (!/^https?:/i.test(url) || !URL.canParse(url) || new URL(url).origin !== origin) continue;
    const found = credential ?? parseHttpUrl(url).credential;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `[NAME=]URL`, divided by spaces. */
function uvIndexes(environment: Environment): readonly Index[] {
  return ['UV_INDEX', 'UV_DEFAULT_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_INDEX_URL']
    .flatMap((name) => words(environment[name]))
    .map((word): Index => {
      const { name, url = word } = /^(?<name>[A-Za-z0-9._-]+)=(?<url>.*)$/s.exec(word)?.groups ?? {};
      if (name === undefined) return { url };
      const prefix = `UV_INDEX_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
      const username = environment[`${prefix}_USERNAME`] ?? '';
      const password = environment[`${prefix}_PASSWORD`] ?? '';
      return { url, credential: username === '' && password === '' ? undefined : { username, password } };
    });
}

function pipIndexes(environment: Environment): readonly Index[] {
  return ['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL'].flatMap((name) => words(environment[name])).map((url) => ({ url }));
}

/** Of the file that PIP_CONFIG_FILE names, of the virtual environment and of the user; one that cannot be read is told of and not used. */
async function pipConfIndexes({ environment, console }: Pick<Session, 'environment' | 'console'>): Promise<readonly Index[]> {
  const set = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const home = set('HOME') ?? homedir();
  const virtual = set('VIRTUAL_ENV');
  const paths = [
    set('PIP_CONFIG_FILE'),
    virtual === undefined ? undefined : join(virtual, 'pip.conf'),
    join(set('XDG_CONFIG_HOME') ?? join(home, '.config'), 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
  ].filter((path) => path !== undefined);
  const found: Index[] = [];
  for (const path of paths) {
    try {
      const file = parseIni(await readFile(path, 'utf8'), printable(path, 1000));
      for (const key of ['index-url', 'extra-index-url']) found.push(...words(file.get('global', key)).map((url) => ({ url })));
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      if (code === undefined && !isPkgsyncError(error)) throw error;
      const { message } = isPkgsyncError(error) ? error : fileSystemError(error, path, 'read');
      console.note(`warning: ${message}; this file is not used`);
    }
  }
  return found;
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
