import { splitWhitespace } from '../packaging/whitespace.ts';
import { spdxExceptions, spdxLicenses } from './spdx-ids.ts';

const grammar: ReadonlySet<string> = new Set(['and', 'or', 'with', '(', ')']);

/**
 * Whether the text is an SPDX license expression with identifiers of the SPDX list (or `LicenseRef-…`), in any case.
 * https://packaging.python.org/en/latest/specifications/license-expression/
 */
export function isLicenseExpression(text: string): boolean {
  const tokens = splitWhitespace(text.replace(/[()]/g, ' $& ').toLowerCase());
  let depth = 0;
  let operandNext = true;
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] ?? '';
    if (token === '(') {
      if (!operandNext) return false;
      depth += 1;
    } else if (token === ')') {
      if (operandNext || depth === 0) return false;
      depth -= 1;
    } else if (token === 'with') {
      if (operandNext || !isLicense(tokens[index - 1] ?? '') || !spdxExceptions.has(tokens[index + 1] ?? '')) return false;
      index += 1;
    } else if (token === 'and' || token === 'or') {
      if (operandNext) return false;
      operandNext = true;
    } else {
      if (!operandNext || !isLicense(token)) return false;
      operandNext = false;
    }
  }
  return !operandNext && depth === 0;
}

function isLicense(token: string): boolean {
  if (grammar.has(token)) return false;
  if (token.startsWith('licenseref-')) return /^[a-z0-9.-]*$/.test(token.slice('licenseref-'.length));
  return spdxLicenses.has(token.endsWith('+') ? token.slice(0, -1) : token);
}
