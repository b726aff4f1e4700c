import { isPkgsyncError, printable, withoutCredentials } from '../errors.ts';
import { type HashAlgorithm, parseDigests } from '../packaging/digest.ts';
import { hasDistributionExtension } from '../packaging/filename.ts';
import { formatMarker } from '../packaging/marker.ts';
import { isValidName, normalizeName } from '../packaging/name.ts';
import { parseRequirement, type Requirement } from '../packaging/requirement.ts';
import { formatSpecifierSet } from '../packaging/specifier.ts';
import { type Imported, ImportReport, invalidImport, writtenDigest } from './imported.ts';
import { addSourceOf } from './lock-entries.ts';
import { shownLocation } from './location.ts';
import { fillVariables, logicalLines, shellWords, splitOptions } from './requirement-lines.ts';
import { type OptionName, readOptions, type RequirementOption } from './requirement-options.ts';
import { maxLockLength } from './toml.ts';

/** A `-r` or `-c`: another file whose lines belong here. */
export interface Inclusion {
  /** As written, variables filled in: a path or a URL. */
  readonly location: string;
  /** The same with variables as they stand there: what messages may show. */
  readonly written: string;
  readonly constraint: boolean;
  readonly where: string;
}

export interface RequirementsFile extends Imported {
  readonly includes: readonly Inclusion[];
  /** `--no-index`: the file names no index, and means it. */
  readonly noIndex: boolean;
}

export interface RequirementsPlace {
  /** What to call the file in messages. */
  readonly label: string;
  /** For `${NAME}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the file was named by `-c`: it restricts versions and asks for nothing. */
  readonly constraint: boolean;
}

/** Options that say what an installer does with files, not which there are. */
const aboutInstalling: ReadonlyMap<OptionName, string> = new Map<OptionName, string>([
  ['no-binary', 'it says what is built on installing: the index holds both kinds'],
  ['only-binary', 'it says what is built on installing: the index holds both kinds'],
  ['prefer-binary', 'it says what is preferred on installing: the index holds both kinds'],
  ['config-settings', 'it says how to build'],
  ['global-option', 'it says how to build'],
  ['install-option', 'it says how to build'],
  ['build-option', 'it says how to build'],
  ['always-unzip', 'it says how to install'],
  ['no-use-wheel', 'it says what is built on installing: the index holds both kinds'],
  ['use-feature', 'it is about pip itself'],
  ['trusted-host', 'a host is not trusted without its certificate'],
]);

/**
 * Reads one requirements file as pip does; files that it includes are reported, not read.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 * @throws PkgsyncError IMPORT_INVALID with file and line: a line that is no requirement, an unknown option
 */
export function parseRequirementsTxt(text: string, place: RequirementsPlace): RequirementsFile {
  if (text.length > maxLockLength) throw invalidImport(place.label, `larger than ${maxLockLength / 1024 / 1024} MiB`);
  const reader = new Reader(place);
  for (const { text: line, line: number } of logicalLines(text.replace(/^\ufeff/, ''))) reader.read(line, number);
  return reader.result();
}

class Reader {
  readonly #report = new ImportReport();
  readonly #includes: Inclusion[] = [];
  readonly #place: RequirementsPlace;
  #noIndex = false;
  /** Of the main index, which replaces PyPI. */
  #mainProblem: string | undefined;

  constructor(place: RequirementsPlace) {
    this.#place = place;
    this.#report.combine = 'all';
  }

