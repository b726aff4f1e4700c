import { isPkgsyncError, printable } from '../errors.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { formatSpecifierSet, parseSpecifierSet } from '../packaging/specifier.ts';
import { splitWhitespace, trimWhitespace } from '../packaging/whitespace.ts';
import { BuildoutOptions, type ResolvedOption } from './buildout-options.ts';
import { type Assignment, type BuildoutSections, parseBuildoutSections } from './buildout-sections.ts';

/** What a `[versions]` section says of one project. */
export interface VersionPin {
  readonly name: PackageName;
  /** A specifier set in its usual spelling: `==1.2.3` for `name = 1.2.3`, `<2,>=1.0` for `name = >=1.0,<2`. Never empty. */
  readonly version: string;
  /** Line in the file that `label` names, counted from 1. */
  readonly line: number;
  readonly label: string;
  /** The condition of a section such as `[versions:python_version < "3"]`. */
  readonly condition?: string | undefined;
}

export interface VersionsCfg {
  /** One for each project, sorted as written; those of sections without a condition. */
  readonly pins: readonly VersionPin[];
  /** What sections with a condition say instead, each where its condition holds. A project may have several. */
  readonly conditional: readonly VersionPin[];
  /** Projects whose value is empty: with buildout that takes away a pin of a file that this one extends. */
  readonly unpinned: readonly PackageName[];
  /** Files and URLs that the file extends, as written, in their order: later ones win, and the file itself wins over all. */
  readonly extends: readonly string[];
  /** What was left out or understood in a way that a person should know: whole sentences that name their place. */
  readonly warnings: readonly string[];
}

/**
 * Reads buildout's version pins: the section `[versions]`, or the one that `[buildout] versions = NAME` names. What it extends is reported,
 * not read. See parseBuildoutSections for the dialect.
 * @param place `label`: what to call the file in messages
 * @throws PkgsyncError IMPORT_INVALID for text that is no buildout configuration
 */
export function parseVersionsCfg(text: string, place: { readonly label: string }): VersionsCfg {
  const parsed = parseBuildoutSections(text, place.label);
  const result = versionsOf(parsed);
  const found = extendsOf(parsed);
  const missing =
    result.section === undefined && found.names.length === 0
      ? [`${printable(place.label, 1000)} has no [versions] section, and extends nothing`]
      : [];
  return { ...result.versions, extends: found.names, warnings: [...missing, ...found.warnings, ...result.versions.warnings] };
}

/** The files and URLs that a configuration extends, as written. References are not filled in: buildout does not do so there either. */
export function extendsOf({ sections }: BuildoutSections): { readonly names: readonly string[]; readonly warnings: readonly string[] } {
  const own = (sections.get('buildout') ?? []).filter(({ name }) => name === 'extends' || name === 'optional-extends');
  const last = (wanted: string): readonly string[] =>
    own
      .filter(({ name }) => name === wanted)
      .reduce<readonly string[]>((before, { operator, values }) => (operator === '=' ? values : [...before, ...values]), []);
  const names = ['extends', 'optional-extends'].flatMap(last).flatMap(splitWhitespace);
  const line = own[0];
  const warnings = names
    .filter((name) => name.includes('${'))
    .map((name) => `${placeOf(line)}: '${printable(name)}' is not followed: buildout fills nothing in there`);
  return { names: names.filter((name) => !name.includes('${')), warnings };
}

/** The pins of one configuration, or of several joined in the order in which they override each other. */
export function versionsOf({ sections, conditional }: BuildoutSections): {
  readonly versions: Omit<VersionsCfg, 'extends'>;
  /** The section's name; undefined where there is no such section. */
  readonly section: string | undefined;
} {
  const section = new BuildoutOptions(sections).option('buildout', 'versions')?.value ?? 'versions';
  const keyOf = (name: string) => (name === section ? projectKey : literally);
  const base = new BuildoutOptions(sections, keyOf);
  const report = new Report();
  for (const option of base.options(section)) report.add(option);
  const repeated = repetitions(sections.get(section) ?? []);

  const alternatives = new Report();
  for (const { name, condition, assignments, line, label } of conditional) {
    if (name !== section || assignments.length === 0) continue;
    const keys = new Set(assignments.map((assignment) => projectKey(assignment.name)));
    const joined = new BuildoutOptions(new Map([...sections, [section, [...(sections.get(section) ?? []), ...assignments]]]), keyOf);
    for (const option of joined.options(section)) if (keys.has(projectKey(option.name))) alternatives.add(option, condition);
    report.warnings.push(
      `${printable(label, 1000)}:${line}: [${name}:${printable(condition)}] holds only under its condition: its versions stand beside the others`,
    );
  }
  return {
    section: base.has(section) || conditional.some(({ name }) => name === section) ? section : undefined,
    versions: {
      pins: report.pins,
      conditional: alternatives.pins,
      unpinned: report.unpinned,
      warnings: [...repeated, ...report.warnings, ...alternatives.warnings],
    },
  };
}

