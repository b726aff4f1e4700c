import { trimWhitespace } from '../packaging/whitespace.ts';
import { decodedBody } from './email-body.ts';
import { decodeUtf8, splitMessage } from './email-headers.ts';
import { metadataFields, type FieldRule } from './metadata-fields.ts';

/** Value of a recognised field: text, a list, or for `project_urls` the URL by label. */
export type RawValue = string | readonly string[] | ReadonlyMap<string, string>;

/** Metadata exactly as written, with nothing repaired: what `packaging.metadata.parse_email` makes of it. */
export interface RawMetadata {
  /** Recognised fields by their key in `metadataFields`. */
  readonly fields: ReadonlyMap<string, RawValue>;
  /**
   * By header name in lower case: fields that are unknown, repeated where they may stand once, or not UTF-8 (these decoded as latin-1). null
   * stands for a body that is no text to an email reader.
   */
  readonly unparsed: ReadonlyMap<string, readonly (string | null)[]>;
}

/**
 * Reads METADATA or PKG-INFO the way the reference implementation does, for judging it strictly (`validateRawMetadata`). Never throws.
 * `parseCoreMetadata` is the reader that copes with what real files hold.
 */
export function parseRawMetadata(bytes: Uint8Array): RawMetadata {
  const message = splitMessage(bytes);
  const fields = new Map<string, RawValue>();
  const unparsed = new Map<string, readonly (string | null)[]>();
  for (const [name, encoded] of valuesByName(message.headers)) {
    const decoded = encoded.map(decodeUtf8);
    const rule = metadataFields.get(name);
    const values = decoded.filter((value) => value !== undefined);
    const value = rule === undefined || values.length < encoded.length ? undefined : readField(rule, values);
    if (rule === undefined || value === undefined) {
      unparsed.set(
        name,
        encoded.map((text, index) => decoded[index] ?? text),
      );
    } else {
      fields.set(rule.key, value);
    }
  }
  addBody(decodedBody(message.headers, message.body), fields, unparsed);
  return { fields, unparsed };
}

function valuesByName(headers: readonly { readonly name: string; readonly value: string }[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const header of headers) {
    const name = header.name.toLowerCase();
    const known = values.get(name);
    if (known === undefined) values.set(name, [header.value]);
    else known.push(header.value);
  }
  return values;
}

function readField(rule: FieldRule, values: readonly string[]): RawValue | undefined {
  const [first = ''] = values;
  switch (rule.kind) {
    case 'text':
      return values.length === 1 ? first : undefined;
    case 'keywords':
      return values.length === 1 ? first.split(',').map(trimWhitespace) : undefined;
    case 'urls':
      return readUrls(values);
    case 'list':
      // One empty Import-Name says that there is none to import.
      return rule.key === 'import_names' && values.length === 1 && first === '' ? [] : values;
  }
}

function readUrls(values: readonly string[]): ReadonlyMap<string, string> | undefined {
  const urls = new Map<string, string>();
  for (const value of values) {
    const comma = value.indexOf(',');
    const label = trimWhitespace(comma < 0 ? value : value.slice(0, comma));
    if (urls.has(label)) return undefined;
    urls.set(label, comma < 0 ? '' : trimWhitespace(value.slice(comma + 1)));
  }
  return urls;
}

/** The body is the description; where a header gives one too, nobody can tell which is meant. */
function addBody(body: string | undefined, fields: Map<string, RawValue>, unparsed: Map<string, readonly (string | null)[]>): void {
  if (body === '') return;
  const text = body === undefined ? undefined : decodeUtf8(body);
  const header = fields.get('description');
  const aside = unparsed.get('description') ?? [];
  if (text === undefined) {
    unparsed.set('description', [...aside, body ?? null]);
  } else if (typeof header === 'string') {
    fields.delete('description');
    unparsed.set('description', [header, text]);
  } else if (aside.length > 0) {
    unparsed.set('description', [...aside, text]);
  } else {
    fields.set('description', text);
  }
}
