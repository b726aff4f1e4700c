import type { FileKind, Gate, ServerKind } from './manifest.ts';

/*
 * What people type, as schema/manifest.schema.json describes it. A value that the schema refused is undefined here while its key stays, so that
 * the rules can judge everything else without reporting a fault twice.
 */

export interface WrittenManifest {
  readonly manifestVersion?: 1 | undefined;
  readonly source?: WrittenSource | undefined;
  readonly sources?: Written<WrittenSource> | undefined;
  readonly destination?: WrittenDestination | undefined;
  readonly destinations?: Written<WrittenDestination> | undefined;
  readonly packages?: Written<WrittenRule | string> | readonly (string | undefined)[] | undefined;
  readonly all?: boolean | undefined;
  readonly exclude?: Strings | undefined;
  readonly targets?: Written<WrittenTarget> | undefined;
  readonly defaults?: WrittenRule | undefined;
  readonly unmanaged?: Strings | undefined;
  readonly prune?: WrittenPrune | undefined;
  readonly onMismatch?: 'report' | 'replace' | undefined;
  readonly limits?: WrittenLimits | undefined;
  readonly policy?: WrittenPolicy | undefined;
  readonly exceptions?: readonly (WrittenException | undefined)[] | undefined;
}

/** An object whose keys people choose. */
export type Written<T> = Readonly<Record<string, T | undefined>>;
type Strings = readonly (string | undefined)[];

/** A URL, or a path. */
export type WrittenSource = string | WrittenSourceObject;
export interface WrittenSourceObject {
  readonly url?: string | undefined;
  readonly serialization?: 'auto' | 'json' | 'html' | undefined;
  readonly names?: Strings | undefined;
  readonly auth?: WrittenAuth | undefined;
  readonly tls?: WrittenTls | undefined;
}

export interface WrittenTls {
  readonly caFile?: string | undefined;
  readonly clientCertFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  readonly passphraseEnv?: string | undefined;
}

export interface WrittenAuth {
  readonly username?: string | undefined;
  readonly usernameEnv?: string | undefined;
  readonly passwordEnv?: string | undefined;
  readonly tokenEnv?: string | undefined;
  readonly command?: Strings | undefined;
  readonly keyring?: true | string | undefined;
  readonly trustedPublishing?: true | 'github' | 'gitlab' | undefined;
  readonly audience?: string | undefined;
}

/** The path of a directory, or the URL of an upload API. */
export type WrittenDestination = string | WrittenDirectory | WrittenUpload;
interface WrittenDestinationBase {
  readonly include?: Strings | undefined;
  readonly exclude?: Strings | undefined;
  readonly prune?: WrittenPrune | undefined;
  readonly limits?: WrittenLimits | undefined;
}
export interface WrittenDirectory extends WrittenDestinationBase {
  readonly type: 'directory';
  readonly path?: string | undefined;
}
export interface WrittenUpload extends WrittenDestinationBase {
  readonly type: 'upload';
  readonly url?: string | undefined;
  readonly server?: ServerKind | undefined;
  readonly simpleUrl?: string | undefined;
  readonly auth?: WrittenAuth | undefined;
  readonly tls?: WrittenTls | undefined;
}

export interface WrittenTarget {
  readonly python?: string | undefined;
  readonly platform?: string | undefined;
  readonly implementation?: string | undefined;
  readonly abi?: string | undefined;
}

/** null: neither the default's value nor one of its own. */
export interface WrittenRule {
  /** Several: versions that any of them admits. */
  readonly version?: string | Strings | null | undefined;
  readonly exclude?: string | Strings | null | undefined;
  readonly latest?: number | null | undefined;
  readonly latestPer?: 'major' | 'minor' | null | undefined;
  readonly prereleases?: boolean | null | undefined;
  readonly yanked?: 'skip' | 'include' | null | undefined;
  readonly files?: readonly (FileKind | undefined)[] | null | undefined;
  readonly sdist?: 'always' | 'fallback' | 'never' | null | undefined;
  readonly targets?: Strings | null | undefined;
  readonly minAge?: string | null | undefined;
  readonly maxFileSize?: WrittenSize | null | undefined;
  readonly source?: string | null | undefined;
  readonly destinations?: Strings | null | undefined;
  readonly dependencies?: boolean | null | undefined;
  readonly extras?: Strings | null | undefined;
  readonly reason?: string | null | undefined;
  readonly owner?: string | null | undefined;
}

/** Bytes, or text with a unit. */
export type WrittenSize = number | string;

export type WrittenPrune = 'never' | 'tombstoned' | 'exact' | WrittenPruneObject;
export interface WrittenPruneObject {
  readonly dropped?: boolean | undefined;
  readonly superseded?: boolean | undefined;
  readonly unlisted?: boolean | undefined;
}

export interface WrittenLimits {
  readonly maxRemove?: WrittenShareLimit | undefined;
  readonly maxReplace?: WrittenShareLimit | undefined;
  readonly maxUpload?: { readonly files?: number | undefined; readonly bytes?: WrittenSize | undefined } | undefined;
}
export interface WrittenShareLimit {
  readonly files?: number | undefined;
  readonly percent?: number | undefined;
}

export interface WrittenPolicy {
  readonly minAge?: string | undefined;
  readonly maxFileSize?: WrittenSize | undefined;
  readonly deny?: Strings | undefined;
  readonly requireSha256?: boolean | undefined;
}

export interface WrittenException {
  readonly what?: string | undefined;
  readonly gate?: Gate | undefined;
  readonly reason?: string | undefined;
  readonly until?: string | undefined;
}
