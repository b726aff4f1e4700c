import { redactUrl } from '../errors.ts';
import type { ProjectStatus } from '../packaging/distribution-file.ts';
import { hasDistributionExtension } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import { checkApiVersion } from './api-version.ts';
import { HtmlScan, type Anchor, type HtmlFacts } from './html-scan.ts';
import { isDeclaredIndex } from './html-signs.ts';
import { HtmlDecoder } from './html-text.ts';
import {
  fragmentHashes,
  lastSegment,
  linkTarget,
  withoutFragment,
  writtenHash,
  type IndexPage,
  type PageLink,
  type PageReader,
} from './index-page.ts';
import { filesOfProject, type ProjectFiles } from './project-files.ts';

export interface HtmlAt {
  /** The page's final URL, against which links are resolved. */
  readonly url: string;
  /** Content-Type of the answer. */
  readonly contentType?: string | undefined;
  /** False where nothing but the end of the connection said that this is all: then a document that is never closed counts as cut off. */
  readonly framed?: boolean | undefined;
}

/**
 * Reads the HTML page of project `name` (PEP 503): its distributions, and what was left out with the reason.
 * @throws PkgsyncError BAD_RESPONSE where the page speaks a newer major version of the API
 */
export function parseProjectHtml(page: Uint8Array | string, at: HtmlAt & { readonly name: PackageName }): ProjectFiles {
  return filesOfProject(parseHtmlPage(page, at), at.name);
}

/**
 * Reads an HTML page as it stands: every link whose URL is one of a file that could be a distribution; all others are navigation.
 * https://packaging.python.org/en/latest/specifications/simple-repository-api/#base-html-api
 * @param page bytes, decoded by content type and `<meta charset>`, or text
 * @throws PkgsyncError BAD_RESPONSE where it speaks a newer major version of the API
 */
export function parseHtmlPage(page: Uint8Array | string, at: HtmlAt): IndexPage {
  const reader = new HtmlPage(at);
  if (typeof page === 'string') reader.writeText(page);
  else reader.write(page);
  return reader.end();
}

/** An HTML page that comes in chunks: only its links are kept. */
export class HtmlPage implements PageReader {
  readonly #at: HtmlAt;
  readonly #decoder: HtmlDecoder;
  // A `<base>` counts for the links before it too, so no link is resolved before the end.
  readonly #anchors: Anchor[] = [];
  readonly #scan = new HtmlScan((anchor) => this.#anchors.push(anchor));

  constructor(at: HtmlAt) {
    this.#at = at;
    this.#decoder = new HtmlDecoder(at.contentType);
  }

  write(chunk: Uint8Array): void {
    this.writeText(this.#decoder.write(chunk));
  }

  writeText(text: string): void {
    this.#scan.write(text);
  }

  end(): IndexPage {
    this.writeText(this.#decoder.end());
    const facts = this.#scan.end();
    const { apiVersion, warnings } = checkApiVersion(facts.meta.get('pypi:repository-version'), redactUrl(this.#at.url));
    const base = baseOf(facts, this.#at.url);
    return {
      serialization: 'html',
      apiVersion,
      status: statusOf(facts),
      links: this.#anchors.flatMap((anchor) => linkOf(anchor, base) ?? []),
      skipped: [],
      warnings,
      declared: isDeclaredIndex(facts, this.#at.contentType),
      unfinished: facts.unfinished,
    };
  }
}

/** `<base href>` joined to the page's URL; one that leads nowhere is ignored. */
export function baseOf(facts: HtmlFacts, pageUrl: string): string {
  return facts.base === undefined ? pageUrl : (linkTarget(facts.base, pageUrl)?.href ?? pageUrl);
}

function linkOf({ href, attributes }: Anchor, base: string): PageLink | undefined {
  const url = linkTarget(href, base);
  if (url === undefined) return undefined;
  const filename = lastSegment(url);
  if (!hasDistributionExtension(filename)) return undefined;
  const requiresPython = attributes['data-requires-python'] ?? '';
  const size = attributes['data-size']?.trim() ?? '';
  return {
    filename,
    url: withoutFragment(url),
    hashes: fragmentHashes(url),
    requiresPython: requiresPython === '' ? undefined : requiresPython,
    // PEP 592: presence decides; the value, which may be missing, is the reason.
    yanked: attributes['data-yanked'],
    coreMetadata: readCoreMetadata(attributes['data-core-metadata'] ?? attributes['data-dist-info-metadata']),
    gpgSig: readBoolean(attributes['data-gpg-sig']),
    rel: attributes['rel'],
    size: /^\d{1,15}$/.test(size) ? Number(size) : undefined,
    uploadTime: attributes['data-upload-time'],
    provenance: attributes['data-provenance'],
  };
}

/** Present but unreadable still says that there is a companion (PEP 658, as pip reads it). */
function readCoreMetadata(value: string | undefined): PageLink['coreMetadata'] {
  if (value === undefined || value.trim().toLowerCase() === 'false') return false;
  return writtenHash(value) ?? true;
}

function readBoolean(value: string | undefined): boolean | undefined {
  const text = value?.trim().toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function statusOf(facts: HtmlFacts): ProjectStatus {
  const status = facts.meta.get('pypi:project-status')?.trim() ?? '';
  const reason = facts.meta.get('pypi:project-status-reason')?.trim() ?? '';
  return status === '' ? { status: 'active' } : { status, reason: reason === '' ? undefined : reason };
}
