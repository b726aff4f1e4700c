import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import { isPkgsyncError, PkgsyncError, printable, redactUrl } from '../errors.ts';
import { isHttpUrl, isUrl } from '../manifest/location.ts';
import type { Assignment, BuildoutSections, ConditionalSection } from './buildout-sections.ts';
import { parseBuildoutSections } from './buildout-sections.ts';
import { decodeText } from './decode-text.ts';
import { formatOf } from './format.ts';
import { type Imported, type ImportFormat, type ImportedRequirement, ImportReport, invalidImport } from './imported.ts';
import { parsePipfileLock } from './pipfile-lock.ts';
import { parsePoetryLock } from './poetry-lock.ts';
import { parsePylock } from './pylock.ts';
import { parseRequirementsTxt } from './requirements-txt.ts';
import { parseUvLock } from './uv-lock.ts';
import { extendsOf, type VersionPin, versionsOf } from './versions-cfg.ts';

/**
 * Reads one file whole.
 * @param shownAs what messages must call it, where its location has values of variables in it
 * @throws PkgsyncError FILE_SYSTEM, what the transport throws
 */
export type ReadImport = (location: string, shownAs?: string) => Promise<Uint8Array>;

export interface LoadImportOptions {
  /** Path or http(s) URL to bytes, at most `maxBytes` of them. */
  readonly read: ReadImport;
  /** For `${NAME}` in requirements files. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** In place of what name and content say. */
  readonly format?: ImportFormat | undefined;
}

/** An input with the format it was read in. */
export interface LoadedImport extends Imported {
  readonly format: ImportFormat;
}

/** The most that is read of one file, in bytes. */
export const maxBytes = 128 * 1024 * 1024;
/** Files that one input may include, and how deeply: more is a mistake or an attack. */
const maxFiles = 500;
const maxDepth = 32;

/**
 * Reads an input with everything that it includes (`-r`, `-c`, `extends`, local and over HTTP). Several files are joined where each is a
 * requirements file.
 * @param locations paths or URLs
 * @throws PkgsyncError IMPORT_INVALID, USAGE for formats that cannot be joined or told, what `read` throws
 */
export async function loadImport(locations: readonly string[], options: LoadImportOptions): Promise<LoadedImport> {
  const [first] = locations;
  if (first === undefined) throw new PkgsyncError('USAGE', 'there is nothing to import: name a file');
  const loader = new Loader(options.read);
  const texts = await Promise.all(locations.map(async (location) => ({ location, bytes: await loader.bytes(location, []) })));
  const inputs = texts.map(({ location, bytes }) => {
    const format = options.format ?? formatOf(location, decodeText(bytes, shown(location), { codingLines: true }));
    return { location, format, text: decodeText(bytes, shown(location), { codingLines: format === 'requirements' }) };
  });
  const formats = new Set(inputs.map(({ format }) => format));
  if (inputs.length > 1 && (formats.size > 1 || !formats.has('requirements')))
    throw new PkgsyncError('USAGE', 'several files are joined only where each is a requirements file', { hint: 'import one lock file' });
  const [input] = inputs;
  const format = input?.format ?? 'requirements';
  if (input === undefined || format === 'requirements') return { format, ...(await requirementsOf(inputs, loader, options.environment)) };
  const place = { label: shown(input.location) };
  switch (format) {
    case 'versions-cfg':
      return { format, ...(await versionsCfg(input, loader)) };
    case 'pylock':
      return { format, ...parsePylock(input.text, place) };
    case 'uv':
      return { format, ...parseUvLock(input.text, place) };
    case 'poetry':
      return { format, ...parsePoetryLock(input.text, place) };
    case 'pipfile':
      return { format, ...parsePipfileLock(input.text, place) };
  }
}

interface Input {
  readonly location: string;
  readonly text: string;
}

/** Reads files one after the other and keeps count. */
class Loader {
  readonly #read: ReadImport;
  /** Locations with values of variables in them, as they are written. */
  readonly #written = new Map<string, string>();
  #files = 0;

  constructor(read: ReadImport) {
    this.#read = read;
  }

  /** A location whose variables stand for something that no message may show. */
  hide(location: string, written: string): void {
    if (location !== written) this.#written.set(location, written);
  }

  written(location: string): string {
    return this.#written.get(location) ?? location;
  }

  shown(location: string): string {
    // As variables stand in a URL once it was resolved.
    return shown(this.written(location)).replace(/\$%7B([A-Z0-9_]+)%7D/g, '${$1}');
  }