/** Sorts options into pins, unpinned names and warnings. */
class Report {
  readonly pins: VersionPin[] = [];
  readonly unpinned: PackageName[] = [];
  readonly warnings: string[] = [];

  add(option: ResolvedOption, condition?: string): void {
    const { line, label, value, problem } = option;
    const place = placeOf(option);
    const written = withoutExtras(option.name);
    if (!isValidName(written)) {
      this.warnings.push(`${place}: '${printable(option.name)}' is left out: it is no project name`);
      return;
    }
    const name = normalizeName(written);
    if (value === undefined) {
      this.warnings.push(`${place}: ${name} is left out: ${printable(problem ?? 'it has no value')}`);
      return;
    }
    if (value === '') {
      this.unpinned.push(name);
      return;
    }
    const version = specifierOf(value);
    if (version === undefined) {
      this.warnings.push(`${place}: ${name} is left out: '${printable(value)}' is neither a version nor a specifier`);
      return;
    }
    if (version.startsWith('===') && !value.startsWith('==='))
      this.warnings.push(
        `${place}: ${name}: '${printable(value)}' is no version by PEP 440: only files that spell it exactly so are meant`,
      );
    if (written !== option.name)
      this.warnings.push(
        `${place}: ${name}: the extras of '${printable(option.name)}' are left out: they do not decide which files there are`,
      );
    this.pins.push({ name, version, line, label, ...(condition === undefined ? {} : { condition }) });
  }
}

/** A bare version is an exact pin; what begins with an operator is a set. undefined: neither. */
function specifierOf(value: string): string | undefined {
  if (/^[<>~!]|^==/.test(value)) return trySpecifier(value);
  // `name == 1.0` is read as the value `= 1.0`.
  const bare = value.startsWith('=') ? trimWhitespace(value.slice(1)) : value;
  return trySpecifier(`==${bare}`) ?? trySpecifier(`===${bare}`);
}

function trySpecifier(text: string): string | undefined {
  try {
    const specifier = formatSpecifierSet(parseSpecifierSet(text));
    return specifier === '' || specifier === '===' ? undefined : specifier;
  } catch (error) {
    if (isPkgsyncError(error, 'SPECIFIER_INVALID')) return undefined;
    throw error;
  }
}

/** Two spellings of one project in one file, or one twice: the later counts, and that may not be what was meant. */
function repetitions(assignments: readonly Assignment[]): readonly string[] {
  const seen = new Map<string, Assignment>();
  const warnings: string[] = [];
  for (const assignment of assignments) {
    if (assignment.operator !== '=' || assignment.name === '<') continue;
    const key = projectKey(assignment.name);
    const before = seen.get(key);
    seen.set(key, assignment);
    if (before === undefined || before.label !== assignment.label || before.values.join(' ') === assignment.values.join(' ')) continue;
    warnings.push(`${placeOf(assignment)}: ${printable(assignment.name)} stands in line ${before.line} already: this one counts`);
  }
  return warnings;
}

function projectKey(name: string): string {
  return normalizeName(withoutExtras(name));
}

function withoutExtras(name: string): string {
  const bracket = name.indexOf('[');
  return bracket < 0 ? name : name.slice(0, bracket);
}

function literally(name: string): string {
  return name;
}

function placeOf(at: { readonly label: string; readonly line: number } | undefined): string {
  return at === undefined ? '' : `${printable(at.label, 1000)}:${at.line}`;
}
