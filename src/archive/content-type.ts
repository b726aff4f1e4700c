const contentTypes: ReadonlySet<string> = new Set(['text/plain', 'text/x-rst', 'text/markdown']);
const variants: ReadonlySet<string> = new Set(['GFM', 'CommonMark']);

/** `; key=value` or `; key="value"` (RFC 2045), with letters outside ASCII as Python's email package takes them. */
const parameter = /[\t ]*;[\t ]*([!#$&+\-.^_`|~0-9A-Za-z\u0080-\uffff]+)=(?:"([^"\\]*)"|([!#$&+\-.^_`|~0-9A-Za-z\u0080-\uffff]+))/y;

/**
 * Whether the text is a content type that a description may have: one of three, charset UTF-8 if any, for Markdown a known variant.
 * https://packaging.python.org/en/latest/specifications/core-metadata/#description-content-type
 */
export function isDescriptionContentType(text: string): boolean {
  const semicolon = text.indexOf(';');
  const type = withoutFinalBlanks(semicolon < 0 ? text : text.slice(0, semicolon)).toLowerCase();
  if (!contentTypes.has(type)) return false;
  const parameters = semicolon < 0 ? new Map<string, string>() : readParameters(text.slice(semicolon));
  if (parameters === undefined) return false;
  if ((parameters.get('charset') ?? 'UTF-8').toLowerCase() !== 'utf-8') return false;
  return type !== 'text/markdown' || variants.has(parameters.get('variant') ?? 'GFM');
}

/** The parameters by lower-case name, or undefined where they are malformed or one stands twice. A final `;` is allowed. */
function readParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  parameter.lastIndex = 0;
  let end = 0;
  for (let match = parameter.exec(text); match !== null; match = parameter.exec(text)) {
    const [, name = '', quoted, bare] = match;
    if (parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), quoted ?? bare ?? '');
    end = parameter.lastIndex;
  }
  return ['', ';'].includes(text.slice(end).replace(/[\t ]/g, '')) ? parameters : undefined;
}

/** A loop, because a regex for the end is quadratic on long runs of blanks. */
function withoutFinalBlanks(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end -= 1;
  return text.slice(0, end);
}
