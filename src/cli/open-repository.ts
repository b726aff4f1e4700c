import { proxyFromEnvironment } from '../http/proxy.ts';
import type { ClientCertificate } from '../http/tls.ts';
import { loadAuthorities, type PemFile } from '../http/tls-files.ts';
import { Repository } from '../library/repository.ts';
import { PkgsyncError, printable } from '../errors.ts';
import { serverKinds } from '../destinations/servers/profile.ts';
import { parseName } from '../packaging/name.ts';
import { parseRequirement } from '../packaging/requirement.ts';
import { sessionNetrc } from './netrc.ts';
import { oneShotLogin, type Login } from './one-shot.ts';
import { parseConcurrency } from './options.ts';
import type { SourceFlags } from './source-options.ts';
import type { Session } from './session.ts';
import { authorityFiles, clientCertificateOf, type ClientCertificateFlags } from './tls-options.ts';

export interface RepositoryFlags {
  readonly simpleUrl?: string | undefined;
  readonly server?: string | undefined;
}

/** What its TLS takes, as files. */
export interface RepositoryTls {
  readonly caFiles: readonly PemFile[];
  readonly clientCertificate: ClientCertificate | undefined;
}

/** Who goes there, and what is trusted and shown on the way. */
export interface RepositoryAccess extends Login {
  readonly tls: RepositoryTls;
}

/** A repository with this session's proxies, warnings and limits. @throws PkgsyncError USAGE */
export async function openRepository(
  url: string,
  { credential, auth, tls }: RepositoryAccess,
  session: Session,
  { simpleUrl, server = 'auto' }: RepositoryFlags = {},
): Promise<Repository> {
  const { flags, environment, console } = session;
  const kind = (['auto', ...serverKinds] as const).find((each) => each === server);
  if (kind === undefined) throw new PkgsyncError('USAGE', `--server ${printable(server)}: expected auto, ${serverKinds.join(', ')}`);
  const isServer = /^https?:/i.test(url);
  return new Repository(url, {
    ...(isServer ? { username: credential?.username, password: credential?.password, credentialFrom: credential?.from, auth } : {}),
    environment,
    ...(isServer && flags.offline !== true ? { tls: await tlsOf(tls) } : {}),
    netrc: isServer && flags.offline !== true ? await sessionNetrc(session) : undefined,
    ...(isServer && simpleUrl !== undefined ? { simpleUrl } : {}),
    server: kind,
    connections: parseConcurrency(flags.concurrency),
    offline: flags.offline === true,
    proxy: proxyFromEnvironment(environment),
    onWarning: (message) => console.note(`warning: ${printable(message, 2000)}`),
  });
}

/** The index that files are read from. @throws PkgsyncError USAGE, UNAUTHORIZED */
export async function openSource(flags: SourceFlags, session: Session): Promise<Repository> {
  const { sourceUrl: url, sourceUsername: username, sourcePassword: password, keyringProvider } = flags;
  const login = await oneShotLogin({ url, end: 'source', username, password, keyringProvider }, session);
  return await openRepository(url, { ...login, tls: await sourceTls(flags, session) }, session);
}

/** What connections to an index trust and show, that flags and variables name. @throws PkgsyncError as `clientCertificateOf` */
export async function sourceTls(
  flags: ClientCertificateFlags,
  session: Pick<Session, 'flags' | 'environment' | 'console'>,
): Promise<RepositoryTls> {
  return { caFiles: authorityFiles(session, 'reads'), clientCertificate: await clientCertificateOf(flags, session.environment) };
}

async function tlsOf({ caFiles, clientCertificate }: RepositoryTls) {
  return { authorities: (await Promise.all(caFiles.map(loadAuthorities))).flat(), clientCertificate };
}

/**
 * What is to be said of requirements that selected nothing: one sentence each.
 * @param found names of projects of which something was selected
 */
export async function missingSentences(
  repository: Repository,
  specs: readonly string[],
  found: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sentences: string[] = [];
  const names = new Map(specs.map((spec) => [parseName(parseRequirement(spec.trim()).name), spec] as const));
  for (const [name, spec] of names) {
    if (found.has(name)) continue;
    const project = await repository.project(name, { signal });
    if (project === undefined) sentences.push(`${repository.url} has no project '${name}'`);
    else if (project.distributions.length === 0) sentences.push(`${name} has no files at ${repository.url}`);
    else
      sentences.push(
        `none of the ${project.distributions.length} files of ${name} is selected by '${printable(spec)}' (newest: ${printable(project.distributions[0]?.version ?? '')})`,
      );
  }
  return sentences;
}
