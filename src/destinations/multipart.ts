import { randomBytes } from 'node:crypto';
import { PkgsyncError, printable } from '../errors.ts';

/** A text field of the form; a name may repeat. */
export type FormField = readonly [name: string, value: string];

/** The file part: always the last one. */
export interface FormFile {
  readonly field: string;
  readonly filename: string;
  /** Bytes that `read` gives. */
  readonly size: number;
  /** Can be called again, for a second request. */
  read(): AsyncIterable<Uint8Array>;
}

/** A `multipart/form-data` body: its exact length is known before the first byte. */
export interface MultipartBody {
  readonly contentType: string;
  /** Bytes. */
  readonly length: number;
  /** Can be called again, for a second request. @throws PkgsyncError INTEGRITY where the file is no longer as long as it was; as `read` */
  stream(): AsyncGenerator<Uint8Array>;
}

/**
 * The form as bytes (https://www.rfc-editor.org/rfc/rfc7578), written here because Node's FormData turns every line feed of a value into CRLF, which
 * would change descriptions. Values go out byte for byte, parts are separated by CRLF, text parts carry no filename and no type.
 * @param boundary only for tests; otherwise random, so that no content can be made to contain it
 */
export function multipartBody(fields: readonly FormField[], file: FormFile | undefined, boundary = newBoundary()): MultipartBody {
  const head = Buffer.concat(fields.map(([name, value]) => textPart(boundary, name, value)));
  const fileHead = file === undefined ? Buffer.alloc(0) : filePartHead(boundary, file);
  const tail = Buffer.from(`${file === undefined ? '' : '\r\n'}--${boundary}--\r\n`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + fileHead.length + (file?.size ?? 0) + tail.length,
    async *stream() {
      yield Buffer.concat([head, fileHead]);
      if (file !== undefined) yield* exactly(file);
      yield tail;
    },
  };
}

function newBoundary(): string {
  return `pkgsync-${randomBytes(18).toString('hex')}`;
}

function textPart(boundary: string, name: string, value: string): Buffer {
  return Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`, 'utf8');
}

function filePartHead(boundary: string, file: FormFile): Buffer {
  const disposition = `form-data; name="${quoted(file.field)}"; filename="${quoted(file.filename)}"`;
  return Buffer.from(`--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`, 'utf8');
}

/** As browsers write it (WHATWG): what would end the value or the header becomes a percent escape. */
function quoted(text: string): string {
  return text.replace(/["\r\n]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The file's bytes, which must be as many as announced: fewer would leave the server waiting, more would be cut off. */
async function* exactly(file: FormFile): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of file.read()) {
    size += chunk.length;
    if (size > file.size) break;
    yield chunk;
  }
  if (size === file.size) return;
  const sentence = `${printable(file.filename)} is no longer ${file.size} bytes long: it changed while it was being sent`;
  throw new PkgsyncError('INTEGRITY', sentence);
}
