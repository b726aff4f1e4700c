import { distance } from 'fastest-levenshtein';

/** `; did you mean 'x'?` for the nearest of `candidates` where one is near enough to be meant, else ''. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const nearest = closest(written, candidates);
  return nearest === undefined ? '' : `; did you mean '${nearest}'?`;
}

/** The candidate that needs the fewest edits, at most a third of its length (capitals do not count, two letters in the wrong order count once), or undefined. */
export function closest(written: string, candidates: readonly string[]): string | undefined {
  // The distance takes time in the product of both lengths, and nobody misspells by a thousand characters.
  if (written.length > 64) return undefined;
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editsBetween(written.toLowerCase(), candidate.toLowerCase());
    if (edits > Math.max(1, Math.floor(candidate.length / 3))) continue;
    if (best === undefined || edits < best.edits) best = { candidate, edits };
  }
  return best?.candidate;
}

function editsBetween(a: string, b: string): number {
  const edits = distance(a, b);
  return edits === 2 && swapped(a, b) ? 1 : edits;
}

/** Whether they differ by two neighbours that changed places, the commonest slip of all. */
function swapped(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return a.length === b.length && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}
