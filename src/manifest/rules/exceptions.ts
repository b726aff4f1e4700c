import { childPointer, type JsonProblem } from '../../io/json-text.ts';
import { parseFilePattern } from '../match.ts';
import { atValue, problemOfParser, type Rule } from './rule.ts';

export const exceptionsAreUsable: Rule = ({ manifest: { exceptions } }) =>
  (exceptions ?? []).flatMap((exception, index) => {
    const pointer = childPointer('/exceptions', index);
    const { what, until } = exception ?? {};
    return [
      ...(what === undefined ? [] : problemOfParser(childPointer(pointer, 'what'), () => parseFilePattern(what))),
      ...(until === undefined ? [] : dateProblem(childPointer(pointer, 'until'), until)),
    ];
  });

/** The schema has checked the digits; 2027-02-30 is still no day. */
function dateProblem(pointer: string, text: string): readonly JsonProblem[] {
  const date = new Date(`${text}T00:00:00Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return [];
  return [atValue(pointer, `'${text}' is no day of the calendar; expected a date YYYY-MM-DD such as "2027-03-31"`)];
}
