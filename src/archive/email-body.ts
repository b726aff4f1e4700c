import { linesOf, type RawHeader } from './email-headers.ts';

/**
 * The body as Python's email package gives it out (`get_payload(decode=True)`, policy compat32), which is what the standard refers to:
 * https://packaging.python.org/en/latest/specifications/core-metadata/. Content-Transfer-Encoding and Content-Type are no fields of core
 * metadata, yet there they decide what the body is. Uuencoded bodies are left as they are.
 * @param body latin-1, one character a byte, as the result
 * @returns undefined where the body counts as messages of their own (multipart, message), which are no text
 */
export function decodedBody(headers: readonly RawHeader[], body: string): string | undefined {
  const contentType = headerValue(headers, 'content-type');
  const type = mediaType(contentType);
  if (type.startsWith('message/')) return undefined;
  const text = type.startsWith('multipart/') ? beforeParts(contentType, body) : body;
  return text === undefined ? undefined : decoded(headerValue(headers, 'content-transfer-encoding').toLowerCase(), text);
}

function headerValue(headers: readonly RawHeader[], name: string): string {
  return headers.find((header) => header.name.toLowerCase() === name)?.value ?? '';
}

function mediaType(contentType: string): string {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  return type.split('/').length === 2 ? type : 'text/plain';
}

/** A multipart body whose boundary never comes is text after all; one that begins with the closing boundary has text before it. */
function beforeParts(contentType: string, body: string): string | undefined {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return body;
  let position = 0;
  for (const line of linesOf(body)) {
    const rest = line.startsWith(`--${boundary}`) ? line.slice(boundary.length + 2) : undefined;
    if (rest !== undefined && /^(?:--)?[ \t]*[\r\n]*$/.test(rest)) return rest.startsWith('--') ? body.slice(0, position) : undefined;
    position += line.length;
  }
  return body;
}

function boundaryOf(contentType: string): string | undefined {
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^;]*))/i.exec(contentType) ?? [];
  return (quoted ?? plain)?.trimEnd();
}

function decoded(encoding: string, text: string): string {
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(text);
  if (encoding === 'base64') return decodeBase64(text.replace(/[\r\n]/g, ''));
  return text;
}

function decodeQuotedPrintable(text: string): string {
  return text.replace(/=(?:([0-9A-Fa-f]{2})|=|\n|\r[^\n]*\n?|$)/g, (whole, hex: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return whole === '==' ? '=' : '';
  });
}

/** As forgiving as Python: foreign characters are skipped, padding may be missing; a length that cannot be leaves the text undecoded. */
function decodeBase64(text: string): string {
  return decodeDigits(text) ?? decodeDigits(`${text}==`) ?? text;
}

/** Padding counts, and ends the text, only where it completes a group of four. */
function decodeDigits(text: string): string | undefined {
  let digits = '';
  let padding = 0;
  for (const [character] of text.matchAll(/[A-Za-z0-9+/=]/g)) {
    if (character !== '=') {
      digits += character;
      padding = 0;
      continue;
    }
    padding += 1;
    const position = digits.length % 4;
    if (position >= 2 && position + padding >= 4) return Buffer.from(digits, 'base64').toString('latin1');
  }
  return digits.length % 4 === 0 ? Buffer.from(digits, 'base64').toString('latin1') : undefined;
}
