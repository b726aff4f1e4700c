import { headerOf, isLineBreak, linesOf, type RawHeader, type RawMessage } from './email-headers.ts';
import { metadataFields } from './metadata-fields.ts';

/** What a damaged file still says: headers found past the place where they ended, and the body that is left. */
export interface Rescued {
  readonly headers: readonly RawHeader[];
  readonly body: string;
  readonly warnings: readonly string[];
}

/** Without these a file says nothing; they are looked for even in the middle of the body. */
const identity: ReadonlySet<string> = new Set(['metadata-version', 'name', 'version']);

/**
 * Finds headers that a line which is no header cut off, and those that a description in the headers swallowed because its writer left a blank
 * line unindented (distutils 1.x). Headers of text fields count only where the field is missing. Pure; all text is latin-1, one character a byte.
 */
export function rescueHeaders(message: RawMessage): Rescued {
  const known = new Set(message.headers.map((header) => header.name.toLowerCase()));
  const warnings: string[] = [];
  let headers: readonly RawHeader[] = [];
  let body = message.body;
  if (message.endedBy === 'broken-line') {
    const found = afterBrokenLine(body);
    if (found.headers.length > 0) {
      ({ headers, body } = found);
      warnings.push('a line that is no header stands among the headers; those after it were read all the same');
    }
  } else if (message.endedBy === 'blank-line' && known.has('description') && isVersionOne(message.headers)) {
    const found = swallowedHeaders(body);
    if (found.headers.length > 0) {
      ({ headers, body } = found);
      warnings.push('a blank line in the description ended the headers early; those after the description were read all the same');
    }
  }
  for (const header of headers) known.add(header.name.toLowerCase());
  const missing = [...identity].filter((name) => !known.has(name));
  if (missing.length > 0) {
    const found = identityInBody(body, new Set(missing));
    headers = [...headers, ...found];
    for (const header of found) warnings.push(`${header.name} was found only after the end of the headers`);
  }
  return { headers: withoutRepeats(message.headers, headers), body, warnings };
}

function isVersionOne(headers: readonly RawHeader[]): boolean {
  return headers.some((header) => header.name.toLowerCase() === 'metadata-version' && header.value.startsWith('1.'));
}

/** The known headers up to the next blank line; the body is what follows that. */
function afterBrokenLine(text: string): { headers: readonly RawHeader[]; body: string } {
  let position = 0;
  const lines: string[] = [];
  for (const line of linesOf(text)) {
    position += line.length;
    if (isLineBreak(line)) break;
    lines.push(line);
  }
  return { headers: knownHeaders(lines), body: text.slice(position) };
}

/** The block of known headers at the end of the text; the body is what stands before it. */
function swallowedHeaders(text: string): { headers: readonly RawHeader[]; body: string } {
  const lines = [...linesOf(text)];
  let start = lines.length;
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index] ?? '';
    const name = headerName(line);
    if (name !== undefined && !identity.has(name) && name !== 'description') start = index;
    else if (!isContinuation(line) && !isLineBreak(line)) break;
  }
  return { headers: knownHeaders(lines.slice(start)), body: lines.slice(0, start).join('') };
}

function identityInBody(text: string, missing: Set<string>): readonly RawHeader[] {
  const found: RawHeader[] = [];
  for (const line of linesOf(text)) {
    const name = headerName(line);
    const header = name !== undefined && missing.delete(name) ? headerOf(line) : undefined;
    if (header !== undefined) found.push(header);
    if (missing.size === 0) break;
  }
  return found;
}

function knownHeaders(lines: readonly string[]): readonly RawHeader[] {
  const headers: RawHeader[] = [];
  let first: string | undefined;
  let continuations: string[] = [];
  const flush = (): void => {
    const header = first === undefined ? undefined : headerOf(first, continuations);
    if (header !== undefined) headers.push(header);
    continuations = [];
  };
  for (const line of lines) {
    if (isContinuation(line)) {
      continuations.push(line);
    } else {
      flush();
      first = headerName(line) === undefined ? undefined : line;
    }
  }
  flush();
  return headers;
}

/** Name (lower case) of the standard's field that the line is a header of, or undefined. */
function headerName(line: string): string | undefined {
  const colon = line.indexOf(':');
  // The longest name of the standard has 24 characters: no need to look at the text of long lines.
  if (colon < 1 || colon > 30) return undefined;
  const name = line.slice(0, colon).toLowerCase();
  return metadataFields.has(name) ? name : undefined;
}

function isContinuation(line: string): boolean {
  return line.startsWith(' ') || line.startsWith('\t');
}

/** A rescued line is the weaker witness: it never repeats or contradicts what the headers say. */
function withoutRepeats(certain: readonly RawHeader[], rescued: readonly RawHeader[]): readonly RawHeader[] {
  const taken = new Set(certain.map((header) => header.name.toLowerCase()));
  return rescued.filter(({ name }) => {
    const lower = name.toLowerCase();
    const { kind } = metadataFields.get(lower) ?? { kind: 'text' };
    if (kind === 'list' || kind === 'urls') return true;
    if (taken.has(lower)) return false;
    taken.add(lower);
    return true;
  });
}
