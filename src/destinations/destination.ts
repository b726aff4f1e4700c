import type { CoreMetadata } from '../archive/core-metadata.ts';
import type { ByteSource } from '../io/byte-source.ts';
import type { WantedParts } from '../io/staging.ts';
import type { HashAlgorithm } from '../packaging/digest.ts';
import type { DistributionFile, FileFacts } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';

/** What a listing can say about a file beyond its bytes; a destination that cannot carry one loses it. */
export type CarriedFact = 'yanked' | 'requires-python' | 'upload-time' | 'core-metadata';

/** What a destination can and cannot do, known before any plan. */
export interface DestinationTraits {
  readonly canRemove: boolean;
  /** Why `canRemove` is false: a sentence for people. */
  readonly cannotRemove?: string | undefined;
  /** Other bytes under the same name. */
  readonly canReplace: boolean;
  /** Facts and pages of files that are already there can be corrected (`update`). */
  readonly canUpdate: boolean;
  /** What registering a project means there. */
  readonly register: 'done' | 'not-needed' | 'unsupported';
  readonly carries: ReadonlySet<CarriedFact>;
  /** An upload may replace an existing file without a word: the listing is read again right before each write. */
  readonly overwritesSilently: boolean;
  /** Digests that its listing is known to offer; empty where only a listing will tell. */
  readonly digests: readonly HashAlgorithm[];
  /** Why its listing may show what other indexes have, too, where that cannot be told apart: a sentence for people. */
  readonly sharedListing?: string | undefined;
  /** Milliseconds after which its listing shows a file that it took, at the latest that is waited for; absent: a few seconds. */
  readonly listingDelay?: number | undefined;
}

/** One file as the destination has it. */
export interface ExistingFile extends DistributionFile {
  /** Where the destination derives pages from what it stores: whether its page shows this file, with these digests and facts. */
  readonly page?: 'current' | 'differs' | 'missing' | undefined;
  /** What changes when the file is written again, where more than the listing's facts can tell. */
  readonly stamp?: string | undefined;
}

/** Keys of what goes at once with a file, which is known by its name alone where it is no distribution of the project. */
export type RemovalKeys = (file: { readonly filename: string; readonly version?: string | undefined }) => readonly string[];

/** A file that an index serves without holding it itself: it comes through it from another one. */
export interface InheritedFile {
  readonly filename: string;
  /** What the other index is called there: `root/pypi`, or a host. */
  readonly from: string;
}

/** What a destination holds of one project. */
export interface DestinationProject {
  readonly name: PackageName;
  /** False where the destination does not know the project at all; a project can be present without files. */
  readonly present: boolean;
  readonly files: readonly ExistingFile[];
  /** Page of the whole project where pages are derived: `stale` names what is wrong with it. */
  readonly stalePage?: string | undefined;
  readonly warnings: readonly string[];
  /** Names of files there that are no distributions of the project, as far as the listing tells them. */
  readonly unread?: readonly string[] | undefined;
  /** Files that it serves beside its own; only where the listing tells them, or where they were asked for. They count for nothing in a comparison. */
  readonly inherited?: readonly InheritedFile[] | undefined;
}

/** What else is asked of a listing. */
export interface Look {
  /** What the index inherits, which may be another request. */
  readonly inherited?: boolean | undefined;
}

/** A place whose contents can be listed. Reading takes no lease and writes nothing that others can see. */
export interface ReadableDestination {
  /** Its name in the manifest. */
  readonly name: string;
  readonly type: 'directory' | 'upload';
  /** URL without credentials, or the path as written. */
  readonly address: string;
  /** What kind of server it is and how that was found, for people; undefined where there is nothing to say. */
  readonly kind: string;
  readonly traits: DestinationTraits;
  /** Why this destination would refuse the file whatever its bytes (a kind it does not take), or undefined. */
  refuses(file: FileFacts): string | undefined;
  /** Keys of what a server removes at once, where that is more than a file (a whole version): files that share one go together. Absent: each by itself. */
  readonly removalKeys?: RemovalKeys | undefined;
  /** Names of all projects there, in any order; a name may repeat. */
  projects(signal?: AbortSignal): AsyncIterable<PackageName>;
  /** @throws PkgsyncError UNAUTHORIZED, FORBIDDEN, UNREACHABLE, BAD_RESPONSE, FILE_SYSTEM: a listing that fails is never an empty one */
  list(name: PackageName, signal?: AbortSignal, look?: Look): Promise<DestinationProject>;
  /**
   * As `list`, but every digest is one that the destination's pages declare: no file is read, and nothing is taken from a memory of earlier readings.
   * Writes nothing at all. @throws PkgsyncError as `list`
   */
  listDeclared(name: PackageName, signal?: AbortSignal): Promise<DestinationProject>;
  /** The bytes of a listed file as the destination gives them out, unverified; credentials go to their own origin only. */
  open(file: ExistingFile): ByteSource;
  /** The same of its PEP 658 companion, for a file whose `coreMetadata` says that there is one. */
  openMetadata(file: ExistingFile): ByteSource;
}

