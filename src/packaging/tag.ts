import { PkgsyncError, printable } from '../errors.ts';
import { expandPlatform } from './platform.ts';
import type { Target } from './target.ts';

export { expandPlatform } from './platform.ts';

/** Most triples that one compressed tag set may stand for: real ones have under a hundred. */
const maxTags = 10_000;

/**
 * The triples `py-abi-plat`, in lower case, that a wheel's compressed tag set such as `py2.py3-none-any` stands for, each once, in written
 * order: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#compressed-tag-sets
 * @throws PkgsyncError FILENAME_INVALID for anything but three sets, an empty member, a Python tag that is no identifier, over 10 000 triples
 */
export function expandTags(compressed: string): readonly string[] {
  const sets = compressed.toLowerCase().split('-');
  const [pythons, abis, platforms] = sets.map((set) => [...new Set(set.split('.'))]);
  if (pythons === undefined || abis === undefined || platforms === undefined || sets.length !== 3) {
    throw invalidTags(compressed, 'it must have three parts: Python, ABI and platform');
  }
  if ([pythons, abis, platforms].some((members) => members.includes(''))) throw invalidTags(compressed, 'a part has an empty member');
  const odd = pythons.find((python) => !/^[\p{ID_Start}_][\p{ID_Continue}_]*$/u.test(python));
  if (odd !== undefined) throw invalidTags(compressed, `'${printable(odd)}' is not a Python tag`);
  const count = pythons.length * abis.length * platforms.length;
  if (count > maxTags) throw invalidTags(compressed, `it stands for ${count} tags, and at most ${maxTags} are read`);
  return pythons.flatMap((python) => abis.flatMap((abi) => platforms.map((platform) => `${python}-${abi}-${platform}`)));
}

function invalidTags(compressed: string, because: string): PkgsyncError {
  return new PkgsyncError('FILENAME_INVALID', `'${printable(compressed)}' is not a valid set of wheel tags: ${because}`);
}

/**
 * All tags `py-abi-plat` that the target's installer accepts, best first, each once; the same list and order as packaging's `cpython_tags`
 * or `generic_tags` followed by `compatible_tags`. The platform `any` accepts pure Python wheels only.
 */
export function tagsOf(target: Target): readonly string[] {
  const [major, minor] = pythonVersion(target);
  const interpreter = `${target.implementation}${major}${minor}`;
  const platforms = target.platform === 'any' ? [] : expandPlatform(target.platform);
  const onPlatforms = (python: string, abi: string): readonly string[] => platforms.map((platform) => `${python}-${abi}-${platform}`);
  const pythons = [`py${major}${minor}`, `py${major}`, ...olderMinors(minor, 0).map((older) => `py${major}${older}`)];
  return [
    ...new Set([
      ...interpreterTags(target, interpreter).flatMap(([python, abi]) => onPlatforms(python, abi)),
      ...pythons.flatMap((python) => onPlatforms(python, 'none')),
      ...anyPlatformPython(target, interpreter).map((python) => `${python}-none-any`),
      ...pythons.map((python) => `${python}-none-any`),
    ]),
  ];
}

/** The Python tag of the interpreter's own wheels for any platform; PyPy has one per major version, others have none. */
function anyPlatformPython(target: Target, interpreter: string): readonly string[] {
  if (target.implementation === 'cp') return [interpreter];
  return target.implementation === 'pp' ? [`pp${pythonVersion(target)[0]}`] : [];
}

/** Pairs of Python and ABI tag that are tied to the interpreter, best first. */
function interpreterTags(target: Target, interpreter: string): readonly (readonly [python: string, abi: string])[] {
  const own = abisOf(target).map((abi) => [interpreter, abi] as const);
  if (target.implementation !== 'cp') return [...own.filter(([, abi]) => abi !== 'none'), [interpreter, 'none']];
  const [major, minor] = pythonVersion(target);
  // PEP 803: a free-threaded build takes abi3t and never abi3.
  const stable = isFreeThreaded(target) ? 'abi3t' : 'abi3';
  const specific = own.filter(([, abi]) => abi !== 'none' && abi !== stable && abi !== 'abi3');
  // The stable ABI exists since Python 3.2 (PEP 384).
  if (major < 3 || minor < 2) return [...specific, [interpreter, 'none']];
  const older = olderMinors(minor, 2).map((olderMinor) => [`cp${major}${olderMinor}`, stable] as const);
  return [...specific, [interpreter, stable], [interpreter, 'none'], ...older];
}

/** The ABIs that the interpreter loads, best first: the declared one, else that of its usual build. */
function abisOf(target: Target): readonly string[] {
  if (target.abi === undefined) return usualAbi(target);
  // A debug build of Python 3.8 and later also loads what is built for the release build.
  const release = /^(cp[0-9]+t?)d$/.exec(target.abi)?.[1];
  const [major, minor] = pythonVersion(target);
  return release !== undefined && (major > 3 || (major === 3 && minor >= 8)) ? [target.abi, release] : [target.abi];
}

function usualAbi(target: Target): readonly string[] {
  const [major, minor] = pythonVersion(target);
  if (target.implementation === 'pp') return [major === 2 ? 'pypy_73' : `pypy${major}${minor}_pp73`];
  if (target.implementation !== 'cp') return [];
  // Until 3.7 the ABI names the allocator (m), until 3.2 also wide Unicode (u), which Linux distributions build.
  const before = (limit: number): boolean => major < 3 || (major === 3 && minor < limit);
  const wide = before(3) && /^(?:many|musl)?linux/.test(target.platform) ? 'u' : '';
  return [`cp${major}${minor}${before(8) ? 'm' : ''}${wide}`];
}

function isFreeThreaded(target: Target): boolean {
  return /^cp[0-9]+[a-z]*t/.test(target.abi ?? '');
}

function olderMinors(minor: number, oldest: number): readonly number[] {
  return Array.from({ length: Math.max(0, minor - oldest) }, (_, index) => minor - 1 - index);
}

function pythonVersion(target: Target): readonly [major: number, minor: number] {
  const [major, minor] = target.python.split('.').map(Number);
  return [major ?? 0, minor ?? 0];
}

/** Position of every tag that the target accepts: 0 is the best. Build it once per target. */
export function tagRanks(target: Target): ReadonlyMap<string, number> {
  return new Map(tagsOf(target).map((tag, rank) => [tag, rank]));
}

/** The best (lowest) rank among a wheel's expanded tags; undefined where the target cannot install it. */
export function bestRank(ranks: ReadonlyMap<string, number>, tags: readonly string[]): number | undefined {
  let best: number | undefined;
  for (const tag of tags) {
    const rank = ranks.get(tag);
    if (rank !== undefined && (best === undefined || rank < best)) best = rank;
  }
  return best;
}
