import { isPkgsyncError } from '../errors.ts';
import { isValidName } from '../packaging/name.ts';
import { parseRequirement } from '../packaging/requirement.ts';
import { parseSpecifierSet } from '../packaging/specifier.ts';
import { tryParseVersion } from '../packaging/version.ts';
import { isDescriptionContentType } from './content-type.ts';
import { isLicenseExpression } from './license-expression.ts';
import { metadataFields, metadataVersions } from './metadata-fields.ts';
import type { RawMetadata, RawValue } from './raw-metadata.ts';

/**
 * Header names (lower case, sorted) of the fields that a strict reading of the standard rejects: missing though required, newer than the
 * declared Metadata-Version, malformed, repeated, undecodable, or not in the standard at all. Empty: the metadata is valid.
 * https://packaging.python.org/en/latest/specifications/core-metadata/
 */
export function validateRawMetadata({ fields, unparsed }: RawMetadata): readonly string[] {
  const invalid = new Set(unparsed.keys());
  const declared = metadataVersions.findIndex((version) => version === fields.get('metadata_version'));
  for (const [header, rule] of metadataFields) {
    const value = fields.get(rule.key);
    if (value === undefined) {
      if (required.has(header)) invalid.add(header);
    } else if (declared >= 0 && metadataVersions.indexOf(rule.since) > declared) {
      invalid.add(header);
    } else if (checks[header]?.(value) === false) {
      invalid.add(header);
    }
  }
  return [...invalid].sort();
}

const required: ReadonlySet<string> = new Set(['metadata-version', 'name', 'version']);

/** Everything that Python's `str.splitlines` takes for a line end. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const lineBreak = /[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/;

const checks: Readonly<Record<string, (value: RawValue) => boolean>> = {
  'metadata-version': (value) => metadataVersions.some((version) => version === value),
  name: text(isValidName),
  version: text((value) => tryParseVersion(value) !== undefined),
  summary: text((value) => !lineBreak.test(value)),
  'description-content-type': text(isDescriptionContentType),
  dynamic: each((value) => !required.has(value.toLowerCase()) && metadataFields.has(value.toLowerCase())),
  'provides-extra': each(isValidName),
  'requires-python': text((value) => accepts(() => parseSpecifierSet(value))),
  'requires-dist': each((value) => accepts(() => parseRequirement(value))),
  'license-expression': text(isLicenseExpression),
  'license-file': each(isLicensePath),
  'import-name': each(isImportName),
  'import-namespace': each(isImportName),
};

function text(check: (value: string) => boolean): (value: RawValue) => boolean {
  return (value) => typeof value === 'string' && check(value);
}

function each(check: (value: string) => boolean): (value: RawValue) => boolean {
  return (value) => Array.isArray(value) && value.every((item: unknown) => typeof item === 'string' && check(item));
}

function accepts(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (isPkgsyncError(error)) return false;
    throw error;
  }
}

/** Relative, resolved, with `/`: https://packaging.python.org/en/latest/specifications/core-metadata/#license-file-multiple-use */
function isLicensePath(path: string): boolean {
  if (path.includes('..') || path.includes('*') || path.startsWith('/') || /^[A-Za-z]:\//.test(path)) return false;
  if (path === '.') return true;
  return !path.includes('\\') && path.split('/').every((part) => part !== '' && part !== '.');
}

/** `package.module`, perhaps with `; private`: https://packaging.python.org/en/latest/specifications/core-metadata/#import-name-multiple-use */
function isImportName(value: string): boolean {
  const semicolon = value.indexOf(';');
  if (semicolon >= 0 && !/^\s*private$/.test(value.slice(semicolon + 1))) return false;
  const name = semicolon < 0 ? value : value.slice(0, semicolon);
  return name
    .trimEnd()
    .split('.')
    .every((part) => /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(part) && !pythonKeywords.has(part));
}

const pythonKeywords: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);
