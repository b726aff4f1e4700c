import { isNameOf, isValidName, normalizeName } from './name.ts';
import type { PackageName } from './name.ts';
import { tryParseVersion } from './version.ts';

/** What follows the project name in a filename that is no wheel. */
export interface Tail {
  readonly version: string;
  /** Python version `X.Y` of a `-pyX.Y` suffix. */
  readonly python?: string | undefined;
  /** Platform or architecture, lower-case. */
  readonly platform?: string | undefined;
}

export interface Split extends Tail {
  readonly name: PackageName;
}

export type SplitProblem = 'other-project' | 'no-version' | 'invalid-name';

type TailReader = (text: string) => Tail;

// These search every position, which is harmless because a filename has at most 255 bytes.
const pythonSuffix = /-py([0-9](?:\.?[0-9]+)?)$/i;
const pythonAndPlatformSuffix = /-py([0-9](?:\.?[0-9]+)?)(?:-(.+))?$/i;
const platformSuffix = /\.(win32|win-[a-z0-9_]+)$/i;
const dumbSuffix = /\.((?:aix|cygwin|darwin|freebsd|linux|macosx|solaris|sunos|win(?=[-_0-9]))[-.\w]*)$/i;

/** `1.0`, `1.0-py2.7` (pip reads that as a Python requirement), or `1.0.linux-x86_64` of a dumb archive. */
export const readArchiveTail: TailReader = (text) => {
  const [rest, python] = cut(text, pythonSuffix);
  const [version, platform] = cut(rest, dumbSuffix);
  return { version, python: dotted(python), platform: platform?.toLowerCase() };
};

/** `1.0.win32-py2.7` of wininst and msi. */
export const readInstallerTail: TailReader = (text) => {
  const [rest, python] = cut(text, pythonSuffix);
  const [version, platform] = cut(rest, platformSuffix);
  return { version, python: dotted(python), platform: platform?.toLowerCase() };
};

/** `1.0-py2.7-macosx-10.6-intel` of eggs and disk images. */
export const readPythonTail: TailReader = (text) => {
  const [version, python, platform] = cut(text, pythonAndPlatformSuffix);
  return { version, python: dotted(python), platform: platform?.toLowerCase() };
};

/** The same in an egg, where `_` stands for `-`. */
export const readEggTail: TailReader = (text) => {
  const tail = readPythonTail(text);
  return { ...tail, version: tail.version.replaceAll('_', '-') };
};

/** `1.0-2.noarch` of rpm: version, release, architecture; `bdist_rpm` writes a version's dashes as `_`. */
export const readRpmTail: TailReader = (text) => {
  const [version, platform] = cut(text, /-([^-]+\.[^-.]+)$/);
  return { version: restoreDashes(version), platform: platform?.toLowerCase() };
};

/**
 * Splits `name-version…`. The dash is ambiguous (`a-1-1`), so the project's name decides where it is known; without it the leftmost split
 * whose version is PEP 440 counts, then the leftmost before a digit, then the last dash.
 */
export function splitStem(stem: string, project: PackageName | undefined, read: TailReader): Split | SplitProblem {
  const splits = dashes(stem).map((at) => ({ prefix: stem.slice(0, at), tail: read(stem.slice(at + 1)) }));
  if (project !== undefined) {
    const split = splits.find(({ prefix }) => isNameOf(prefix, project));
    if (split === undefined) return isNameOf(stem, project) ? 'no-version' : 'other-project';
    if (split.tail.version === '') return 'no-version';
    return namesAnotherProject(split.tail.version) ? 'other-project' : { ...split.tail, name: project };
  }
  const named = splits.filter(({ prefix, tail }) => isValidName(prefix) && tail.version !== '');
  const numbered = named.filter(({ tail }) => startsWithNumber(tail.version));
  const split = numbered.find(({ tail }) => tryParseVersion(tail.version) !== undefined) ?? numbered[0] ?? named.at(-1);
  if (split === undefined) return splits.length === 0 ? 'no-version' : 'invalid-name';
  return { ...split.tail, name: normalizeName(split.prefix) };
}

/**
 * Splits `name_version-revision_architecture`; Debian puts `python3-` before the name of most projects. Undefined for a stem that is not made
 * like that.
 */
export function splitDebianStem(stem: string, project: PackageName | undefined): Split | SplitProblem | undefined {
  const [, written = '', version = '', platform = ''] = /^([^_]+)_([^_]+)_([^_]+)$/.exec(stem) ?? [];
  if (!isValidName(written)) return undefined;
  const name = normalizeName(written);
  if (project !== undefined && name !== project && name.replace(/^python[23]?-/, '') !== project) return 'other-project';
  return { name: project ?? name, version: version.replace(/-[^-]+$/, ''), platform: platform.toLowerCase() };
}

/** The version with its dashes back where a format wrote them as `_`, and only there: `1.0_1` is `1.0-1`, `1.0_beta` stays. */
export function restoreDashes(version: string): string {
  if (!version.includes('_') || tryParseVersion(version) !== undefined) return version;
  const dashed = version.replaceAll('_', '-');
  return tryParseVersion(dashed) === undefined ? version : dashed;
}

/** Whether a version text starts as versions do, which is all that can be asked of old ones such as `2004d`. */
export function startsWithNumber(version: string): boolean {
  return /^v?[0-9]/i.test(version);
}

/** `foo-bar-1.0` on the page of foo is a file of foo-bar: `bar-1.0` is no version, but its end is one. `foo-dev` is a version of foo. */
function namesAnotherProject(version: string): boolean {
  if (startsWithNumber(version)) return false;
  return dashes(version).some((at) => startsWithNumber(version.slice(at + 1)) && tryParseVersion(version.slice(at + 1)) !== undefined);
}

function dashes(text: string): number[] {
  return Array.from(text.matchAll(/-/g), ({ index }) => index);
}

/** What stands before the suffix, and its groups. */
function cut(text: string, suffix: RegExp): [before: string, first?: string | undefined, second?: string | undefined] {
  const match = suffix.exec(text);
  return match === null ? [text] : [text.slice(0, match.index), match[1], match[2]];
}

/** `27` as `2.7`. */
function dotted(python: string | undefined): string | undefined {
  return python === undefined || python.length === 1 || python.includes('.') ? python : `${python.charAt(0)}.${python.slice(1)}`;
}
