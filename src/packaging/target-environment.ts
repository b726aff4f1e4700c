import type { MarkerEnvironment } from './marker.ts';
import { parsePlatform } from './platform.ts';
import type { Target } from './target.ts';

/** Above every patch release that there has been or will be: what a marker compares with is the newest patch release of X.Y. */
const newestPatch = 99;

type PlatformVariables = Pick<MarkerEnvironment, 'os_name' | 'sys_platform' | 'platform_system' | 'platform_machine'>;

/**
 * The marker variables of a target: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
 *
 * A target declares X.Y only. `python_full_version` is `X.Y.99`, which stands for its newest patch release, so that `>= "3.12.1"`,
 * `!= "3.9.0"` and a requires-python of `>=3.8.1` hold as they do for anybody who keeps Python up to date. What only older patch releases
 * need (`< "3.11.3"`) is found with `environmentsOf`. `platform_release` and `platform_version` are not known: "", and so are all four
 * platform variables for the platform `any`. `implementation_version` is known for CPython, and for PyPy from its ABI.
 */
export function environmentOf(target: Target): MarkerEnvironment {
  return environmentAt(target, newestPatch);
}

/**
 * The environments at both ends of what a target stands for, `X.Y.0` and `X.Y.99`: a marker that is true in either may apply to some
 * machine of that target.
 */
export function environmentsOf(target: Target): readonly MarkerEnvironment[] {
  return [environmentAt(target, 0), environmentAt(target, newestPatch)];
}

function environmentAt(target: Target, patch: number): MarkerEnvironment {
  const fullVersion = `${target.python}.${patch}`;
  return {
    ...implementationVariables(target, fullVersion),
    ...platformVariables(target),
    platform_release: '',
    platform_version: '',
    python_full_version: fullVersion,
    python_version: target.python,
  };
}

const implementationNames = new Map([
  ['cp', ['cpython', 'CPython']],
  ['pp', ['pypy', 'PyPy']],
  ['ip', ['ironpython', 'IronPython']],
  ['jy', ['jython', 'Jython']],
  ['graalpy', ['graalpy', 'GraalVM']],
  // A wheel tag `py` names no interpreter, so neither does the environment.
  ['py', ['', '']],
]);

function implementationVariables(
  target: Target,
  fullVersion: string,
): Pick<MarkerEnvironment, 'implementation_name' | 'implementation_version' | 'platform_python_implementation'> {
  const [name = '', longName = ''] = implementationNames.get(target.implementation) ?? [target.implementation, target.implementation];
  return {
    implementation_name: name,
    implementation_version: target.implementation === 'cp' ? fullVersion : pypyVersion(target),
    platform_python_implementation: longName,
  };
}

/** PyPy's own version stands in the last part of its ABI tag (pypy310_pp73: 7.3). */
function pypyVersion(target: Target): string {
  if (target.implementation !== 'pp') return '';
  const [, major, minor] = /_(?:pp)?([0-9])([0-9]+)$/.exec(target.abi ?? 'pypy_73') ?? [];
  return major === undefined || minor === undefined ? '' : `${major}.${minor}.${newestPatch}`;
}

function platformVariables(target: Target): PlatformVariables {
  const [major = 0, minor = 0] = target.python.split('.').map(Number);
  const since = (limit: number): boolean => major === 3 && minor >= limit;
  const platform = parsePlatform(target.platform);
  switch (platform?.family) {
    case 'linux':
    case 'manylinux':
    case 'musllinux':
      return posix(since(3) ? 'linux' : 'linux2', 'Linux', platform.arch);
    case 'macosx':
      return posix('darwin', 'Darwin', platform.arch);
    case 'windows':
      return { os_name: 'nt', sys_platform: 'win32', platform_system: 'Windows', platform_machine: platform.machine };
    case 'ios':
      return posix('ios', 'iOS', platform.arch.replace(/_iphone(?:os|simulator)$/, ''));
    case 'android':
      // Python has had a name of its own for Android since 3.13 (PEP 738).
      return posix(since(13) ? 'android' : 'linux', since(13) ? 'Android' : 'Linux', androidMachines.get(platform.arch) ?? platform.arch);
    case 'emscripten':
      return posix('emscripten', 'Emscripten', 'wasm32');
    case 'any':
    case undefined:
      return { os_name: '', sys_platform: '', platform_system: '', platform_machine: '' };
  }
}

/** What `uname -m` says on a device, by Android's name of the ABI. */
const androidMachines = new Map([
  ['arm64_v8a', 'aarch64'],
  ['armeabi_v7a', 'armv7l'],
  ['x86', 'i686'],
]);

function posix(sysPlatform: string, system: string, machine: string): PlatformVariables {
  return { os_name: 'posix', sys_platform: sysPlatform, platform_system: system, platform_machine: machine };
}
