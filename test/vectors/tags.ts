import { createHash } from 'node:crypto';
import { bestRank, expandPlatform, expandTags, tagRanks } from '../../src/packaging/tag.ts';
import { tagsOf, type Target } from '../../src/packaging/target.ts';
import { casesOf, comparison, type Comparisons } from './comparison.ts';

interface PlatformVector {
  readonly platform: string;
  readonly expect: readonly string[];
}
export interface TargetVector {
  readonly target: string;
  readonly implementation: string;
  readonly python: string;
  readonly abi: string | null;
  readonly platform: string;
  readonly platforms: readonly string[];
  readonly tag_count: number;
  readonly tags_head: readonly string[];
  readonly tags_sha256: string;
}
interface MatchVector {
  readonly target: string;
  readonly wheels: readonly string[];
  readonly compatible: readonly string[];
  readonly best: readonly string[];
}

export const tags: Comparisons = (cases) => {
  const ranksOf = new Map(casesOf<TargetVector>(cases, 'target').map((vector) => [vector.target, tagRanks(targetOf(vector))] as const));
  return {
    platforms: comparison<PlatformVector>(
      ({ platform }) => expandPlatform(platform),
      (vector) => vector.expect,
    ),
    target: comparison<TargetVector>(
      (vector) => {
        const all = tagsOf(targetOf(vector));
        const sha256 = createHash('sha256').update(all.join('\n')).digest('hex');
        return [expandPlatform(vector.platform), all.length, all.slice(0, 12), sha256];
      },
      ({ platforms, tag_count, tags_head, tags_sha256 }) => [platforms, tag_count, tags_head, tags_sha256],
    ),
    match: comparison<MatchVector>(
      ({ target, wheels }) => {
        const ranks = ranksOf.get(target);
        if (ranks === undefined) throw new Error(`the target ${target} is not defined`);
        return matched(ranks, wheels);
      },
      ({ compatible, best }) => ({ compatible, best }),
    ),
  };
};

export function targetOf({ implementation, python, abi, platform }: TargetVector): Target {
  return { implementation, python, platform, ...(abi === null ? {} : { abi }) };
}

function matched(ranks: ReadonlyMap<string, number>, wheels: readonly string[]): object {
  const ranked = wheels.flatMap((wheel) => {
    const rank = bestRank(ranks, wheelTags(wheel));
    return rank === undefined ? [] : [{ wheel, rank }];
  });
  const lowest = Math.min(...ranked.map(({ rank }) => rank));
  return {
    compatible: ranked.map(({ wheel }) => wheel),
    best: ranked.filter(({ rank }) => rank === lowest).map(({ wheel }) => wheel),
  };
}

function wheelTags(filename: string): readonly string[] {
  const parts = filename.replace(/\.whl$/, '').split('-');
  return expandTags(parts.slice(-3).join('-'));
}
