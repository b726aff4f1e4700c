import { findingsOf, isAsApproved, newsClasses, unlistedOf } from '../drift/drift.ts';
import type { DriftClass, DriftFinding, NewsClass, UnlistedFile } from '../drift/drift.ts';
import type { OnEvent } from '../events.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { matchesAny, parsePatterns } from '../manifest/match.ts';
import type { PackageName } from '../packaging/name.ts';
import type { ProjectPlan } from '../plan/plan.ts';
import type { PlanOptions } from '../sync/context.ts';
import { interruptibly } from '../io/interruption.ts';
import { drain, recordPlan } from './record-plan.ts';
import { originNotes } from './summary.ts';
import type { PlanNote } from './summary.ts';
import { planOptions } from './request.ts';
import type { LockInput, ReadableEnds } from './request.ts';

export interface DriftRequest {
  readonly manifest: Manifest;
  readonly connection: ReadableEnds;
  readonly lock: LockInput;
  readonly options?: Pick<Partial<PlanOptions>, 'packages' | 'asOf' | 'concurrency'> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
  /** Every project in name order, also those without findings. Waited for. */
  readonly onProject?: ((project: DriftedProject) => Promise<void> | void) | undefined;
}

/** News from a source, which is no drift. */
export interface News {
  readonly class: NewsClass;
  readonly message: string;
}

export interface DriftedProject {
  readonly name: PackageName;
  readonly findings: readonly DriftFinding[];
  readonly news: readonly News[];
  /** What is there beside it, and stays. */
  readonly unlisted: readonly UnlistedFile[];
}

/** What has moved, counted. */
export interface DriftReport {
  readonly findings: ReadonlyMap<DriftClass, number>;
  readonly news: ReadonlyMap<NewsClass, number>;
  /** Files that are there as approved. */
  readonly approved: number;
  /** Files that nobody approved and that no prune covers. */
  readonly unlisted: number;
  /** What the destinations serve that is not, or may not be, their own, and what they hold that nobody approved. */
  readonly notes: readonly PlanNote[];
  /** A listing failed for want of credentials. */
  readonly credentialsFailed: boolean;
}

/**
 * Compares the lock with what destinations and sources hold now; can only read, and holds one project at a time.
 * @throws PkgsyncError LOCK_MISSING, LOCK_OUTDATED, LOCK_INVALID, INTERRUPTED; what reading the names of a destination throws
 */
export async function drift(request: DriftRequest): Promise<DriftReport> {
  const { manifest, connection: ends, lock, onEvent, onProject } = request;
  const findings = new Map<DriftClass, number>();
  const news = new Map<NewsClass, number>();
  let approved = 0;
  let credentialsFailed = false;
  const unmanaged = parsePatterns(manifest.unmanaged);
  const beside = new Map<string, { files: number; projects: number }>();
  const look = async (plan: ProjectPlan) => {
    const unlisted = matchesAny(unmanaged, plan.name) ? [] : unlistedOf(plan);
    const project: DriftedProject = { name: plan.name, findings: findingsOf(plan), news: newsOf(plan), unlisted };
    for (const destination of new Set(unlisted.map((file) => file.destination))) {
      const { files, projects } = beside.get(destination) ?? { files: 0, projects: 0 };
      const more = unlisted.filter((file) => file.destination === destination).length;
      beside.set(destination, { files: files + more, projects: projects + 1 });
    }
    approved += plan.actions.filter(isAsApproved).length;
    for (const found of project.findings) {
      findings.set(found.class, (findings.get(found.class) ?? 0) + 1);
      if (found.action.kind === 'blocked' && (found.action.errorCode === 'UNAUTHORIZED' || found.action.errorCode === 'FORBIDDEN'))
        credentialsFailed = true;
    }
    for (const one of project.news) news.set(one.class, (news.get(one.class) ?? 0) + 1);
    await onProject?.(project);
  };
  const notes = await interruptibly(request.signal, async (signal) => {
    const options = planOptions({ ...request.options, locked: true, upgrade: false, signal, onEvent });
    const { recorder } = await recordPlan({ manifest, ends, lock, options, onProject: look }, drain);
    return [...originNotes(ends, recorder), ...unlistedNotes(ends, beside)];
  });
  const unlisted = [...beside.values()].reduce((sum, { files }) => sum + files, 0);
  return { findings, news, approved, unlisted, notes, credentialsFailed };
}

function unlistedNotes(
  { destinations }: ReadableEnds,
  beside: ReadonlyMap<string, { readonly files: number; readonly projects: number }>,
): readonly PlanNote[] {
  return destinations.flatMap(({ live: { name: destination, address } }) => {
    const counts = beside.get(destination);
    return counts === undefined ? [] : [{ kind: 'unlisted', destination, address, ...counts }];
  });
}

function newsOf({ warnings }: ProjectPlan): readonly News[] {
  return warnings.flatMap((warning) => {
    const known = newsClasses.find((name) => name === warning.class);
    return known === undefined ? [] : [{ class: known, message: warning.message }];
  });
}
