import { metadataOfValues, type CoreMetadata } from './core-metadata.ts';
import type { RawHeader } from './email-headers.ts';
import { FieldValues, saysSomething, unfold } from './field-values.ts';

/**
 * The form's names of each header, the one that the API documents first. The others are what some clients send (uv: `import_names`) or servers
 * keep (devpi: `provides_extras`) for the same field.
 * https://docs.pypi.org/api/upload/
 */
const namesByHeader: readonly (readonly [header: string, ...names: string[]])[] = [
  ['Metadata-Version', 'metadata_version'],
  ['Name', 'name'],
  ['Version', 'version'],
  ['Summary', 'summary'],
  ['Description-Content-Type', 'description_content_type'],
  ['Home-page', 'home_page'],
  ['Download-URL', 'download_url'],
  ['Author', 'author'],
  ['Author-email', 'author_email'],
  ['Maintainer', 'maintainer'],
  ['Maintainer-email', 'maintainer_email'],
  ['License', 'license'],
  ['License-Expression', 'license_expression'],
  ['Requires-Python', 'requires_python'],
  ['Platform', 'platform', 'platforms'],
  ['Supported-Platform', 'supported_platform', 'supported_platforms'],
  ['Classifier', 'classifiers', 'classifier'],
  ['Requires-Dist', 'requires_dist'],
  ['Provides-Dist', 'provides_dist'],
  ['Obsoletes-Dist', 'obsoletes_dist'],
  ['Requires-External', 'requires_external'],
  ['Requires', 'requires'],
  ['Provides', 'provides'],
  ['Obsoletes', 'obsoletes'],
  ['Project-URL', 'project_urls', 'project_url'],
  ['Provides-Extra', 'provides_extra', 'provides_extras'],
  ['Dynamic', 'dynamic'],
  ['License-File', 'license_file', 'license_files'],
  ['Import-Name', 'import_name', 'import_names'],
  ['Import-Namespace', 'import_namespace', 'import_namespaces'],
];

/** What the form's metadata is read as where it does not say: some servers never asked for the field. */
const oldestVersion = '1.0';

/**
 * Core metadata of the upload form's text fields: the way back from `metadataFormFields`, read as patiently as a file's own metadata
 * (`parseCoreMetadata`). Singular and plural names of a field are one field, other fields (`:action`, digests, `content`) are ignored, and
 * `UNKNOWN` and empty values say nothing. A description is kept as it is; other values lose line breaks and outer blanks, as in a file.
 * What was odd, a missing `metadata_version` among it (1.0 then), is in `warnings`.
 * @throws PkgsyncError METADATA_INVALID: no name or version, two that differ, a name that is none, or another fault that a file's may have
 */
export function metadataFromFields(fields: Iterable<readonly [name: string, value: string]>): CoreMetadata {
  const form = byName(fields);
  const headers = namesByHeader.flatMap(([header, ...names]) => mergedValues(form, names).map((value) => rawHeader(header, value)));
  // One text in the standard; a client that has parsed it to a list may send the list.
  const keywords = (form.get('keywords') ?? []).map(unfold).join(', ');
  if (keywords !== '') headers.push(rawHeader('Keywords', keywords));

  const warnings: string[] = [];
  if (!form.has('metadata_version')) {
    warnings.push(`the form has no metadata_version; ${oldestVersion} was taken`);
    headers.unshift(rawHeader('Metadata-Version', oldestVersion));
  }
  const [description = '', ...more] = form.get('description') ?? [];
  if (more.length > 0) warnings.push(`description is given ${more.length + 1} times; the first counts`);
  return metadataOfValues(new FieldValues(headers, warnings), latin1(description));
}

/** The values that say something, by the field's name. */
function byName(fields: Iterable<readonly [name: string, value: string]>): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    if (!saysSomething(unfold(value))) continue;
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

/** Values under any of the names, in order. Clients that send two names for the same values mean them once. */
function mergedValues(form: ReadonlyMap<string, readonly string[]>, names: readonly string[]): readonly string[] {
  const [first = [], ...others] = names.map((name) => form.get(name) ?? []);
  const seen = new Set(first);
  return [...first, ...others.flat().filter((value) => !seen.has(value))];
}

function rawHeader(name: string, value: string): RawHeader {
  return { name, value: latin1(value) };
}

/** Headers of a file are held with one character for each byte; text of a form comes decoded. */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
