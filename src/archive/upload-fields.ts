import { PkgsyncError, printable } from '../errors.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import type { PackageName } from '../packaging/name.ts';
import type { CoreMetadata } from './core-metadata.ts';

/** A field of the upload form: name and value. */
export type UploadField = readonly [name: string, value: string];

/**
 * The text fields of the upload form that describe a file, without digests and `:action`: what its metadata says under the names that servers
 * read (some singular, some plural), and `filetype` and `pyversion`. Fields that say nothing are left out.
 * https://docs.pypi.org/api/upload/
 * @throws PkgsyncError FILENAME_INVALID
 */
export function uploadFields(metadata: CoreMetadata, filename: string, project: PackageName): readonly UploadField[] {
  const parsed = parseDistributionFilename(filename, project);
  if (!isDistribution(parsed)) {
    throw new PkgsyncError(
      'FILENAME_INVALID',
      `'${printable(filename)}' is not the name of a distribution of ${project} (${parsed.because})`,
    );
  }
  return [...metadataFormFields(metadata), ['filetype', parsed.packageType], ['pyversion', parsed.pyversion]];
}

/** The part of the form that is metadata: it serves registering a project too. */
export function metadataFormFields(metadata: CoreMetadata): readonly UploadField[] {
  return [
    ...single('metadata_version', metadata.metadataVersion),
    ...single('name', metadata.name),
    ...single('version', metadata.version),
    ...single('summary', metadata.summary),
    ...single('description', metadata.description),
    ...single('description_content_type', metadata.descriptionContentType),
    ...single('keywords', metadata.keywords),
    ...single('home_page', metadata.homePage),
    ...single('download_url', metadata.downloadUrl),
    ...single('author', metadata.author),
    ...single('author_email', metadata.authorEmail),
    ...single('maintainer', metadata.maintainer),
    ...single('maintainer_email', metadata.maintainerEmail),
    ...single('license', metadata.license),
    ...single('license_expression', metadata.licenseExpression),
    ...single('requires_python', metadata.requiresPython),
    ...repeated('platform', metadata.platforms),
    ...repeated('supported_platform', metadata.supportedPlatforms),
    ...repeated('classifiers', metadata.classifiers),
    ...repeated('requires_dist', metadata.requiresDist),
    ...repeated('provides_dist', metadata.providesDist),
    ...repeated('obsoletes_dist', metadata.obsoletesDist),
    ...repeated('requires_external', metadata.requiresExternal),
    ...repeated('requires', metadata.requires),
    ...repeated('provides', metadata.provides),
    ...repeated('obsoletes', metadata.obsoletes),
    ...repeated('project_urls', metadata.projectUrls),
    ...repeated('provides_extra', metadata.providesExtra),
    ...repeated('dynamic', metadata.dynamic),
    ...repeated('license_file', allowsLicenseFiles(metadata.metadataVersion) ? metadata.licenseFiles : []),
    ...repeated('import_name', metadata.importNames),
    ...repeated('import_namespace', metadata.importNamespaces),
  ];
}

/** setuptools wrote License-File before the standard had it (2.4); servers refuse it in older metadata. */
function allowsLicenseFiles(metadataVersion: string): boolean {
  const [major = 0, minor = 0] = metadataVersion.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 4);
}

function single(name: string, value: string | undefined): readonly UploadField[] {
  return value === undefined || value === '' ? [] : [[name, value]];
}

function repeated(name: string, values: readonly string[]): readonly UploadField[] {
  return values.filter((value) => value !== '').map((value) => [name, value]);
}
