import {
  canonicalVersion,
  compareVersions,
  formatVersion,
  isPrerelease,
  parseVersion,
  tryParseVersion,
  type Version,
} from '../../src/packaging/version.ts';
import { comparison, fieldsOf, type Comparisons } from './comparison.ts';

interface ParseVector {
  readonly input: string;
}
interface CompareVector {
  readonly a: string;
  readonly b: string;
  readonly expect: number;
}
interface SortVector {
  readonly input: readonly string[];
  readonly expect: readonly (readonly string[])[];
}

export const versions: Comparisons = () => ({
  parse: comparison<ParseVector>(({ input }) => {
    const version = tryParseVersion(input);
    return version === undefined ? { input, valid: false } : described(input, version);
  }, fieldsOf),
  compare: comparison<CompareVector>(
    ({ a, b }) => [compareVersions(parseVersion(a), parseVersion(b)), compareVersions(parseVersion(b), parseVersion(a))],
    (vector) => [vector.expect, 0 - vector.expect],
  ),
  sort: comparison<SortVector>(
    ({ input }) => sortedGroups(input),
    (vector) => vector.expect.map((group) => group.toSorted()),
  ),
});

/** The fields of a `parse` case that a valid version has. */
export function described(input: string, version: Version): object {
  return {
    input,
    valid: true,
    normalized: formatVersion(version),
    public: formatVersion({ ...version, local: undefined }),
    base: formatVersion({ epoch: version.epoch, release: version.release }),
    canonical: canonicalVersion(input),
    epoch: version.epoch,
    release: version.release.join('.'),
    pre: version.pre === undefined ? null : version.pre.label + version.pre.number,
    post: version.post ?? null,
    dev: version.dev ?? null,
    local: version.local?.join('.') ?? null,
    is_prerelease: isPrerelease(version),
    is_postrelease: version.post !== undefined,
    is_devrelease: version.dev !== undefined,
  };
}

function sortedGroups(texts: readonly string[]): string[][] {
  const groups: string[][] = [];
  let last: Version | undefined;
  for (const text of texts.toSorted((a, b) => compareVersions(parseVersion(a), parseVersion(b)))) {
    const version = parseVersion(text);
    if (last !== undefined && compareVersions(last, version) === 0) groups.at(-1)?.push(text);
    else groups.push([text]);
    last = version;
  }
  return groups.map((group) => group.toSorted());
}
