import fc from 'fast-check';
import { mutated } from '../support/mutate.ts';

/** Longest of the inputs that are made long on purpose. */
const long = 60_000;

/**
 * Texts near a grammar: real ones after a few cuts and insertions of its tokens, tokens in any order, any Unicode, and now and then one that
 * repeats a piece until it is long, which is what brings quadratic time to light.
 */
export function textsNear(corpus: readonly string[], tokens: readonly string[]): fc.Arbitrary<string> {
  const token = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  );
  const edit = fc.tuple(fc.nat(), fc.nat(4), fc.oneof(token, fc.constant('')));
  const edited = fc
    .tuple(fc.constantFrom(...corpus), fc.array(edit, { maxLength: 4 }))
    .map(([text, edits]) => edits.reduce((current, [at, cut, insert]) => splice(current, at % (current.length + 1), cut, insert), text));
  const soup = fc.array(token, { maxLength: 12 }).map((parts) => parts.join(''));
  return fc.oneof(
    { weight: 60, arbitrary: edited },
    { weight: 30, arbitrary: soup },
    { weight: 9, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: repeated(token, fc.oneof(soup, edited)) },
  );
}

/** A piece repeated until the text is long, between two others. */
function repeated(piece: fc.Arbitrary<string>, around: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pieces = fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  return fc
    .tuple(around, pieces, fc.integer({ min: 100, max: long }), around)
    .map(
      ([before, repeat, length, after]) => before + repeat.repeat(Math.ceil(length / Math.max(1, repeat.length))).slice(0, length) + after,
    );
}

/** The same for bytes. */
export function bytesNear(corpus: readonly Uint8Array[], tokens: readonly string[]): fc.Arbitrary<Uint8Array> {
  const token = fc.constantFrom(...tokens);
  const soup = fc.array(token, { maxLength: 20 }).map((parts) => parts.join(''));
  return fc.oneof(
    { weight: 65, arbitrary: mutated(corpus) },
    { weight: 25, arbitrary: soup.map((text) => Buffer.from(text)) },
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 1, arbitrary: repeated(token, soup).map((text) => Buffer.from(text)) },
  );
}

function splice(text: string, at: number, cut: number, insert: string): string {
  return text.slice(0, at) + insert + text.slice(at + cut);
}
