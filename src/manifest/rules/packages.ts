import { printable } from '../../errors.ts';
import { childPointer, type JsonProblem } from '../../io/json-text.ts';
import { isValidName, type PackageName } from '../../packaging/name.ts';
import { parseRequirement } from '../../packaging/requirement.ts';
import { parseSpecifierSet, type SpecifierSet } from '../../packaging/specifier.ts';
import { isArray } from '../entries.ts';
import { isEvidentlyEmpty } from '../impossible.ts';
import { specifierText } from '../rule.ts';
import type { WrittenRule } from '../written.ts';
import { atKey, atValue, items, problemOfParser, type Rule } from './rule.ts';

/** Requirement strings in the short form of `packages`; the long form's names are checked by the schema. */
export const requirementsAreUsable: Rule = ({ manifest: { packages } }) => {
  if (!isArray(packages)) return [];
  return items('/packages', packages).flatMap(({ pointer, text }) => {
    const parsing = problemOfParser(pointer, () => parseRequirement(text.trim()));
    if (parsing.length > 0) return parsing;
    const { name, url, marker, specifier } = parseRequirement(text.trim());
    if (!isValidName(name)) return [atValue(pointer, `'${printable(name)}' is not a project name: it must end with a letter or digit`)];
    if (url !== undefined)
      return [
        atValue(pointer, `a URL cannot be followed here; expected a name and versions, such as '${printable(name)}>=1.0', from a source`),
      ];
    if (marker !== undefined)
      return [
        atValue(pointer, "a marker cannot be judged without an installer; expected no ';' part (declare 'targets' to say what to serve)"),
      ];
    return emptiness(pointer, text, specifier);
  });
};

export const namesDiffer: Rule = ({ packages }) => {
  const seen = new Map<PackageName, string>();
  return packages.flatMap(({ pointer, name, writtenName }) => {
    const before = seen.get(name);
    if (before === undefined) {
      seen.set(name, writtenName);
      return [];
    }
    const what = before === writtenName ? `'${writtenName}' stands here twice` : `'${writtenName}' is the same project as '${before}'`;
    return [atKey(pointer, `${what}; expected one entry per project`)];
  });
};

export const specifiersAreUsable: Rule = ({ manifest: { packages, defaults } }) => [
  ...(defaults === undefined ? [] : specifierProblems('/defaults', defaults)),
  // Requirement strings have been judged whole.
  ...(packages === undefined || isArray(packages) ? [] : Object.entries(packages)).flatMap(([name, written]) => {
    const pointer = childPointer('/packages', name);
    if (typeof written === 'string') return specifierProblem(pointer, specifierText(written));
    return written === undefined ? [] : specifierProblems(pointer, written);
  }),
];

/** `latest` and `files` may come from the defaults, so the merged fields count. */
export const fieldsAgree: Rule = ({ manifest: { defaults }, ruleFields }) =>
  ruleFields.flatMap(({ pointer, rule }) => {
    const field = <K extends keyof WrittenRule>(key: K): WrittenRule[K] => (rule[key] === undefined ? defaults?.[key] : rule[key]);
    const problems: JsonProblem[] = [];
    // What comes from the defaults alone is reported there.
    const own = (...keys: readonly (keyof WrittenRule)[]): boolean => keys.some((key) => Object.hasOwn(rule, key));
    if (own('latest', 'latestPer') && isGiven(field('latestPer')) && !isGiven(field('latest')) && !isRefused(rule, 'latest'))
      problems.push(atValue(pointer, "'latestPer' means nothing without 'latest'; expected 'latest' too, the number of versions to take"));
    const kinds = field('files');
    if (own('files', 'sdist') && field('sdist') === 'never' && isGiven(kinds) && kinds.every((kind) => kind === 'sdist'))
      problems.push(atValue(pointer, "nothing is selected: 'files' wants only sdists and 'sdist' is 'never'"));
    return problems;
  });

function specifierProblems(pointer: string, { version, exclude }: WrittenRule): readonly JsonProblem[] {
  return [
    ...textsAt(childPointer(pointer, 'version'), version).flatMap(({ pointer: place, text }) =>
      specifierProblem(place, specifierText(text)),
    ),
    ...textsAt(childPointer(pointer, 'exclude'), exclude).flatMap(({ pointer: place, text }) => excludeProblem(place, text)),
  ];
}

/** One text, or an array of them, with their places. */
function textsAt(
  pointer: string,
  written: string | readonly (string | undefined)[] | null | undefined,
): readonly { readonly pointer: string; readonly text: string }[] {
  return typeof written === 'string' ? [{ pointer, text: written }] : items(pointer, written);
}

function specifierProblem(pointer: string, text: string): readonly JsonProblem[] {
  const problems = problemOfParser(pointer, () => parseSpecifierSet(text));
  return problems.length > 0 ? problems : emptiness(pointer, text, parseSpecifierSet(text));
}

function excludeProblem(pointer: string, text: string): readonly JsonProblem[] {
  const problems = specifierProblem(pointer, text);
  if (problems.length > 0 || parseSpecifierSet(text).clauses.length > 0) return problems;
  return [atValue(pointer, 'this leaves out every version; expected a version specifier such as "==4.2.1"')];
}

function emptiness(pointer: string, text: string, specifier: SpecifierSet): readonly JsonProblem[] {
  return isEvidentlyEmpty(specifier) ? [atValue(pointer, `no version can satisfy '${printable(text)}'`)] : [];
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** Whether the schema refused the value: then it was meant to be there. */
function isRefused(rule: WrittenRule, key: keyof WrittenRule): boolean {
  return Object.hasOwn(rule, key) && rule[key] === undefined;
}
