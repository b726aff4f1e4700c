import { PkgsyncError, printable } from '../errors.ts';
import { isValidName, normalizeName } from '../packaging/name.ts';
import { canonicalVersion } from '../packaging/version.ts';
import { trimWhitespace } from '../packaging/whitespace.ts';
import { splitMessage } from './email-headers.ts';
import { FieldValues, saysSomething, unfold, unknown, withoutIndentation } from './field-values.ts';
import { rescueHeaders } from './header-rescue.ts';
import { metadataVersions } from './metadata-fields.ts';

/** Core metadata (https://packaging.python.org/en/latest/specifications/core-metadata/), versions 1.0 to 2.6, as read from METADATA or PKG-INFO. */
export interface CoreMetadata {
  readonly metadataVersion: string;
  readonly name: string;
  readonly version: string;
  readonly dynamic: readonly string[];
  readonly platforms: readonly string[];
  readonly supportedPlatforms: readonly string[];
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly descriptionContentType?: string | undefined;
  readonly keywords?: string | undefined;
  readonly homePage?: string | undefined;
  readonly downloadUrl?: string | undefined;
  readonly author?: string | undefined;
  readonly authorEmail?: string | undefined;
  readonly maintainer?: string | undefined;
  readonly maintainerEmail?: string | undefined;
  readonly license?: string | undefined;
  readonly licenseExpression?: string | undefined;
  readonly licenseFiles: readonly string[];
  readonly classifiers: readonly string[];
  readonly requiresDist: readonly string[];
  readonly requiresPython?: string | undefined;
  readonly requiresExternal: readonly string[];
  readonly projectUrls: readonly string[];
  readonly providesExtra: readonly string[];
  readonly providesDist: readonly string[];
  readonly obsoletesDist: readonly string[];
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  readonly obsoletes: readonly string[];
  readonly importNames: readonly string[];
  readonly importNamespaces: readonly string[];
  /** True where the archive has no metadata and name and version come from the filename (old-style packages). */
  readonly fromFilename: boolean;
  /** What was odd: undecodable bytes, repeated fields, fields that ended the headers early. */
  readonly warnings: readonly string[];
}

/** Name and version by which a file goes, for metadata that says `UNKNOWN`. */
export interface Identity {
  readonly name: string;
  readonly version: string;
}

/** Most bytes of a METADATA or PKG-INFO file, and of one line among its headers. */
export const maxMetadataBytes = 10 * 1024 * 1024;
const maxHeaderLine = 1024 * 1024;

/**
 * Reads METADATA or PKG-INFO with the patience that real files need: a byte order mark, any line ends, bytes that are no UTF-8 (read as
 * Latin-1), repeated fields (the first counts), headers after a line that is none. `UNKNOWN`, which old tools wrote for nothing, is nothing.
 * What was odd is listed in `warnings`.
 * @param fallback taken for a name or version that says `UNKNOWN`
 * @throws PkgsyncError METADATA_INVALID: no Metadata-Version, Name or Version; two that differ; a name that is none; a version of the standard
 *   with another major number; too large
 */
export function parseCoreMetadata(bytes: Uint8Array, fallback?: Identity): CoreMetadata {
  if (bytes.length > maxMetadataBytes) throw invalid(`is larger than ${maxMetadataBytes} bytes`);
  const message = splitMessage(withoutByteOrderMark(bytes));
  if (message.longestLine > maxHeaderLine) throw invalid(`has a header line longer than ${maxHeaderLine} bytes`);
  const rescued = rescueHeaders(message);
  const values = new FieldValues([...message.headers, ...rescued.headers], rescued.warnings);
  return metadataOfValues(values, rescued.body, fallback);
}

/**
 * Metadata of fields by their headers' names, however they came: the one place that decides what their values mean.
 * @param latin1Body the description, or '' where only a header may give it; one character for each byte, as headers are
 * @throws PkgsyncError METADATA_INVALID as `parseCoreMetadata`
 */
export function metadataOfValues(values: FieldValues, latin1Body: string, fallback?: Identity): CoreMetadata {
  const metadataVersion = readMetadataVersion(values);
  return {
    metadataVersion,
    name: readName(values, fallback),
    version: readVersion(values, fallback),
    dynamic: values.list('Dynamic'),
    platforms: values.list('Platform'),
    supportedPlatforms: values.list('Supported-Platform'),
    summary: values.text('Summary'),
    description: readDescription(values, latin1Body, metadataVersion),
    descriptionContentType: values.text('Description-Content-Type'),
    keywords: values.text('Keywords'),
    homePage: values.text('Home-page'),
    downloadUrl: values.text('Download-URL'),
    author: values.text('Author'),
    authorEmail: values.text('Author-email'),
    maintainer: values.text('Maintainer'),
    maintainerEmail: values.text('Maintainer-email'),
    license: values.text('License'),
    licenseExpression: values.text('License-Expression'),
    licenseFiles: values.list('License-File'),
    classifiers: values.list('Classifier'),
    requiresDist: values.list('Requires-Dist'),
    requiresPython: values.text('Requires-Python'),
    requiresExternal: values.list('Requires-External'),
    projectUrls: values.list('Project-URL'),
    providesExtra: values.list('Provides-Extra'),
    providesDist: values.list('Provides-Dist'),
    obsoletesDist: values.list('Obsoletes-Dist'),
    requires: values.list('Requires'),
    provides: values.list('Provides'),
    obsoletes: values.list('Obsoletes'),
    importNames: values.list('Import-Name'),
    importNamespaces: values.list('Import-Namespace'),
    fromFilename: false,
    warnings: values.warnings,
  };
}

