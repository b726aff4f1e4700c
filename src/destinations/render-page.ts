import { hasDigest, parseDigests, strongestDigest, type DigestSet } from '../packaging/digest.ts';
import type { PackageName } from '../packaging/name.ts';
import { versionsOf, type PageFile, type ProjectPage } from './project-page.ts';

/** Sizes and upload times (PEP 700) are what the pages use of the simple API beyond 1.0; they claim no more. */
const apiVersion = '1.1';

/**
 * The project's HTML page (PEP 503, 592, 658, 714), for `simple/<name>/index.html`. A pure function of the page: the same page gives the same bytes.
 * https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
export function renderProjectHtml(page: ProjectPage): string {
  const links = page.files.map((file) => `    ${anchor(page.name, file)}<br>\n`).join('');
  return `${htmlHead(`Links for ${page.name}`)}    <h1>Links for ${page.name}</h1>\n${links}${htmlFoot}`;
}

/** The project's JSON page (PEP 691 with PEP 700), for `simple/<name>/index.v1_json`: valid JSON, one file a line. */
export function renderProjectJson(page: ProjectPage): string {
  const head = `{"meta":{"api-version":"${apiVersion}"},"name":${JSON.stringify(page.name)},"versions":${JSON.stringify(versionsOf(page))},"files":[`;
  return `${head}${page.files.map((file) => `\n${JSON.stringify(jsonFile(page.name, file))}`).join(',')}\n]}\n`;
}

/** The list of all projects in HTML, for `simple/index.html`. Streams: an index may have a million names. */
export function* renderRootHtml(names: Iterable<PackageName>): Generator<string> {
  yield `${htmlHead('Simple index')}    <h1>Simple index</h1>\n`;
  for (const name of names) yield `    <a href="${encodePathSegment(name)}/">${escapeHtml(name)}</a><br>\n`;
  yield htmlFoot;
}

/** The list of all projects in JSON (PEP 691), for `simple/index.v1_json`. */
export function* renderRootJson(names: Iterable<PackageName>): Generator<string> {
  yield `{"meta":{"api-version":"${apiVersion}"},"projects":[`;
  let separator = '\n';
  for (const name of names) {
    yield `${separator}{"name":${JSON.stringify(name)}}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** Link from a project's page to one of its files: relative, so that the index works under any address. */
export function fileLink(name: PackageName, filename: string): string {
  return `../../packages/${encodePathSegment(name)}/${encodePathSegment(filename)}`;
}

/** Percent-encodes all but RFC 3986's unreserved characters; `encodeURIComponent` leaves five more, of which `!` is common in epochs. */
export function encodePathSegment(segment: string): string {
  return encodeURIComponent(wellFormed(segment)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const htmlFoot = '  </body>\n</html>\n';

function htmlHead(title: string): string {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="pypi:repository-version" content="${apiVersion}">
    <title>${escapeHtml(title)}</title>
  </head>
  <body>
`;
}

function anchor(name: PackageName, file: PageFile): string {
  const digest = strongestDigest(shownDigests(file.hashes));
  const attributes: (readonly [name: string, value: string])[] = [
    ['href', `${fileLink(name, file.filename)}${digest === undefined ? '' : `#${digest.replace(':', '=')}`}`],
  ];
  if (file.requiresPython !== undefined && file.requiresPython !== '') attributes.push(['data-requires-python', file.requiresPython]);
  if (file.coreMetadata !== undefined) {
    // PEP 714: the first name is the specified one, the second is what clients before it read.
    const value = strongestDigest(shownDigests(file.coreMetadata))?.replace(':', '=') ?? 'true';
    attributes.push(['data-core-metadata', value], ['data-dist-info-metadata', value]);
  }
  if (file.yanked !== false) attributes.push(['data-yanked', file.yanked.reason]);
  return `<a ${attributes.map(([key, value]) => `${key}="${escapeHtml(value)}"`).join(' ')}>${escapeHtml(file.filename)}</a>`;
}

/** Key order is the order in the page. Facts that are not known are left out; `null` and `""` confuse old clients. */
function jsonFile(name: PackageName, file: PageFile): Readonly<Record<string, unknown>> {
  return {
    filename: file.filename,
    url: fileLink(name, file.filename),
    hashes: shownDigests(file.hashes),
    ...(file.requiresPython === undefined || file.requiresPython === '' ? {} : { 'requires-python': file.requiresPython }),
    ...(file.size === undefined ? {} : { size: file.size }),
    ...(file.uploadTime === undefined || file.uploadTime === '' ? {} : { 'upload-time': file.uploadTime }),
    // An empty reason would read as "not yanked" in JSON.
    ...(file.yanked === false ? {} : { yanked: file.yanked.reason === '' ? true : file.yanked.reason }),
    // Never under the key of before PEP 714: pip 23.0 and 23.1 fail on it.
    ...(file.coreMetadata === undefined ? {} : { 'core-metadata': hasDigest(file.coreMetadata) ? shownDigests(file.coreMetadata) : true }),
  };
}

/** sha256 alone where it is known, so that learning md5 later changes no page; otherwise all there are, in fixed order. */
export function shownDigests(digests: DigestSet): DigestSet {
  return digests.sha256 === undefined ? parseDigests(digests) : { sha256: digests.sha256 };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A raw carriage return would come back as a line feed; a raw line feed would break "one link a line".
  '\r': '&#13;',
  '\n': '&#10;',
  // HTML has no way to say NUL.
  '\0': '\ufffd',
};

/** For text and for double-quoted attribute values alike. */
function escapeHtml(text: string): string {
  return wellFormed(text).replace(/[&<>"'\r\n\0]/g, (character) => entities[character] ?? character);
}

/** Without half surrogate pairs, which UTF-8 cannot carry. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
