import { PkgsyncError, printable } from '../errors.ts';
import type { PackageType } from './distribution-file.ts';
import {
  readArchiveTail,
  readEggTail,
  readInstallerTail,
  readPythonTail,
  readRpmTail,
  restoreDashes,
  splitDebianStem,
  splitStem,
  startsWithNumber,
} from './filename-stem.ts';
import type { Split, SplitProblem } from './filename-stem.ts';
import { isNameOf, isValidName, normalizeName } from './name.ts';
import type { PackageName } from './name.ts';
import { canonicalVersion, formatVersion, tryParseVersion } from './version.ts';
import { maxLength, parseBuild, tagProduct } from './wheel-filename.ts';

export { expandTagSets, parseWheelFilename } from './wheel-filename.ts';
export type { BuildNumber, WheelFilename } from './wheel-filename.ts';

/** What the name of a distribution file says, read leniently. */
export interface ParsedFilename {
  readonly packageType: PackageType;
  readonly name: PackageName;
  /** As spelled, with `-` where the format writes `_` for it; not always PEP 440. */
  readonly version: string;
  /** Build number of a wheel, as spelled. */
  readonly build?: string | undefined;
  /** Every `py-abi-plat` of a wheel, sorted. Absent for a variant wheel: the tags alone do not tell where it runs. */
  readonly tags?: readonly string[] | undefined;
  /** Label of a variant wheel (PEP 825, a draft). */
  readonly variant?: string | undefined;
  /** Platform or architecture of another built file, lower-case: `win32`, `macosx-10.6-intel`, `noarch`. */
  readonly platform?: string | undefined;
  /** The upload form's value: `source`, a python tag, `X.Y` or `any`. */
  readonly pyversion: string;
  /** Lower-case, with the dot. */
  readonly extension: string;
}

/** Why a file of a page is no distribution of the project. */
export interface NotADistribution {
  readonly because:
    | SplitProblem
    | 'unsafe-filename'
    | 'unknown-extension'
    | 'documentation'
    | 'invalid-wheel-name'
    | 'invalid-wheel-version'
    | 'too-many-tags';
}

/** A parsed filename with all that tells it from its siblings, in text that is equal for equal meaning. */
interface Analysis {
  readonly parsed: ParsedFilename;
  readonly qualifiers: readonly string[];
}

const extensions: readonly (readonly [extension: string, packageType: PackageType])[] = [
  ['.whl', 'bdist_wheel'],
  ['.egg', 'bdist_egg'],
  ['.exe', 'bdist_wininst'],
  ['.msi', 'bdist_msi'],
  ['.rpm', 'bdist_rpm'],
  ['.deb', 'bdist_dumb'],
  ['.dmg', 'bdist_dmg'],
  ...['.tar.gz', '.tgz', '.tar.bz2', '.tbz', '.tar.xz', '.txz', '.tar.lzma', '.tlz', '.tar.lz', '.tar.z', '.tar.zst', '.tar', '.zip'].map(
    (extension) => [extension, 'sdist'] as const,
  ),
];

/** What a name on an index is at most, in bytes: no file system stores a longer one. */
const maxBytes = 255;

/**
 * Reads a source distribution's filename as strictly as `packaging` does: `.tar.gz` or `.zip`, split at the last dash, a PEP 440 version. The
 * name may be one that no project can have (`_foo`): the caller compares it.
 * https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-file-name
 * @throws PkgsyncError FILENAME_INVALID
 */
export function parseSdistFilename(filename: string): { readonly name: PackageName; readonly version: string } {
  const extension = filename.length > maxLength ? undefined : ['.tar.gz', '.zip'].find((candidate) => filename.endsWith(candidate));
  const stem = extension === undefined ? '' : filename.slice(0, -extension.length);
  const dash = stem.lastIndexOf('-');
  const version = dash < 1 ? undefined : tryParseVersion(stem.slice(dash + 1));
  if (version !== undefined) return { name: normalizeName(stem.slice(0, dash)), version: formatVersion(version) };
  throw new PkgsyncError('FILENAME_INVALID', `'${printable(filename)}' is not a valid source distribution name`, {
    hint: 'source distributions are named name-version.tar.gz',
  });
}

/**
 * Reads any distribution's filename, old spellings and formats included, or says why it is none. `project`, the name of the page it stands on,
 * decides where name and version meet and is required to agree. Never throws.
 */
export function parseDistributionFilename(filename: string, project?: PackageName): ParsedFilename | NotADistribution {
  const analysis = analyse(filename, project);
  return 'because' in analysis ? analysis : analysis.parsed;
}

/** Whether the filename ends, in any case, as those of distributions do; says nothing about the rest of it. */
export function hasDistributionExtension(filename: string): boolean {
  const lower = filename.toLowerCase();
  return extensions.some(([extension]) => lower.endsWith(extension));
}

/** Whether the filename was that of a distribution. */
export function isDistribution(parsed: ParsedFilename | NotADistribution): parsed is ParsedFilename {
  return !('because' in parsed);
}

/**
 * Identity of a file under other spellings: equal where name, parsed version, build, tags (or Python version and platform), kind and extension
 * are equal; undefined for what is no distribution of the project.
 */
