import { PkgsyncError, redactUrl } from '../errors.ts';
import type { HttpResponse } from '../http/http-client.ts';
import type { Project, SkippedFile } from '../packaging/distribution-file.ts';
import { normalizeName, type PackageName } from '../packaging/name.ts';
import { isCutOff } from './html-signs.ts';
import type { IndexPage, PageReader } from './index-page.ts';
import { firstByte, pageType, type Serialization } from './page-type.ts';
import { HtmlPage } from './parse-html.ts';
import { JsonPage } from './parse-json.ts';
import { RootHtml } from './parse-root-html.ts';
import { RootJson } from './parse-root-json.ts';
import { describeSkipped, projectOf } from './project-files.ts';
import type { RootList, RootReader } from './root-list.ts';

/** The most that is read of a page, in bytes after unpacking. PyPI's project list has about 50 MB, its longest project pages a few. */
export const pageLimits = { project: 128 * 1024 * 1024, list: 512 * 1024 * 1024 };

/** Bytes of a list that are looked at to see what kind of page it is. */
const peekLimit = 64 * 1024;

type Page = Pick<HttpResponse, 'url' | 'headers' | 'framed' | 'body'>;

/**
 * The page of project `name` out of a 200 answer.
 * @throws PkgsyncError BAD_RESPONSE for what is not (only) that: other content types, an error message or a login page, the beginning of a page
 */
export async function readProject(response: Page, name: PackageName, wanted: 'auto' | Serialization): Promise<Project> {
  let reader: PageReader | undefined;
  for await (const chunk of fromFirstByte(limited(response, pageLimits.project))) {
    reader ??= pageReader(response, chunk, wanted);
    reader.write(chunk);
  }
  return judged((reader ?? pageReader(response, new Uint8Array(0), wanted)).end(), name, response.url, response.framed);
}

function pageReader({ url, headers, framed }: Page, start: Uint8Array, wanted: 'auto' | Serialization): PageReader {
  const contentType = headers['content-type'];
  return pageType(contentType, start, url, wanted) === 'json' ? new JsonPage({ url }) : new HtmlPage({ url, contentType, framed });
}

/** The project of a page that has proved to be one. @throws PkgsyncError BAD_RESPONSE */
export function judged(page: IndexPage, name: PackageName, url: string, framed: boolean): Project {
  const label = redactUrl(url);
  if (isCutOff(page, framed)) throw new PkgsyncError('BAD_RESPONSE', `${label} was cut off`, { retryable: true });
  const project = projectOf(page, name);
  if (!page.declared && project.files.length === 0) {
    throw new PkgsyncError('BAD_RESPONSE', `${label} is no page of a simple index: ${describeSkipped(project.skipped)}`, {
      retryable: 'later',
      hint: 'it may be an error message, a login page or a folder without files',
    });
  }
  const saysSo = page.name !== undefined && normalizeName(page.name) === name;
  // What is asked for one project and tells of others only is not an answer; read as "no files" it would have everything uploaded again. Where the page
  // says that it is this project's, files of odd names are all that there is.
  if (!saysSo && project.files.length === 0 && project.skipped.length > 0 && project.skipped.every(isForeign)) {
    throw new PkgsyncError('BAD_RESPONSE', `${label} lists only files of other projects than ${name}`, { retryable: 'later' });
  }
  if (page.name === undefined || saysSo) return project;
  return { ...project, warnings: [...project.warnings, `the page of ${name} says that it is about another project`] };
}

function isForeign({ because }: SkippedFile): boolean {
  return because === 'other-project';
}

/** The whole project list out of a 200 answer. @throws PkgsyncError BAD_RESPONSE as `readProject` */
export async function readList(response: Page, wanted: 'auto' | Serialization): Promise<RootList> {
  let reader: RootReader | undefined;
  for await (const chunk of fromFirstByte(limited(response, pageLimits.list))) {
    reader ??= readerFor(response, chunk, wanted);
    reader.write(chunk);
  }
  return (reader ?? readerFor(response, new Uint8Array(0), wanted)).end();
}

/** What kind of page an answer is, by its beginning; the rest is not read. @throws PkgsyncError BAD_RESPONSE for what is no page of an index */
export async function peekKind(response: Page, wanted: 'auto' | Serialization): Promise<'projects' | 'files'> {
  let reader: RootReader | undefined;
  let size = 0;
  for await (const chunk of fromFirstByte(limited(response, pageLimits.list))) {
    reader ??= readerFor(response, chunk, wanted);
    reader.write(chunk);
    size += chunk.length;
    const kind = reader.kind();
    // One link may be navigation: HTML has to show more of itself than a JSON key.
    if (kind !== undefined && (size >= peekLimit || reader instanceof RootJson)) return kind;
  }
  reader ??= readerFor(response, new Uint8Array(0), wanted);
  if (reader.kind() !== 'files') reader.end();
  return reader.kind() ?? 'projects';
}

function readerFor(response: Page, start: Uint8Array, wanted: 'auto' | Serialization): RootReader {
  const { url, framed, headers } = response;
  const contentType = headers['content-type'];
  return pageType(contentType, start, url, wanted) === 'json' ? new RootJson({ url }) : new RootHtml({ url, contentType, framed });
}

/** The same bytes, the first chunk long enough to hold a byte that is not blank. */
async function* fromFirstByte(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of body) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (firstByte(start) === undefined && start.length < peekLimit) continue;
    yield start;
    start = undefined;
  }
  if (start !== undefined && start.length > 0) yield start;
}

async function* limited(response: Page, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) {
      throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(response.url)} is longer than ${limit} bytes, the most that is read of it`);
    }
    yield chunk;
  }
}
