import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { printable } from '../errors.ts';

/** A place in a text, both counted from 1; columns in UTF-16 units, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a JSON document. */
export interface JsonProblem {
  /** JSON pointer (RFC 6901) of the value concerned; '' is the whole document. */
  readonly pointer: string;
  /** Whether the value itself or its key is meant. */
  readonly at: 'key' | 'value';
  /** What is wrong and what was expected, without a final stop. */
  readonly message: string;
}

export type JsonDocument =
  | {
      readonly parsed: true;
      readonly value: unknown;
      /** Keys that stand twice in one object: the parser's choice between them would be silent. */
      readonly duplicates: readonly JsonProblem[];
      /** Where the value at `pointer`, or its key, begins; a pointer that leads nowhere gives the nearest enclosing value. */
      readonly placeOf: (pointer: string, at: JsonProblem['at']) => Place;
    }
  /** `atEnd`: what is wrong is that the text ends. */
  | { readonly parsed: false; readonly place: Place; readonly message: string; readonly atEnd: boolean };

/** Deeper nesting is refused: no document of ours needs it, and parsers recurse. */
const maxDepth = 64;

export interface JsonTextOptions {
  /** Whether comments and trailing commas are allowed (JSONC). */
  readonly comments: boolean;
  /** Number of the text's first line in the file that it was taken from; 1 by default. */
  readonly firstLine?: number;
}

/** Reads JSON and keeps the places. Keys such as `__proto__` are keys like any other. */
export function parseJsonText(text: string, options: JsonTextOptions): JsonDocument {
  const placeAt = placeFinder(text, options.firstLine ?? 1);
  const tooDeep = offsetBeyondDepth(text);
  if (tooDeep !== undefined)
    return { parsed: false, place: placeAt(tooDeep), message: `nested deeper than ${maxDepth} levels`, atEnd: false };

  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: options.comments, disallowComments: !options.comments });
  // Later errors mostly follow from the first.
  const first = errors[0];
  if (first !== undefined || root === undefined) {
    const offset = first?.offset ?? 0;
    const message = first === undefined ? 'not JSON: expected a value' : syntaxMessage(first);
    return { parsed: false, place: placeAt(offset), message, atEnd: offset >= text.trimEnd().length };
  }

  let offsets: ReadonlyMap<string, Offsets> | undefined;
  return {
    parsed: true,
    value: valueOf(root),
    duplicates: duplicatesIn(root, placeAt),
    placeOf(pointer, at) {
      offsets ??= offsetsByPointer(root);
      let nearest = pointer;
      while (!offsets.has(nearest)) nearest = nearest.slice(0, Math.max(0, nearest.lastIndexOf('/')));
      const found = offsets.get(nearest) ?? { key: 0, value: 0 };
      return placeAt(at === 'key' ? found.key : found.value);
    },
  };
}

/** `key` appended to a JSON pointer. */
export function childPointer(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The keys that a JSON pointer names. */
export function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `FILE:LINE:COLUMN: /pointer: message`, one line whatever the document says. */
export function problemLine(label: string, place: Place, problem: JsonProblem): string {
  const pointer = problem.pointer === '' ? '/' : printable(problem.pointer);
  return `${label}:${place.line}:${place.column}: ${pointer}: ${problem.message}`;
}

interface Offsets {
  readonly key: number;
  readonly value: number;
}

/** By the parser's names of its errors. */
const syntaxMessages: Readonly<Record<string, string>> = {
  InvalidSymbol: 'expected a value such as "text", 1, true, null, an object or an array',
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'expected a key in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: "expected ':' after the key",
  CommaExpected: "expected ','",
  CloseBraceExpected: "expected '}'; a brace is missing, or the text ends too early",
  CloseBracketExpected: "expected ']'; a bracket is missing, or the text ends too early",
  EndOfFileExpected: 'something follows after the end of the document',
  InvalidCommentToken: 'comments are not allowed here',
  UnexpectedEndOfComment: 'the comment is not closed',
  UnexpectedEndOfString: 'the string is not closed on its line',
  UnexpectedEndOfNumber: 'the number is incomplete',
  InvalidUnicode: '\\u must be followed by four hexadecimal digits',
  InvalidEscapeCharacter: 'unknown escape in a string (a backslash is written as \\\\)',
  InvalidCharacter: 'a control character in a string must be written as an escape such as \\n',
};

function syntaxMessage(error: ParseError): string {
  const sentence = syntaxMessages[printParseErrorCode(error.error)];
  return sentence === undefined ? 'not JSON' : `not JSON: ${sentence}`;
}

function offsetBeyondDepth(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const offset = scanner.getTokenOffset();
    const character = text[offset];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    if (depth > maxDepth) return offset;
  }
  return undefined;
}

function valueOf(node: Node): unknown {
  const children = node.children ?? [];
  if (node.type === 'array') return children.map(valueOf);
  // fromEntries defines own properties, so a key `__proto__` stays a key.
  if (node.type === 'object') return Object.fromEntries(children.flatMap(keyAndValue).map(({ key, value }) => [key, valueOf(value)]));
  return node.value;
}

/** A property whose value is missing has been reported as a syntax error before. */
function keyAndValue(property: Node): readonly { readonly key: string; readonly keyNode: Node; readonly value: Node }[] {
  const [keyNode, value] = property.children ?? [];
  return keyNode === undefined || value === undefined ? [] : [{ key: String(keyNode.value), keyNode, value }];
}

function* nodesWithPointers(node: Node, pointer = '', keyNode = node): Generator<{ pointer: string; node: Node; keyNode: Node }> {
  yield { pointer, node, keyNode };
  if (node.type === 'array') {
    for (const [index, item] of (node.children ?? []).entries()) yield* nodesWithPointers(item, childPointer(pointer, index));
  }
  if (node.type === 'object') {
    for (const { key, keyNode: child, value } of (node.children ?? []).flatMap(keyAndValue)) {
      yield* nodesWithPointers(value, childPointer(pointer, key), child);
    }
  }
}

function offsetsByPointer(root: Node): ReadonlyMap<string, Offsets> {
  const offsets = new Map<string, Offsets>();
  for (const { pointer, node, keyNode } of nodesWithPointers(root)) offsets.set(pointer, { key: keyNode.offset, value: node.offset });
  return offsets;
}

function duplicatesIn(root: Node, placeAt: (offset: number) => Place): readonly JsonProblem[] {
  const problems: JsonProblem[] = [];
  for (const { pointer, node } of nodesWithPointers(root)) {
    if (node.type !== 'object') continue;
    const seen = new Map<string, number>();
    for (const { key, keyNode } of (node.children ?? []).flatMap(keyAndValue)) {
      const before = seen.get(key);
      if (before === undefined) seen.set(key, keyNode.offset);
      else {
        problems.push({
          pointer: childPointer(pointer, key),
          at: 'key',
          message: `the key '${printable(key)}' stands here twice (first in line ${placeAt(before).line}): remove one`,
        });
      }
    }
  }
  return problems;
}

/** Line and column of an offset, by binary search over the starts of lines. */
function placeFinder(text: string, firstLine: number): (offset: number) => Place {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + firstLine, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
