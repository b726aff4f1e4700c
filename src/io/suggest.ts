import { distance } from 'fastest-levenshtein';

/** `; did you mean 'x'?` for the nearest of `candidates` where one is near enough to be meant, else ''. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const nearest = closest(written, candidates);
  return nearest === undefined ? '' : `; did you mean '${nearest}'?`;
}

/** The candidate that needs the fewest edits, at most a third of its length (capitals do not count), or undefined. */
export function closest(written: string, candidates: readonly string[]): string | undefined {
  // The distance takes time in the product of both lengths, and nobody misspells by a thousand characters.
  if (written.length > 64) return undefined;
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = distance(written.toLowerCase(), candidate.toLowerCase());
    if (edits > Math.max(1, Math.floor(candidate.length / 3))) continue;
    if (best === undefined || edits < best.edits) best = { candidate, edits };
  }
  return best?.candidate;
}
