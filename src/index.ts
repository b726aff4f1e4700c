/** The library's whole public surface; everything else is internal. */
export { PkgsyncError, isPkgsyncError } from './errors.ts';
export type { ErrorCode, PkgsyncErrorOptions } from './errors.ts';
export type { OnEvent, SyncEvent, ActionOutcome } from './events.ts';

export { loadManifest, parseManifest } from './manifest/load.ts';
export type { Manifest, EffectiveRule, SourceConfig, DestinationConfig } from './manifest/manifest.ts';
export { readLock, writeLock, encodeLock } from './lockfile/lockfile.ts';
export type { LockEntry, LockPackage } from './lockfile/lock.ts';
export { connect } from './connect.ts';
export type { Connection, ConnectOptions } from './connect.ts';
export { planProjects } from './sync/plan-all.ts';
export type { PlanOptions, SyncContext } from './sync/context.ts';
export type { Action, ActionKind, LockChange, ProjectPlan, Reason } from './plan/plan.ts';
export { applyPlan } from './apply/apply-plan.ts';
export type { ApplyRequest } from './apply/apply-plan.ts';
export type { ApplyResult } from './apply/result.ts';

export { Distribution } from './library/distribution.ts';
export type { OpenDistributionOptions } from './library/distribution.ts';
export type { CoreMetadata } from './archive/core-metadata.ts';
export type { SourceIndex } from './indexes/source-index.ts';
export type { ReadableDestination, WritableDestination } from './destinations/destination.ts';
export type { DigestSet } from './packaging/digest.ts';
export type { DistributionFile, PackageType, Project } from './packaging/distribution-file.ts';
export { normalizeName } from './packaging/name.ts';
export type { PackageName } from './packaging/name.ts';
export { parseVersion, compareVersions } from './packaging/version.ts';
export type { Version } from './packaging/version.ts';
export { parseSpecifierSet, specifierContains, filterBySpecifier } from './packaging/specifier.ts';
export type { SpecifierSet } from './packaging/specifier.ts';
export { parseRequirement } from './packaging/requirement.ts';
export type { Requirement } from './packaging/requirement.ts';
