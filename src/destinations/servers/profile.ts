import type { FileFacts } from '../../packaging/distribution-file.ts';
import type { PackageName } from '../../packaging/name.ts';
import type { DestinationProject, DestinationTraits, ExistingFile } from '../destination.ts';

/** Kinds of server that behave differently enough to need code; everything else is `generic`. */
export const serverKinds = ['pypi', 'devpi', 'pypiserver', 'generic'] as const;
export type ServerKind = (typeof serverKinds)[number];

/** What a server holds itself. */
export interface Listing {
  projects(signal?: AbortSignal): AsyncIterable<PackageName>;
  list(name: PackageName, signal?: AbortSignal): Promise<DestinationProject>;
}

/** What one kind of server can do and how; behaviour that is common to all stands in upload-api.ts. */
export interface ServerProfile {
  readonly kind: ServerKind;
  /** Name for people, with what is known of this very server: `devpi 6.19.1, volatile index`. */
  readonly title: string;
  readonly traits: DestinationTraits;
  /** Requests at once that it answers without making others wait for a connection; absent: as many as the client may open. */
  readonly connections?: number | undefined;
  /** Why the server would refuse the file whatever its bytes, or undefined. */
  refuses(file: FileFacts): string | undefined;
  /** Where the simple API shows more than the server's own files; otherwise the simple API is listed. */
  readonly listing?: Listing | undefined;
  /**
   * URL to DELETE one file, where the server can remove.
   * @throws PkgsyncError CONFLICT where the file's URL is not one of this index
   */
  deletionUrl?(file: ExistingFile): string;
}
