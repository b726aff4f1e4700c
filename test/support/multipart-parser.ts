/** One part of a form as it arrived. */
export interface FormPart {
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly value: Buffer;
}

/** Parses a `multipart/form-data` body byte for byte and strictly: what a lenient server would forgive is an error here. */
export function parseMultipart(contentType: string | undefined, body: Buffer): readonly FormPart[] {
  const boundary = /^multipart\/form-data; boundary=([\x21-\x7e]{1,70})$/.exec(contentType ?? '')?.[1];
  if (boundary === undefined) throw new Error(`no form: ${contentType ?? 'no content type'}`);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // So that the first delimiter looks like the others.
  const whole = Buffer.concat([Buffer.from('\r\n'), body]);
  const parts: FormPart[] = [];
  let at = whole.indexOf(delimiter);
  if (at !== 0) throw new Error('the form does not begin with its boundary');
  for (;;) {
    const start = at + delimiter.length;
    const end = whole.subarray(start, start + 4).toString('latin1');
    if (end === '--\r\n') {
      if (start + 4 !== whole.length) throw new Error('there is something after the end of the form');
      return parts;
    }
    if (!end.startsWith('\r\n')) throw new Error(`a boundary is followed by ${JSON.stringify(end)}`);
    at = whole.indexOf(delimiter, start);
    if (at < 0) throw new Error('a part has no end');
    parts.push(parsePart(whole.subarray(start + 2, at)));
  }
}

function parsePart(part: Buffer): FormPart {
  const end = part.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('a part has no end of its headers');
  const headers = part.subarray(0, end).toString('utf8').split('\r\n');
  const disposition = /^Content-Disposition: form-data; name="([^"]*)"(?:; filename="([^"]*)")?$/.exec(headers[0] ?? '');
  if (disposition?.[1] === undefined) throw new Error(`a part begins with ${JSON.stringify(headers[0])}`);
  const type = headers[1] === undefined ? undefined : /^Content-Type: (.+)$/.exec(headers[1])?.[1];
  return { name: disposition[1], filename: disposition[2], contentType: type, value: part.subarray(end + 4) };
}
