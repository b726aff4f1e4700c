/** What pypiserver takes a file for. */
export interface GuessedRelease {
  readonly name: string;
  /** With the build number of a wheel: `1.0-1`. */
  readonly version: string;
}

/** `_archive_suffix_rx`, `_pkgname_re` and `_pkgname_parts_re` of pypiserver 2.4. */
const suffix = /(?:\.zip|\.tar\.gz|\.tgz|\.tar\.bz2|\.tar\.xz|-py[23]\.\d-.*|\.win-amd64-py[23]\.\d\..*|\.win32-py[23]\.\d\..*|\.egg)$/i;
const beforeVersion = /-\d+[a-z_.!+]/i;
const afterVersion = /[.-](?=cp\d|py\d|macosx|linux|sunos|solaris|irix|aix|cygwin|win)/i;

/**
 * Name and version that pypiserver makes out of a filename, spelled as it compares them (`guess_pkgname_and_version` in its pkg_helpers.py); undefined
 * where it makes none.
 */
export function guessRelease(filename: string): GuessedRelease | undefined {
  if (filename.endsWith('.whl')) return guessWheel(filename.slice(0, -'.whl'.length).split('-'));
  if (!suffix.test(filename)) return undefined;
  const stem = filename.replace(suffix, '');
  const dashes = stem.split('-').length - 1;
  if (dashes === 0) return { name: stem, version: '' };
  const dash = dashes === 1 || !stem.includes('.') ? stem.lastIndexOf('-') : (beforeVersion.exec(stem)?.index ?? stem.length);
  const rest = stem.slice(dash + 1);
  return { name: stem.slice(0, dash), version: dashes === 1 || !stem.includes('.') ? rest : (rest.split(afterVersion)[0] ?? '') };
}

function guessWheel(parts: readonly string[]): GuessedRelease | undefined {
  const [name = '', version = '', build = ''] = parts;
  if (name === '' || !/^\d/.test(version)) return undefined;
  if (parts.length === 5) return { name, version };
  return parts.length === 6 && /^\d/.test(build) ? { name, version: `${version}-${build}` } : undefined;
}
