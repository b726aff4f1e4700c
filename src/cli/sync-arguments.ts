import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { KeyringProvider } from './one-shot.ts';
import { PkgsyncError, isPkgsyncError, printable } from '../errors.ts';
import { isUrl } from '../manifest/location.ts';
import type { ServerKind } from '../manifest/manifest.ts';
import type { OneShot, PinnedProject } from '../manifest/one-shot.ts';
import type { WrittenTls } from '../manifest/written.ts';

/** Flags of `sync`. */
export interface SyncFlags {
  /** Requirement strings. */
  readonly specs?: readonly string[] | undefined;
  readonly sourceUrl: string;
  readonly sourceUsername?: string | undefined;
  readonly sourcePassword?: string | undefined;
  readonly destinationUrl: string;
  readonly destinationUsername?: string | undefined;
  readonly destinationPassword?: string | undefined;
  readonly keyringProvider?: KeyringProvider | undefined;
  readonly sourceClientCert?: string | undefined;
  readonly sourceClientKey?: string | undefined;
  readonly destinationClientCert?: string | undefined;
  readonly destinationClientKey?: string | undefined;
  readonly destinationServer?: ServerKind | undefined;
  readonly destinationSimpleUrl?: string | undefined;
  readonly all?: boolean | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Empty where no number was given. */
  readonly latest?: string | undefined;
  /** Path or URL of a buildout `versions.cfg`. */
  readonly fromVersionsFile?: string | undefined;
  readonly prereleases?: boolean | undefined;
  readonly yanked?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly writeManifest?: string | undefined;
  readonly yes?: boolean | undefined;
}

/**
 * What the flags ask for.
 * @param pinned what the file of versions says
 * @param manifestPath where it shall stand: relative paths are then written relative to that file
 * @throws PkgsyncError USAGE
 */
export function askedFor(flags: SyncFlags, pinned: readonly PinnedProject[] = [], manifestPath?: string): OneShot {
  const { latest, specs } = latestAndSpecs(flags);
  const named = specs[0] ?? flags.fromVersionsFile;
  if (named !== undefined && flags.all === true)
    throw new PkgsyncError('USAGE', `--all and packages exclude each other, found '${printable(named)}'`, {
      hint: 'name packages, or take all with --all --exclude NAME',
    });
  if (named === undefined && flags.all !== true)
    throw new PkgsyncError('USAGE', 'nothing is asked for', {
      hint: "name packages such as 'django>=4.2', or pass --from-versions-file or --all",
    });
  for (const [flag, url] of Object.entries({ '--source-url': flags.sourceUrl, '--destination-url': flags.destinationUrl }))
    assertWithoutCredentials(flag, url);
  const folder = manifestPath === undefined ? undefined : dirname(manifestPath);
  return {
    source: {
      location: seenFrom(folder, flags.sourceUrl),
      username: flags.sourceUsername,
      tls: writtenTls(manifestPath, { clientCertFile: flags.sourceClientCert, clientKeyFile: flags.sourceClientKey }),
    },
    destination: {
      location: seenFrom(folder, flags.destinationUrl),
      username: flags.destinationUsername,
      server: flags.destinationServer,
      simpleUrl: flags.destinationSimpleUrl,
      tls: writtenTls(manifestPath, { clientCertFile: flags.destinationClientCert, clientKeyFile: flags.destinationClientKey }),
    },
    requirements: specs,
    pinned,
    all: flags.all === true,
    exclude: flags.exclude ?? [],
    latest,
    // Who copies an index wants what is in it; who wants the newest of each, or a package, wants what installers would take.
    prereleases: flags.prereleases ?? (flags.all === true && latest === undefined ? true : undefined),
    yanked: flags.yanked === true ? 'include' : undefined,
  };
}

/** `--latest django`: a flag whose number may be left out takes what follows, and that is a package unless it is a number. */
function latestAndSpecs({ latest, specs = [] }: SyncFlags): { readonly latest: number | undefined; readonly specs: readonly string[] } {
  if (latest === undefined) return { latest, specs };
  if (latest === '') return { latest: 1, specs };
  if (!/^-?\d+(?:\.\d+)?$/.test(latest)) return { latest: 1, specs: [latest, ...specs] };
  const count = Number(latest);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new PkgsyncError('USAGE', `--latest ${printable(latest)}: expected a whole number from 1`);
  return { latest: count, specs };
}

/** The schema would refuse it too, but with advice for those who write manifests. */
function assertWithoutCredentials(flag: string, url: string): void {
  if (!URL.canParse(url) || !isUrl(url)) return;
  const { username, password } = new URL(url);
  if (username === '' && password === '') return;
  const end = flag.replace(/-url$/, '');
  throw new PkgsyncError('USAGE', `${flag} must not hold credentials`, {
    hint: `pass ${end}-username, and the password when asked or in ${end.replace('--', 'PKGSYNC_').toUpperCase()}_PASSWORD`,
  });
}

/** Files of a client certificate as a manifest at `manifestPath` names them; without one they are read by their flags. */
function writtenTls(manifestPath: string | undefined, files: WrittenTls): WrittenTls | undefined {
  if (manifestPath === undefined) return undefined;
  const folder = dirname(manifestPath);
  const named = Object.entries(files).flatMap(([key, path]) =>
    path === undefined ? [] : [[key, seenFrom(folder, String(path))] as const],
  );
  return named.length === 0 ? undefined : Object.fromEntries(named);
}

/** A path as a file in `folder` would name it; URLs and absolute paths are the same from everywhere. */
function seenFrom(folder: string | undefined, location: string): string {
  if (folder === undefined || isUrl(location) || isAbsolute(location) || resolve(folder) === process.cwd()) return location;
  const path = relative(folder, location).split(sep).join('/');
  return path.startsWith('../') || path === '..' ? path : `./${path}`;
}

/** What the manifest that the arguments stand for is called. */
export const label = 'the arguments';

/** The flag behind each part of that manifest. */
const flagOf: readonly (readonly [pointer: string, flag: string])[] = [
  ['/source', '--source-url'],
  ['/destination/simpleUrl', '--destination-simple-url'],
  ['/destination/auth', '--destination-username'],
  ['/destination', '--destination-url'],
  ['/packages', 'SPEC'],
  ['/exclude', '--exclude'],
  ['/defaults/latest', '--latest'],
];

/** What is wrong with the manifest is wrong with the arguments, and there nobody sees lines and columns. @throws PkgsyncError USAGE */
export function inTermsOfFlags<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isPkgsyncError(error, 'MANIFEST_INVALID')) throw error;
    const [first = error.message, ...problems] = error.problems.map(withFlag);
    throw new PkgsyncError('USAGE', first, { problems, cause: error });
  }
}

/** `the arguments:5:18: /destination: no URL` → `--destination-url: no URL` */
function withFlag(problem: string): string {
  const [, pointer = '', rest = ''] = /^[^:]*:\d+:\d+: (\/[^:\s]*): (.*)$/s.exec(problem) ?? [];
  const flag = flagOf.find(([start]) => pointer === start || pointer.startsWith(`${start}/`))?.[1];
  return flag === undefined ? problem : `${flag}: ${rest}`;
}
