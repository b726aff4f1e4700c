import type { PackageType } from '../packaging/distribution-file.ts';

/** Where a kind of distribution keeps its metadata. */
export interface MetadataPlaces {
  /**
   * How good a place the path (without `.` parts) is: 0 is where the format puts it, more is worse, undefined is none. Files at 0 belong to the
   * distribution whatever they say; others only when they name the project, for anything can lie in an archive.
   */
  readonly rank: (path: string) => number | undefined;
  /** What is looked for, to follow "has no"; undefined where a distribution may go without (old source distributions have none). */
  readonly required?: string | undefined;
}

/**
 * The places by kind, or undefined where no reader knows the format (rpm, msi, dmg, deb).
 * https://packaging.python.org/en/latest/specifications/ binary-distribution-format and source-distribution-format
 */
export function metadataPlaces(packageType: PackageType): MetadataPlaces | undefined {
  switch (packageType) {
    case 'bdist_wheel':
      return { rank: (path) => (/^[^/]+\.dist-info\/METADATA$/.test(path) ? 0 : undefined), required: '.dist-info/METADATA' };
    case 'sdist':
      return { rank: (path) => (/^[^/]+\/PKG-INFO$/.test(path) ? 0 : isPkgInfo(path) ? depth(path) : undefined) };
    case 'bdist_egg':
      return { rank: (path) => (path === 'EGG-INFO/PKG-INFO' ? 0 : isPkgInfo(path) ? depth(path) : undefined) };
    case 'bdist_wininst':
    case 'bdist_dumb':
      // An image of the installation: `…/site-packages/foo-1.0-py2.7.egg-info` is a file, or a folder with PKG-INFO.
      return { rank: (path) => (isPkgInfo(path) || path.endsWith('.egg-info') ? depth(path) : undefined) };
    case 'bdist_msi':
    case 'bdist_rpm':
    case 'bdist_dmg':
      return undefined;
  }
}

function isPkgInfo(path: string): boolean {
  return path === 'PKG-INFO' || path.endsWith('/PKG-INFO');
}

function depth(path: string): number {
  return path.split('/').length;
}
