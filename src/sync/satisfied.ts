import type { LockPackage } from '../lockfile/lock.ts';
import type { EffectiveRule } from '../manifest/manifest.ts';
import { factsOf } from '../resolve/entry.ts';
import { liveFiles } from '../resolve/resolve-project.ts';
import { select } from '../resolve/select.ts';
import type { Exclusion } from '../resolve/selection.ts';

/**
 * The first live entry that its package's rule can never have selected, decided offline: a line that was edited or merged in. Only what a file's own
 * name and facts decide counts. Age, `latest`, `sdist: fallback`, pre-releases by default and a size that was learnt later depend on what else the
 * source had, or published, at the time.
 */
export function unsatisfied(locked: LockPackage, rule: EffectiveRule): Exclusion | undefined {
  return allUnsatisfied(locked, rule)[0];
}

/** As `unsatisfied`: every such entry. */
export function allUnsatisfied(locked: LockPackage, rule: EffectiveRule): readonly Exclusion[] {
  const passing = { latest: undefined, latestPer: undefined, minAge: undefined, maxFileSize: undefined };
  const candidates = liveFiles(locked).map(({ entry, parsed, packageType }) => ({ ...factsOf(entry, packageType), parsed, locked: true }));
  const sdist = rule.sdist === 'never' ? rule.sdist : undefined;
  return select({ ...rule, ...passing, sdist, prereleases: rule.prereleases ?? true }, candidates, 0).excluded;
}
