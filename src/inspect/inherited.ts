import type { DestinationProject } from '../destinations/destination.ts';
import { printable } from '../errors.ts';
import { compareText } from '../packaging/name.ts';

/** Others that a sentence names. */
const named = 3;

/** Where the inherited files of a project come from, and how many, the most first (pure). */
export function inheritedCounts({
  inherited = [],
}: Pick<DestinationProject, 'inherited'>): readonly (readonly [from: string, files: number])[] {
  const counts = new Map<string, number>();
  for (const { from } of inherited) counts.set(from, (counts.get(from) ?? 0) + 1);
  return [...counts].sort(([a, many], [b, more]) => more - many || compareText(a, b));
}

/**
 * What people should know of files that an index serves and does not hold, as one sentence; undefined where there are none (pure). Where it has files of
 * its own too, an installer may take either: that is how another project of the same name gets installed.
 */
export function inheritedSentence(listing: DestinationProject, address: string): string | undefined {
  const counts = inheritedCounts(listing);
  if (counts.length === 0) return undefined;
  const parts = counts.slice(0, named).map(([from, files]) => `${filesText(files)} from ${printable(from, 200)}`);
  const rest = counts.slice(named).reduce((sum, [, files]) => sum + files, 0);
  if (rest > 0) parts.push(`${filesText(rest)} from others`);
  const one = listing.inherited?.length === 1;
  const what = `${parts.join(', ')} ${one ? 'comes' : 'come'} through ${address}`;
  const own = listing.files.length;
  if (own === 0) return `${what} and ${one ? 'is' : 'are'} not its own`;
  return `${what} beside ${filesText(own)} of its own: installers may take either`;
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}
