import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { childPointer, parseJsonText, pointerKeys, problemLine } from '../../../src/io/json-text.ts';

const parse = (text: string) => {
  const document = parseJsonText(text, { comments: true });
  if (!document.parsed) throw new Error(document.message);
  return document;
};

describe('parseJsonText', () => {
  it('gives the value that JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parse(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps __proto__ as an own key and leaves the prototype alone', () => {
    const { value } = parse('{ "__proto__": { "polluted": true } }');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(value).not.toHaveProperty('polluted');
  });

  it('allows comments and trailing commas only where asked to', () => {
    expect(parse('[1, /* two */ 2,]').value).toEqual([1, 2]);
    expect(parseJsonText('[1, /* two */ 2]', { comments: false })).toMatchObject({
      parsed: false,
      message: 'not JSON: comments are not allowed here',
    });
    expect(parseJsonText('[1,]', { comments: false })).toMatchObject({ parsed: false, place: { line: 1, column: 4 } });
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(parseJsonText('[['.repeat(1_000_000), { comments: true })).toEqual({
      parsed: false,
      place: { line: 1, column: 65 },
      message: 'nested deeper than 64 levels',
      atEnd: false,
    });
    expect(parse(`${'['.repeat(64)}${']'.repeat(64)}`).parsed).toBe(true);
    expect(parse('"[[[["').value).toBe('[[[[');
  });

  it('finds values and keys, also with odd names', () => {
    const { placeOf } = parse('{\n  "a/b": [1,\n    {"~": 2}],\r\n\t"é": 3 }');
    expect(placeOf('', 'value')).toEqual({ line: 1, column: 1 });
    expect(placeOf('/a~1b', 'key')).toEqual({ line: 2, column: 3 });
    expect(placeOf('/a~1b', 'value')).toEqual({ line: 2, column: 10 });
    expect(placeOf('/a~1b/1/~0', 'value')).toEqual({ line: 3, column: 11 });
    expect(placeOf('/é', 'value')).toEqual({ line: 4, column: 7 });
  });

  it('gives the nearest enclosing value for a pointer that leads nowhere', () => {
    const { placeOf } = parse('{ "a": { "b": 1 } }');
    expect(placeOf('/a/x/y', 'value')).toEqual({ line: 1, column: 8 });
    expect(placeOf('/x', 'key')).toEqual({ line: 1, column: 1 });
  });

  it('reports repeated keys, whatever the escapes in which they are written', () => {
    expect(parse('{ "a": 1,\n "\\u0061": 2 }').duplicates).toEqual([
      { pointer: '/a', at: 'key', message: "the key 'a' stands here twice (first in line 1): remove one" },
    ]);
    expect(parse('[{ "a": 1 }, { "a": 1 }]').duplicates).toEqual([]);
  });
});

describe('a JSON pointer', () => {
  it('can be taken apart again', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (keys) => {
        const pointer = keys.reduce<string>((parent, key) => childPointer(parent, key), '');
        expect(pointerKeys(pointer)).toEqual(keys);
      }),
    );
  });
});

describe('problemLine', () => {
  it('is one line, whatever the keys', () => {
    expect(problemLine('f.json', { line: 2, column: 3 }, { pointer: '/a\nb', at: 'key', message: 'wrong' })).toBe(
      'f.json:2:3: /a\\u000ab: wrong',
    );
    expect(problemLine('f.json', { line: 1, column: 1 }, { pointer: '', at: 'value', message: 'wrong' })).toBe('f.json:1:1: /: wrong');
  });
});