export function distributionKey(filename: string, project: PackageName): string | undefined {
  const analysis = analyse(filename, project);
  if ('because' in analysis) return undefined;
  const { packageType, name, version, extension } = analysis.parsed;
  return [packageType, extension, name, canonicalVersion(version), ...analysis.qualifiers].join('\n');
}

/**
 * Whether the filename can be a file's name in a folder of our own: one path component without control or invisible characters, in the normal form of
 * Unicode (NFKC), not hidden (names that start with a dot are our temporary files), at most 255 bytes.
 */
export function isSafeFilename(filename: string): boolean {
  if (filename === '' || filename.startsWith('.') || filename.length > maxBytes) return false;
  // Cc: control characters, NUL among them; Cs: halves of a surrogate pair, which no UTF-8 name can hold; Cf, Zl, Zp: what a reviewer does not see,
  // direction overrides among them.
  if (/[/\\\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]/u.test(filename)) return false;
  // Digits of full width, separate accents, ligatures: names that look like another's, and that some file systems store as it.
  if (filename.normalize('NFKC') !== filename) return false;
  return new TextEncoder().encode(filename).length <= maxBytes;
}

function analyse(filename: string, project: PackageName | undefined): Analysis | NotADistribution {
  if (!isSafeFilename(filename)) return { because: 'unsafe-filename' };
  const lower = filename.toLowerCase();
  if (lower.endsWith('.doc.zip')) return { because: 'documentation' };
  const found = extensions.find(([extension]) => lower.endsWith(extension));
  if (found === undefined) return { because: 'unknown-extension' };
  const [extension, packageType] = found;
  const stem = filename.slice(0, -extension.length);
  if (packageType === 'bdist_wheel') return analyseWheel(stem, project);
  const split = splitOther(stem, extension, packageType, project);
  return typeof split === 'string' ? { because: split } : analysisOf(split, extension, packageType);
}

function splitOther(stem: string, extension: string, packageType: PackageType, project: PackageName | undefined): Split | SplitProblem {
  if (packageType === 'bdist_egg') return splitStem(stem, project, readEggTail);
  if (packageType === 'bdist_rpm') return splitStem(stem, project, readRpmTail);
  if (packageType === 'bdist_dmg') return splitStem(stem, project, readPythonTail);
  if (packageType === 'bdist_wininst' || packageType === 'bdist_msi') return splitStem(stem, project, readInstallerTail);
  const deb = extension === '.deb' ? splitDebianStem(stem, project) : undefined;
  return deb ?? splitStem(stem, project, readArchiveTail);
}

function analysisOf({ name, version, python, platform }: Split, extension: string, packageType: PackageType): Analysis {
  const isDumb = packageType === 'sdist' && platform !== undefined;
  const parsed: ParsedFilename = {
    packageType: isDumb ? 'bdist_dumb' : packageType,
    name,
    version,
    platform,
    pyversion: packageType === 'sdist' ? (isDumb ? 'any' : 'source') : (python ?? 'any'),
    extension,
  };
  return { parsed, qualifiers: [python ?? '', platform ?? ''] };
}

function analyseWheel(stem: string, project: PackageName | undefined): Analysis | NotADistribution {
  const parts = stem.split('-');
  if (parts.length < 5 || parts.length > 7) return { because: 'invalid-wheel-name' };
  const [rawName = '', rawVersion = '', ...rest] = parts;
  if (project !== undefined && !isNameOf(rawName, project)) return { because: 'other-project' };
  if (!isValidName(rawName)) return { because: 'invalid-name' };
  const name = normalizeName(rawName);
  const version = restoreDashes(rawVersion);
  if (!startsWithNumber(version)) return { because: 'invalid-wheel-version' };

  const build = rest.length > 3 ? parseBuild(rest[0] ?? '') : undefined;
  const [pythons = [], abis = [], platforms = []] = (build === undefined ? rest : rest.slice(1)).slice(0, 3).map(members);
  const variant = build === undefined ? rest[3] : rest[4];
  if (rest.length !== 3 + Number(build !== undefined) + Number(variant !== undefined)) return { because: 'invalid-wheel-name' };
  if (variant !== undefined && !isVariant(variant, platforms)) return { because: 'invalid-wheel-name' };
  const tags = tagProduct(pythons, abis, platforms);
  if (tags === undefined) return { because: 'too-many-tags' };
  if (tags.length === 0) return { because: 'invalid-wheel-name' };

  const parsed: ParsedFilename = {
    packageType: 'bdist_wheel',
    name,
    version,
    build: build === undefined ? undefined : rest[0],
    tags: variant === undefined ? tags : undefined,
    variant,
    pyversion: (build === undefined ? rest[0] : rest[1]) ?? '',
    extension: '.whl',
  };
  return { parsed, qualifiers: [build === undefined ? '' : build.number + build.rest.toLowerCase(), variant ?? '', ...tags] };
}

/** Members of a compressed tag set; empty ones, which old tools wrote, are left out. */
function members(set: string): string[] {
  return set.split('.').filter((member) => member !== '');
}

/** A sixth part is a label only where a platform stands before it: `foo-2.0-a1-py3-none-any` is no variant but a version with a dash. */
function isVariant(label: string, platforms: readonly string[]): boolean {
  return (
    /^[0-9a-z_.]+$/.test(label) && !platforms.some((platform) => /^(?:none$|abi[0-9]|cp[0-9]|pp[0-9]|pypy[0-9]|graalpy)/.test(platform))
  );
}
