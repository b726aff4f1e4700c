import { describe, expect, it } from '@jest/globals';
import { isDescriptionContentType } from '../../../src/archive/content-type.ts';

describe('a description content type', () => {
  it.each([
    'text/plain',
    'text/plain \t',
    'Text/X-RST; charset=UTF-8',
    'text/markdown; charset="utf-8"; variant=CommonMark',
    'text/plain; charset=UTF-8 \t;\t ',
    'text/plain;',
  ])('may be %j', (text) => {
    expect(isDescriptionContentType(text)).toBe(true);
  });

  it.each([
    ' text/plain',
    'text/html',
    'text/plain; charset=latin-1',
    'text/plain; charset=UTF-8;;',
    'text/plain; charset=UTF-8; x',
    'text/markdown; variant=x',
  ])('is not %j', (text) => {
    expect(isDescriptionContentType(text)).toBe(false);
  });

  // Quadratic time would take hours here.
  it.each(['text/plain', 'text/plain;', 'text/plain; charset=UTF-8'])('is judged in linear time: %s, ten million tabs, x', (text) => {
    expect(isDescriptionContentType(`${text}${'\t'.repeat(10_000_000)}x`)).toBe(false);
  });
});
