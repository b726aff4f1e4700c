import { PkgsyncError, printable, redactUrl } from '../errors.ts';

export type Serialization = 'json' | 'html';

/** pip's header: the q-values matter, because PyPI and devpi prefer HTML on ties. */
export const acceptHeaders: Readonly<Record<'auto' | Serialization, string>> = {
  auto: 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01',
  json: 'application/vnd.pypi.simple.v1+json',
  html: 'application/vnd.pypi.simple.v1+html, text/html; q=0.9',
};

const jsonType = /^application\/(?:vnd\.pypi\.simple\.(?:v\d+|latest)\+)?json$/;
/** `text_html` is what devpi says where it knows no better. */
const htmlType = /^(?:application\/vnd\.pypi\.simple\.(?:v\d+|latest)\+html|text\/html|text_html)$/;

/**
 * How to read a page: by its content type, and by its first byte where that is missing, or where HTML turns out to be an object.
 * @param start the beginning of the body, up to its first byte that is not blank
 * @throws PkgsyncError BAD_RESPONSE for other types, and where it is not the `wanted` one
 */
export function pageType(contentType: string | undefined, start: Uint8Array, url: string, wanted: 'auto' | Serialization): Serialization {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const found = decide(type, firstByte(start));
  const label = redactUrl(url);
  if (found === undefined) {
    const says = type === '' ? 'without a content type' : `with content type '${printable(type, 100)}'`;
    throw new PkgsyncError('BAD_RESPONSE', `${label} answered ${says}: this is no page of a simple index`, {
      retryable: 'later',
      hint: 'check the address: a simple index answers with HTML or with application/vnd.pypi.simple.v1+json',
    });
  }
  if (wanted !== 'auto' && found !== wanted) {
    throw new PkgsyncError('BAD_RESPONSE', `${label} answered in ${found.toUpperCase()}, but its serialization is set to ${wanted}`);
  }
  return found;
}

function decide(type: string, first: number | undefined): Serialization | undefined {
  if (jsonType.test(type)) return 'json';
  const byContent = first === 0x7b /* { */ ? 'json' : first === 0x3c /* < */ ? 'html' : undefined;
  if (htmlType.test(type)) return byContent ?? 'html';
  return type === '' ? byContent : undefined;
}

const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0c, 0x0d]);

/** The first byte that is neither blank nor part of a byte order mark. */
export function firstByte(start: Uint8Array): number | undefined {
  const from = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0;
  return start.subarray(from).find((byte) => !blanks.has(byte));
}
