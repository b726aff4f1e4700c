/** Versions of the core metadata standard that exist, oldest first. 2.0 was never one, though files claim it. */
export const metadataVersions = ['1.0', '1.1', '1.2', '2.1', '2.2', '2.3', '2.4', '2.5', '2.6'] as const;
export type MetadataVersion = (typeof metadataVersions)[number];

/** How often a field may stand, and how its value is read. */
export type FieldKind = 'text' | 'list' | 'keywords' | 'urls';

export interface FieldRule {
  /** Name in `packaging`'s RawMetadata and in the legacy JSON API: plural for lists. */
  readonly key: string;
  readonly kind: FieldKind;
  /** The version of the standard that brought it. */
  readonly since: MetadataVersion;
}

/**
 * Every field of the standard by its header's name in lower case.
 * https://packaging.python.org/en/latest/specifications/core-metadata/
 */
export const metadataFields: ReadonlyMap<string, FieldRule> = new Map(
  (
    [
      ['metadata-version', 'metadata_version', 'text', '1.0'],
      ['name', 'name', 'text', '1.0'],
      ['version', 'version', 'text', '1.0'],
      ['dynamic', 'dynamic', 'list', '2.2'],
      ['platform', 'platforms', 'list', '1.0'],
      ['supported-platform', 'supported_platforms', 'list', '1.1'],
      ['summary', 'summary', 'text', '1.0'],
      ['description', 'description', 'text', '1.0'],
      ['description-content-type', 'description_content_type', 'text', '2.1'],
      ['keywords', 'keywords', 'keywords', '1.0'],
      ['home-page', 'home_page', 'text', '1.0'],
      ['download-url', 'download_url', 'text', '1.1'],
      ['author', 'author', 'text', '1.0'],
      ['author-email', 'author_email', 'text', '1.0'],
      ['maintainer', 'maintainer', 'text', '1.2'],
      ['maintainer-email', 'maintainer_email', 'text', '1.2'],
      ['license', 'license', 'text', '1.0'],
      ['license-expression', 'license_expression', 'text', '2.4'],
      ['license-file', 'license_files', 'list', '2.4'],
      ['classifier', 'classifiers', 'list', '1.1'],
      ['requires-dist', 'requires_dist', 'list', '1.2'],
      ['requires-python', 'requires_python', 'text', '1.2'],
      ['requires-external', 'requires_external', 'list', '1.2'],
      ['project-url', 'project_urls', 'urls', '1.2'],
      ['provides-extra', 'provides_extra', 'list', '2.1'],
      ['provides-dist', 'provides_dist', 'list', '1.2'],
      ['obsoletes-dist', 'obsoletes_dist', 'list', '1.2'],
      ['import-name', 'import_names', 'list', '2.5'],
      ['import-namespace', 'import_namespaces', 'list', '2.5'],
      ['requires', 'requires', 'list', '1.1'],
      ['provides', 'provides', 'list', '1.1'],
      ['obsoletes', 'obsoletes', 'list', '1.1'],
    ] as const
  ).map(([header, key, kind, since]) => [header, { key, kind, since }]),
);