  result(): RequirementsFile {
    const { requirements, constraints, files, digests, sources, skipped, notes, combine, prereleases } = this.#report;
    const problem = this.#mainProblem;
    const asked = problem === undefined ? requirements : requirements.map((one) => ({ ...one, sourceProblem: problem }));
    const rest = { constraints, files, digests, sources, skipped, notes, combine, prereleases };
    return { requirements: asked, ...rest, includes: this.#includes, noIndex: this.#noIndex };
  }

  read(written: string, line: number): void {
    const where = `${printable(this.#place.label, 1000)}:${line}`;
    const { requirement, options } = splitOptions(written);
    const words = shellWords(options);
    const read = words === undefined ? { problem: 'a quotation that does not end' } : readOptions(words);
    if ('problem' in read)
      throw invalidImport(`${this.#place.label}:${line}`, `pip knows no option ${shownLocation(read.problem)} in a requirements file`);
    if (requirement === '') {
      for (const option of read.options) this.#option(option, where);
      return;
    }
    this.#requirement(requirement, read.options, where, line);
  }

  #option({ name, value }: RequirementOption, where: string): void {
    const report = this.#report;
    const shown = `--${name}${value === '' ? '' : ` ${shownLocation(value)}`}`;
    const reason = aboutInstalling.get(name);
    if (reason !== undefined) {
      report.skip(shown, reason, where);
      return;
    }
    switch (name) {
      case 'requirement':
      case 'constraint': {
        const location = fillVariables(value, this.#place.environment);
        this.#includes.push({ location, written: value, constraint: name === 'constraint', where });
        return;
      }
      case 'index-url': {
        const { source, sourceProblem } = addSourceOf(report, value, undefined, where);
        this.#mainProblem = sourceProblem;
        // The last one counts, and it comes before the extra ones.
        if (source !== undefined) report.sources.sort((a, b) => Number(b.location === source) - Number(a.location === source));
        return;
      }
      case 'extra-index-url': {
        const { sourceProblem } = addSourceOf(report, value, undefined, where);
        if (sourceProblem !== undefined) report.skip(`--${name}`, sourceProblem, where);
        return;
      }
      case 'no-index':
        this.#noIndex = true;
        return;
      case 'pre':
        report.prereleases = true;
        return;
      case 'editable':
        report.skip(shown, 'an editable install comes from a folder or a repository: no index supplies it', where);
        return;
      case 'find-links':
        report.skip(shown, 'pages of links are not followed: a folder of files can be named with --source', where);
        return;
      case 'require-hashes':
        return;
      default:
        report.skip(shown, 'it has a meaning behind a requirement only', where);
    }
  }

  #requirement(written: string, options: readonly RequirementOption[], where: string, line: number): void {
    const report = this.#report;
    const requirement = this.#parse(written, line);
    if (typeof requirement === 'string') {
      report.skip(shownLocation(written), requirement, where);
      return;
    }
    if (!isValidName(requirement.name))
      throw invalidImport(`${this.#place.label}:${line}`, `'${printable(requirement.name)}' is no project name`);
    const name = normalizeName(requirement.name);
    const { marker, extras, specifier } = requirement;
    const list = this.#place.constraint ? report.constraints : report.requirements;
    list.push({
      name,
      specifier: formatSpecifierSet(specifier),
      extras: extras.map(normalizeName),
      marker: marker === undefined ? undefined : formatMarker(marker),
      where,
    });
    for (const option of options) {
      if (option.name !== 'hash') {
        report.skip(`--${option.name}`, aboutInstalling.get(option.name) ?? 'it has no meaning behind a requirement', where);
        continue;
      }
      const digests = parseDigests(writtenDigest(option.value));
      const [algorithm] = Object.keys(digests) as HashAlgorithm[];
      if (algorithm === undefined) report.skip(`--hash=${option.value}`, `it is no digest that pkgsync knows (of ${name})`, where);
      else report.digests.push({ name, algorithm, hex: digests[algorithm] ?? '', where });
    }
  }

  /** The requirement, or why no index supplies what stands there. */
  #parse(written: string, line: number): Requirement | string {
    const filled = fillVariables(written, this.#place.environment);
    const isPath = /^(?:\.|[A-Za-z]:\\)/.test(filled) || hasDistributionExtension(filled.split(/[[;\s]/, 1)[0] ?? '');
    if (isPath && !/^[^@]*\s@\s/.test(filled)) return 'a path: no index supplies it';
    try {
      const requirement = parseRequirement(filled);
      return requirement.url === undefined ? requirement : 'a direct URL: no index supplies it';
    } catch (error) {
      if (!isPkgsyncError(error, 'REQUIREMENT_INVALID', 'MARKER_INVALID', 'SPECIFIER_INVALID')) throw error;
      if (/^(?:git|hg|svn|bzr)\+/i.test(filled)) return 'a repository: no index supplies it';
      if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(filled) || /^file:/i.test(filled)) return 'a direct URL: no index supplies it';
      if (/^[^\s;@<>=!~]*[/\\]/.test(filled)) return 'a path: no index supplies it';
      // A value out of the environment must not get into a message, so neither hint nor cause may come along: both quote it.
      if (filled !== written)
        throw invalidImport(
          `${this.#place.label}:${line}`,
          `'${printable(withoutCredentials(written))}' is no requirement once its variables are filled in`,
        );
      throw invalidImport(`${this.#place.label}:${line}`, error.message, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        cause: error,
      });
    }
  }
}
