/** The library's whole public surface; everything else is internal. */
export { PkgsyncError, isPkgsyncError } from './errors.ts';
export type { ErrorCode, PkgsyncErrorOptions } from './errors.ts';
export type { OnEvent, SyncEvent, ActionOutcome } from './events.ts';

export { loadManifest, parseManifest } from './manifest/load.ts';
export { fileKinds, gates, serverKinds } from './manifest/manifest.ts';
export type {
  AuthReference,
  DestinationConfig,
  DirectoryConfig,
  EffectiveRule,
  FileKind,
  Gate,
  Limits,
  Manifest,
  PackageRule,
  Policy,
  PolicyException,
  Prune,
  ServerKind,
  ShareLimit,
  SourceConfig,
  TlsReference,
  UploadConfig,
} from './manifest/manifest.ts';
export { readLock, writeLock, encodeLock } from './lockfile/lockfile.ts';
export type { LockPackages, StagedLock } from './lockfile/lockfile.ts';
export type { LockEntry, LockPackage, TombstoneReason } from './lockfile/lock.ts';
export { connect } from './connect.ts';
export type { Connection, ConnectCertificates, ConnectCredentials, ConnectOptions } from './connect.ts';
export { loadNetrc, parseNetrc } from './credentials/netrc.ts';
export type { Netrc, NetrcAnswer } from './credentials/netrc.ts';
export type { Credential, CredentialFrom, CredentialKind } from './http/credential.ts';
export type { WantedParts } from './io/staging.ts';
export type { ClientCertificate } from './http/tls.ts';
export { loadAuthorities, loadClientCertificate } from './http/tls-files.ts';
export type { ClientCertificateFiles, PemFile } from './http/tls-files.ts';
export type { ProxySettings } from './http/proxy.ts';

export { openPlan, plan } from './engine/plan.ts';
export type { MadePlan, OpenPlanOptions, PlanRequest } from './engine/plan.ts';
export type { PlanNote, PlanSummary } from './engine/summary.ts';
export { apply } from './engine/apply.ts';
export type { Applied, ApplyOptions } from './engine/apply.ts';
export type { Refusal } from './engine/refusal.ts';
export { writeLockOf } from './engine/write-lock.ts';
export { drift } from './engine/drift.ts';
export type { DriftedProject, DriftReport, DriftRequest, News } from './engine/drift.ts';
export { verify } from './engine/verify.ts';
export type { Verification, VerifyRequest } from './engine/verify.ts';
export { verifyClasses } from './verify/judge.ts';
export type { Judgement, VerifyClass } from './verify/judge.ts';
export type { Completeness } from './verify/tally.ts';
export type { Finding } from './verify/verify-package.ts';
export { inspect } from './engine/inspect.ts';
export type { InspectedProject, InspectRequest } from './engine/inspect.ts';
export { resolve } from './engine/resolve.ts';
export type { ResolveRequest, SelectedPackage } from './engine/resolve.ts';
export type { Ends, LockInput, ReadableEnds } from './engine/request.ts';

export type { ConnectedDestination, LockReader, PlanOptions } from './sync/context.ts';
export { actionKinds } from './plan/plan.ts';
export type {
  Action,
  ActionBase,
  ActionKind,
  Counts,
  InheritedHere,
  LockChange,
  Problem,
  ProjectPlan,
  Reason,
  Warning,
  LeftOut,
} from './plan/plan.ts';
export type { PlannedDestination } from './plan/plan-id.ts';
export type { PlanHeader, PlanOptionsRecord, PlanTrailer, SavedProject } from './plan/plan-file.ts';
export type { Inherited, ProblemClass } from './plan/recorder.ts';
export type { Approval, Approvals, TrippedLimit } from './plan/safety.ts';
export { driftClasses, newsClasses } from './drift/drift.ts';
export type { DriftClass, DriftFinding, NewsClass, UnlistedFile } from './drift/drift.ts';
export type { Learnt, Lessons, LockLesson } from './sync/lock-changes.ts';
export type { ActionResult, ApplyResult } from './apply/result.ts';

export { Repository } from './library/repository.ts';
export type { ListOptions, RemoteProject, UploadAllOptions, UploadOptions } from './library/repository.ts';
export type { FileOutcome } from './library/put-files.ts';
export type { RepositoryOptions } from './library/ends.ts';
export type { RetryPolicy } from './http/retry.ts';
export type { Timeouts } from './http/dispatcher.ts';
export type { SelectionOptions } from './library/selection.ts';
export type { WriteResult } from './library/put-file.ts';
export { RemoteDistribution } from './library/remote-distribution.ts';
export type { AnyIterable, DownloadOptions, DownloadToStreamOptions, NamedFile, TransferOptions } from './library/remote-distribution.ts';
export type { DownloadedFile } from './library/download.ts';
export type { Measured } from './io/hashing.ts';
export type { TargetInput } from './packaging/target.ts';
export { Distribution } from './library/distribution.ts';
export type { OpenDistributionOptions } from './library/distribution.ts';
export type { CoreMetadata } from './archive/core-metadata.ts';
export type { SourceIndex } from './indexes/source-index.ts';
export type {
  CarriedFact,
  DestinationProject,
  DestinationTraits,
  ExistingFile,
  InheritedFile,
  Look,
  RemovalKeys,
  RemoveRequest,
  PublishRequest,
  PutRequest,
  ReadableDestination,
  VerifiedContent,
  WantedFile,
  WritableDestination,
  WriteAnswer,
} from './destinations/destination.ts';
export type { ByteSource } from './io/byte-source.ts';
export type { DigestSet } from './packaging/digest.ts';
export { packageTypes } from './packaging/distribution-file.ts';
export type { DistributionFile, FileFacts, PackageType, Project, ProjectStatus, SkippedFile } from './packaging/distribution-file.ts';
export { normalizeName } from './packaging/name.ts';
export type { PackageName } from './packaging/name.ts';
export { parseVersion, compareVersions } from './packaging/version.ts';
export type { Version } from './packaging/version.ts';
export { parseSpecifierSet, specifierContains, filterBySpecifier } from './packaging/specifier.ts';
export type { SpecifierSet } from './packaging/specifier.ts';
export { parseRequirement } from './packaging/requirement.ts';
export type { Requirement } from './packaging/requirement.ts';
