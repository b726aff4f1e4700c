import { PkgsyncError, printable } from '../errors.ts';

/** A project name in normal form (PEP 503); made only here. */
export type PackageName = string & { readonly __brand: 'PackageName' };

// ASCII on purpose: with the flags `i` and `u` together JavaScript would take U+017F and the Kelvin sign for letters.
const validName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Whether `raw` is a valid project name: https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function isValidName(raw: string): boolean {
  return validName.test(raw);
}

/**
 * Normal form of a name: lower case, each run of `-`, `_`, `.` one `-`. The same rule serves extras (PEP 685).
 *
 * Does not validate, and agrees with `packaging` on what is no name too: there lower case is Unicode's, so the Kelvin sign (U+212A) becomes
 * `k`. Text from outside therefore goes through `parseName`, and a comparison with a project through `isNameOf`: to both a lookalike is no name.
 */
export function normalizeName(raw: string): PackageName {
  return raw.replace(/[-_.]+/g, '-').toLowerCase() as PackageName;
}

/** Whether `raw` is a valid spelling of this project's name. A lookalike letter that has the same normal form makes it another text. */
export function isNameOf(raw: string, project: PackageName): boolean {
  return isValidName(raw) && normalizeName(raw) === project;
}

/** Whether `raw` is already the normal form of a valid name. */
export function isNormalizedName(raw: string): raw is PackageName {
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(raw);
}

/** Validates and normalises. @throws PkgsyncError NAME_INVALID */
export function parseName(raw: string): PackageName {
  if (isValidName(raw)) return normalizeName(raw);
  throw new PkgsyncError('NAME_INVALID', `'${printable(raw)}' is not a valid project name`, {
    hint: 'a name consists of ASCII letters, digits, ".", "_" and "-", and starts and ends with a letter or digit',
  });
}

/**
 * Byte order of names and filenames in UTF-8, which is code point order: the order of the lock, the plan and the merge-join. JavaScript's own
 * order of text puts characters above U+FFFF before U+E000 to U+FFFF.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return inCodePointOrder(left) < inCodePointOrder(right) ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

/** Moves surrogates above all other units, as the code points they stand for are. */
function inCodePointOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
