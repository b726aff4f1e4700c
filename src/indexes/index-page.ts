import { hashAlgorithms } from '../packaging/digest.ts';
import type { ProjectStatus, SkippedFile } from '../packaging/distribution-file.ts';
import { percentDecoded, tryUrl } from '../http/url.ts';

/** Values by hash algorithm as an index publishes them: unknown algorithms and malformed digests included. */
export type PublishedHashes = Readonly<Record<string, string>>;

/** One file of a project page as it stands there, before anything is concluded from its name. */
export interface PageLink {
  readonly filename: string;
  /** Absolute, without fragment. */
  readonly url: string;
  readonly hashes: PublishedHashes;
  /** As written, entities decoded; absent where it is empty. */
  readonly requiresPython?: string | undefined;
  /** The reason, `''` where none is given; absent: not yanked. */
  readonly yanked?: string | undefined;
  /** Whether a metadata companion exists, with its hashes where they are given; false also where nothing is said. */
  readonly coreMetadata: boolean | PublishedHashes;
  readonly gpgSig?: boolean | undefined;
  readonly rel?: string | undefined;
  readonly size?: number | undefined;
  readonly uploadTime?: string | undefined;
  readonly provenance?: string | undefined;
}

/** A project page of either serialization, read but not judged. Links are in page order; a filename may repeat. */
export interface IndexPage {
  readonly serialization: 'json' | 'html';
  /** `Major.Minor`; 1.0 where the page does not say. */
  readonly apiVersion: string;
  /** The project's name as the page gives it; JSON only. */
  readonly name?: string | undefined;
  readonly versions?: readonly string[] | undefined;
  readonly status: ProjectStatus;
  readonly links: readonly PageLink[];
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Whether the page itself says that it is a page of a simple index (a title alone does). Without that, only its files can. */
  readonly declared: boolean;
  /** What shows that the page was cut off: it ends inside a tag, or its document element was never closed. */
  readonly unfinished?: 'tag' | 'document' | undefined;
}

/** What reads a project page as it comes in, of either serialization. */
export interface PageReader {
  /** @throws PkgsyncError BAD_RESPONSE */
  write(chunk: Uint8Array): void;
  /** @throws PkgsyncError BAD_RESPONSE where it was no project page */
  end(): IndexPage;
}

/**
 * A link's target: http and https; file only on a page that is a file itself. Undefined for other schemes and for what is no URL.
 */
export function linkTarget(href: string, base: string): URL | undefined {
  const url = tryUrl(href, base);
  if (url === undefined) return undefined;
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  return url.protocol === 'file:' && base.startsWith('file:') ? url : undefined;
}

/** Last part of the URL's path, decoded after the split: an escaped slash stays inside it, and is found unsafe later. */
export function lastSegment(url: URL): string {
  return percentDecoded(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
}

export function withoutFragment(url: URL): string {
  const copy = new URL(url);
  copy.hash = '';
  return copy.href;
}

/**
 * Hashes in a URL's fragment, `#sha256=…`, also among other values (`#egg=x&sha256=…`) and with the hyphen that older Gitea wrote. Names that
 * are no known algorithm (`egg`) are ignored. https://packaging.python.org/en/latest/specifications/simple-repository-api/#base-html-api
 */
export function fragmentHashes(url: URL): PublishedHashes {
  const entries = url.hash
    .slice(1)
    .split('&')
    .flatMap((part): [string, string][] => {
      const [, algorithm = '', digest = ''] = /^([a-z0-9]+)[=-](.+)$/s.exec(part) ?? [];
      return isHashName(algorithm) ? [[algorithm, digest]] : [];
    });
  // The first of several counts, as everywhere on a page.
  return Object.fromEntries(entries.reverse());
}

/** `alg=hex`, where the algorithm is known. */
export function writtenHash(text: string): PublishedHashes | undefined {
  const [, algorithm = '', digest = ''] = /^\s*([a-z0-9]+)=(\S+)\s*$/.exec(text) ?? [];
  return isHashName(algorithm) ? { [algorithm]: digest } : undefined;
}

function isHashName(text: string): boolean {
  return hashAlgorithms.some((algorithm) => algorithm === text);
}
