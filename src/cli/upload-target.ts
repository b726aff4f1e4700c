import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadPypirc, type Pypirc, type PypircRepository } from '../credentials/pypirc.ts';
import { mayAskForIdToken, providerOf } from '../credentials/id-token.ts';
import { isKnownForTrustedPublishing } from '../credentials/trusted-publishing.ts';
import { isPkgsyncError, PkgsyncError, redactUrl } from '../errors.ts';
import type { CredentialFrom } from '../http/credential.ts';
import { parseHttpUrl } from '../http/url.ts';
import { oneShotLogin, type KeyringProvider } from './one-shot.ts';
import type { RepositoryAccess, RepositoryTls } from './open-repository.ts';
import type { Session } from './session.ts';
import { authorityFiles, clientCertificateOf, type ClientCertificateFlags } from './tls-options.ts';
import { uvPublishCredential } from './uv-publish.ts';

/** Flags by which `register` and `upload` say where to; twine's names are aliases. */
export interface UploadTargetFlags extends ClientCertificateFlags {
  readonly destinationUrl?: string | undefined;
  readonly repository?: string | undefined;
  readonly destinationUsername?: string | undefined;
  readonly destinationPassword?: string | undefined;
  readonly configFile?: string | undefined;
  readonly nonInteractive?: boolean | undefined;
  readonly keyringProvider?: KeyringProvider | undefined;
  readonly trustedPublishing?: TrustedPublishingFlag | undefined;
}

export const trustedPublishingChoices = ['automatic', 'always', 'never'] as const;
export type TrustedPublishingFlag = (typeof trustedPublishingChoices)[number];