/** A distribution on the local disk whose bytes have been verified. */
export interface VerifiedContent {
  readonly path: string;
  readonly size: number;
  readonly hashes: { readonly sha256: string; readonly md5: string };
  /** METADATA or PKG-INFO, byte for byte; undefined where the archive has none. */
  readonly metadataBytes?: Uint8Array | undefined;
  /** The same parsed; for old-style archives made from the filename. */
  readonly metadata: CoreMetadata;
}

/** A file as it shall stand at the destination. */
export interface WantedFile extends FileFacts {
  readonly name: PackageName;
}

export interface PutRequest {
  readonly file: WantedFile;
  readonly content: VerifiedContent;
  /** Digests of the file that may be replaced; without it an existing name is never touched. */
  readonly replaces?: ExistingFile | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes as they leave. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

export interface RemoveRequest {
  readonly name: PackageName;
  /** With the digests that were planned on. */
  readonly file: ExistingFile;
  /** All files of the project that are to go now, for servers that remove several at once; default: `file` alone. */
  readonly leaving?: readonly ExistingFile[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a write came to, as far as the answer tells. `unclear`: only the listing can say. */
export interface WriteAnswer {
  readonly outcome: 'done' | 'exists' | 'not-needed' | 'unsupported' | 'unclear';
  /** HTTP status and reason where a server answered. */
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

/** A project's pages as they shall be: facts of the wanted files; all else keeps what it has. */
export interface PublishRequest {
  readonly name: PackageName;
  readonly wanted: readonly WantedFile[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * A place that can be written. Nothing partial is ever visible; an existing name is never replaced unless asked to.
 * Every write throws PkgsyncError: UNAUTHORIZED, FORBIDDEN, TOO_LARGE, CONFLICT, REFUSED (final), UNREACHABLE (unclear), DISK_FULL, FILE_SYSTEM, UNSUPPORTED.
 */
export interface WritableDestination extends ReadableDestination {
  /** Folder for verified temporary files from which `put` is cheapest (the same file system), or undefined where any will do. */
  readonly stagingFolder: string | undefined;
  /**
   * The first step of an apply that holds the lease: removes what a killed run left in the staging folder and beside it, and makes what it renamed or
   * linked survive a power cut.
   * @param wanted which of the downloads that were cut off this apply can go on with; none unless given
   */
  cleanStaging(wanted?: WantedParts): Promise<void>;
  /**
   * Asks whether these credentials may write, where the server can be asked that without changing anything; absent, or `unknown`: only a write will tell.
   * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN: they may not
   */
  probeWrite?(signal?: AbortSignal): Promise<'allowed' | 'unknown'>;
  /** Makes the project known; `file` and `metadata` stand for its newest distribution. */
  register(request: {
    readonly name: PackageName;
    readonly file: WantedFile;
    readonly metadata: CoreMetadata;
    readonly signal?: AbortSignal | undefined;
  }): Promise<WriteAnswer>;
  put(request: PutRequest): Promise<WriteAnswer>;
  remove(request: RemoveRequest): Promise<WriteAnswer>;
  /** Brings the project's pages in line after its files arrived and after removals; nothing to do where the server makes its own. */
  publish(request: PublishRequest): Promise<void>;
  /** The last step of an apply: pages about all projects. */
  finish(signal?: AbortSignal): Promise<void>;
}
