import { TextDecoder } from 'node:util';
import { isNativeError } from 'node:util/types';

/** Bytes in which HTML wants its `<meta charset>` to stand. */
const prescan = 1024;

/**
 * Decodes an HTML page that comes in chunks: charset of the Content-Type, else of a `<meta>` near the start, else UTF-8. Undecodable bytes
 * become U+FFFD; a byte order mark is dropped.
 */
export class HtmlDecoder {
  readonly #contentType: string;
  #decoder: TextDecoder | undefined;
  #held: Uint8Array = new Uint8Array(0);

  constructor(contentType: string | undefined) {
    this.#contentType = contentType ?? '';
  }

  write(chunk: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(chunk, { stream: true });
    this.#held = Buffer.concat([this.#held, chunk]);
    return this.#held.length < prescan ? '' : this.#start().decode(this.#held, { stream: true });
  }

  end(): string {
    return this.#decoder === undefined ? this.#start().decode(this.#held) : this.#decoder.decode();
  }

  #start(): TextDecoder {
    const decoder = decoderFor(charsetOf(this.#contentType)) ?? decoderFor(declaredCharset(this.#held)) ?? new TextDecoder();
    this.#decoder = decoder;
    return decoder;
  }
}

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([\w:.-]+)/i.exec(contentType)?.[1];
}

function declaredCharset(start: Uint8Array): string | undefined {
  const text = Buffer.from(start.subarray(0, prescan)).toString('latin1');
  return /<meta\s[^>]{0,200}?charset\s*=\s*(?:["']\s*)?([\w:.-]+)/i.exec(text)?.[1];
}

function decoderFor(label: string | undefined): TextDecoder | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label);
  } catch (error) {
    // A label that nobody knows: fall back as a browser does.
    if (isNativeError(error) && error.name === 'RangeError') return undefined;
    throw error;
  }
}
