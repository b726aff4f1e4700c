import { STATUS_CODES } from 'node:http';
import { Parser } from 'htmlparser2';
import { printable } from '../errors.ts';
import { isRecord, parseJsonText } from './json-value.ts';

/** An answer as far as it matters for what it says. */
export interface ServerAnswer {
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  /** Media type, as sent. */
  readonly contentType: string | undefined;
  /** The body, or its beginning. */
  readonly body: string;
}

/** Characters of a server's text that a message shows. */
const limit = 300;

/**
 * What the server says in its own words, made safe to print; '' where it says no more than the status. A JSON message comes first, then a reason
 * phrase that is not just the status's usual one (PyPI, devpi and Pulp put their message there), then the text of the body.
 */
export function serverWords(answer: ServerAnswer): string {
  const words = fromJson(answer.body) ?? fromReason(answer) ?? fromBody(answer);
  const plain = words.replace(/\s+/g, ' ').trim();
  const withoutStatus = plain.startsWith(`${answer.status} `) ? plain.slice(String(answer.status).length + 1) : plain;
  return isUsual(answer.status, withoutStatus.replace(signature, '')) ? '' : printable(withoutStatus, limit);
}

/** What nginx puts below the status on its own error pages. */
const signature = / (?:nginx|openresty)(?:\/[\w.]{1,20})?(?: \([^)]{0,40}\))?$/i;

/** Everything the answer says, in lower case: what patterns are looked for in. */
export function searchableText(answer: ServerAnswer): string {
  return `${answer.reason}\n${answer.body}`.toLowerCase();
}

/** Keys under which servers put a message, the most telling first. PyPI and devpi: `code` is status and message, `message` may be the long form. */
const messageKeys = ['code', 'message', 'detail', 'error_description', 'error', 'title', 'errors'] as const;

function fromJson(body: string): string | undefined {
  return messageIn(parseJsonText(body), 3);
}

/** Also inside `errors: [{ message }]` (Artifactory) and `{ field: [message] }` (Django); `depth` bounds the search in hostile answers. */
function messageIn(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return messageIn(value[0], depth - 1);
  if (!isRecord(value)) return undefined;
  for (const key of messageKeys) {
    const message = Object.hasOwn(value, key) ? messageIn(value[key], depth - 1) : undefined;
    if (message !== undefined) return message;
  }
  const [only, ...others] = Object.entries(value);
  if (only === undefined || others.length > 0) return undefined;
  const message = messageIn(only[1], depth - 1);
  return message === undefined ? undefined : `${only[0]}: ${message}`;
}

function fromReason({ status, reason }: ServerAnswer): string | undefined {
  return isUsual(status, reason) ? undefined : reason;
}

function isUsual(status: number, words: string): boolean {
  const plain = words.trim().toLowerCase();
  return plain === '' || plain === STATUS_CODES[status]?.toLowerCase();
}

function fromBody({ body, contentType }: ServerAnswer): string {
  const isHtml = contentType?.toLowerCase().includes('html') === true || body.trimStart().startsWith('<');
  return isHtml ? htmlText(body) : body;
}

/** The text that a browser would show in the page. */
function htmlText(html: string): string {
  const parts: string[] = [];
  let hidden = 0;
  const parser = new Parser({
    onopentag: (name) => (hidden += isHidden(name) ? 1 : 0),
    onclosetag: (name) => (hidden -= isHidden(name) ? 1 : 0),
    ontext: (text) => {
      if (hidden === 0) parts.push(text);
    },
  });
  parser.end(html);
  return parts.join(' ');
}

function isHidden(tag: string): boolean {
  return tag === 'head' || tag === 'script' || tag === 'style';
}
