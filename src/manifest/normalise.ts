import { compareText } from '../packaging/name.ts';
import { type Named, namedDestinations, namedSources, packageEntries } from './entries.ts';
import { isHttpUrl } from './location.ts';
import type {
  AuthReference,
  DestinationConfig,
  Limits,
  Manifest,
  Policy,
  PolicyException,
  Prune,
  ShareLimit,
  SourceConfig,
  TlsReference,
} from './manifest.ts';
import { effectiveRule, namedTargets } from './rule.ts';
import { parseDuration, parseSize } from './units.ts';
import type {
  WrittenAuth,
  WrittenDestination,
  WrittenException,
  WrittenLimits,
  WrittenManifest,
  WrittenPolicy,
  WrittenPrune,
  WrittenShareLimit,
  WrittenSource,
  WrittenTls,
} from './written.ts';

/** Turns a manifest that schema and rules have passed into the one form that everything else works with. */
export function normalise(written: WrittenManifest, place: { readonly path: string; readonly folder: string }): Manifest {
  const defaults = written.defaults ?? {};
  const targets = namedTargets(written.targets);
  const prune = pruneOf(written.prune, { dropped: false, superseded: false, unlisted: false });
  const limits = limitsOf(written.limits, defaultLimits);
  return {
    path: place.path,
    folder: place.folder,
    sources: namedSources(written).flatMap(sourceConfig),
    destinations: namedDestinations(written).flatMap((destination) => destinationConfig(destination, prune, limits)),
    packages: packageEntries(written)
      .map(({ name, rule }) => ({
        name,
        rule: effectiveRule(rule, defaults, targets),
        reason: (rule.reason === undefined ? defaults.reason : rule.reason) ?? undefined,
        owner: (rule.owner === undefined ? defaults.owner : rule.owner) ?? undefined,
      }))
      .sort((a, b) => compareText(a.name, b.name)),
    all: written.all ?? false,
    exclude: present(written.exclude),
    defaultRule: effectiveRule({}, defaults, targets),
    unmanaged: present(written.unmanaged),
    onMismatch: written.onMismatch ?? 'report',
    policy: policyOf(written.policy ?? {}),
    exceptions: (written.exceptions ?? []).flatMap(exceptionOf),
  };
}

const share: ShareLimit = { files: 10, percent: 10 };
const defaultLimits: Limits = { maxRemove: share, maxReplace: share, maxUpload: {} };

function sourceConfig({ name, written }: Named<WrittenSource>): readonly SourceConfig[] {
  if (written === undefined) return [];
  if (typeof written === 'string') return [{ name, location: written, serialization: 'auto', names: [] }];
  if (written.url === undefined) return [];
  const { url: location, serialization = 'auto', names, auth, tls } = written;
  return [{ name, location, serialization, names: present(names), ...authOf(auth), ...tlsOf(tls) }];
}

function destinationConfig({ name, written }: Named<WrittenDestination>, prune: Prune, limits: Limits): readonly DestinationConfig[] {
  if (written === undefined) return [];
  if (typeof written === 'string') {
    const base = { name, include: [], exclude: [], prune, limits };
    return [isHttpUrl(written) ? { ...base, type: 'upload', url: written, server: 'auto' } : { ...base, type: 'directory', path: written }];
  }
  const base = {
    name,
    include: present(written.include),
    exclude: present(written.exclude),
    prune: pruneOf(written.prune, prune),
    limits: limitsOf(written.limits, limits),
  };
  if (written.type === 'directory') return written.path === undefined ? [] : [{ ...base, type: 'directory', path: written.path }];
  if (written.url === undefined) return [];
  const { url, server = 'auto', simpleUrl, auth, tls } = written;
  return [{ ...base, type: 'upload', url, server, ...(simpleUrl === undefined ? {} : { simpleUrl }), ...authOf(auth), ...tlsOf(tls) }];
}

function authOf(written: WrittenAuth | undefined): { readonly auth?: AuthReference } {
  if (written === undefined) return {};
  const { username, usernameEnv, passwordEnv, tokenEnv, command, keyring, trustedPublishing, audience } = written;
  const helper = { ...(command === undefined ? {} : { command: present(command) }), ...(keyring === undefined ? {} : { keyring }) };
  const trusted = {
    ...(trustedPublishing === undefined ? {} : { trustedPublishing }),
    ...(audience === undefined ? {} : { audience }),
  };
  return { auth: { username, usernameEnv, passwordEnv, tokenEnv, ...helper, ...trusted } };
}

function tlsOf(written: WrittenTls | undefined): { readonly tls?: TlsReference } {
  if (written === undefined) return {};
  const { caFile, clientCertFile, clientKeyFile, passphraseEnv } = written;
  return { tls: { caFile, clientCertFile, clientKeyFile, passphraseEnv } };
}

/** The words set all three keys; an object only those that it names. */
function pruneOf(written: WrittenPrune | undefined, inherited: Prune): Prune {
  switch (written) {
    case 'never':
      return { dropped: false, superseded: false, unlisted: false };
    case 'tombstoned':
      return { dropped: true, superseded: true, unlisted: false };
    case 'exact':
      return { dropped: true, superseded: true, unlisted: true };
    case undefined:
      return inherited;
    default: {
      const { dropped = inherited.dropped, superseded = inherited.superseded, unlisted = inherited.unlisted } = written;
      return { dropped, superseded, unlisted };
    }
  }
}

function limitsOf(written: WrittenLimits | undefined, inherited: Limits): Limits {
  const { maxRemove, maxReplace, maxUpload } = written ?? {};
  return {
    maxRemove: shareOf(maxRemove, inherited.maxRemove),
    maxReplace: shareOf(maxReplace, inherited.maxReplace),
    maxUpload:
      maxUpload === undefined
        ? inherited.maxUpload
        : { files: maxUpload.files, bytes: maxUpload.bytes === undefined ? undefined : parseSize(maxUpload.bytes) },
  };
}

/** A limit replaces the inherited one whole: `files` alone means that no percentage widens it. */
function shareOf(written: WrittenShareLimit | undefined, inherited: ShareLimit): ShareLimit {
  if (written === undefined) return inherited;
  return { files: written.files, percent: written.percent };
}

function policyOf({ minAge, maxFileSize, deny, requireSha256 }: WrittenPolicy): Policy {
  return {
    minAge: minAge === undefined ? undefined : parseDuration(minAge),
    maxFileSize: maxFileSize === undefined ? undefined : parseSize(maxFileSize),
    deny: present(deny),
    requireSha256: requireSha256 ?? false,
  };
}

function exceptionOf(written: WrittenException | undefined): readonly PolicyException[] {
  const { what, gate, reason, until } = written ?? {};
  if (what === undefined || gate === undefined || reason === undefined || until === undefined) return [];
  return [{ what, gate, reason, until }];
}

/** Without what the schema refused; in a manifest that passed, everything. */
function present(texts: readonly (string | undefined)[] | undefined): readonly string[] {
  return (texts ?? []).filter((text) => text !== undefined);
}