  /** @param chain the files that led here, the first one first */
  async bytes(location: string, chain: readonly string[]): Promise<Uint8Array> {
    const path = /^file:\/\//i.test(location) ? filePath(location) : location;
    if (chain.includes(location))
      throw invalidImport(
        this.shown(location),
        `includes itself: ${[...chain.slice(chain.indexOf(location)), location].map((one) => this.shown(one)).join(' -> ')}`,
      );
    if (chain.length > maxDepth) throw invalidImport(this.shown(location), `included more than ${maxDepth} levels deep`);
    this.#files += 1;
    if (this.#files > maxFiles) throw invalidImport(this.shown(chain[0] ?? location), `includes more than ${maxFiles} files`);
    if (isUrl(path) && !isHttpUrl(path))
      throw new PkgsyncError('USAGE', `${this.shown(location)} cannot be read: only paths, http and https can`);
    return await (this.#written.has(location) ? this.#read(path, this.shown(location)) : this.#read(path));
  }
}

/** All files and what they include. A file that two others include counts once. */
async function requirementsOf(inputs: readonly Input[], loader: Loader, environment: LoadImportOptions['environment']): Promise<Imported> {
  const report = new ImportReport();
  report.combine = 'all';
  const done = new Set<string>();
  const visit = async ({ location, text }: Input, constraint: boolean, chain: readonly string[]): Promise<void> => {
    const key = `${constraint ? '-c' : '-r'} ${location}`;
    if (done.has(key)) return;
    done.add(key);
    const file = parseRequirementsTxt(text, { label: loader.shown(location), environment, constraint });
    append(report, file);
    if (file.noIndex) report.note('--no-index: the file wants no index; where packages come from is for --source to say');
    for (const inclusion of file.includes) {
      const next = relativeTo(location, inclusion.location);
      loader.hide(next, relativeTo(loader.written(location), inclusion.written));
      const name = { from: shown(next), to: loader.shown(next) };
      const bytes = await withPlace(inclusion.where, () => loader.bytes(next, [...chain, location]), name);
      await visit({ location: next, text: decodeText(bytes, name.to, { codingLines: true }) }, inclusion.constraint, [...chain, location]);
    }
  };
  for (const input of inputs) await visit(input, false, []);
  return report;
}

function append(report: ImportReport, file: Imported): void {
  for (const one of file.requirements) report.requirements.push(one);
  for (const one of file.constraints) report.constraints.push(one);
  for (const one of file.digests) report.digests.push(one);
  for (const one of file.skipped) report.skipped.push(one);
  for (const one of file.sources) report.addSource(one);
  for (const sentence of file.notes) report.note(sentence);
  report.prereleases ||= file.prereleases;
}

/** The configuration laid over everything that it extends, later over earlier. */
async function versionsCfg(input: Input, loader: Loader): Promise<Imported> {
  const sections = new Map<string, Assignment[]>();
  const conditional: ConditionalSection[] = [];
  const report = new ImportReport();
  const lay = (parsed: BuildoutSections): void => {
    for (const [name, assignments] of parsed.sections) {
      const known = sections.get(name) ?? [];
      // What is extended has been read by now; of several files each would name its own.
      for (const one of assignments) if (name !== 'buildout' || !one.name.endsWith('extends')) known.push(one);
      sections.set(name, known);
    }
    conditional.push(...parsed.conditional);
  };
  const visit = async ({ location, text }: Input, chain: readonly string[]): Promise<void> => {
    const parsed = parseBuildoutSections(text, shown(location));
    const { names, warnings } = extendsOf(parsed);
    for (const sentence of warnings) report.note(sentence);
    for (const name of names) {
      const next = relativeTo(location, name);
      const bytes = await withPlace(shown(location), () => loader.bytes(next, [...chain, location]));
      await visit({ location: next, text: decodeText(bytes, shown(next), { codingLines: false }) }, [...chain, location]);
    }
    lay(parsed);
  };
  await visit(input, []);
  const { versions, section } = versionsOf({ sections, conditional });
  if (section === undefined) throw invalidImport(shown(input.location), 'there is no [versions] section, here or in what it extends');
  for (const sentence of versions.warnings) report.note(sentence);
  for (const name of versions.unpinned) report.skip(name, 'its version is empty: buildout leaves it open', shown(input.location));
  report.requirements.push(...[...versions.pins, ...versions.conditional].map(requirementOf));
  return report;
}

function requirementOf({ name, version, line, label }: VersionPin): ImportedRequirement {
  return { name, specifier: version, extras: [], where: `${shown(label)}:${line}` };
}

/** An included file's own words, with the place that includes it. */
async function withPlace<T>(where: string, work: () => Promise<T>, name?: { readonly from: string; readonly to: string }): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isPkgsyncError(error, 'FILE_SYSTEM', 'NOT_FOUND', 'UNREACHABLE', 'UNAUTHORIZED', 'FORBIDDEN', 'BAD_RESPONSE')) throw error;
    if (name === undefined || name.from === name.to)
      throw new PkgsyncError(error.code, `${where}: ${error.message}`, { hint: error.hint, cause: error });
    // The cause would show what the variable holds.
    throw new PkgsyncError(error.code, `${where}: ${error.message.replaceAll(name.from, () => name.to)}`, { hint: error.hint });
  }
}

/** Paths and URLs in a file start where the file lies. */
function relativeTo(from: string, location: string): string {
  if (/^file:/i.test(location)) {
    // What comes over the network must not say which files of this machine are read.
    if (isHttpUrl(from)) throw invalidImport(shown(from), `includes ${printable(location)}, which is a file of this machine`);
    return location;
  }
  if (isUrl(location)) return location;
  if (isUrl(from)) {
    if (URL.canParse(location, from)) return new URL(location, from).href;
    throw invalidImport(shown(from), `'${printable(location)}' is no address`);
  }
  return isAbsolute(location) ? location : join(dirname(from), location);
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    if (!isNativeError(error)) throw error;
    throw invalidImport(printable(redactUrl(url)), 'no path on this machine', { cause: error });
  }
}

function shown(location: string): string {
  return isUrl(location) ? redactUrl(location) : location;
}
