import type { PackageType } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';
import type { Target } from '../packaging/target.ts';
import { uploadServerKinds } from '../server-kinds.ts';

/** Credentials by reference: the manifest names variables or who knows the secret, never the secret. */
export interface AuthReference {
  readonly username?: string | undefined;
  readonly usernameEnv?: string | undefined;
  readonly passwordEnv?: string | undefined;
  /** An API token: sent as Basic password of `__token__`, or of `username` where one is given. */
  readonly tokenEnv?: string | undefined;
  /** A command, without a shell, that prints the password or JSON with username and password. */
  readonly command?: readonly string[] | undefined;
  /** The `keyring` command: under the URL, or under this name. */
  readonly keyring?: true | string | undefined;
  /** For destinations: the identity of the CI job, exchanged at the index for a token of some minutes. */
  readonly trustedPublishing?: true | 'github' | 'gitlab' | undefined;
  /** For whom the ID token is to be, where the index is not PyPI and asks for another than its own name. */
  readonly audience?: string | undefined;
}

/** What TLS takes beyond Node's own authorities: files as written, relative to the manifest's folder. */
export interface TlsReference {
  /** Certificates of authorities (PEM) that are trusted too. */
  readonly caFile?: string | undefined;
  /** Shown where the server asks for it: certificate (with its chain) and key, in one file or in two. */
  readonly clientCertFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  /** The variable that holds the passphrase of the key. */
  readonly passphraseEnv?: string | undefined;
}

export interface SourceConfig {
  /** `default` where the manifest gives only one source without a name. */
  readonly name: string;
  /** http(s) or file URL, or a path as written. */
  readonly location: string;
  readonly serialization: 'auto' | 'json' | 'html';
  /** Name globs: these projects come from this source and from no other. */
  readonly names: readonly string[];
  readonly auth?: AuthReference | undefined;
  readonly tls?: TlsReference | undefined;
}

interface DestinationBase {
  /** `default` where the manifest gives only one destination without a name. */
  readonly name: string;
  /** Requirement strings or name globs; empty `include` means everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly prune: Prune;
  readonly limits: Limits;
}
export interface DirectoryConfig extends DestinationBase {
  readonly type: 'directory';
  /** As written, relative to the manifest's folder. */
  readonly path: string;
}
export interface UploadConfig extends DestinationBase {
  readonly type: 'upload';
  readonly url: string;
  readonly server: ServerKind;
  readonly simpleUrl?: string | undefined;
  readonly auth?: AuthReference | undefined;
  readonly tls?: TlsReference | undefined;
}
export type DestinationConfig = DirectoryConfig | UploadConfig;

export const serverKinds = ['auto', ...uploadServerKinds] as const;
export type ServerKind = (typeof serverKinds)[number];

/** Which files may be removed at a destination: `never` is all false, `tombstoned` dropped and superseded, `exact` all three. */
export interface Prune {
  /** Tombstones of packages that left the manifest, or whose rule no longer selects the file. */
  readonly dropped: boolean;
  /** Tombstones of files that newer ones pushed out of `latest`. */
  readonly superseded: boolean;
  /** Files that nobody selected, inside projects that manifest or lock names (everywhere with `all`). */
  readonly unlisted: boolean;
}

export interface ShareLimit {
  readonly files?: number | undefined;
  /** Of the destination's files that the plan saw. */
  readonly percent?: number | undefined;
}
export interface Limits {
  readonly maxRemove: ShareLimit;
  readonly maxReplace: ShareLimit;
  readonly maxUpload: { readonly files?: number | undefined; readonly bytes?: number | undefined };
}

/** Kinds of distribution as people write them in `files`. */
export const fileKinds = ['wheel', 'sdist', 'egg', 'wininst', 'msi', 'rpm', 'dumb', 'dmg'] as const;
export type FileKind = (typeof fileKinds)[number];
export const packageTypeOf: Readonly<Record<FileKind, PackageType>> = {
  wheel: 'bdist_wheel',
  sdist: 'sdist',
  egg: 'bdist_egg',
  wininst: 'bdist_wininst',
  msi: 'bdist_msi',
  rpm: 'bdist_rpm',
  dumb: 'bdist_dumb',
  dmg: 'bdist_dmg',
};

/**
 * The rule that decides which files of a package are wanted, with defaults merged and targets expanded. Only fields that decide selection:
 * the lock holds it, and a lock is outdated where it differs. A field with its default value is absent.
 */
export interface EffectiveRule {
  /** Normalised specifier set, or several of which any may admit a version (sorted, two at least); absent: any version. */
  readonly version?: string | readonly string[] | undefined;
  /** Specifier sets whose versions are not wanted. */
  readonly exclude?: readonly string[] | undefined;
  /** The newest N versions. */
  readonly latest?: number | undefined;
  readonly latestPer?: 'major' | 'minor' | undefined;
  /** Absent: PEP 440's default (only where named, or where nothing else matches). */
  readonly prereleases?: boolean | undefined;
  /** Absent: `skip`. */
  readonly yanked?: 'include' | undefined;
  /** Absent: every kind. */
  readonly files?: readonly FileKind[] | undefined;
  /** Absent: `always`. `fallback`: only where a target is served by no wheel of that version. */
  readonly sdist?: 'fallback' | 'never' | undefined;
  /** Targets by content, in order of their names. Absent: wheels for everything. */
  readonly targets?: readonly Target[] | undefined;
  /** Seconds since upload; files without an upload time pass with a warning. */
  readonly minAge?: number | undefined;
  /** Bytes. */
  readonly maxFileSize?: number | undefined;
  readonly source?: string | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly dependencies?: boolean | undefined;
  readonly extras?: readonly string[] | undefined;
}

export interface PackageRule {
  readonly name: PackageName;
  readonly rule: EffectiveRule;
  /** For people: why the package is here, and who answers for it. Not part of the rule. */
  readonly reason?: string | undefined;
  readonly owner?: string | undefined;
}

/** Gates: vetoes on files new to the lock (exit 25), as opposed to rules, which choose. */
export interface Policy {
  /** Seconds since upload; a file without an upload time is vetoed. */
  readonly minAge?: number | undefined;
  /** Bytes; a file whose size the source does not publish is vetoed. */
  readonly maxFileSize?: number | undefined;
  /** Requirement strings or name globs that must never be added. */
  readonly deny: readonly string[];
  /** The source must publish a digest at least as strong as sha256. */
  readonly requireSha256: boolean;
}
export const gates = ['minAge', 'maxFileSize', 'deny', 'requireSha256'] as const;
export type Gate = (typeof gates)[number];

export interface PolicyException {
  /** A requirement string, or a filename. */
  readonly what: string;
  readonly gate: Gate;
  readonly reason: string;
  /** Last day on which it holds, `YYYY-MM-DD` in UTC. */
  readonly until: string;
}

/** What people declare, with every field present and every name normalised. */
export interface Manifest {
  /** As given on the command line; for messages. */
  readonly path: string;
  /** Absolute folder against which paths in the manifest are resolved. */
  readonly folder: string;
  readonly sources: readonly SourceConfig[];
  readonly destinations: readonly DestinationConfig[];
  /** Sorted by name. */
  readonly packages: readonly PackageRule[];
  readonly all: boolean;
  /** With `all`: requirement strings or name globs that are left out. */
  readonly exclude: readonly string[];
  /** Rule of every package that `all` or a dependency brings in: the defaults. */
  readonly defaultRule: EffectiveRule;
  readonly unmanaged: readonly string[];
  readonly onMismatch: 'report' | 'replace';
  readonly policy: Policy;
  readonly exceptions: readonly PolicyException[];
}
