import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { thrownBy } from '../../support/thrown.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { evaluateMarker, parseMarker } from '../../../src/packaging/marker.ts';
import { environmentOf, environmentsOf, parseTarget, tagsOf } from '../../../src/packaging/target.ts';
import type { TargetInput } from '../../../src/packaging/target.ts';

function holds(marker: string, input: Partial<TargetInput>): boolean {
  const target = parseTarget({ python: '3.12', platform: 'manylinux_2_28_x86_64', ...input });
  return evaluateMarker(parseMarker(marker), environmentOf(target));
}

describe('parseTarget', () => {
  it('takes CPython where no implementation is given', () => {
    expect(parseTarget({ python: '3.12', platform: 'win_amd64' })).toEqual({ python: '3.12', platform: 'win_amd64', implementation: 'cp' });
  });

  it('puts every field into normal form', () => {
    expect(parseTarget({ python: '3.13', platform: 'macosx-14.0-ARM64', implementation: 'CPython', abi: 'CP313t' })).toEqual({
      python: '3.13',
      platform: 'macosx_14_0_arm64',
      implementation: 'cp',
      abi: 'cp313t',
    });
    expect(parseTarget({ python: '3.10', platform: 'any', implementation: 'PyPy' }).implementation).toBe('pp');
  });

  it.each([
    'manylinux_2_28_x86_64',
    'manylinux_2_5_i686',
    'manylinux2014_aarch64',
    'manylinux1_x86_64',
    'musllinux_1_2_x86_64',
    'linux_riscv64',
    'macosx_10_9_x86_64',
    'win32',
    'win_arm64',
    'ios_17_0_arm64_iphoneos',
    'android_24_arm64_v8a',
    'pyemscripten_2026_0_wasm32',
    'pyodide_2024_0_wasm32',
    'emscripten_3_1_58_wasm32',
    'any',
  ])('takes the platform %s', (platform) => {
    expect(parseTarget({ python: '3.12', platform }).platform).toBe(platform);
  });

  it.each([
    ['linux', 'manylinux_2_28_x86_64'],
    ['manylinux2014', 'manylinux_2_28_x86_64'],
    ['windows', 'win_amd64'],
    ['win64', 'win_amd64'],
    ['macos_arm64', 'macosx_14_0_arm64'],
    ['alpine', 'musllinux_1_2_x86_64'],
    ['sunos', 'win_amd64'],
    ['', 'win_amd64'],
    ['macosx_11_0_universal2', 'arm64, x86_64'],
    ['macosx_9_0_ppc', 'macosx_14_0_arm64'],
    ['manylinux_2_28_amd64', '"x86_64"'],
    ['musllinux_1_2_arm64', '"aarch64"'],
    ['manylinux_2_4_x86_64', 'manylinux_2_28_x86_64'],
    ['manylinux_2_16_aarch64', 'manylinux_2_28_aarch64'],
    ['manylinux_3_0_x86_64', 'manylinux_2_28_x86_64'],
    ['ios_11_0_arm64_iphoneos', 'ios_13_0'],
    ['ios_13_0_arm64', 'arm64_iphoneos'],
    ['android_24_arm64', 'arm64_v8a'],
    ['android_9_x86', 'android_24'],
    ['manylinux_2_28_x86_64\n', 'manylinux_2_28_x86_64'],
  ])('refuses the platform %j and says what to write', (platform, hint) => {
    const error = thrownBy(() => parseTarget({ python: '3.12', platform }));
    expect(error.code).toBe('TARGET_INVALID');
    expect(error.hint).toContain(hint);
  });

  it.each([
    ['3.12.4', '"3.12"'],
    ['3.13.0rc1', '"3.13"'],
    ['312', '"3.12"'],
    ['3', '"3.12"'],
    ['3.012', '"3.12"'],
    ['>=3.8', '"3.12"'],
    ['4.0', '"3.12"'],
  ])('refuses the Python version %j and says what to write', (python, hint) => {
    const error = thrownBy(() => parseTarget({ python, platform: 'any' }));
    expect(error.code).toBe('TARGET_INVALID');
    expect(error.hint).toContain(hint);
  });

  it.each([
    ['cp312t', '3.12', undefined],
    ['cp311', '3.12', undefined],
    ['cp3', '3.12', undefined],
    ['cp313m', '3.13', undefined],
    ['x-y', '3.10', 'pp'],
  ])('refuses the ABI %j for Python %s', (abi, python, implementation) => {
    expect(thrownBy(() => parseTarget({ python, platform: 'any', abi, implementation })).code).toBe('TARGET_INVALID');
  });

  it.each([
    ['cp313t', '3.13', 'cp'],
    ['cp312d', '3.12', 'cp'],
    ['cp27mu', '2.7', 'cp'],
    ['abi3', '3.12', 'cp'],
    ['none', '3.12', 'cp'],
    ['pypy310_pp73', '3.10', 'pp'],
    ['graalpy242_311_native', '3.11', 'graalpy'],
  ])('takes the ABI %s', (abi, python, implementation) => {
    expect(parseTarget({ python, platform: 'any', abi, implementation }).abi).toBe(abi);
  });

  it('refuses an implementation with a version in it', () => {
    expect(thrownBy(() => parseTarget({ python: '3.12', platform: 'any', implementation: 'cp312' })).hint).toContain('"cp"');
  });

  it('throws nothing but TARGET_INVALID, and gives targets that have tags and an environment', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^(manylinux|musllinux|macosx|ios)_[0-9]{1,4}_[0-9]{1,4}_(x86_64|arm64)$/));
    const python = fc.oneof(fc.string(), fc.stringMatching(/^[23]\.[0-9]{1,2}$/));
    fc.assert(
      fc.property(python, text, fc.option(fc.string(), { nil: undefined }), (version, platform, abi) => {
        try {
          const target = parseTarget({ python: version, platform, abi });
          expect(tagsOf(target).length).toBeGreaterThan(0);
          expect(environmentOf(target).python_version).toBe(version);
          expect(parseTarget(target)).toEqual(target);
        } catch (error) {
          if (!isPkgsyncError(error, 'TARGET_INVALID')) throw error;
        }
      }),
    );
  });
});

