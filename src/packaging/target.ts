import { PkgsyncError, printable } from '../errors.ts';
import { oldestGlibcMinor, parsePlatform } from './platform.ts';
import type { Platform } from './platform.ts';

export { tagsOf } from './tag.ts';
export { environmentOf, environmentsOf } from './target-environment.ts';

/** A declared installer: wheels are chosen for it, markers evaluated for it; never for the machine pkgsync runs on. */
export interface Target {
  /** Python version `X.Y`. */
  readonly python: string;
  /** Platform tag such as `manylinux_2_28_x86_64`, `macosx_14_0_arm64`, `win_amd64`. */
  readonly platform: string;
  /** Interpreter tag: `cp` (default), `pp`. */
  readonly implementation: string;
  /** ABI tag such as `cp313t`; undefined: the interpreter's usual one. */
  readonly abi?: string | undefined;
}

/** A target as a person writes it. */
export interface TargetInput {
  readonly python: string;
  readonly platform: string;
  readonly implementation?: string | undefined;
  readonly abi?: string | undefined;
}

/** Interpreter tags by the names that interpreters call themselves. */
const shortNames = new Map([
  ['cpython', 'cp'],
  ['pypy', 'pp'],
  ['python', 'py'],
  ['ironpython', 'ip'],
  ['jython', 'jy'],
]);

/** What other systems call an architecture: by the platform tag's family, the name that wheels use. */
const linuxArchs = new Map([
  ['amd64', 'x86_64'],
  ['x64', 'x86_64'],
  ['x86', 'i686'],
  ['i386', 'i686'],
  ['arm64', 'aarch64'],
  ['armhf', 'armv7l'],
]);
const macArchs = new Set(['arm64', 'x86_64', 'i386', 'ppc64', 'ppc']);
const iosArchs = new Set(['arm64_iphoneos', 'arm64_iphonesimulator', 'x86_64_iphonesimulator']);
const androidArchs = new Set(['arm64_v8a', 'armeabi_v7a', 'x86_64', 'x86']);

/**
 * Checks a written target and puts it into normal form: lower case, `_` for `-` and `.` in the platform, short interpreter name, `cp` where
 * none is given.
 * @throws PkgsyncError TARGET_INVALID with a sentence on the first field that is wrong
 */
export function parseTarget(input: TargetInput): Target {
  const python = parsePython(input.python);
  const platform = parseTargetPlatform(input.platform);
  const implementation = parseImplementation(input.implementation ?? 'cp');
  const abi = input.abi === undefined ? undefined : parseAbi(input.abi, python, implementation);
  return abi === undefined ? { python, platform, implementation } : { python, platform, implementation, abi };
}

function parsePython(written: string): string {
  if (/^[23]\.(?:0|[1-9][0-9]?)$/.test(written)) return written;
  const [, longer] = /^([23]\.(?:0|[1-9][0-9]?))\.[0-9A-Za-z.]*$/.exec(written) ?? [];
  throw new PkgsyncError('TARGET_INVALID', `'${printable(written)}' is not the Python version of a target`, {
    hint:
      longer === undefined
        ? 'write major and minor version as a string, such as "3.12"'
        : `wheels and markers are chosen for all patch releases together: write "${longer}"`,
  });
}

function parseImplementation(written: string): string {
  const lower = written.toLowerCase();
  const implementation = shortNames.get(lower) ?? lower;
  if (/^[a-z]+$/.test(implementation)) return implementation;
  throw new PkgsyncError('TARGET_INVALID', `'${printable(written)}' is not the implementation of a target`, {
    hint: 'write the interpreter tag without version: "cp" for CPython, "pp" for PyPy',
  });
}

function parseAbi(written: string, python: string, implementation: string): string {
  const abi = written.toLowerCase();
  const version = python.replace('.', '');
  const minor = Number(python.split('.')[1]);
  if (implementation !== 'cp' && /^[a-z][a-z0-9_]*$/.test(abi)) return abi;
  if (implementation === 'cp' && /^(?:none|abi3)$/.test(abi)) return abi;
  if (implementation === 'cp' && abi.startsWith(`cp${version}`)) {
    const flags = abi.slice(2 + version.length);
    const threaded = python.startsWith('3.') && minor >= 13;
    if ((threaded ? /^t?d?$/ : /^d?m?u?$/).test(flags)) return abi;
  }
  throw new PkgsyncError('TARGET_INVALID', `'${printable(written)}' is not an ABI of ${implementation}${version}`, {
    hint: implementation === 'cp' ? abiHint(version, python) : 'an ABI tag consists of letters, digits and "_", such as "pypy310_pp73"',
  });
}