/** Metadata for a distribution that holds none: name and version of its filename, `UNKNOWN` for what Metadata 1.0 has besides. */
export function oldStyleMetadata(name: string, version: string): CoreMetadata {
  return {
    metadataVersion: '1.0',
    name,
    version,
    dynamic: [],
    platforms: [unknown],
    supportedPlatforms: [],
    summary: unknown,
    description: unknown,
    homePage: unknown,
    downloadUrl: unknown,
    author: unknown,
    authorEmail: unknown,
    license: unknown,
    licenseFiles: [],
    classifiers: [],
    requiresDist: [],
    requiresExternal: [],
    projectUrls: [],
    providesExtra: [],
    providesDist: [],
    obsoletesDist: [],
    requires: [],
    provides: [],
    obsoletes: [],
    importNames: [],
    importNamespaces: [],
    fromFilename: true,
    warnings: [],
  };
}

function readMetadataVersion(values: FieldValues): string {
  const text = values.text('Metadata-Version');
  if (text === undefined) throw invalid('has no Metadata-Version');
  if (!/^\d{1,9}\.\d{1,9}$/.test(text)) throw invalid(`has a Metadata-Version that is none: '${printable(text)}'`);
  if (metadataVersions.some((known) => known === text) || text === '2.0') return text;
  // A higher minor version adds fields, a higher major one may change the meaning of those that are read here.
  if (!text.startsWith('1.') && !text.startsWith('2.')) {
    throw invalid(`has Metadata-Version ${text}; this version of pkgsync reads up to ${metadataVersions.at(-1) ?? ''}`);
  }
  values.warnings.push(`Metadata-Version ${text} is not known; what is known of it was read`);
  return text;
}

function readName(values: FieldValues, fallback: Identity | undefined): string {
  const name = identifying(values, 'Name', normalizeName, fallback?.name);
  if (!isValidName(name)) throw invalid(`has a Name that is none: '${printable(name)}'`);
  return name;
}

function readVersion(values: FieldValues, fallback: Identity | undefined): string {
  const version = identifying(values, 'Version', canonicalVersion, fallback?.version);
  if (/\p{Cc}/u.test(version)) throw invalid(`has a Version that is none: '${printable(version)}'`);
  return version;
}

/** A field by which the file is known: repeated it must mean the same, and it cannot be missing. */
function identifying(values: FieldValues, field: string, meaning: (text: string) => string, fallback: string | undefined): string {
  const texts = values.raw(field).map(unfold);
  const [first = '', ...others] = texts;
  const other = others.find((text) => meaning(text) !== meaning(first));
  if (other !== undefined) throw invalid(`has two values of ${field}: '${printable(first)}' and '${printable(other)}'`);
  if (others.length > 0) values.warnings.push(`${field} is given ${texts.length} times`);
  if (first === '') throw invalid(`has no ${field}`);
  if (first !== unknown) return first;
  if (fallback === undefined) throw invalid(`has the ${field} 'UNKNOWN'`);
  if (meaning(fallback) !== meaning(unknown))
    values.warnings.push(`${field} is 'UNKNOWN'; the filename's '${printable(fallback)}' was taken`);
  return fallback;
}

function readDescription(values: FieldValues, latin1Body: string, metadataVersion: string): string | undefined {
  const body = values.decode('the description', latin1Body);
  const [header, ...more] = values.raw('Description');
  if (more.length > 0) values.warnings.push(`Description is given ${more.length + 1} times; the first counts`);
  const inHeader = header === undefined ? '' : withoutIndentation(header);
  const hasHeader = saysSomething(trimWhitespace(inHeader));
  if (!saysSomething(trimWhitespace(body))) return hasHeader ? inHeader : undefined;
  if (!hasHeader) return body;
  // Only since 2.1 may the body be a description: in older files it is the rest of the header's, cut off by a blank line.
  if (metadataVersion.startsWith('1.')) return `${inHeader}\n\n${body}`;
  values.warnings.push('the description is given both as a header and as the body; the body counts');
  return body;
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function invalid(fault: string): PkgsyncError {
  return new PkgsyncError('METADATA_INVALID', `the metadata ${fault}`);
}