export interface UploadTarget extends RepositoryAccess {
  /** URL, or path of a folder. */
  readonly url: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Hosts that take API tokens only, whose user is always this. */
const tokenUser = '__token__';
const tokenHosts: ReadonlySet<string> = new Set(['upload.pypi.org', 'pypi.org', 'test.pypi.org']);

/**
 * Where to upload, and as whom: flags before `TWINE_*` before `UV_PUBLISH_*` variables before `.pypirc` before netrc before the keyring before trusted publishing before asking. A URL given by flag or variable leaves `.pypirc`
 * out altogether; a user and password of `.pypirc` are for the URL that stands beside them. Ambient credentials serve such one-shot commands only.
 * @throws PkgsyncError USAGE, FILE_SYSTEM; UNAUTHORIZED: a password is missing and there is nobody to ask
 */
export async function uploadTarget(
  flags: UploadTargetFlags,
  session: Pick<Session, 'flags' | 'environment' | 'console' | 'signal'>,
): Promise<UploadTarget> {
  const { environment, console } = session;
  const file = join(homedir(), '.pypirc');
  const load = (): Promise<Pypirc> =>
    flags.configFile === undefined
      ? loadPypirc(file, { optional: true })
      : loadPypirc(flags.configFile.replace(/^~(?=\/)/, homedir()), { optional: false });
  const named = flags.repository ?? set(environment, 'TWINE_REPOSITORY');
  const url =
    flags.destinationUrl ??
    (flags.repository === undefined ? set(environment, 'TWINE_REPOSITORY_URL') : undefined) ??
    (named === undefined ? set(environment, 'UV_PUBLISH_URL') : undefined);
  const section = url === undefined ? (await load()).repository(named ?? 'pypi') : undefined;
  const to = url ?? section?.url ?? '';
  if (!/^https?:/i.test(to)) {
    const tls = { caFiles: [], clientCertificate: undefined };
    if (flags.destinationUsername === undefined && flags.destinationPassword === undefined) return { url: to, tls };
    throw new PkgsyncError('USAGE', `a folder takes no credentials: ${redactUrl(to)}`);
  }
  const { url: parsed, credential: inUrl } = parseHttpUrl(to);
  const own = {
    username: flags.destinationUsername ?? set(environment, 'TWINE_USERNAME'),
    password: flags.destinationPassword ?? set(environment, 'TWINE_PASSWORD'),
  };
  const tls = await targetTls(flags, section, session);
  const { trustedPublishing = 'automatic' } = flags;
  if (trustedPublishing === 'always') {
    if (flags.destinationUsername === undefined && flags.destinationPassword === undefined)
      return { url: parsed.href, tls, auth: { trustedPublishing: true } };
    throw new PkgsyncError('USAGE', '--trusted-publishing always takes neither user nor password', { hint: 'leave out one or the other' });
  }
  const given = own.username === undefined && own.password === undefined ? uvPublishCredential(environment, parsed) : own;
  const isTokenHost = tokenHosts.has(parsed.hostname);
  const username = given.username ?? (isTokenHost ? tokenUser : (inUrl?.username ?? section?.username));
  // What stands in the file goes with the user that stands there.
  const sectionPassword = given.username === undefined || given.username === section?.username ? section?.password : undefined;
  const password = given.password ?? inUrl?.password ?? sectionPassword;
  const from = given.password !== undefined ? passwordFrom(flags, environment, given) : inUrl === undefined ? section?.from : urlFrom;
  const mayAsk = flags.nonInteractive !== true && set(environment, 'TWINE_NON_INTERACTIVE') === undefined;
  const mayMint = trustedPublishing === 'automatic' && (username ?? tokenUser) === tokenUser && mayMintFor(parsed, environment);
  const asking = mayAsk && !mayMint ? console : { ...console, askSecret: () => Promise.resolve(undefined) };
  const request = { url: parsed.href, end: 'destination', username, password, from, keyringProvider: flags.keyringProvider } as const;
  try {
    return { url: parsed.href, tls, ...(await oneShotLogin(request, { ...session, console: asking })) };
  } catch (error) {
    // Nobody has a password, and nobody was asked: this job may have a token instead.
    if (mayMint && isPkgsyncError(error, 'UNAUTHORIZED')) return { url: parsed.href, tls, auth: { trustedPublishing: true } };
    throw error;
  }
}

const urlFrom: CredentialFrom = { kind: 'url', name: 'the URL given' };

/** Where flags and variables say nothing of it, only the indexes are asked for tokens that are known for that, and only by jobs that may (pure). */
function mayMintFor(url: URL, environment: Environment): boolean {
  return isKnownForTrustedPublishing(url) && mayAskForIdToken(providerOf(environment), environment);
}

function passwordFrom(
  flags: UploadTargetFlags,
  environment: Environment,
  { username, password }: { readonly username?: string | undefined; readonly password?: string | undefined },
): CredentialFrom | undefined {
  if (flags.destinationPassword !== undefined) return undefined;
  if (set(environment, 'TWINE_PASSWORD') === password) return { kind: 'variable', name: 'the variable TWINE_PASSWORD' };
  const token = username === tokenUser && set(environment, 'UV_PUBLISH_TOKEN') === password;
  return { kind: 'variable', name: `the variable UV_PUBLISH_${token ? 'TOKEN' : 'PASSWORD'}` };
}

/** As with user and password, twine's variables stand before what `.pypirc` says. */
async function targetTls(
  flags: ClientCertificateFlags,
  section: PypircRepository | undefined,
  session: Pick<Session, 'flags' | 'environment' | 'console'>,
): Promise<RepositoryTls> {
  const { environment } = session;
  const inFile = (key: string, path: string | undefined) => (path === undefined ? undefined : { path, setting: `${key} of .pypirc` });
  const cert = set(environment, 'TWINE_CLIENT_CERT');
  const ambient = cert === undefined ? inFile('client_cert', section?.clientCert) : { path: cert, setting: 'TWINE_CLIENT_CERT' };
  return {
    caFiles: authorityFiles(
      session,
      'uploads',
      set(environment, 'TWINE_CERT') === undefined ? inFile('ca_cert', section?.caCert) : undefined,
    ),
    clientCertificate: await clientCertificateOf(flags, environment, '', ambient),
  };
}

/** The value of a variable; an empty one is none. */
function set(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value === '' ? undefined : value;
}
