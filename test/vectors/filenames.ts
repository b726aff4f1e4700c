import type { PackageType } from '../../src/packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename, parseSdistFilename, parseWheelFilename } from '../../src/packaging/filename.ts';
import { isNormalizedName, normalizeName } from '../../src/packaging/name.ts';
import { formatVersion, tryParseVersion } from '../../src/packaging/version.ts';
import { comparison, fieldsOf, validOr, type Comparisons } from './comparison.ts';

interface FilenameVector {
  readonly input: string;
}
interface LegacyVector extends FilenameVector {
  readonly project: string;
}
interface WheelVector extends FilenameVector {
  readonly tags?: readonly string[];
}

export const filenames: Comparisons = () => ({
  wheel: comparison<WheelVector>(({ input }) => validOr({ input }, 'FILENAME_INVALID', () => wheelFacts(input)), fieldsOf),
  sdist: comparison<FilenameVector>(({ input }) => validOr({ input }, 'FILENAME_INVALID', () => parseSdistFilename(input)), fieldsOf),
  name: comparison<FilenameVector>(
    ({ input }) => ({ input, normalized: normalizeName(input), is_normalized: isNormalizedName(input) }),
    fieldsOf,
  ),
  legacy: comparison<LegacyVector>(({ project, input }) => {
    const parsed = parseDistributionFilename(input, normalizeName(project));
    if (!isDistribution(parsed)) return { project, input, version: null, normalized_version: null, type: 'unknown' };
    const version = tryParseVersion(parsed.version);
    const normalized = version === undefined ? null : formatVersion(version);
    return { project, input, version: parsed.version, normalized_version: normalized, type: shortTypes[parsed.packageType] };
  }, fieldsOf),
});

const shortTypes: Readonly<Record<PackageType, string>> = {
  bdist_wheel: 'wheel',
  sdist: 'sdist',
  bdist_egg: 'egg',
  bdist_wininst: 'wininst',
  bdist_msi: 'msi',
  bdist_rpm: 'rpm',
  bdist_dumb: 'dumb',
  bdist_dmg: 'dmg',
};

/** What a case says of a valid wheel name. @throws PkgsyncError FILENAME_INVALID */
export function wheelFacts(input: string): object {
  const { name, version, build, tags } = parseWheelFilename(input);
  return { name, version, build: build === undefined ? null : [build.number, build.rest], tags };
}
