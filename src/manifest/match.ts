import { PkgsyncError, printable, withoutCredentials } from '../errors.ts';
import { isDistribution, parseDistributionFilename } from '../packaging/filename.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { parseRequirement } from '../packaging/requirement.ts';
import { specifierContains, type SpecifierSet } from '../packaging/specifier.ts';

/** A requirement string (`django<4`), a name, a name glob (`acme-*`) or a filename, ready for matching. */
export interface Pattern {
  /** As written. */
  readonly text: string;
  readonly kind: 'name' | 'glob' | 'file';
  /** Normal form of the name or glob; of a file, the filename. */
  readonly name: string;
  /** Absent where every version is meant. */
  readonly specifier?: SpecifierSet | undefined;
}

/** Characters of a glob over names: `*` stands for any run, `?` for one character; there is nothing else. */
const globText = /^[A-Za-z0-9._*?-]+$/;

/**
 * Reads a pattern. Names and globs match in normal form, so `Acme_*` is `acme-*`.
 * @throws PkgsyncError REQUIREMENT_INVALID or SPECIFIER_INVALID; its hint says what is expected
 */
export function parsePattern(written: string): Pattern {
  const text = written.trim();
  if (globText.test(text) && /[*?]/.test(text)) return { text, kind: 'glob', name: normalizeName(text) };

  const { name, extras, specifier, url, marker } = parseRequirement(text);
  const unusable = url !== undefined ? 'a URL' : marker !== undefined ? 'a marker' : extras.length > 0 ? 'extras' : undefined;
  if (unusable !== undefined) throw invalid(text, `${unusable} can play no part here: write a name and, if need be, versions`);
  if (!isValidName(name)) throw invalid(text, 'a name starts and ends with a letter or digit');
  return { text, kind: 'name', name: normalizeName(name), ...(specifier.clauses.length === 0 ? {} : { specifier }) };
}

/** As `parsePattern`, but the name of a distribution file means that one file. @throws PkgsyncError as `parsePattern` */
export function parseFilePattern(written: string): Pattern {
  const text = written.trim();
  return isDistribution(parseDistributionFilename(text)) ? { text, kind: 'file', name: text } : parsePattern(text);
}

/**
 * Whether the pattern covers this version of the project or, without `version`, every version of it: a pattern with a specifier does not.
 * Pre-releases count like other versions, since "not this range" should not let 2.0rc1 through.
 */
export function matchesPattern(pattern: Pattern, name: PackageName, version?: string): boolean {
  if (!mayMatch(pattern, name)) return false;
  if (pattern.specifier === undefined) return true;
  return version !== undefined && specifierContains(pattern.specifier, version, { prereleases: true });
}

/** Whether one of the patterns covers this version or, without `version`, every version. */
export function matchesAny(patterns: readonly Pattern[], name: PackageName, version?: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, name, version));
}

/** Whether the pattern covers at least some version of the project, as far as the name tells. */
export function mayMatch(pattern: Pattern, name: PackageName): boolean {
  switch (pattern.kind) {
    case 'name':
      return pattern.name === name;
    case 'glob':
      return globMatches(pattern.name, name);
    case 'file':
      return false;
  }
}

/** Whether the pattern covers the file: by its own name, or by those of project and version. */
export function matchesFile(
  pattern: Pattern,
  file: { readonly name: PackageName; readonly version: string; readonly filename: string },
): boolean {
  return pattern.kind === 'file' ? pattern.name === file.filename : matchesPattern(pattern, file.name, file.version);
}

/** Goes back to the last `*` only, so the time is bounded by the product of both lengths whatever the glob. */
function globMatches(glob: string, text: string): boolean {
  let at = 0;
  let inGlob = 0;
  let star = -1;
  let starredTo = 0;
  while (at < text.length) {
    if (glob[inGlob] === '*') {
      star = inGlob++;
      starredTo = at;
    } else if (glob[inGlob] === '?' || glob[inGlob] === text[at]) {
      inGlob++;
      at++;
    } else if (star !== -1) {
      inGlob = star + 1;
      at = ++starredTo;
    } else return false;
  }
  while (glob[inGlob] === '*') inGlob++;
  return inGlob === glob.length;
}

function invalid(text: string, hint: string): PkgsyncError {
  return new PkgsyncError('REQUIREMENT_INVALID', `'${printable(withoutCredentials(text))}' is neither a requirement nor a name glob`, {
    hint,
  });
}

const patternsByList = new WeakMap<readonly string[], readonly Pattern[]>();

/** The patterns of one list of a manifest, parsed once per list. @throws PkgsyncError as `parsePattern` */
export function parsePatterns(list: readonly string[]): readonly Pattern[] {
  let patterns = patternsByList.get(list);
  if (patterns === undefined) {
    patterns = list.map(parsePattern);
    patternsByList.set(list, patterns);
  }
  return patterns;
}
