/**
 * Python's packaging formats, for use by themselves: `import { parseVersion } from 'pkgsync/packaging'`. Everything here is pure: it reads neither the
 * machine nor the network, and markers and tags are evaluated for a target that the caller declares.
 */
export { PkgsyncError, isPkgsyncError } from '../errors.ts';
export { compareDigests, hashAlgorithms, parseDigests } from './digest.ts';
export type { DigestComparison, DigestSet, HashAlgorithm } from './digest.ts';
export type { PackageType } from './distribution-file.ts';
export {
  distributionKey,
  isDistribution,
  isSafeFilename,
  parseDistributionFilename,
  parseSdistFilename,
  parseWheelFilename,
} from './filename.ts';
export type { BuildNumber, NotADistribution, ParsedFilename, WheelFilename } from './filename.ts';
export type { SplitProblem } from './filename-stem.ts';
export { evaluateMarker, formatMarker, parseMarker } from './marker.ts';
export type {
  Marker,
  MarkerComparison,
  MarkerEnvironment,
  MarkerJunction,
  MarkerOperand,
  MarkerOperator,
  MarkerVariable,
} from './marker.ts';
export { isValidName, normalizeName, parseName } from './name.ts';
export type { PackageName } from './name.ts';
export { formatRequirement, parseRequirement, parseRequirementLenient, parseSpecifierSetLenient } from './requirement.ts';
export type { Requirement } from './requirement.ts';
export { filterBySpecifier, formatSpecifierSet, isExactPin, parseSpecifierSet, specifierContains } from './specifier.ts';
export type { SpecifierClause, SpecifierOperator, SpecifierOptions, SpecifierSet } from './specifier.ts';
export { bestRank, expandPlatform, expandTags, tagRanks } from './tag.ts';
export { environmentOf, environmentsOf, parseTarget, tagsOf } from './target.ts';
export type { Target, TargetInput } from './target.ts';
export {
  canonicalVersion,
  compareVersions,
  compareVersionTexts,
  formatVersion,
  isPrerelease,
  parseVersion,
  sortByVersion,
  tryParseVersion,
} from './version.ts';
export type { Version, VersionParts } from './version.ts';
