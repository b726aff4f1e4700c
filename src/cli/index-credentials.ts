import { homedir } from 'node:os';
import { isLoopback, type Credential } from '../http/credential.ts';
import { parseHttpUrl } from '../http/url.ts';
import { pipConfigIndexes, pipConfigPaths, words } from './pip-config.ts';
import type { Session } from './session.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Credentials that installers have for the origin of `url`: in the index URLs of pip's and uv's variables and of pip.conf, and in uv's
 * `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD` for the index of that name. For one-shot commands only. An index over plain http has none, save on this
 * machine. https://docs.astral.sh/uv/concepts/indexes/#providing-credentials-directly https://pip.pypa.io/en/stable/topics/configuration/
 */
export async function indexCredential(
  url: URL,
  session: Pick<Session, 'environment' | 'console'>,
  platform: NodeJS.Platform = process.platform,
): Promise<Credential | undefined> {
  if (url.protocol !== 'https:' && !isLoopback(url)) return undefined;
  const { environment } = session;
  return (
    credentialAt(url, uvIndexes(environment)) ??
    credentialAt(url, pipIndexes(environment)) ??
    credentialAt(url, await pipConfIndexes(session, platform))
  );
}

/** An index of an installer's settings: its URL, who goes there where that stands elsewhere, and where that is said. */
interface Index {
  readonly url: string;
  readonly credential?: Credential | undefined;
  readonly from: NonNullable<Credential['from']>;
}

function credentialAt({ origin }: URL, indexes: readonly Index[]): Credential | undefined {
  for (const { url, credential, from } of indexes) {
    // What is no URL here is the installer's business.
    if (!/^https?:/i.test(url) || !URL.canParse(url) || new URL(url).origin !== origin) continue;
    const found = credential ?? parseHttpUrl(url).credential;
    if (found !== undefined) return { ...found, from };
  }
  return undefined;
}

/** `[NAME=]URL`, divided by spaces. */
function uvIndexes(environment: Environment): readonly Index[] {
  return ['UV_INDEX', 'UV_DEFAULT_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_INDEX_URL']
    .flatMap((variable) => words(environment[variable]).map((word) => ({ variable, word })))
    .map(({ variable, word }): Index => {
      const from = { kind: 'variable', name: `the variable ${variable}` } as const;
      const { name, url = word } = /^(?<name>[A-Za-z0-9._-]+)=(?<url>.*)$/s.exec(word)?.groups ?? {};
      if (name === undefined) return { url, from };
      const prefix = `UV_INDEX_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
      const username = environment[`${prefix}_USERNAME`] ?? '';
      const password = environment[`${prefix}_PASSWORD`] ?? '';
      if (username === '' && password === '') return { url, from };
      return {
        url,
        credential: { username, password },
        from: { kind: 'variable', name: `the variable ${prefix}_${password === '' ? 'USERNAME' : 'PASSWORD'}` },
      };
    });
}

function pipIndexes(environment: Environment): readonly Index[] {
  return ['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL'].flatMap((name) =>
    words(environment[name]).map((url): Index => ({ url, from: { kind: 'variable', name: `the variable ${name}` } })),
  );
}

async function pipConfIndexes(
  { environment, console }: Pick<Session, 'environment' | 'console'>,
  platform: NodeJS.Platform,
): Promise<readonly Index[]> {
  const home = (environment['HOME'] ?? '') === '' ? homedir() : (environment['HOME'] ?? '');
  const indexes = await pipConfigIndexes(pipConfigPaths({ environment, platform, home }), (sentence) =>
    console.note(`warning: ${sentence}`),
  );
  return indexes.map(({ url, where }): Index => ({ url, from: { kind: 'pip-config', name: where } }));
}
