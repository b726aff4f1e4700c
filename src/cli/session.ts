import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { connect } from '../connect.ts';
import type { Connection } from '../connect.ts';
import { PkgsyncError } from '../errors.ts';
import { loadManifest } from '../manifest/load.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ConnectedDestination, PlanOptions } from '../sync/context.ts';
import type { WritableDestination } from '../destinations/destination.ts';
import type { Console } from './console.ts';
import { sessionNetrc } from './netrc.ts';
import { authorityFiles } from './tls-options.ts';
import { parseClock, parseConcurrency, parseGlobs, parseUpgrade } from './options.ts';

/** Flags as yargs hands them over, checked by it; the same names as on the command line. */
export interface Flags {
  readonly manifest: string;
  readonly lockfile?: string | undefined;
  readonly package?: readonly string[] | undefined;
  readonly destination?: readonly string[] | undefined;
  readonly concurrency: number;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly cacheDir?: string | undefined;
  readonly caFile?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly asOf?: string | undefined;
  readonly locked?: boolean | undefined;
  readonly upgrade?: readonly string[] | undefined;
  readonly accept?: readonly string[] | undefined;
}

/** What a command works with: manifest, lock and the live ends, opened on demand and closed together. */
export interface Session {
  readonly flags: Flags;
  readonly console: Console;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Which signal interrupted the run, if one did. */
  readonly interruptedBy: () => 'SIGINT' | 'SIGTERM' | undefined;
}

export interface OpenSession extends Session {
  readonly manifest: Manifest;
  readonly lockPath: string;
  readonly connection: Connection;
  /** Those that the flags select. */
  readonly destinations: readonly ConnectedDestination<WritableDestination>[];
  close(): Promise<void>;
}

/** Loads the manifest and makes the connections that it names; upload APIs are asked what they are, nothing else is contacted. @throws PkgsyncError MANIFEST_INVALID, USAGE, UNAUTHORIZED */
export async function openSession(
  session: Session,
  needs: { readonly destinations: boolean; readonly sources?: boolean } = { destinations: true },
): Promise<OpenSession> {
  const { flags, environment } = session;
  const manifest = await loadManifest(flags.manifest);
  const selected = needs.destinations ? selectedDestinations(manifest, flags.destination) : [];
  const connection = await connect(manifest, {
    environment,
    netrc: flags.offline === true ? undefined : await sessionNetrc(session),
    caFiles: authorityFiles(session),
    concurrency: parseConcurrency(flags.concurrency),
    offline: flags.offline === true,
    destinations: selected,
    ...(needs.sources === false ? { sources: [] } : {}),
    signal: session.signal,
    onWarning: (message) => session.console.note(`warning: ${message}`),
  });
  return {
    ...session,
    manifest,
    connection,
    lockPath: flags.lockfile ?? join(dirname(flags.manifest), 'pkgsync.lock'),
    destinations: connection.destinations,
    close: () => connection.close(),
  };
}

/** Names of those that `--destination` selects; all without it. @throws PkgsyncError USAGE */
export function selectedDestinations(manifest: Manifest, wanted: readonly string[] | undefined): readonly string[] {
  const names = manifest.destinations.map(({ name }) => name);
  for (const name of wanted ?? []) {
    if (!names.includes(name))
      throw new PkgsyncError('USAGE', `--destination ${name}: the manifest has no such destination`, {
        hint: `it has ${names.join(', ') || 'none'}`,
      });
  }
  return wanted === undefined || wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
}

/** @throws PkgsyncError MANIFEST_INVALID where the manifest names no destination */
export function requireDestinations({ manifest }: Pick<OpenSession, 'manifest'>): void {
  if (manifest.destinations.length > 0) return;
  throw new PkgsyncError('MANIFEST_INVALID', `${manifest.path} names no destination`, {
    hint: 'add "destination": a folder or the URL of an upload API',
  });
}

export function planOptions(session: OpenSession, overrides: Partial<PlanOptions> = {}): PlanOptions {
  const { flags } = session;
  if (flags.locked === true && flags.upgrade !== undefined) throw new PkgsyncError('USAGE', '--locked and --upgrade exclude each other');
  return {
    locked: flags.locked === true,
    upgrade: parseUpgrade(flags.upgrade),
    packages: parseGlobs(flags.package, '--package'),
    accept: new Set(flags.accept ?? []),
    asOf: parseClock(flags.asOf),
    concurrency: parseConcurrency(flags.concurrency),
    signal: session.signal,
    onEvent: session.console.progress.onEvent,
    ...overrides,
  };
}

/** Folder for temporary files where no destination offers a nearer one. */
export function temporaryFolder(flags: Pick<Flags, 'cacheDir'>): string {
  return flags.cacheDir === undefined ? tmpdir() : resolve(flags.cacheDir);
}
