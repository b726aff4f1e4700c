import { PkgsyncError, redactUrl } from '../errors.ts';
import { hasDistributionExtension } from '../packaging/filename.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { percentDecoded } from '../http/url.ts';
import { checkApiVersion } from './api-version.ts';
import { HtmlScan, type Anchor, type HtmlFacts } from './html-scan.ts';
import { isCutOff, isDeclaredList, isDirectoryListing } from './html-signs.ts';
import { HtmlDecoder } from './html-text.ts';
import { lastSegment, linkTarget } from './index-page.ts';
import type { HtmlAt } from './parse-html.ts';
import type { RootList, RootReader } from './root-list.ts';

/**
 * The projects of an HTML project list, read in chunks.
 * https://packaging.python.org/en/latest/specifications/simple-repository-api/#base-html-api
 * @throws PkgsyncError BAD_RESPONSE for what is no project list, or only the beginning of one
 */
export async function parseRootHtml(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, at: HtmlAt): Promise<RootList> {
  const reader = new RootHtml(at);
  for await (const chunk of body) reader.write(chunk);
  return reader.end();
}

/** A project that an anchor may stand for. */
interface Candidate {
  readonly name: PackageName;
  /** Text and path agree on it. */
  readonly certain: boolean;
  /** The link ends in a slash. */
  readonly folder: boolean;
}

export class RootHtml implements RootReader {
  readonly #at: HtmlAt;
  readonly #page: URL;
  readonly #candidates: Candidate[] = [];
  readonly #decoder: HtmlDecoder;
  readonly #scan: HtmlScan;
  #files = 0;
  #anchors = 0;

  constructor(at: HtmlAt) {
    this.#at = at;
    this.#page = new URL(at.url);
    this.#decoder = new HtmlDecoder(at.contentType);
    this.#scan = new HtmlScan((anchor) => this.#take(anchor));
  }

  write(chunk: Uint8Array): void {
    this.#scan.write(this.#decoder.write(chunk));
  }

  kind(): 'projects' | 'files' | undefined {
    if (this.#candidates.length > 0) return 'projects';
    return this.#files > 0 ? 'files' : undefined;
  }

  end(): RootList {
    const label = redactUrl(this.#at.url);
    this.#scan.write(this.#decoder.end());
    const facts = this.#scan.end();
    if (isCutOff(facts, this.#at.framed)) throw new PkgsyncError('BAD_RESPONSE', `${label} was cut off`, { retryable: true });
    const { warnings } = checkApiVersion(facts.meta.get('pypi:repository-version'), label);
    const names = this.#chosen(facts).map(({ name }) => name);
    if (names.length > 0) return { names, warnings };
    if (this.#files > 0) throw notAList(label, 'it links to files');
    if (!isDeclaredList(facts, this.#at.contentType)) throw notAList(label, 'it has no links to projects');
    return { names, warnings };
  }

  /** A page that does not say what it is must be unmistakable: a list of folders, or mostly links whose text and path agree on a name. */
  #chosen(facts: HtmlFacts): readonly Candidate[] {
    if (isDeclaredList(facts, this.#at.contentType)) return this.#candidates;
    if (isDirectoryListing(facts)) return this.#candidates.filter(({ folder }) => folder);
    const certain = this.#candidates.filter((candidate) => candidate.certain);
    return facts.hasPasswordField || certain.length * 2 <= this.#anchors ? [] : certain;
  }

  #take(anchor: Anchor): void {
    this.#anchors += 1;
    const base = this.#scan.base;
    const url = linkTarget(anchor.href, base === undefined ? this.#at.url : (linkTarget(base, this.#at.url)?.href ?? this.#at.url));
    if (url === undefined) return;
    if (hasDistributionExtension(lastSegment(url))) {
      this.#files += 1;
      return;
    }
    const candidate = projectOf(anchor, url, this.#page);
    if (candidate !== undefined) this.#candidates.push(candidate);
  }
}

function notAList(label: string, because: string): PkgsyncError {
  return new PkgsyncError('BAD_RESPONSE', `${label} is no project list of a simple index: ${because}`, { retryable: 'later' });
}

/**
 * Text and last part of the path should agree; where they differ a valid text wins, unless the server cut it (`very-long-na..>`), which makes it
 * invalid. Not a project: other hosts, sort links, links upwards.
 */
function projectOf(anchor: Anchor, url: URL, page: URL): Candidate | undefined {
  const path = url.pathname.replace(/\/(?:index\.html?)?$/, '');
  if (url.host !== page.host || url.search !== '' || page.pathname.startsWith(`${path}/`)) return undefined;
  const segment = percentDecoded(path.slice(path.lastIndexOf('/') + 1));
  const fromPath = isValidName(segment) ? normalizeName(segment) : undefined;
  const text = anchor.text.replace(/\/$/, '');
  const fromText = isValidName(text) ? normalizeName(text) : undefined;
  const name = fromText ?? fromPath;
  return name === undefined ? undefined : { name, certain: fromText === fromPath, folder: url.pathname.endsWith('/') };
}
