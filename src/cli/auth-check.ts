import { connect, destinationEnd, sourceEnd } from '../connect.ts';
import { decideCredentials, shownUser, type CredentialDecision, type CredentialEnd, type CredentialUse } from '../credentials/decide.ts';
import type { Netrc } from '../credentials/netrc.ts';
import { isPkgsyncError, printable, type PkgsyncError } from '../errors.ts';
import type { CredentialKind } from '../http/credential.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { normalizeName } from '../packaging/name.ts';
import { parseConcurrency } from './options.ts';
import type { Session } from './session.ts';
import { authorityFiles } from './tls-options.ts';

/** What is known of the credentials of one end, and how they fared. */
export interface AuthFinding {
  readonly role: 'source' | 'destination';
  readonly name: string;
  /** URL without credentials. */
  readonly address: string;
  readonly credentials: readonly ShownCredential[];
  /** What was looked at and not taken, and why. */
  readonly passedOver: readonly string[];
  readonly read: 'accepted' | 'refused' | 'unreachable' | 'not-tested';
  readonly write: 'accepted' | 'refused' | 'unreachable' | 'unknown' | 'not-tested';
  /** What was refused or failed. */
  readonly error?: PkgsyncError | undefined;
}

/** A credential without anything of it that is secret. */
export interface ShownCredential {
  readonly kind: CredentialKind;
  readonly name: string;
  /** Absent where it is not known before asking, or may be a secret itself. */
  readonly username?: string | undefined;
  readonly origin: string;
  /** Sent with uploads only. */
  readonly writesOnly: boolean;
}

/** A source or destination to look at: what decides, and how it is tried. */
export interface CheckedEnd {
  readonly role: AuthFinding['role'];
  readonly name: string;
  readonly address: string;
  readonly end: CredentialEnd;
  /** More that was looked at. */
  readonly passedOver?: readonly string[] | undefined;
  /** Opens it as every command does. */
  readonly open: () => Promise<OpenedEnd>;
}

export interface OpenedEnd {
  read(): Promise<unknown>;
  /** Absent for a source. */
  write?(): Promise<'allowed' | 'unknown'>;
  close(): Promise<void>;
}

/** A project that nobody has: whoever may read is told so. */
const nobodysProject = normalizeName('pkgsync-auth-check');

/** The ends of a manifest that somebody may have to log in to. */
export function endsOfManifest(
  manifest: Manifest,
  destinations: readonly string[],
  netrc: Netrc | undefined,
  session: Session,
): readonly CheckedEnd[] {
  const { environment, signal, console, flags } = session;
  const options = {
    environment,
    netrc,
    caFiles: authorityFiles(session),
    signal,
    concurrency: parseConcurrency(flags.concurrency),
    onWarning: (text: string) => console.note(`warning: ${text}`),
  };
  const sources = manifest.sources.flatMap((config): readonly CheckedEnd[] => {
    const end = sourceEnd(config);
    if (end === undefined) return [];
    const open = async (): Promise<OpenedEnd> => {
      const connection = await connect({ ...manifest, sources: [config], destinations: [] }, options);
      return {
        read: async () => await connection.sources.get(config.name)?.project(nobodysProject, signal),
        close: () => connection.close(),
      };
    };
    return [{ role: 'source', name: config.name, address: config.location, end, open }];
  });
  const targets = manifest.destinations.flatMap((config): readonly CheckedEnd[] => {
    const end = destinationEnd(config);
    if (end === undefined || config.type === 'directory' || !destinations.includes(config.name)) return [];
    const open = async (): Promise<OpenedEnd> => {
      const connection = await connect({ ...manifest, sources: [], destinations: [config] }, options);
      const live = connection.destinations[0]?.live;
      return {
        read: async () => await live?.list(nobodysProject, signal),
        write: async () => (await live?.probeWrite?.(signal)) ?? 'unknown',
        close: () => connection.close(),
      };
    };
    return [{ role: 'destination', name: config.name, address: config.url, end, open }];
  });
  return [...sources, ...targets];
}

/** Decides for one end as every command does, and tries it unless `offline`. */
export async function checkEnd(checked: CheckedEnd, { environment, netrc, offline }: CheckSettings): Promise<AuthFinding> {
  const { role, name, address } = checked;
  const base = { role, name, address };
  let decision: CredentialDecision;
  try {
    decision = decideCredentials(checked.end, { environment, netrc });
  } catch (error) {
    return { ...base, credentials: [], passedOver: [], read: 'not-tested', write: 'not-tested', error: known(error) };
  }
  const told = { ...base, credentials: decision.uses.map(shown), passedOver: [...(checked.passedOver ?? []), ...decision.passedOver] };
  if (offline) return { ...told, read: 'not-tested', write: 'not-tested' };
  return { ...told, ...(await tried(checked)) };
}

export interface CheckSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly netrc: Netrc | undefined;
  readonly offline: boolean;
}

async function tried({ open }: CheckedEnd): Promise<Pick<AuthFinding, 'read' | 'write' | 'error'>> {
  let opened: OpenedEnd | undefined;
  try {
    opened = await open();
    await opened.read();
    if (opened.write === undefined) return { read: 'accepted', write: 'not-tested' };
    try {
      return { read: 'accepted', write: (await opened.write()) === 'allowed' ? 'accepted' : 'unknown' };
    } catch (error) {
      return { read: 'accepted', write: verdictOn(known(error)), error: known(error) };
    }
  } catch (error) {
    return { read: verdictOn(known(error)), write: 'not-tested', error: known(error) };
  } finally {
    await opened?.close();
  }
}

function verdictOn({ code }: PkgsyncError): 'refused' | 'unreachable' {
  return code === 'UNAUTHORIZED' || code === 'FORBIDDEN' ? 'refused' : 'unreachable';
}

function known(error: unknown): PkgsyncError {
  if (isPkgsyncError(error) && error.code !== 'INTERRUPTED') return error;
  throw error;
}

function shown(use: CredentialUse): ShownCredential {
  const { url, from, source, writesOnly = false } = use;
  const origin = new URL(url).origin;
  const base = { kind: from.kind, origin, writesOnly };
  switch (source.kind) {
    case 'ready':
      return { ...base, name: from.name, username: shownUser(source.credential) };
    case 'command':
      return { ...base, name: from.name, username: source.username };
    case 'keyring': {
      const { service, username } = source;
      const words = ['keyring', 'get', service === true ? String(url) : service, ...(username === undefined ? [] : [username])];
      return { ...base, name: `${from.name} (${printable(words.join(' '), 500)})`, username };
    }
    case 'trusted-publishing':
      return { ...base, name: from.name, username: '__token__' };
  }
}
