/** What a platform tag says, in numbers: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#platform-tag */
export type Platform =
  | { readonly family: 'any' }
  | { readonly family: 'windows'; readonly machine: 'x86' | 'AMD64' | 'ARM64' }
  | { readonly family: 'emscripten' }
  | { readonly family: 'linux'; readonly arch: string }
  | { readonly family: 'manylinux' | 'musllinux' | 'macosx' | 'ios'; readonly major: number; readonly minor: number; readonly arch: string }
  | { readonly family: 'android'; readonly apiLevel: number; readonly arch: string };

/** glibc versions behind the names that manylinux platforms had before PEP 600. */
const legacyGlibc = [
  { name: 'manylinux2014', minor: 17 },
  { name: 'manylinux2010', minor: 12 },
  { name: 'manylinux1', minor: 5 },
] as const;

const windowsMachines = new Map([
  ['win32', 'x86'],
  ['win_amd64', 'AMD64'],
  ['win_arm64', 'ARM64'],
] as const);

// The numbers are bounded because lists of tags grow with them: no real version comes near.
const versioned = /^(manylinux|musllinux|macosx|ios)_([0-9]{1,2})_([0-9]{1,3})_([a-z][a-z0-9_]*)$/;
const legacyManylinux = /^(manylinux(?:1|2010|2014))_([a-z][a-z0-9_]*)$/;
const plainLinux = /^linux_([a-z][a-z0-9_]*)$/;
const androidTag = /^android_([0-9]{1,3})_([a-z][a-z0-9_]*)$/;
const emscriptenTag = /^(?:(?:pyemscripten|pyodide)_[0-9]+_[0-9]+|emscripten_[0-9]+_[0-9]+_[0-9]+)_wasm32$/;

/** Oldest glibc 2 minor version that a wheel for `arch` can ask for: CPython's own lists start there (PEP 513, PEP 599). */
export function oldestGlibcMinor(arch: string): number {
  return arch === 'x86_64' || arch === 'i686' ? 5 : 17;
}

/** Reads a platform tag in lower case; undefined where its family is not known. */
export function parsePlatform(tag: string): Platform | undefined {
  if (tag === 'any') return { family: 'any' };
  const machine = windowsMachines.get(tag as 'win32');
  if (machine !== undefined) return { family: 'windows', machine };
  if (emscriptenTag.test(tag)) return { family: 'emscripten' };
  const [, arch] = plainLinux.exec(tag) ?? [];
  if (arch !== undefined) return { family: 'linux', arch };
  return parseVersioned(tag) ?? parseLegacyManylinux(tag) ?? parseAndroid(tag);
}

function parseVersioned(tag: string): Platform | undefined {
  const [, family, major, minor, arch] = versioned.exec(tag) ?? [];
  if (arch === undefined) return undefined;
  return { family: family as 'manylinux' | 'musllinux' | 'macosx' | 'ios', major: Number(major), minor: Number(minor), arch };
}

function parseLegacyManylinux(tag: string): Platform | undefined {
  const [, name, arch] = legacyManylinux.exec(tag) ?? [];
  const legacy = legacyGlibc.find((known) => known.name === name);
  return legacy === undefined || arch === undefined ? undefined : { family: 'manylinux', major: 2, minor: legacy.minor, arch };
}

function parseAndroid(tag: string): Platform | undefined {
  const [, apiLevel, arch] = androidTag.exec(tag) ?? [];
  return arch === undefined ? undefined : { family: 'android', apiLevel: Number(apiLevel), arch };
}

/**
 * Platform tags that an installation on `platform` accepts, best first, as packaging computes them on such a machine. A tag of an unknown
 * family is accepted only by itself. Unlike pip's `--platform`, `manylinux_2_28_x86_64` covers the older glibc versions too.
 */
