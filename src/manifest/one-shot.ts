import { PkgsyncError, printable, withoutCredentials } from '../errors.ts';
import { parseName } from '../packaging/name.ts';
import type { PackageName } from '../packaging/name.ts';
import { parseRequirement } from '../packaging/requirement.ts';
import { formatSpecifierSet } from '../packaging/specifier.ts';
import { newManifest } from './init.ts';
import { isHttpUrl } from './location.ts';
import type { ServerKind } from './manifest.ts';
import { mayMatch, parsePattern } from './match.ts';
import type { Pattern } from './match.ts';
import type { WrittenAuth, WrittenDestination, WrittenRule, WrittenSource, WrittenTls } from './written.ts';

/** A place as arguments name it: a URL or a path, and who goes there. */
export interface OneShotPlace {
  readonly location: string;
  readonly username?: string | undefined;
  readonly tls?: WrittenTls | undefined;
}

/** What a one-shot command is asked for; a manifest says the same. */
export interface OneShot {
  readonly source: OneShotPlace;
  readonly destination: OneShotPlace & { readonly server?: ServerKind | undefined; readonly simpleUrl?: string | undefined };
  /** Requirement strings. */
  readonly requirements: readonly string[];
  /** Projects of a file of versions. */
  readonly pinned?: readonly PinnedProject[] | undefined;
  /** Every project of the source. */
  readonly all: boolean;
  /** Names, name globs or requirement strings. */
  readonly exclude: readonly string[];
  /** The newest N versions. */
  readonly latest?: number | undefined;
  /** As the rule field. */
  readonly prereleases?: boolean | undefined;
  /** As the rule field. */
  readonly yanked?: 'include' | undefined;
}

/** What a file of versions says of a project. */
export interface PinnedProject {
  readonly name: PackageName;
  /** Specifier sets of which any may admit a version; one at least. */
  readonly versions: readonly string[];
  readonly extras: readonly string[];
  /** `FILE:LINE` of each, for messages. */
  readonly where: readonly string[];
}

/**
 * The manifest that means the same as the arguments: a text for `parseManifest`. Passwords have no place in it: it names the variables
 * PKGSYNC_SOURCE_PASSWORD and PKGSYNC_DESTINATION_PASSWORD.
 * @throws PkgsyncError USAGE, REQUIREMENT_INVALID, SPECIFIER_INVALID for what no manifest can say, and where every project that is asked for is excluded
 */
export function oneShotManifest({ source, destination, requirements, pinned = [], all, exclude, ...rule }: OneShot): string {
  const { latest, prereleases, yanked } = rule;
  const defaults = { ...(latest && { latest }), ...(prereleases !== undefined && { prereleases }), ...(yanked && { yanked }) };
  const patterns = exclude.map(parsePattern);
  return newManifest({
    source: writtenSource(source),
    destination: writtenDestination(destination),
    ...(Object.keys(defaults).length === 0 ? {} : { defaults }),
    ...(all
      ? { all, ...(exclude.length === 0 ? {} : { exclude }) }
      : { packages: packagesOf([...requirements.map(projectOf), ...pinned], patterns) }),
  });
}

function writtenSource({ location, username, tls }: OneShotPlace): WrittenSource {
  const about = username !== undefined ? 'a user name' : tls && 'a certificate';
  if (about === undefined) return location;
  assertUrl(location, 'source', about);
  return { url: location, ...(username === undefined ? {} : { auth: authOf(username, 'SOURCE') }), ...(tls && { tls }) };
}

function writtenDestination({ location, username, server, simpleUrl, tls }: OneShot['destination']): WrittenDestination {
  const about =
    username !== undefined
      ? 'a user name'
      : server !== undefined
        ? 'a kind of server'
        : ((simpleUrl && 'a simple API') ?? (tls && 'a certificate'));
  if (about === undefined) return location;
  assertUrl(location, 'destination', about);
  return {
    type: 'upload',
    url: location,
    ...(server === undefined ? {} : { server }),
    ...(simpleUrl === undefined ? {} : { simpleUrl }),
    ...(username === undefined ? {} : { auth: authOf(username, 'DESTINATION') }),
    ...(tls && { tls }),
  };
}

function authOf(username: string, end: 'SOURCE' | 'DESTINATION'): WrittenAuth {
  return { username, passwordEnv: `PKGSYNC_${end}_PASSWORD` };
}

function assertUrl(location: string, end: string, about: string): void {
  if (!isHttpUrl(location))
    throw new PkgsyncError('USAGE', `the ${end} is a folder, which has no use for ${about}`, { hint: 'give the URL of a server' });
}

/** @throws PkgsyncError REQUIREMENT_INVALID, NAME_INVALID, USAGE for a URL or a marker */
function projectOf(text: string): PinnedProject {
  const { name, extras, specifier, url, marker } = parseRequirement(text);
  const unusable = url !== undefined ? 'a URL' : marker !== undefined ? 'a marker' : undefined;
  if (unusable !== undefined)
    throw new PkgsyncError('USAGE', `'${printable(withoutCredentials(text))}': ${unusable} can play no part here`, {
      hint: "write a name and versions, such as 'django>=4.2'",
    });
  return { name: parseName(name), versions: [formatSpecifierSet(specifier)], extras, where: [] };
}

/** Name to rule, without what is excluded as a whole. @throws PkgsyncError USAGE for a project that is named twice */
function packagesOf(projects: readonly PinnedProject[], excluded: readonly Pattern[]): Readonly<Record<string, WrittenRule | string>> {
  const seen = new Map<PackageName, PinnedProject>();
  const packages: [string, WrittenRule | string][] = [];
  for (const project of projects) {
    const { name } = project;
    const before = seen.get(name);
    if (before !== undefined) {
      const places = [...before.where, ...project.where];
      throw new PkgsyncError('USAGE', `${name} is asked for twice${places.length === 0 ? '' : `, also in ${places.join(', ')}`}`, {
        hint: places.length === 0 ? `join the versions: '${name}>=1,<2'` : 'leave it out here, or there',
      });
    }
    seen.set(name, project);
    const rule = ruleOf(project, excluded);
    if (rule !== undefined) packages.push([name, rule]);
  }
  if (packages.length === 0 && seen.size > 0) throw allExcluded([...seen.keys()]);
  return Object.fromEntries(packages);
}

function allExcluded(names: readonly PackageName[]): PkgsyncError {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return new PkgsyncError(
    'USAGE',
    `nothing is left to do: everything that is asked for is excluded (${names.slice(0, 5).join(', ')}${more})`,
    {
      hint: 'leave it out of what is excluded, or do not ask for it',
    },
  );
}

/** undefined: the whole project is excluded. */
function ruleOf({ name, versions, extras }: PinnedProject, excluded: readonly Pattern[]): WrittenRule | string | undefined {
  const patterns = excluded.filter((pattern) => mayMatch(pattern, name));
  if (patterns.some(({ specifier }) => specifier === undefined)) return undefined;
  const exclude = patterns.flatMap(({ specifier }) => (specifier === undefined ? [] : [formatSpecifierSet(specifier)]));
  const [first = ''] = versions;
  const version = versions.length > 1 ? versions : first === '' ? '*' : first;
  if (extras.length === 0 && exclude.length === 0 && typeof version === 'string') return version;
  return {
    ...(version === '*' ? {} : { version }),
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(extras.length === 0 ? {} : { extras }),
  };
}
