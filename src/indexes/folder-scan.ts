import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import { compareText, isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { tryParseVersion } from '../packaging/version.ts';

/** Which files of a folder belong to which project. */
export interface FolderScan {
  /** By project, in order of their names; filenames in byte order. */
  readonly files: ReadonlyMap<PackageName, readonly string[]>;
  /** Names that end like those of distributions but are none. */
  readonly unread: readonly string[];
}

/**
 * Sorts filenames by project. The dash before a version is ambiguous (`a-1-1.tar.gz` is version 1-1 of "a" or 1 of "a-1"): where several readings
 * give a PEP 440 version, a project that another, unambiguous file names is preferred; else the reading of the filename alone counts.
 */
export function scanFilenames(filenames: Iterable<string>): FolderScan {
  const unread: string[] = [];
  const certain: [filename: string, name: PackageName][] = [];
  const ambiguous: { readonly filename: string; readonly name: PackageName; readonly others: readonly PackageName[] }[] = [];
  for (const filename of filenames) {
    const parsed = parseDistributionFilename(filename);
    if (!isDistribution(parsed)) {
      if (parsed.because !== 'unknown-extension') unread.push(filename);
      continue;
    }
    const others = parsed.packageType === 'bdist_wheel' ? [] : otherReadings(filename, parsed.name);
    if (others.length === 0) certain.push([filename, parsed.name]);
    else ambiguous.push({ filename, name: parsed.name, others });
  }
  const known = new Set(certain.map(([, name]) => name));
  const decided = ambiguous.map(({ filename, name, others }): [string, PackageName] => {
    const named = [name, ...others].filter((candidate) => known.has(candidate));
    return [filename, named.length === 1 && named[0] !== undefined ? named[0] : name];
  });
  return { files: grouped([...certain, ...decided]), unread: unread.sort(compareText) };
}

/** Other projects of which the file can be a version by PEP 440. */
function otherReadings(filename: string, first: PackageName): readonly PackageName[] {
  const names = Array.from(filename.matchAll(/-/g), ({ index }) => filename.slice(0, index))
    .filter((prefix) => isValidName(prefix))
    .map((prefix) => normalizeName(prefix));
  return [...new Set(names)].filter((name) => {
    const parsed = name === first ? undefined : parseDistributionFilename(filename, name);
    return parsed !== undefined && isDistribution(parsed) && tryParseVersion(parsed.version) !== undefined;
  });
}

function grouped(entries: readonly (readonly [filename: string, name: PackageName])[]): ReadonlyMap<PackageName, readonly string[]> {
  const groups = new Map<PackageName, string[]>();
  const sorted = [...entries].sort(([a, x], [b, y]) => compareText(x, y) || compareText(a, b));
  for (const [filename, name] of sorted) {
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [filename]);
    else group.push(filename);
  }
  return groups;
}