export function expandPlatform(platform: string): readonly string[] {
  const tag = platform.toLowerCase();
  const parsed = parsePlatform(tag);
  switch (parsed?.family) {
    case 'manylinux':
      return nonEmpty(
        compatibleArchs(parsed.arch).flatMap((arch) => manylinuxTags(parsed.major, parsed.minor, arch)),
        tag,
      );
    case 'musllinux':
      return compatibleArchs(parsed.arch).flatMap((arch) =>
        downTo(parsed.minor, 0, (minor) => `musllinux_${parsed.major}_${minor}_${arch}`),
      );
    case 'linux':
      return compatibleArchs(parsed.arch).map((arch) => `linux_${arch}`);
    case 'macosx':
      return nonEmpty(macosTags(parsed.major, parsed.minor, parsed.arch), tag);
    case 'ios':
      return nonEmpty(iosTags(parsed.major, parsed.minor, parsed.arch), tag);
    case 'android':
      return nonEmpty(
        // 16 is the first API level that CPython can be built for.
        downTo(parsed.apiLevel, 16, (level) => `android_${level}_${parsed.arch}`),
        tag,
      );
    case 'any':
    case 'windows':
    case 'emscripten':
    case undefined:
      return [tag];
  }
}

/** A 64-bit ARM machine in 32-bit mode also runs what is built for its predecessor. */
function compatibleArchs(arch: string): readonly string[] {
  return arch === 'armv8l' ? ['armv8l', 'armv7l'] : [arch];
}

/** PEP 600: every older glibc of the same major version, each followed by its older name. */
function manylinuxTags(major: number, newest: number, arch: string): readonly string[] {
  if (major !== 2) return [];
  return downTo(newest, oldestGlibcMinor(arch), (minor) => `manylinux_2_${minor}_${arch}`).flatMap((tag, index) => {
    const legacy = legacyGlibc.find((known) => known.minor === newest - index);
    return legacy === undefined ? [tag] : [tag, `${legacy.name}_${arch}`];
  });
}

/** From macOS 11 on only the major version counts; an arm64 Mac also runs the older half of universal2 builds. */
function macosTags(major: number, minor: number, arch: string): readonly string[] {
  const tags = (onMajor: number, onMinor: number): readonly string[] =>
    macosFormats(onMajor, onMinor, arch).map((format) => `macosx_${onMajor}_${onMinor}_${format}`);
  if (major === 10) return downTo(minor, 0, (older) => tags(10, older)).flat();
  if (major < 10) return [];
  const releases = downTo(major, 11, (older) => tags(older, 0)).flat();
  const before11 = downTo(16, 4, (older) => (arch === 'x86_64' ? tags(10, older) : [`macosx_10_${older}_universal2`])).flat();
  return [...releases, ...before11];
}

/** Binary formats that contain code for `arch`, the plain one first. */
function macosFormats(major: number, minor: number, arch: string): readonly string[] {
  const before10 = (limit: number): boolean => major < 10 || (major === 10 && minor < limit);
  switch (arch) {
    case 'arm64':
      return ['arm64', 'universal2'];
    case 'x86_64':
      return before10(4) ? [] : ['x86_64', 'intel', 'fat64', 'fat3', 'universal2', 'universal'];
    case 'i386':
      return before10(4) ? [] : ['i386', 'intel', 'fat3', 'fat', 'universal'];
    case 'ppc64':
      return before10(4) || !before10(6) ? [] : ['ppc64', 'fat64', 'universal'];
    case 'ppc':
      return before10(7) ? ['ppc', 'fat3', 'fat', 'universal'] : [];
    default:
      return [arch];
  }
}

/** iOS 12 is the first that runs CPython; minor versions of older majors end at 9, as packaging assumes. */
function iosTags(major: number, minor: number, arch: string): readonly string[] {
  if (major < 12) return [];
  const own = downTo(minor, 0, (older) => `ios_${major}_${older}_${arch}`);
  const older = downTo(major - 1, 12, (olderMajor) => downTo(9, 0, (olderMinor) => `ios_${olderMajor}_${olderMinor}_${arch}`));
  return [...own, ...older.flat()];
}

function downTo<T>(from: number, to: number, make: (value: number) => T): readonly T[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => make(from - index));
}

/** A version below all that have a list still stands for itself. */
function nonEmpty(tags: readonly string[], tag: string): readonly string[] {
  return tags.length > 0 ? tags : [tag];
}
