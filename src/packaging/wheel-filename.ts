import { PkgsyncError, printable } from '../errors.ts';
import { compareText, normalizeName } from './name.ts';
import type { PackageName } from './name.ts';
import { formatVersion, tryParseVersion } from './version.ts';

/** Most `py-abi-plat` tags that one filename may stand for: a compressed tag set is a product, so a short name can mean millions. */
const maxTags = 10_000;

/** Longest filename or tag set that is read strictly, in UTF-16 units; it bounds the product's size together with `maxTags`. */
export const maxLength = 1024;

/** A build number: the digits without leading zeros, and what follows them. */
export interface BuildNumber {
  readonly number: string;
  readonly rest: string;
}

/** What the name of a wheel says, read strictly. */
export interface WheelFilename {
  readonly name: PackageName;
  /** In normal form. */
  readonly version: string;
  readonly build?: BuildNumber | undefined;
  /** Every `py-abi-plat` the wheel serves, lower-case and sorted. */
  readonly tags: readonly string[];
}

/**
 * Reads a wheel's filename as strictly as `packaging` does. The name may be one that no project can have (`_foo`): the caller compares it.
 * https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
 * @throws PkgsyncError FILENAME_INVALID
 */
export function parseWheelFilename(filename: string): WheelFilename {
  const parts = filename.endsWith('.whl') && filename.length <= maxLength ? filename.slice(0, -'.whl'.length).split('-') : [];
  if (parts.length !== 5 && parts.length !== 6) throw invalid(filename, 'wheels are named name-version(-build)-python-abi-platform.whl');
  const [name = '', versionText = ''] = parts;
  const version = tryParseVersion(versionText);
  const build = parts.length === 6 ? parseBuild(parts[2] ?? '') : undefined;
  if (name.includes('__') || !/^[\p{L}\p{N}_.]+$/u.test(name)) throw invalid(filename, 'the first part is no project name');
  if (version === undefined) throw invalid(filename, `'${printable(versionText)}' is not a version`);
  if (parts.length === 6 && build === undefined) throw invalid(filename, 'a build number starts with a digit');
  return { name: normalizeName(name), version: formatVersion(version), build, tags: expandTagSets(parts.slice(-3).join('-')) };
}

/** Reads a build number; undefined where it does not start with a digit. */
export function parseBuild(text: string): BuildNumber | undefined {
  const match = /^0*([0-9]+)([^\n]*)/.exec(text);
  return match === null ? undefined : { number: match[1] ?? '', rest: match[2] ?? '' };
}

/**
 * The tags that a compressed tag set stands for, lower-case, sorted, each once: `py2.py3-none-any` gives `py2-none-any` and `py3-none-any`.
 * https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#compressed-tag-sets
 * @throws PkgsyncError FILENAME_INVALID for a text that is no tag set and for more than `limit` tags
 */
export function expandTagSets(compressed: string, limit = maxTags): readonly string[] {
  const sets = compressed.split('-').map((set) => set.split('.'));
  const [pythons = [], abis = [], platforms = []] = sets;
  if (compressed.length > maxLength) throw invalid(compressed, `a tag set has at most ${maxLength} characters`);
  if (sets.length !== 3) throw invalid(compressed, 'a tag consists of python, abi and platform');
  if (sets.flat().includes('')) throw invalid(compressed, 'a tag set has an empty member');
  if (!pythons.every((python) => /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(python)))
    throw invalid(compressed, 'a python tag consists of letters, digits and "_", and starts with a letter');
  const tags = tagProduct(pythons, abis, platforms, limit);
  if (tags === undefined) throw invalid(compressed, `it stands for more than ${limit} tags`);
  return tags;
}

/** The product of the three sets, lower-case, sorted, each once; undefined where it would have more than `limit` members. */
export function tagProduct(
  pythons: readonly string[],
  abis: readonly string[],
  platforms: readonly string[],
  limit = maxTags,
): readonly string[] | undefined {
  if (pythons.length * abis.length * platforms.length > limit) return undefined;
  const tags = new Set<string>();
  for (const python of pythons)
    for (const abi of abis) for (const platform of platforms) tags.add(`${python}-${abi}-${platform}`.toLowerCase());
  return [...tags].sort(compareText);
}

function invalid(text: string, hint: string): PkgsyncError {
  return new PkgsyncError('FILENAME_INVALID', `'${printable(text)}' is not a valid wheel name or tag`, { hint });
}
