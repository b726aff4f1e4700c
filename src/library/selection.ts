import { PkgsyncError, printable } from '../errors.ts';
import type { EffectiveRule, FileKind } from '../manifest/manifest.ts';
import { effectiveRule, namedTargets } from '../manifest/rule.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';
import { isDistribution, parseDistributionFilename, type ParsedFilename } from '../packaging/filename.ts';
import { compareText, parseName, type PackageName } from '../packaging/name.ts';
import { parseRequirement } from '../packaging/requirement.ts';
import { formatSpecifierSet, parseSpecifierSet } from '../packaging/specifier.ts';
import type { TargetInput } from '../packaging/target.ts';
import { sortByVersion } from '../packaging/version.ts';
import { select } from '../resolve/select.ts';
import type { Candidate } from '../resolve/selection.ts';

/** Which files of a project are wanted; every field means what the rule of the same name means in a manifest. */
export interface SelectionOptions {
  /** Versions that are not wanted: requirement strings (`celery==3.1.0`; a name alone leaves the project out) or specifiers (`==3.1.0`) for all projects. */
  readonly exclude?: string | readonly string[] | undefined;
  /** The newest N versions. */
  readonly latest?: number | undefined;
  /** Wheels that serve none of these are left out, and so is what their Python is too old or too new for. */
  readonly targets?: TargetInput | readonly TargetInput[] | undefined;
  /** Default: PEP 440's (only where the specifier names one, or nothing else matches). */
  readonly prereleases?: boolean | undefined;
  /** Default `skip`: yanked files only for who pins exactly (PEP 592). */
  readonly yanked?: 'skip' | 'include' | undefined;
  /** Default: every kind. */
  readonly files?: readonly FileKind[] | undefined;
}

/** What is wanted of one project: a file that one of the rules selects. */
export interface ProjectSelection {
  readonly name: PackageName;
  readonly rules: readonly EffectiveRule[];
}

/**
 * The rules that requirement strings stand for, one selection per project in the order of their first mention (pure).
 * @throws PkgsyncError REQUIREMENT_INVALID, SPECIFIER_INVALID, NAME_INVALID, TARGET_INVALID; USAGE for extras, markers, URLs, an unusable option
 */
export function selectionsOf(spec: string | readonly string[], options: SelectionOptions): readonly ProjectSelection[] {
  const excludes = list(options.exclude).map(parseExclude);
  const written = (Array.isArray(options.targets) ? options.targets : [options.targets]) as readonly (TargetInput | undefined)[];
  const targets = written.filter((target) => target !== undefined);
  const declared = namedTargets(Object.fromEntries(targets.map((target, index) => [String(index).padStart(6, '0'), target])));
  const { latest } = options;
  if (latest !== undefined && !(Number.isSafeInteger(latest) && latest >= 1)) {
    throw new PkgsyncError('USAGE', `latest is ${String(latest)}: expected a whole number from 1`);
  }
  const byName = new Map<PackageName, EffectiveRule[]>();
  for (const text of list(spec)) {
    const { name, specifier } = parseSpec(text);
    const rules = byName.get(name) ?? [];
    byName.set(name, rules);
    const unwanted = excludes.filter((exclude) => exclude.name === undefined || exclude.name === name);
    // A name alone leaves nothing of the project.
    if (unwanted.some((exclude) => exclude.specifier === '')) continue;
    const { prereleases, yanked, files } = options;
    const exclude = unwanted.map((each) => each.specifier);
    rules.push(effectiveRule({ version: specifier, exclude, latest, prereleases, yanked, files }, {}, declared));
  }
  return [...byName].map(([name, rules]) => ({ name, rules }));
}

/** The files that the rules select, in the order of `inListOrder` (pure). @param asOf milliseconds since the epoch */
export function selectedFiles(
  files: readonly DistributionFile[],
  { name, rules }: ProjectSelection,
  asOf: number,
): readonly DistributionFile[] {
  const candidates = files.map((file): Candidate => ({
    ...file,
    locked: false,
    source: file,
    // Its name was read when the page was; only a choice by target needs the tags once more.
    get parsed() {
      return parsedName(file.filename, name);
    },
  }));
  const selected = new Set(rules.flatMap((rule) => select(rule, candidates, asOf).selected.map(({ filename }) => filename)));
  return inListOrder(files.filter(({ filename }) => selected.has(filename)));
}

function parsedName(filename: string, name: PackageName): ParsedFilename {
  const parsed = parseDistributionFilename(filename, name);
  if (isDistribution(parsed)) return parsed;
  throw new PkgsyncError('FILENAME_INVALID', `'${printable(filename)}' is not the name of a distribution of ${name} (${parsed.because})`);
}

/** The newest version first, what is no PEP 440 version last; within a version by filename. */
export function inListOrder(files: readonly DistributionFile[]): readonly DistributionFile[] {
  // Sorting keeps the order of equals, so the whole is sorted the other way round and turned.
  const byFilename = [...files].sort((a, b) => compareText(b.filename, a.filename));
  return sortByVersion(byFilename, ({ version }) => version).reverse();
}

function parseSpec(text: string): { readonly name: PackageName; readonly specifier: string } {
  const { name, extras, specifier, url, marker } = parseRequirement(text.trim());
  const unusable = url !== undefined ? 'a URL' : marker !== undefined ? 'a marker' : extras.length > 0 ? 'extras' : undefined;
  if (unusable !== undefined) {
    throw new PkgsyncError('USAGE', `'${printable(name)}' is given with ${unusable}: files are chosen by name and versions only`, {
      hint: `write '${printable(name)}${formatSpecifierSet(specifier)}'`,
    });
  }
  return { name: parseName(name), specifier: formatSpecifierSet(specifier) };
}

/** A specifier starts with an operator, a requirement with a letter or digit. */
function parseExclude(text: string): { readonly name?: PackageName; readonly specifier: string } {
  const trimmed = text.trim();
  if (!/^[<>=!~]/.test(trimmed)) return parseSpec(trimmed);
  return { specifier: formatSpecifierSet(parseSpecifierSet(trimmed)) };
}

function list(written: string | readonly string[] | undefined): readonly string[] {
  return written === undefined ? [] : typeof written === 'string' ? [written] : written;
}
