/** One header of a METADATA or PKG-INFO file, not yet decoded: each character stands for one byte. */
export interface RawHeader {
  /** As written. */
  readonly name: string;
  /** After the colon, without leading blanks and the final line end; inner line ends and indentation are kept. */
  readonly value: string;
}

/** A file in the form of an email message, taken apart; all text is latin-1, one character a byte. */
export interface RawMessage {
  readonly headers: readonly RawHeader[];
  readonly body: string;
  /** What ended the headers: the blank line that should, a line that is no header (it starts the body), or the end of the file. */
  readonly endedBy: 'blank-line' | 'broken-line' | 'end';
  /** Length of the longest physical line among the headers, in bytes. */
  readonly longestLine: number;
}

/** What begins a line of the headers: a name without blanks and a colon, an indentation, or the envelope line of a mailbox file. */
const headerLine = /^(?:From |[!-9;-~]*:|[\t ])/;

/**
 * Takes the file apart as Python's email package does, which wrote the de-facto rules (lines end with LF, CRLF or CR only; a line that is no
 * header ends the headers). Lines without a name, and continuation lines that continue nothing, are skipped. Never throws.
 */
export function splitMessage(bytes: Uint8Array): RawMessage {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines: string[] = [];
  let position = 0;
  let longestLine = 0;
  let endedBy: RawMessage['endedBy'] = 'end';
  while (position < text.length) {
    const end = lineEnd(text, position);
    const line = text.slice(position, end);
    if (!headerLine.test(line)) {
      endedBy = isLineBreak(line) ? 'blank-line' : 'broken-line';
      if (endedBy === 'blank-line') position = end;
      break;
    }
    lines.push(line);
    longestLine = Math.max(longestLine, line.length);
    position = end;
  }
  const { headers, pushedBack } = readHeaders(lines);
  return { headers, body: pushedBack + text.slice(position), endedBy, longestLine };
}

/** Cuts text into lines that keep their ends. */
export function* linesOf(text: string): Generator<string> {
  for (let position = 0; position < text.length;) {
    const end = lineEnd(text, position);
    yield text.slice(position, end);
    position = end;
  }
}

/** Whether the line (with its end) is empty. */
export function isLineBreak(line: string): boolean {
  return line.startsWith('\n') || line.startsWith('\r');
}

/** Reads a header from its lines; undefined where they have no colon. */
export function headerOf(first: string, continuations: readonly string[] = []): RawHeader | undefined {
  const colon = first.indexOf(':');
  if (colon < 1) return undefined;
  const value = first.slice(colon + 1).replace(/^[\t ]+/, '') + continuations.join('');
  return { name: first.slice(0, colon), value: withoutLineEnds(value) };
}

/** `latin1` (one character a byte) as UTF-8, or undefined where it is not. */
export function decodeUtf8(latin1: string): string | undefined {
  if (isAscii(latin1)) return latin1;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    // A fatal decoder throws for nothing else.
    return undefined;
  }
}

function readHeaders(lines: readonly string[]): { headers: readonly RawHeader[]; pushedBack: string } {
  const headers: RawHeader[] = [];
  let current: string | undefined;
  let continuations: string[] = [];
  const flush = (): void => {
    const header = current === undefined ? undefined : headerOf(current, continuations);
    if (header !== undefined) headers.push(header);
    current = undefined;
    continuations = [];
  };
  for (const [index, line] of lines.entries()) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      continuations.push(line);
      continue;
    }
    flush();
    if (!line.startsWith('From ')) current = line;
    else if (index > 0 && index === lines.length - 1) return { headers, pushedBack: line };
  }
  flush();
  return { headers, pushedBack: '' };
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x0a) return at + 1;
    if (unit === 0x0d) return text.charCodeAt(at + 1) === 0x0a ? at + 2 : at + 1;
  }
  return text.length;
}

function withoutLineEnds(value: string): string {
  let end = value.length;
  while (end > 0 && (value[end - 1] === '\n' || value[end - 1] === '\r')) end -= 1;
  return value.slice(0, end);
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
