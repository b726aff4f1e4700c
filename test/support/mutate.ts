import fc from 'fast-check';

/** One of `sources` after a few random cuts and insertions: mostly right, so that a parser is hit deep inside. */
export function mutated(sources: readonly Uint8Array[], edits = 5): fc.Arbitrary<Uint8Array> {
  const edit = fc.tuple(fc.nat(), fc.nat(6), fc.uint8Array({ maxLength: 4 }));
  return fc.tuple(fc.constantFrom(...sources), fc.array(edit, { maxLength: edits })).map(([source, all]) => {
    return all.reduce<Uint8Array>((bytes, [at, cut, insert]) => splice(bytes, at % (bytes.length + 1), cut, insert), source);
  });
}

function splice(bytes: Uint8Array, at: number, cut: number, insert: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + cut)]);
}