function abiHint(version: string, python: string): string {
  const threaded = python.startsWith('3.') && Number(python.split('.')[1]) >= 13;
  return threaded
    ? `leave "abi" out for the usual build, or write "cp${version}t" for the free-threaded one`
    : `leave "abi" out for the usual build; free-threaded builds exist from Python 3.13 on`;
}

function parseTargetPlatform(written: string): string {
  const tag = written.toLowerCase().replace(/[-. ]/g, '_');
  const platform = parsePlatform(tag);
  const problem = platform === undefined ? { because: undefined, hint: familyHint(tag) } : platformProblem(platform);
  if (problem === undefined) return tag;
  const because = problem.because === undefined ? '' : `: ${problem.because}`;
  throw new PkgsyncError('TARGET_INVALID', `'${printable(written)}' is not the platform of a target${because}`, { hint: problem.hint });
}

interface PlatformProblem {
  readonly because: string | undefined;
  readonly hint: string;
}

/** Why a tag of the right shape names no machine; undefined where it does. A misspelt machine would silently match no wheel at all. */
function platformProblem(platform: Platform): PlatformProblem | undefined {
  switch (platform.family) {
    case 'any':
    case 'windows':
    case 'emscripten':
      return undefined;
    case 'linux':
    case 'musllinux':
      return linuxArchProblem(platform.arch);
    case 'manylinux': {
      const oldest = oldestGlibcMinor(platform.arch);
      if (platform.major !== 2 || platform.minor < oldest) {
        return {
          because: `wheels for this machine start at glibc 2.${oldest}`,
          hint: `write manylinux_2_28_${platform.arch} for glibc 2.28`,
        };
      }
      return linuxArchProblem(platform.arch);
    }
    case 'macosx':
      if (!macArchs.has(platform.arch)) return oneOf('a Mac', macArchs, platform.arch);
      if (platform.major < 10) return { because: 'macOS versions start at 10', hint: 'write macosx_14_0_arm64 for macOS 14' };
      return undefined;
    case 'ios':
      if (!iosArchs.has(platform.arch)) return oneOf('iOS', iosArchs, platform.arch);
      return platform.major < 12
        ? { because: 'Python needs iOS 12 or later', hint: 'write ios_13_0_arm64_iphoneos for iOS 13' }
        : undefined;
    case 'android':
      if (!androidArchs.has(platform.arch)) return oneOf('Android', androidArchs, platform.arch);
      return platform.apiLevel < 16
        ? { because: 'Python needs API level 16 or later', hint: 'write android_24_arm64_v8a for API level 24' }
        : undefined;
  }
}

function linuxArchProblem(arch: string): PlatformProblem | undefined {
  const usual = linuxArchs.get(arch);
  return usual === undefined
    ? undefined
    : { because: `Linux wheels do not call an architecture '${arch}'`, hint: `write "${usual}" instead` };
}

function oneOf(system: string, archs: ReadonlySet<string>, arch: string): PlatformProblem {
  return { because: `'${printable(arch)}' is not the architecture of ${system}`, hint: `write one of ${[...archs].join(', ')}` };
}

function familyHint(tag: string): string {
  if (tag.startsWith('win')) return 'Windows is win_amd64, win_arm64 or win32';
  if (/^(?:mac|darwin|osx)/.test(tag)) return 'write the oldest macOS version and the machine, such as macosx_14_0_arm64';
  if (/^(?:many)?linux|^(?:ubuntu|debian|glibc)/.test(tag)) {
    return 'write the glibc version and the machine, such as manylinux_2_28_x86_64 for glibc 2.28';
  }
  if (/^(?:musl|alpine)/.test(tag)) return 'write the musl version and the machine, such as musllinux_1_2_x86_64 for musl 1.2';
  return 'a platform is a wheel tag such as manylinux_2_28_x86_64, musllinux_1_2_aarch64, macosx_14_0_arm64, win_amd64, or "any" for pure Python';
}
