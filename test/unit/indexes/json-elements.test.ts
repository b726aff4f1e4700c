import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsonElements } from '../../../src/indexes/json-elements.ts';

/** The document put together again from what was handed out, and what was handed out last for each key. */
function read(text: string, size: number): { value: unknown; batches: number } {
  const lists = new Map<string, unknown[]>();
  let batches = 0;
  const document = new JsonElements(['files', 'projects'], {
    onBegin: (key) => lists.set(key, []),
    onElements: (key, elements) => {
      batches += 1;
      lists.get(key)?.push(...elements);
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) document.write(bytes.subarray(at, at + size));
  const value = document.end();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const record = value as Record<string, unknown>;
    for (const [key, list] of lists) if (Array.isArray(record[key])) record[key] = [...(record[key] as unknown[]), ...list];
  }
  return { value, batches };
}

const keys = fc.constantFrom('files', 'projects', 'meta', 'fi"les', 'files\\', '', '__proto__x');
const values = fc.jsonValue({ maxDepth: 3 });
const documents = fc.oneof(
  fc.array(fc.tuple(keys, fc.oneof(values, fc.array(values)))).map((entries) => Object.fromEntries(entries)),
  values,
);

describe('JsonElements', () => {
  it('reads what JSON.parse reads, in chunks of any size', () => {
    fc.assert(
      fc.property(documents, fc.nat(9), fc.constantFrom(undefined, 1, '\t'), (value, size, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(read(text, size + 1).value).toEqual(JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"files"',
      '"',
      '\\',
      '1',
      'null',
      ' ',
      '"a"',
      '{"files":[',
      '[1,2]',
      '}]}',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), fc.nat(9), (parts, size) => {
        const text = parts.join('');
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => read(text, size + 1)).toThrow(SyntaxError);
          return;
        }
        expect(read(text, size + 1).value).toEqual(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('lets the last of several equal keys count, however it is spelt', () => {
    expect(read('{"files":[1],"files":[2,3]}', 4).value).toEqual({ files: [2, 3] });
    expect(read('{"files":[1],"fil\\u0065s":[2]}', 4).value).toEqual({ files: [2] });
    expect(read('{"files":[1],"files":null}', 4).value).toEqual({ files: null });
    expect(read('{"meta":{"files":[1]},"files":[2]}', 4).value).toEqual({ meta: { files: [1] }, files: [2] });
  });

  it('hands elements out before the document ends, and notices what is missing between two batches', () => {
    const long = `"${'x'.repeat(40_000)}"`;
    expect(read(`{"files":[${long},${long},${long},${long}]}`, 1000).batches).toBeGreaterThan(1);
    expect(() => read(`{"files":[${long},${long},]}`, 1000)).toThrow(SyntaxError);
    expect(() => read(`{"files":[${long},${long},,${long}]}`, 1000)).toThrow(SyntaxError);
    expect(() => read(`{"files":[${long},${long}`, 1000)).toThrow(SyntaxError);
  });

  it('takes a byte order mark, and what is no UTF-8 as U+FFFD', () => {
    expect(read('\ufeff{"files":["ä"]}', 1).value).toEqual({ files: ['ä'] });
    const document = new JsonElements([], { onBegin: () => undefined, onElements: () => undefined });
    document.write(Buffer.from('{"a":"\xff"}', 'latin1'));
    expect(document.end()).toEqual({ a: '\ufffd' });
  });

  it('holds no more than its limit of what it has to hold', () => {
    const blank = ' '.repeat(1024 * 1024);
    const outside = () => read(`{"name":"${blank.repeat(17)}"}`, 1024 * 1024);
    expect(outside).toThrow(RangeError);
    expect(() => read(`{"files":["${blank.repeat(17)}"]}`, 1024 * 1024)).toThrow(RangeError);
    expect(
      read(`{"files":[${Array.from({ length: 40 }, () => `"${blank.slice(0, 500_000)}"`).join(',')}]}`, 65_536).batches,
    ).toBeGreaterThan(20);
  });

  it('holds bytes, not pieces: a server that sends each byte on its own costs no more', () => {
    const document = new JsonElements([], { onBegin: () => undefined, onElements: () => undefined });
    document.write(Buffer.from('{"a":"'));
    const before = memoryInUse();
    const one = Buffer.from('x');
    for (let count = 0; count < 1_000_000; count += 1) document.write(one);
    // A million pieces would take a hundred times that.
    expect(memoryInUse() - before).toBeLessThan(40 * 1024 * 1024);
    document.write(Buffer.from('"}'));
    expect(document.end()).toEqual({ a: 'x'.repeat(1_000_000) });
  });
});

function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
