import type { HttpClient, ResponseHeaders } from '../../http/http-client.ts';
import type { DistributionFile, FileFacts } from '../../packaging/distribution-file.ts';
import type { PackageName } from '../../packaging/name.ts';
import type { UploadServerKind } from '../../server-kinds.ts';
import type { DestinationProject, DestinationTraits, ExistingFile, Look, RemovalKeys, WriteAnswer } from '../destination.ts';
import type { FormField } from '../multipart.ts';
import type { AnswerRule } from '../upload-answer.ts';
import type { UrlProblem } from './urls.ts';

export { uploadServerKinds as serverKinds } from '../../server-kinds.ts';
export type ServerKind = UploadServerKind;

/** An answer to a GET of the upload URL. */
export interface ProbeAnswer {
  readonly headers: ResponseHeaders;
  /** The beginning of the body. */
  readonly body: string;
}

/** What a server is connected with. */
export interface Connecting {
  /** The URL to POST to. */
  readonly url: URL;
  /** With the destination's credentials. */
  readonly http: HttpClient;
  /** The server's own version, where it said so. */
  readonly version?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether an upload would be allowed, asked without changing anything.
 * @param answers how this server answers uploads, where it has ways of its own
 * @throws PkgsyncError UNAUTHORIZED, FORBIDDEN, INTERRUPTED; what the credentials' own helper throws
 */
export type WriteProbe = (connecting: Connecting, answers?: readonly AnswerRule[]) => Promise<'allowed' | 'unknown'>;

/** All that is known of one kind of server: how it is recognised, its addresses, what it can do and how it answers. One file each, listed in all.ts. */
export interface Server {
  readonly kind: ServerKind;
  /** Name for people. */
  readonly title: string;
  /** An upload URL as people configure it; for the documentation, and checked against the functions below. */
  readonly example: string;
  /** Whether the facts were checked against the `product` itself (test/interop), or against scripted answers made after its `documentation` or source. */
  readonly checked: 'product' | 'documentation';
  /** Where the table of the documentation needs other words than the traits give. */
  readonly words?: { readonly remove?: string; readonly replace?: string; readonly overwrites?: string } | undefined;
  /** Whether the URL alone gives it away, by host or path. */
  readonly matches?: (url: URL) => boolean;
  /** Whether an answer gives it away, and the version that it names. Header names are those of the servers' source; a proxy may hide them. */
  readonly recognises?: (answer: ProbeAnswer) => { readonly version?: string } | undefined;
  /** The URL to POST to, from what a person wrote: the slash at its end put right where that matters. */
  readonly uploadUrl?: (url: URL) => URL;
  /** What is wrong with the URL as one to upload to. */
  readonly problem?: (url: URL) => UrlProblem | undefined;
  /** Address of the simple API. */
  readonly simpleUrl: (url: URL) => URL;
  /** As far as known without asking. */
  readonly traits: DestinationTraits;
  /** Absent: `traits`, and nothing special. @throws PkgsyncError where the server can take nothing */
  readonly profile?: (connecting: Connecting) => ServerProfile | Promise<ServerProfile>;
  /** How to ask for the right to write; absent: only a write will tell. */
  readonly probeWrite?: WriteProbe | undefined;
  /** How it answers uploads where it differs from the common rules; looked at before those. */
  readonly answers?: readonly AnswerRule[] | undefined;
}

/** What a server holds itself. */
export interface Listing {
  projects(signal?: AbortSignal): AsyncIterable<PackageName>;
  list(name: PackageName, signal?: AbortSignal, look?: Look): Promise<DestinationProject>;
}

/** What one very server can do and how; behaviour that is common to all stands in upload-api.ts. */
export interface ServerProfile {
  readonly kind: ServerKind;
  /** Name for people, with what is known of this very server: `devpi 6.19.1, volatile index`. */
  readonly title: string;
  readonly traits: DestinationTraits;
  /** Requests at once that it answers without making others wait for a connection; absent: as many as the client may open. */
  readonly connections?: number | undefined;
  /** Why the server would refuse the file whatever its bytes, or undefined. */
  refuses(file: FileFacts): string | undefined;
  /** Where the simple API shows more than the server's own files, or not all of them; otherwise the simple API is listed. */
  readonly listing?: Listing | undefined;
  /**
   * Where a file comes from that the simple API shows and the index does not hold itself; undefined for its own. With a `listing` of its own, the simple
   * API is read beside it only where inherited files are asked for.
   */
  readonly inheritedFrom?: ((file: DistributionFile) => string | undefined) | undefined;
  /** Where the simple API has no list of all projects. */
  readonly projects?: ((signal?: AbortSignal) => AsyncIterable<PackageName>) | undefined;
  readonly answers?: readonly AnswerRule[] | undefined;
  /** How a file is replaced, where `traits.canReplace`: absent: its upload overwrites; else the old file is removed first, and is missing until then. */
  readonly replaces?: 'by-removal' | undefined;
  /** The fields of an upload as this server wants them. */
  form?(fields: readonly FormField[]): readonly FormField[];
  /**
   * What came of an upload that was answered 202, from the answer's body; undefined: only the listing can say.
   * @throws PkgsyncError REFUSED
   */
  queued?(body: string, signal?: AbortSignal): Promise<WriteAnswer | undefined>;
  /** Keys of what is removed at once, where that is more than a file: files that share one go together. */
  readonly removalKeys?: RemovalKeys | undefined;
  /**
   * Takes a file back, where `traits.canRemove`; may need several requests. `done` also where it is gone already, `unclear` where only the listing can
   * say; see `sendDeletion`. Whatever the server names of the file (an id, a path, a digest) is compared with the file before anything is sent.
   * @throws PkgsyncError CONFLICT where what the server has under that name is another file, or more than is to go; UNAUTHORIZED, FORBIDDEN, REFUSED,
   *   BAD_RESPONSE, UNREACHABLE from the questions before
   */
  readonly remove?: ((request: RemovalRequest) => Promise<WriteAnswer>) | undefined;
}

/** A file to take back. */
export interface RemovalRequest {
  /** As it is listed right now; its digest has just been compared with the planned one. */
  readonly file: ExistingFile;
  /** The files that go with it by `removalKeys`, itself first: each is listed right now, and planned to go, with the same digest. */
  readonly together: readonly ExistingFile[];
  readonly signal?: AbortSignal | undefined;
}