describe('environmentOf', () => {
  it('derives all eleven variables', () => {
    expect(environmentOf(parseTarget({ python: '3.12', platform: 'manylinux_2_28_x86_64' }))).toEqual({
      implementation_name: 'cpython',
      implementation_version: '3.12.99',
      os_name: 'posix',
      platform_machine: 'x86_64',
      platform_python_implementation: 'CPython',
      platform_release: '',
      platform_system: 'Linux',
      platform_version: '',
      python_full_version: '3.12.99',
      python_version: '3.12',
      sys_platform: 'linux',
    });
  });

  it.each([
    [{ platform: 'win_amd64' }, 'nt win32 Windows AMD64'],
    [{ platform: 'win_arm64' }, 'nt win32 Windows ARM64'],
    [{ platform: 'win32' }, 'nt win32 Windows x86'],
    [{ platform: 'macosx_14_0_arm64' }, 'posix darwin Darwin arm64'],
    [{ platform: 'macosx_10_9_x86_64' }, 'posix darwin Darwin x86_64'],
    [{ platform: 'musllinux_1_2_aarch64' }, 'posix linux Linux aarch64'],
    [{ platform: 'manylinux2014_armv7l' }, 'posix linux Linux armv7l'],
    [{ platform: 'linux_x86_64', python: '2.7' }, 'posix linux2 Linux x86_64'],
    [{ platform: 'ios_17_0_arm64_iphonesimulator' }, 'posix ios iOS arm64'],
    [{ platform: 'android_24_arm64_v8a', python: '3.13' }, 'posix android Android aarch64'],
    [{ platform: 'android_24_x86', python: '3.12' }, 'posix linux Linux i686'],
    [{ platform: 'pyodide_2024_0_wasm32' }, 'posix emscripten Emscripten wasm32'],
    [{ platform: 'any' }, '   '],
  ])('knows the platform of %j', (input, expected) => {
    const environment = environmentOf(parseTarget({ python: '3.12', ...input }));
    const { os_name, sys_platform, platform_system, platform_machine } = environment;
    expect([os_name, sys_platform, platform_system, platform_machine].join(' ')).toBe(expected);
  });

  it.each([
    [{ implementation: 'pp', python: '3.10' }, 'pypy PyPy 7.3.99'],
    [{ implementation: 'pp', python: '3.9', abi: 'pypy39_pp710' }, 'pypy PyPy 7.10.99'],
    [{ implementation: 'graalpy', python: '3.11' }, 'graalpy GraalVM '],
    [{ implementation: 'jy', python: '2.7' }, 'jython Jython '],
    [{ implementation: 'py', python: '3.12' }, '  '],
    [{ implementation: 'micropython', python: '3.4' }, 'micropython micropython '],
  ])('knows the implementation of %j', (input, expected) => {
    const environment = environmentOf(parseTarget({ platform: 'any', ...input }));
    const { implementation_name, platform_python_implementation, implementation_version } = environment;
    expect([implementation_name, platform_python_implementation, implementation_version].join(' ')).toBe(expected);
  });

  it('stands for the newest patch release', () => {
    expect(holds('python_full_version >= "3.12.1"', {})).toBe(true);
    expect(holds('python_full_version != "3.12.0"', {})).toBe(true);
    expect(holds('python_full_version < "3.13"', {})).toBe(true);
    expect(holds('python_full_version <= "3.12.0a6"', {})).toBe(false);
    expect(holds('python_version == "3.12"', {})).toBe(true);
  });

  it('answers no to version comparisons with what it does not know', () => {
    expect(holds('platform_release >= "5.4" or platform_release < "5.4" or platform_release != "5.4"', {})).toBe(false);
  });
});

describe('environmentsOf', () => {
  it('gives the oldest and the newest patch release', () => {
    const target = parseTarget({ python: '3.11', platform: 'win_amd64' });
    expect(environmentsOf(target).map((environment) => environment.python_full_version)).toEqual(['3.11.0', '3.11.99']);
    expect(environmentsOf(target)[1]).toEqual(environmentOf(target));
  });
});
